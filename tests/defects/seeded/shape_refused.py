"""Another shape: refusals that front ends and pipelines stumble over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.defects.messages import JSON, Answer, compact
from tests.defects.mutation import SHAPE, Defect, altering, failed, rewriting, wrapping
from tests.defects.witness import accepted, invalid, message, refused, wrong_method

HELM = {"build_type": "helm"}


NOT_HELM = message("enum", value="helm")


BAD_TYPE = invalid(HELM, build_type=NOT_HELM)


TWO_BAD = invalid({**HELM, "branch": ""}, build_type=NOT_HELM, branch=message("blank"))


UNKNOWN_TEAM = refused("team-not-found", team="nobody")


GET = wrong_method("GET")


XML = refused("unsupported-media-type", b"<a/>", {"media_type": "application/xml"}, media_type="application/xml")


SERVICE_ERRORS = ("team-not-found", "region-not-found", "app-not-found", "component-not-found", "component-not-in-app")


def without(*names: str) -> Any:
    return lambda value: {key: part for key, part in value.items() if key not in names}


def first_error_only(errors: Any, body: Any) -> Any:
    return dict(list(errors(body).items())[:1])


def in_gbk(answer: Answer) -> Answer:
    return replace(answer, body=answer.text.encode("gbk", "replace")).with_headers(
        {"Content-Type": f"{JSON}; charset=gbk"}
    )


def camel_case(value: Any) -> Any:
    errors = {name.title().replace("_", ""): texts for name, texts in value["err"].items()}
    return {**value, "err": {name[0].lower() + name[1:]: texts for name, texts in errors.items()}}


DEFECTS = (
    Defect(
        SHAPE,
        "refusals-with-200",
        "An invalid body is answered with HTTP 200; only the code inside says otherwise.",
        altering(lambda answer: replace(answer, status=200), "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "invalid-as-422",
        "An invalid body is answered with 422.",
        altering(lambda answer: replace(answer, status=422), "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "errors-not-in-lists",
        "Each reason stands alone instead of in a list.",
        rewriting(
            lambda value: {**value, "err": {name: texts[0] for name, texts in value["err"].items()}}, "invalid-body"
        ),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "errors-as-pairs",
        "err is a list of field and message.",
        rewriting(
            lambda value: {**value, "err": [{"field": name, "message": t[0]} for name, t in value["err"].items()]},
            "invalid-body",
        ),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "errors-bare",
        "The reasons come without the console's envelope.",
        rewriting(lambda value: value["err"], "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "invalid-code-as-text",
        "The code of an invalid body is a text.",
        rewriting(lambda value: {**value, "code": str(value["code"])}, "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "invalid-code-400",
        "The code of an invalid body is 400 instead of the console's own.",
        rewriting(lambda value: {**value, "code": 400}, "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "invalid-detail-in-english",
        "The detail of an invalid body is in English.",
        rewriting(lambda value: {**value, "detail": "Invalid parameters"}, "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "invalid-without-error-type",
        "An invalid body's answer lacks error_type.",
        rewriting(without("error_type"), "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "first-error-only",
        "Only the first of several invalid fields is named.",
        wrapping("errors", first_error_only),
        TWO_BAD,
    ),
    Defect(
        SHAPE,
        "error-fields-in-camel-case",
        "Invalid fields are named as the front end calls them.",
        rewriting(camel_case, "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "errors-without-field",
        "All reasons stand under non_field_errors.",
        rewriting(
            lambda value: {
                **value,
                "err": {"non_field_errors": [text for texts in value["err"].values() for text in texts]},
            },
            "invalid-body",
        ),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "errors-in-gbk",
        "Refusals in Chinese are encoded in GBK.",
        altering(in_gbk, "invalid-body"),
        BAD_TYPE,
    ),
    Defect(
        SHAPE,
        "service-error-without-data",
        "A missing team's answer lacks data.",
        rewriting(without("data"), "team-not-found"),
        UNKNOWN_TEAM,
    ),
    Defect(
        SHAPE,
        "service-error-data-null",
        "The data of service errors holds null for the empty bean and list.",
        rewriting(lambda value: {**value, "data": {"bean": None, "list": None}}, *SERVICE_ERRORS),
        UNKNOWN_TEAM,
    ),
    Defect(
        SHAPE,
        "service-error-code-as-text",
        "The code of service errors is a text.",
        rewriting(lambda value: {**value, "code": str(value["code"])}, *SERVICE_ERRORS),
        UNKNOWN_TEAM,
    ),
    Defect(
        SHAPE,
        "unauthorized-without-msg-show",
        "A refused token's answer lacks msg_show.",
        rewriting(without("msg_show"), "unknown-token"),
        refused("unknown-token", token="f" * 40),
    ),
    Defect(
        SHAPE,
        "unauthorized-as-html",
        "A missing token is answered with a page to log in on.",
        altering(lambda answer: answer.with_text("<h1>401</h1>", "text/html"), "no-token"),
        refused("no-token", token=None),
    ),
    Defect(
        SHAPE,
        "method-refused-without-body",
        "A wrong method is answered with an empty body.",
        altering(lambda answer: replace(answer, body=b""), "method-not-allowed"),
        GET,
    ),
    Defect(
        SHAPE,
        "media-type-refused-with-detail-only",
        "A wrong media type is answered in the framework's plain form.",
        rewriting(lambda value: {"detail": value["detail"]}, "unsupported-media-type"),
        XML,
    ),
    Defect(
        SHAPE,
        "malformed-as-text",
        "Malformed JSON is refused in plain text.",
        altering(lambda answer: answer.with_text("Bad Request", "text/plain"), "parse-error"),
        refused("parse-error", b'{"branch": '),
    ),
    Defect(
        SHAPE,
        "malformed-as-service-error",
        "Malformed JSON is refused with another kind of answer and code 400.",
        altering(lambda answer: failed(answer, 400, {"code": "ParseError", "msg": answer.json["msg"]}), "parse-error"),
        refused("parse-error", b'{"branch": '),
    ),
    Defect(
        SHAPE,
        "accepted-with-bom",
        "The answer of a build begins with a byte order mark.",
        altering(lambda answer: replace(answer, body=b"\xef\xbb\xbf" + compact(answer.json)), "accepted"),
        accepted(),
    ),
)
