"""Routing: paths that are almost right, methods, and the order of the checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.defects.console import Console
from tests.defects.messages import Answer, Request
from tests.defects.mutation import (
    ROUTING,
    Defect,
    Mutation,
    altering,
    altering_for,
    failed,
    moving,
    reading,
    wrapping,
)
from tests.defects.witness import Step, accepted, build, path, refused, wrong_method

NOWHERE = {"service": "0" * 32}


BAD_BODY = b'{"branch": '


ORIGIN = {"origin": "https://ci.example.com"}


PREFLIGHT = ORIGIN | {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


def routing(change: Callable[[str], str]) -> Mutation:
    """Route another path than the one that was asked for."""
    return wrapping("route", lambda route, target: route(change(target)))


def method(given: str, becomes: str) -> Mutation:
    return reading(lambda request: replace(request, method=becomes) if request.method == given else request)


def overriding_method(request: Request) -> Request:
    return replace(request, method=request.headers.get("x-http-method-override", request.method))


def redirecting_slash(answer: Answer, request: Request) -> Answer:
    if not request.path.endswith("/build/"):
        return answer
    return replace(answer, status=301, body=b"").with_headers({"Location": request.path.rstrip("/")})


def plain_english(answer: Answer, request: Request) -> Answer:
    sentence = f'Method "{request.method}" not allowed.'
    return answer.with_json({**answer.json, "detail": sentence, "msg": sentence, "msg_show": sentence})


def unknown(what: str, **differences: Any) -> Any:
    return refused(f"{what}-not-found", **differences)


def asking_first(console: Console) -> None:
    """Check for tokens in front of the router."""
    moving("no-token", before="unknown-path")(console)
    moving("invalid-internal-token", before="no-token")(console)


def from_header(name: str) -> Any:
    return wrong_method("GET", headers={name: "POST"})


PATHS = (
    Defect(
        ROUTING,
        "slash-at-end",
        "A slash at the end of the path is accepted.",
        routing(lambda target: target.removesuffix("/")),
        refused("unknown-path", target=path() + "/"),
    ),
    Defect(
        ROUTING,
        "slash-redirected",
        "A slash at the end of the path is redirected.",
        altering_for(redirecting_slash, "unknown-path"),
        refused("unknown-path", target=path() + "/"),
    ),
    Defect(
        ROUTING,
        "slashes-merged",
        "Double slashes count as one.",
        routing(lambda target: target.replace("//", "/")),
        refused("unknown-path", target=path().replace("/build", "//build")),
    ),
    Defect(
        ROUTING,
        "path-any-case",
        "The path is matched without regard to case.",
        routing(lambda target: target[:-5] + target[-5:].lower()),
        refused("unknown-path", target=path().replace("/build", "/BUILD")),
    ),
)


METHODS = (
    Defect(
        ROUTING,
        "allow-missing",
        "A wrong method is answered without Allow.",
        altering(lambda answer: answer.with_headers({"Allow": None}), "method-not-allowed"),
        wrong_method("GET"),
    ),
    Defect(
        ROUTING,
        "allow-too-much",
        "Allow lists methods that are refused.",
        altering(lambda answer: answer.with_headers({"Allow": "GET, POST, PUT, OPTIONS"}), "method-not-allowed"),
        wrong_method("GET"),
    ),
    Defect(
        ROUTING,
        "method-text-in-english",
        "A wrong method is answered in English.",
        altering_for(plain_english, "method-not-allowed"),
        wrong_method("GET"),
    ),
    Defect(
        ROUTING,
        "method-not-found",
        "A wrong method is answered with 404.",
        altering(lambda answer: replace(answer, status=404), "method-not-allowed"),
        wrong_method("GET"),
    ),
    Defect(
        ROUTING,
        "delete-not-implemented",
        "DELETE is answered with 501.",
        altering_for(
            lambda answer, request: failed(answer, 501, answer.json) if request.method == "DELETE" else answer,
            "method-not-allowed",
        ),
        wrong_method("DELETE"),
    ),
    Defect(ROUTING, "get-builds", "GET builds as well.", method("GET", "POST"), wrong_method("GET")),
    Defect(
        ROUTING,
        "put-builds",
        "PUT builds as well.",
        method("PUT", "POST"),
        wrong_method("PUT"),
    ),
    Defect(
        ROUTING,
        "head-with-200",
        "HEAD is answered with 200.",
        altering_for(
            lambda answer, request: replace(answer, status=200) if request.method == "HEAD" else answer,
            "method-not-allowed",
        ),
        wrong_method("HEAD"),
    ),
    Defect(
        ROUTING,
        "method-override",
        "X-HTTP-Method-Override turns a GET into a build.",
        reading(overriding_method),
        from_header("x-http-method-override"),
    ),
    Defect(
        ROUTING,
        "options-refused",
        "OPTIONS is answered with 405.",
        altering(lambda _: Console().named("method-not-allowed", method="OPTIONS"), "options"),
        (Step(build(method="OPTIONS"), "options"),),
    ),
    Defect(
        ROUTING,
        "preflight-needs-token",
        "A browser's preflight needs a token, which it never has.",
        wrapping("is_preflight", lambda *_: False),
        (Step(build(method="OPTIONS", token=None, headers=PREFLIGHT), "preflight"),),
    ),
    Defect(
        ROUTING,
        "any-origin",
        "Any origin is allowed by a star, which browsers refuse beside credentials.",
        altering(
            lambda answer: (
                answer.with_headers({"access-control-allow-origin": "*"})
                if answer.header("access-control-allow-origin")
                else answer
            )
        ),
        accepted(headers=ORIGIN),
    ),
)


ORDER = (
    Defect(
        ROUTING,
        "method-before-token",
        "The method is checked before the token.",
        moving("method-not-allowed", before="invalid-internal-token"),
        refused("no-token", method="GET", token=None),
    ),
    Defect(
        ROUTING,
        "method-before-component",
        "The method is checked before the component.",
        moving("method-not-allowed", before="team-not-found"),
        unknown("component", method="GET", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "media-type-before-component",
        "The media type is checked before the ids.",
        moving("unsupported-media-type", before="team-not-found"),
        unknown("component", body=b"a", media_type="text/plain", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "body-before-token",
        "The body is validated before the token.",
        moving("invalid-body", before="invalid-internal-token"),
        refused("no-token", {"build_type": "helm"}, token=None),
    ),
    Defect(
        ROUTING,
        "parsed-before-token",
        "The body is parsed before the token is checked.",
        moving("parse-error", before="no-token"),
        refused("no-token", BAD_BODY, token=None),
    ),
    Defect(
        ROUTING,
        "body-before-component",
        "The body is validated before the component is looked up.",
        moving("invalid-body", before="app-not-found"),
        unknown("component", body={"build_type": "helm"}, **NOWHERE),
    ),
    Defect(
        ROUTING,
        "parsed-before-media-type",
        "The body is parsed before its media type is checked.",
        moving("parse-error", before="unsupported-media-type"),
        refused("unsupported-media-type", b"<a/>", {"media_type": "application/xml"}, media_type="application/xml"),
    ),
    Defect(
        ROUTING,
        "team-before-token",
        "The team is looked up before the token is checked.",
        moving("team-not-found", before="no-token"),
        refused("no-token", team="nobody", token=None),
    ),
    Defect(
        ROUTING,
        "component-before-region",
        "The component is looked up before the region.",
        moving("component-not-found", before="region-not-found"),
        unknown("region", region="nowhere", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "token-before-path",
        "An unknown path asks for a token first.",
        asking_first,
        refused("unknown-path", target=path() + "s", token=None),
    ),
)

DEFECTS = PATHS + METHODS + ORDER
