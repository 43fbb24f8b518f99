"""A catalogue says who may call, what exists and what is broken; a wrong one is refused with every fault named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mock_server.contract.document.source import SourceError
from mock_server.contract.model import Contract
from mock_server.loaders.catalogue import load_catalogue
from tests.mock.build_request import APP, COMPONENT, REGION, TEAM, TOKEN, build, path
from tests.mock.conftest import CATALOGUE

TEAM_ID = "e1a7c0de0123456789abcdef00000001"


def _component(last: str) -> str:
    return COMPONENT[:-1] + last


@pytest.mark.parametrize(
    ("team", "region", "app", "component", "answer"),
    [
        (TEAM, REGION, APP, COMPONENT, 200),
        (TEAM_ID, REGION, APP, "gr000001", 200),
        ("nope", REGION, APP, COMPONENT, "no found team"),
        (TEAM.upper(), REGION, APP, COMPONENT, "no found team"),
        (TEAM, "nowhere", APP, COMPONENT, "the region is not found"),
        (TEAM, "region2", APP, COMPONENT, "the team is not initialized in the region"),
        (TEAM, REGION, "99", COMPONENT, "no found app"),
        (TEAM, REGION, "4", COMPONENT, "no found app"),
        (TEAM, "downregion", APP, COMPONENT, "no found app"),
        (TEAM, REGION, APP, "0" * 32, "no found component"),
        (TEAM, REGION, APP, COMPONENT.upper(), "no found component"),
        (TEAM, REGION, APP, _component("d"), "no found component"),
        (TEAM, REGION, APP, _component("5"), "component not belong to this app"),
        (TEAM, REGION, APP, _component("6"), "component not belong to this app"),
        (TEAM, REGION, "3", COMPONENT, "component not belong to this app"),
        (TEAM, REGION, APP, _component("4"), "component create status is creating"),
        (TEAM, REGION, APP, _component("e"), "component create status is creating"),
        (TEAM, REGION, APP, _component("7"), "app arch does not match build node arch"),
        (TEAM, "downregion", "4", _component("d"), "MaxRetryErrorHTTPConnectionPool"),
    ],
)
def test_things_are_found_by_id_name_and_alias_within_team_region_and_application(
    catalogue_url: str, team: str, region: str, app: str, component: str, answer: int | str
) -> None:
    found = build(catalogue_url, at=path(team, region, app, component))

    if isinstance(answer, int):
        assert found.status == answer
    else:
        assert 400 <= found.status < 500
        assert json.loads(found.body)["msg"].startswith(answer)


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        (TOKEN, 200, ""),
        ("2" * 40, 200, ""),
        (f"{TOKEN}  ", 200, ""),
        ("1" * 40, 401, "No such user"),
        (TOKEN.upper(), 401, "No such user"),
        (TOKEN[:-1], 401, "No such user"),
        (f"Bearer {TOKEN}", 401, "No such user"),
        ("", 401, "No token"),
        (None, 401, "No token"),
        ("3" * 40, 404, "no found team"),
        ("4" * 40, 404, "the enterprise is not found"),
    ],
)
def test_callers_are_known_by_their_exact_token(catalogue_url: str, token: str | None, status: int, text: str) -> None:
    answer = build(catalogue_url, token=token)

    assert answer.status == status
    assert text in answer.body.decode()
    assert answer.header("WWW-Authenticate") == ("Token" if status == 401 else None)


def test_a_failure_mode_comes_after_validation(catalogue_url: str) -> None:
    assert build(catalogue_url, {"build_type": "x"}, at=path(component=_component("7"))).status == 400


def test_the_shipped_format_loads(contract: Contract) -> None:
    catalogue = load_catalogue(CATALOGUE, contract)

    [team] = catalogue.top["team"]
    assert team.values["name"] == "citeam01"
    assert len(list(team.lists["component"])) == 14
    assert TOKEN not in repr(catalogue)


WRONG = """\
enterprises: [main]
tokens:
  - {token: 1234567890, user: a, enterprise: main}
regions:
  - {name: rainbond, answer: region-unreachabel}
team: []
teams:
  - id: t1
    name: team
    enterprise: mian
    regions: [rainbow]
    apps:
      - {id: one, name: a, region: rainbond}
      - {id: 2, name: b, region: rainbond}
    components:
      - {id: c1, alias: gr1, app: 7, region: rainbond, stat: creating}
      - {id: c2, alias: gr2, app: 2, region: rainbond, state: created}
      - {id: c3, app: 2, region: rainbond}
"""


def test_every_fault_is_named_with_its_line_and_the_nearest_spelling(tmp_path: Path, contract: Contract) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(WRONG, encoding="utf-8")

    with pytest.raises(SourceError) as caught:
        load_catalogue(file, contract)

    lines = str(caught.value).splitlines()
    assert {line.removeprefix(f"{file}:").split(":")[0] for line in lines} == {
        "3", "5", "6", "10", "11", "13", "16", "17", "18",
    }  # fmt: skip
    text = str(caught.value)
    for hint in ("'region-unreachable'", "'teams'", "'main'", "'rainbond'", "'state'", "'creating'", "no alias"):
        assert hint in text
    assert "1234567890" not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "the file is empty"),
        ("- a", "a list is not allowed; allowed: a mapping with enterprises, tokens, teams, regions"),
        ("tokens: {a: 1}", "tokens: the value is not allowed; allowed: a list"),
        ("tokens: [a", "not valid YAML"),
        ("regions: []\nregions: []", "stands twice"),
        ("teams: [5]", "teams: 5 is not allowed; allowed: a mapping with id, name, enterprise"),
    ],
)
def test_what_is_no_catalogue_is_refused(tmp_path: Path, contract: Contract, text: str, expected: str) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(SourceError, match=expected):
        load_catalogue(file, contract)
