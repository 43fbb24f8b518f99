"""The conforming console conforms: to the contract's schemas, and to what the recorded console answered.

Where the recorded console let through what the contract does not allow, the conforming one has to refuse it.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.defects.catalogue import (
    ALIAS,
    CREATING_SERVICE,
    EMPTY_REGION,
    OTHER_SERVICE,
    OTHER_TOKEN,
    SERVICE,
    TEAM_ID,
    TOKEN,
    component_id,
)
from tests.defects.console import Console
from tests.defects.document import document
from tests.defects.messages import JSON, Answer
from tests.defects.witness import (
    FULL,
    HEX,
    Witness,
    accepted,
    build,
    complaints,
    invalid,
    message,
    path,
    refused,
    wrong_method,
)

BLANK, STRING, NUL = message("blank"), message("string"), message("nul")
UNKNOWN = "0" * 32


def not_one_of(field: str, value: Any) -> Witness:
    return invalid({field: value}, **{field: message("enum", value=value)})


def too_long(field: str, limit: int) -> Witness:
    return invalid({field: "a" * (limit + 1)}, **{field: message("maxLength", limit=limit)})


def wrong_type(sent: str | None) -> Witness:
    return refused("unsupported-media-type", FULL, {"media_type": sent or ""}, media_type=sent)


def unmatched(target: str) -> Witness:
    return refused("unknown-path", FULL, target=target)


# Requests that the recorded console was sent, and its answers.
RECORDED: dict[str, Witness] = {
    "02 empty object": accepted({}),
    "03b no body": accepted(),
    "04 all null": accepted(dict.fromkeys(FULL)),
    "06 market": accepted({"build_type": "market"}, service=component_id("3")),
    "07b svn": accepted({"build_type": "source_code", "server_type": "svn", "repo_url": "svn://svn.example.com/a"}),
    "08 oss": accepted({"server_type": "oss", "repo_url": "oss://bucket/x.tgz"}),
    "09 only docker_image": accepted({"build_type": "docker_image"}),
    "09e credentials only": accepted({"username": "nu", "password": "np"}),
    "09g alias": accepted({}, service=ALIAS),
    "09h team by id": accepted({}, team=TEAM_ID),
    "10 helm": not_one_of("build_type", "helm"),
    "10 upper case": not_one_of("build_type", "SOURCE_CODE"),
    "10 empty": not_one_of("build_type", ""),
    "10 zero": not_one_of("build_type", 0),
    "10 true": not_one_of("build_type", True),
    "11 list": not_one_of("server_type", ["git"]),
    "12 branch 256": too_long("branch", 255),
    "12 branch astral": accepted({"branch": "😀" * 255}),
    "13 repo_url CJK": accepted({"repo_url": "中" * 1024}),
    "14 password 256": too_long("password", 255),
    "15 branch true": invalid({"branch": True}, branch=STRING),
    "15 branch list": invalid({"branch": []}, branch=STRING),
    "15b several": invalid(
        {"build_type": "x", "branch": "", "server_type": "y"},
        build_type=message("enum", value="x"),
        server_type=message("enum", value="y"),
        branch=BLANK,
    ),
    "17 blanks": invalid({"branch": "  \t"}, branch=BLANK),
    "18 blanks around": accepted({"repo_url": "  x y  "}),
    "19 NUL": invalid({"password": "a\0b"}, password=NUL),
    "20c tag": accepted({"branch": "tag:v1.0"}),
    "21 array": invalid([], non_field_errors=message("object", type="list")),
    "22 string": invalid("hello", non_field_errors=message("object", type="str")),
    "23 extra data": refused("parse-error", b"{}x"),
    "23 line break": refused("parse-error", b"\n"),
    "23 control character": refused("parse-error", b'{"branch":"a\nb"}'),
    "24b latin-1": refused("parse-error", b'{"branch":"\xe9"}'),
    "25 xml": wrong_type("application/xml"),
    "25 unknown charset": accepted(FULL, media_type="application/json; charset=nope"),
    "25 upper case": accepted(FULL, media_type="APPLICATION/JSON"),
    "25 none": wrong_type(None),
    "25 two types": wrong_type("application/json, text/plain"),
    "26 missing": refused("no-token", FULL, token=None),
    "26 wrong": refused("unknown-token", FULL, token="f" * 40),
    "26 empty": refused("no-token", FULL, token=""),
    "26 upper case": refused("unknown-token", FULL, token=TOKEN.upper()),
    "26 inner blank": refused("unknown-token", FULL, token=f"{TOKEN[:18]} {TOKEN[18:]}"),
    "26 trailing blanks": accepted(FULL, token=f"{TOKEN}  "),
    "26 member": accepted(FULL, token="2" * 40),
    "26 other enterprise": refused("team-not-found", FULL, token=OTHER_TOKEN),
    "26 no enterprise": refused("enterprise-not-found", FULL, token="4" * 40),
    "26 internal": refused("invalid-internal-token", FULL, headers={"x-internal-token": "x"}),
    "26 missing + malformed": refused("no-token", b"{", token=None),
    "26 missing + GET": refused("no-token", method="GET", token=None),
    "26 missing + app abc": unmatched(path(app="abc")),
    "27 team": refused("team-not-found", FULL, team="noteam"),
    "27 region": refused("region-not-found", FULL, region="nowhere"),
    "27 team not in region": refused("team-not-in-region", FULL, region=EMPTY_REGION),
    "27 component": refused("component-not-found", FULL, service=UNKNOWN),
    "27 other app": refused("component-not-in-app", FULL, service=OTHER_SERVICE),
    "27 creating": refused("component-creating", FULL, service=CREATING_SERVICE),
    "27 arch": refused("arch-mismatch", FULL, service=component_id("7")),
    "27 oauth": refused("oauth-gone", FULL, service=component_id("9")),
    "27 region down": refused("region-unreachable", FULL, region="downregion", app="4", service=component_id("d")),
    "27 component + bad enum": refused("component-not-found", {"build_type": "x"}, service=UNKNOWN),
    "27 upper case": refused("component-not-found", FULL, service=SERVICE.upper()),
    "28 app -1": refused("app-not-found", FULL, app="-1"),
    "28 app 0": refused("app-not-found", FULL, app="0"),
    "28 app %31": accepted(FULL, app="%31"),
    "28 app +1": unmatched(path(app="+1")),
    "28 region with dot": unmatched(path(region="a.b")),
    "28 team in Chinese": refused("team-not-found", FULL, team="中"),
    "29 GET": wrong_method("GET"),
    "29 TRACE": wrong_method("TRACE"),
    "29 GET unknown": refused("component-not-found", method="GET", service=UNKNOWN),
    "30c double slash": unmatched(path().replace("/build", "//build")),
    "30d upper case": unmatched(path().replace("/build", "/BUILD")),
    "30e encoded line break": unmatched(path() + "%0A"),
    "31g nested 500": invalid({"branch": [[[]]]}, branch=STRING),
    "31i huge number": refused("parse-error", b'{"branch":' + b"9" * 5000 + b"}"),
    "32 duplicate keys": accepted(b'{"repo_url":"https://x/1.git","repo_url":"https://x/2.git"}'),
    "32c NaN": refused("parse-error", b'{"branch":NaN}'),
    "33 Accept": accepted(FULL, headers={"accept": "application/xml"}),
    "33h format": accepted(FULL, target=path() + "?format=xml"),
    "33o Origin": accepted(FULL, headers={"origin": "https://ci.example.com"}),
    "36l zero-width space": accepted({"branch": "\u200b"}),
    "36m ideographic space": invalid({"branch": "\u3000"}, branch=BLANK),
}

# What the recorded console accepted, or fell over, although the contract has a refusal for it.
STRICTER: dict[str, Witness] = {
    "15 number in a text field": invalid({"repo_url": 5}, repo_url=STRING),
    "25f form": wrong_type("application/x-www-form-urlencoded"),
    "28 app -": refused("app-not-found", FULL, app="-"),
    "28 app of 5000 digits": refused("app-not-found", FULL, app="9" * 5000),
    "31h nested 100000": refused("parse-error", b'{"branch":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "25 application/*": wrong_type("application/*"),
}


@pytest.mark.parametrize("witness", RECORDED.values(), ids=list(RECORDED))
def test_it_answers_as_recorded(witness: Witness) -> None:
    assert complaints(Console(), witness) == []


@pytest.mark.parametrize("witness", STRICTER.values(), ids=list(STRICTER))
def test_it_is_stricter_where_the_contract_is(witness: Witness) -> None:
    assert complaints(Console(), witness) == []


def schema_of(answer: Answer) -> Any:
    content = document().responses()[answer.status]["content"][JSON]["schema"]
    return {**document().resolve(content), "components": document().root["components"]}


def answers() -> list[Answer]:
    witnesses = [*RECORDED.values(), *STRICTER.values()]
    given = [Console().answer(step.request) for witness in witnesses for step in witness]
    return [answer for answer in given if answer.header("content-type") == JSON]


def test_each_answer_fits_the_schema_of_its_status() -> None:
    for answer in answers():
        jsonschema.Draft4Validator(schema_of(answer)).validate(answer.json)


def test_each_named_refusal_of_the_checks_can_be_had_by_a_request() -> None:
    given = {step.answer for witness in RECORDED.values() for step in witness}
    assert set() == set(document().order) - given


def test_each_build_has_an_id_of_its_own_and_is_counted() -> None:
    console = Console()
    request = accepted()[0].request
    ids = [console.answer(request).json["event_id"] for _ in range(50)]
    assert 50 == len(set(ids)) == console.builds
    assert all(HEX.fullmatch(event_id) for event_id in ids)


def test_refusals_are_not_counted_as_builds() -> None:
    console = Console()
    console.answer(not_one_of("build_type", "helm")[0].request)
    assert console.builds == 0


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from([*FULL, "other"]), children),
    max_leaves=5,
)
BODIES = st.binary(max_size=40) | JSON_VALUES.map(lambda value: json.dumps(value).encode())


@given(body=BODIES, media_type=st.sampled_from([JSON, None, "text/plain", "Application/JSON; charset=x"]))
@settings(max_examples=300, deadline=None)
def test_no_body_makes_it_fall_over(body: bytes, media_type: str | None) -> None:
    answer = Console().answer(build(body, media_type=media_type))
    assert answer.status in {200, 400, 415}
    jsonschema.Draft4Validator(schema_of(answer)).validate(answer.json)


@given(ids=st.lists(st.text(min_size=1, max_size=8), min_size=4, max_size=4), token=st.text(max_size=8))
@settings(max_examples=200, deadline=None)
def test_no_path_or_token_makes_it_fall_over(ids: list[str], token: str) -> None:
    team, region, app, service = (quote(each, safe="", errors="surrogatepass") for each in ids)
    for sent in (token, TOKEN):
        answer = Console().answer(build(token=sent, team=team, region=region, app=app, service=service))
        assert answer.status in {401, 404}
