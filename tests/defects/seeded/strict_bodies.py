"""Validation too strict: documented bodies, media types and pairs of values that are turned down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.defects.console import Console
from tests.defects.messages import JSON, Answer, Request
from tests.defects.mutation import STRICT, Defect, Mutation, failed, field, wrapping
from tests.defects.witness import FULL, accepted


def objecting(name: str, when: Callable[[Any], Any], reason: str = "格式不正确。") -> Mutation:
    """Refuse bodies that `when` is true of, blaming one field."""

    def errors(original: Any, body: Any) -> Any:
        found = original(body)
        return found or ({name: [reason]} if isinstance(body, Mapping) and when(body) else {})

    return wrapping("errors", errors)


def wanting_json(request: Request) -> bool:
    return request.headers.get("content-type") == JSON


def parsing_empty(console: Console) -> None:
    """Parse the body whenever JSON is announced, be it empty or not."""

    def body(original: Any, visit: Any) -> Any:
        return console.parse(visit.request.body) if "content-type" in visit.request.headers else original(visit)

    wrapping("body", body)(console)


def refusing_empty_object(console: Console) -> None:
    def check(original: Callable[[Any], Answer | None], visit: Any) -> Answer | None:
        empty = visit.request.body and console.body(visit) == {}
        reasons = {"non_field_errors": ["参数不能为空"]}
        return console.named("invalid-body", errors=reasons) if empty else original(visit)

    wrapping("check_invalid_body", check)(console)


def media_type_of_empty(console: Console) -> None:
    """Look at the media type even where there is no body."""

    def check(original: Callable[[Any], Answer | None], visit: Any) -> Answer | None:
        announced = visit.request.headers.get("content-type")
        if announced and not console.is_json(visit.request):
            return console.named("unsupported-media-type", media_type=announced)
        return original(visit)

    wrapping("check_unsupported_media_type", check)(console)


def answering(status: int, reason: str, when: Callable[[Request], bool]) -> Mutation:
    """Turn down what would be built, with a status of its own."""

    def finish(original: Any, answer: Answer, request: Request) -> Answer:
        answer = original(answer, request)
        if answer.name != "accepted" or not when(request):
            return answer
        return failed(answer, status, {"code": status, "msg": reason, "msg_show": reason, "data": {}})

    return wrapping("finish", finish)


def needs(name: str, other: str) -> Mutation:
    """Refuse one property without the other."""
    return objecting(other, lambda body: field(body, name) and not field(body, other), "该字段是必填项。")


DEFECTS = (
    Defect(
        STRICT,
        "body-required",
        "A body has to be sent.",
        answering(400, "request body is required", lambda request: not request.body),
        accepted(),
    ),
    Defect(
        STRICT,
        "empty-body-parsed",
        "An empty body that is announced as JSON is refused as malformed.",
        parsing_empty,
        accepted(headers={"content-type": JSON}),
    ),
    Defect(
        STRICT,
        "empty-object-refused",
        "An object without properties is refused.",
        refusing_empty_object,
        accepted({}),
    ),
    Defect(
        STRICT,
        "unknown-property-refused",
        "A property that is not documented is refused.",
        objecting("non_field_errors", lambda body: set(body) - set(FULL)),
        accepted({"dry_run": "yes"}),
    ),
    Defect(
        STRICT,
        "media-type-with-charset",
        "application/json with a charset is refused.",
        wrapping("is_json", lambda _, request: wanting_json(request)),
        accepted({}, media_type="application/json; charset=utf-8"),
    ),
    Defect(
        STRICT,
        "media-type-upper-case",
        "The media type is compared with regard to case.",
        wrapping("is_json", lambda _, request: request.headers.get("content-type", "").startswith(JSON)),
        accepted({}, media_type="Application/JSON"),
    ),
    Defect(
        STRICT,
        "media-type-of-empty-body",
        "The media type of an empty body is refused.",
        media_type_of_empty,
        accepted(headers={"content-type": "text/plain"}),
    ),
    Defect(
        STRICT,
        "password-without-username",
        "password is refused without username.",
        needs("password", "username"),
        accepted({"password": "secret"}),
    ),
    Defect(
        STRICT,
        "username-without-password",
        "username is refused without password.",
        needs("username", "password"),
        accepted({"username": "ci"}),
    ),
    Defect(
        STRICT,
        "source-code-needs-repo-url",
        "Building source code wants a repo_url.",
        objecting("repo_url", lambda body: field(body, "build_type") == "source_code" and not field(body, "repo_url")),
        accepted({"build_type": "source_code"}),
    ),
    Defect(
        STRICT,
        "image-with-server-type",
        "An image is refused together with git.",
        objecting(
            "server_type", lambda b: (field(b, "build_type"), field(b, "server_type")) == ("docker_image", "git")
        ),
        accepted({"build_type": "docker_image", "server_type": "git"}),
    ),
    Defect(
        STRICT,
        "market-with-oss",
        "market is refused together with oss.",
        objecting("server_type", lambda b: (field(b, "build_type"), field(b, "server_type")) == ("market", "oss")),
        accepted({"build_type": "market", "server_type": "oss"}),
    ),
    Defect(
        STRICT,
        "market-with-repo-url",
        "market is refused together with a repo_url.",
        objecting("repo_url", lambda body: field(body, "build_type") == "market" and field(body, "repo_url")),
        accepted({"build_type": "market", "repo_url": "https://git.example.com/acme/app.git"}),
    ),
    Defect(
        STRICT,
        "oss-with-branch",
        "oss is refused together with a branch.",
        objecting("branch", lambda body: field(body, "server_type") == "oss" and field(body, "branch")),
        accepted({"server_type": "oss", "branch": "main"}),
    ),
    Defect(
        STRICT,
        "all-properties-at-once",
        "More than five properties at once are refused.",
        objecting("non_field_errors", lambda body: len(body) > 5),
        accepted(FULL),
    ),
    Defect(
        STRICT,
        "small-bodies-only",
        "Bodies over 4 kB are answered with 413.",
        answering(413, "request entity too large", lambda request: len(request.body) > 4096),
        accepted({"repo_url": "仓" * 1024, "branch": "支" * 255, "username": "用" * 255}),
    ),
    Defect(
        STRICT,
        "accept-header-obeyed",
        "A client that does not list JSON in Accept is answered with 406.",
        answering(406, "not acceptable", lambda request: "html" in request.headers.get("accept", "")),
        accepted({}, headers={"accept": "text/html"}),
    ),
)
