"""Another shape: answers of accepted builds that front ends and pipelines stumble over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.defects.mutation import SHAPE, Defect, altering, giving, rewriting
from tests.defects.witness import accepted


def general_message(value: Any) -> Any:
    return {"code": 200, "msg": "success", "msg_show": "操作成功", "data": {"bean": value, "list": []}}


DEFECTS = (
    Defect(
        SHAPE,
        "accepted-as-201",
        "A build is answered with 201 Created.",
        altering(lambda answer: replace(answer, status=201), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-as-202",
        "A build is answered with 202, because it only begins.",
        altering(lambda answer: replace(answer, status=202), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-as-204",
        "A build is answered with 204 and no body.",
        altering(lambda answer: replace(answer, status=204, body=b""), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-without-body",
        "A build is answered with 200 and an empty body.",
        altering(lambda answer: replace(answer, body=b""), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "event-id-missing",
        "The answer of a build is an empty object.",
        rewriting(lambda _: {}, "accepted"),
        accepted(),
    ),
    Defect(SHAPE, "event-id-null", "The event id is null.", giving(lambda _: None), accepted()),
    Defect(
        SHAPE,
        "event-id-a-number",
        "The event id is the row number of the events table.",
        giving(lambda made: int(made[:6], 16)),
        accepted(),
    ),
    Defect(SHAPE, "event-id-upper-case", "The event id is in upper case.", giving(str.upper), accepted()),
    Defect(
        SHAPE,
        "event-id-with-dashes",
        "The event id is a UUID with its dashes.",
        giving(lambda made: f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"),
        accepted(),
    ),
    Defect(SHAPE, "event-id-empty", "The event id is an empty text.", giving(lambda _: ""), accepted()),
    Defect(SHAPE, "event-id-too-long", "The event id is a SHA-256.", giving(lambda made: made + made), accepted()),
    Defect(
        SHAPE, "event-id-too-short", "The event id lost two characters.", giving(lambda made: made[:30]), accepted()
    ),
    Defect(
        SHAPE,
        "event-id-with-prefix",
        "The event id says what it is: evt_ and 28 digits.",
        giving(lambda made: "evt_" + made[4:]),
        accepted(),
    ),
    Defect(
        SHAPE,
        "event-id-in-camel-case",
        "The key of the event id is eventId.",
        rewriting(lambda value: {"eventId": value["event_id"]}, "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-in-general-message",
        "The event id is wrapped as in the console's older interface.",
        rewriting(general_message, "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-as-list",
        "The answer of a build is a list of events.",
        rewriting(lambda value: [value], "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-as-json-text",
        "The answer is JSON in a JSON string: encoded twice.",
        altering(lambda answer: answer.with_json(answer.text), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "accepted-as-html",
        "JSON goes out with the framework's default type, text/html.",
        altering(lambda answer: answer.with_headers({"Content-Type": "text/html; charset=utf-8"}), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "frame-options-relaxed",
        "X-Frame-Options is SAMEORIGIN.",
        altering(lambda answer: answer.with_headers({"X-Frame-Options": "SAMEORIGIN"}), "accepted"),
        accepted(),
    ),
    Defect(
        SHAPE,
        "request-id-with-dashes",
        "X-Request-ID is a UUID with its dashes.",
        altering(lambda answer: answer.with_headers({"X-Request-ID": "0b8f6e2c-5c0f-4c55-9d0e-2f1a7c3d9b11"})),
        accepted(),
    ),
)
