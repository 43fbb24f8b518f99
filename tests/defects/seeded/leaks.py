"""Leaks: answers that tell what nobody but the console's operator should know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.defects.catalogue import CATALOGUE, OTHER_TOKEN
from tests.defects.console import Console
from tests.defects.messages import Answer, Request
from tests.defects.mutation import LEAK, Defect, Mutation, altering, altering_for, field, rewriting, wrapping
from tests.defects.witness import FULL, accepted, invalid, message, path, refused, wrong_method

TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/app/ui/openapi/v2/views/apps.py", line 214, in post\n    data = serializer.validated_data\n'
)
SQL = "SELECT * FROM tenant_service WHERE service_id = '{}' AND tenant_id = 'e1a7c0de'"
SECRET_URL = "https://ci:hunter2@git.example.com/acme/app.git"
DEBUG_PAGE = (
    "<!DOCTYPE html><title>Page not found at {path}</title><h1>Page not found <span>(404)</span></h1>"
    "<p>Using the URLconf defined in <code>goodrain_web.urls</code>, Django tried these URL patterns:</p>"
    "<ol><li>console/</li><li>openapi/</li></ol><p>You're seeing this error because you have DEBUG = True.</p>"
)


def body_of(request: Request) -> Any:
    """The request's JSON, None where it has none."""
    try:
        return Console().parse(request.body)
    except Exception:
        return None


def adding_header(name: str, value: str, *names: str) -> Mutation:
    return altering(lambda answer: answer.with_headers({name: value}), *names)


def saying(sentence: str, *names: str) -> Mutation:
    """Append a sentence to what the answer says to programs."""
    return rewriting(lambda value: {**value, "msg": f"{value['msg']} {sentence}"}, *names)


def with_token(answer: Answer, request: Request) -> Answer:
    value = answer.json
    text = f"{value['msg']}: {request.headers.get('authorization')}"
    return answer.with_json({**value, "detail": text, "msg": text, "msg_show": text})


def with_body(answer: Answer, request: Request) -> Answer:
    return answer.with_json({**answer.json, "error_trace": TRACE + request.body.decode(errors="replace")})


def with_input(answer: Answer, request: Request) -> Answer:
    return answer.with_json({**answer.json, "input": body_of(request)})


def with_password(answer: Answer, request: Request) -> Answer:
    password = field(body_of(request), "password")
    return answer.with_json({**answer.json, "password": password}) if password else answer


def with_source(answer: Answer, request: Request) -> Answer:
    url = field(body_of(request), "repo_url")
    return answer.with_headers({"X-Build-Source": str(url).encode("ascii", "replace").decode()}) if url else answer


def with_sql(answer: Answer, request: Request) -> Answer:
    return answer.with_json({**answer.json, "msg": SQL.format(request.path.split("/")[-2])})


def with_components(answer: Answer) -> Answer:
    ids = [component.id for component in CATALOGUE.teams[0].components]
    return answer.with_json({**answer.json, "data": {"bean": {}, "list": ids}})


def echo(answer: Answer, request: Request) -> Answer:
    """What TRACE is for, and why it is switched off."""
    if request.method != "TRACE":
        return answer
    lines = [f"TRACE {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
    return answer.with_text("\r\n".join(lines), "message/http")


def debug_page(answer: Answer, request: Request) -> Answer:
    return answer.with_text(DEBUG_PAGE.format(path=request.path), "text/html; charset=utf-8")


def session_cookie(answer: Answer, request: Request) -> Answer:
    token = request.headers.get("authorization", "")
    return answer.with_headers({"Set-Cookie": f"token={token}; Path=/"})


def telling_strangers(console: Console) -> None:
    """Look the component up before asking whether the user may know of it."""

    def check(original: Callable[[Any], Answer | None], visit: Any) -> Answer | None:
        user, team = console.user(visit), console.team(visit)
        stranger = user is not None and team is not None and not console.may_see(user, team)
        return (console.check_component_not_found(visit) if stranger else None) or original(visit)

    wrapping("check_team_not_found", check)(console)


def quoting_value(error: Any, name: str, value: Any) -> Any:
    found = error(name, value)
    return f"{found} “{value}”" if found and name == "password" else found


LONG_PASSWORD = "hunter2-" * 40

DEFECTS = (
    Defect(
        LEAK,
        "token-in-refusal",
        "A refused token is repeated in the answer.",
        altering_for(with_token, "unknown-token"),
        refused("unknown-token", token="f" * 40),
    ),
    Defect(
        LEAK,
        "token-in-header",
        "The token is repeated in a debugging header.",
        altering_for(
            lambda answer, request: answer.with_headers({"X-Debug-Token": request.headers.get("authorization", "")}),
            "accepted",
        ),
        accepted(),
    ),
    Defect(
        LEAK,
        "token-set-as-cookie",
        "The token is set as a cookie.",
        altering_for(session_cookie, "accepted"),
        accepted(),
    ),
    Defect(
        LEAK,
        "password-in-answer",
        "An accepted build repeats the password.",
        altering_for(with_password, "accepted"),
        accepted(FULL),
    ),
    Defect(
        LEAK,
        "password-in-reason",
        "The reason against a password quotes it.",
        wrapping("field_error", quoting_value),
        invalid({"password": LONG_PASSWORD}, password=message("maxLength", limit=255)),
    ),
    Defect(
        LEAK,
        "input-in-refusal",
        "An invalid body is repeated in the answer, password and all.",
        altering_for(with_input, "invalid-body"),
        invalid({**FULL, "build_type": "helm"}, build_type=message("enum", value="helm")),
    ),
    Defect(
        LEAK,
        "body-in-trace",
        "A body that is not JSON is repeated in the answer's trace.",
        altering_for(with_body, "parse-error"),
        refused("parse-error", b'{"password": "hunter2"'),
    ),
    Defect(
        LEAK,
        "source-in-header",
        "The address of the code is repeated in a header, credentials and all.",
        altering_for(with_source, "accepted"),
        accepted({"repo_url": SECRET_URL}),
    ),
    Defect(
        LEAK,
        "trace-in-message",
        "A stack trace stands in what malformed JSON is told.",
        rewriting(lambda value: {**value, "msg_show": TRACE}, "parse-error"),
        refused("parse-error", b"{"),
    ),
    Defect(
        LEAK,
        "trace-in-invalid-body",
        "A stack trace with the console's paths goes along with an invalid body.",
        rewriting(lambda value: {**value, "error_trace": TRACE}, "invalid-body"),
        invalid({"build_type": "helm"}, build_type=message("enum", value="helm")),
    ),
    Defect(
        LEAK,
        "sql-in-message",
        "An unknown component is answered with the SQL that did not find it.",
        altering_for(with_sql, "component-not-found"),
        refused("component-not-found", service="0" * 32),
    ),
    Defect(
        LEAK,
        "address-in-message",
        "An unknown app is answered with the address of an inner service.",
        saying("(asked http://10.42.0.17:8888/v2/apps)", "app-not-found"),
        refused("app-not-found", app="999999"),
    ),
    Defect(
        LEAK,
        "path-in-detail",
        "A wrong media type is answered with a path of the server.",
        rewriting(
            lambda value: {**value, "detail": f"{value['detail']} (/app/ui/console/parsers.py:88)"},
            "unsupported-media-type",
        ),
        refused("unsupported-media-type", b"a", {"media_type": "text/plain"}, media_type="text/plain"),
    ),
    Defect(
        LEAK,
        "debug-page",
        "An unknown path is answered with the framework's debug page and all its patterns.",
        altering_for(debug_page, "unknown-path"),
        refused("unknown-path", target=path() + "s"),
    ),
    Defect(
        LEAK,
        "versions-in-header",
        "Every answer names the versions it was made with.",
        adding_header("X-Powered-By", "Django/5.2.1 Python/3.11.9"),
        accepted(),
    ),
    Defect(
        LEAK,
        "queries-in-header",
        "Every build says which SQL it ran.",
        adding_header("X-Debug-SQL", SQL.format("5c01"), "accepted"),
        accepted(),
    ),
    Defect(
        LEAK,
        "trace-echoes",
        "TRACE repeats the request, token and all.",
        altering_for(echo, "method-not-allowed"),
        wrong_method("TRACE"),
    ),
    Defect(
        LEAK,
        "components-listed",
        "An unknown component is answered with a list of the known ones.",
        altering(with_components, "component-not-found"),
        refused("component-not-found", service="0" * 32),
    ),
    Defect(
        LEAK,
        "existence-of-components",
        "Another enterprise's user learns which components a team has.",
        telling_strangers,
        refused("team-not-found", token=OTHER_TOKEN, service="0" * 32),
    ),
    Defect(
        LEAK,
        "environment-in-refusal",
        "A wrong method is answered with the settings of the process.",
        rewriting(
            lambda value: {**value, "settings": {"DB_HOST": "mysql-0", "SECRET_KEY": "hd_279hu4@3^bq&8w5hm"}},
            "method-not-allowed",
        ),
        wrong_method("GET"),
    ),
)
