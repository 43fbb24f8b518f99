"""State: event ids that repeat, or change their form from one build to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.defects.console import Console
from tests.defects.messages import Answer, Request
from tests.defects.mutation import STATE, Defect, Finish, Mutation, is_accepted, remembering
from tests.defects.witness import builds

FIXED_ID = "5821167607ec460b89b326084fb3d1e0"


def changing_ids(change: Callable[[str, int, Any], Any]) -> Mutation:
    """Give other event ids, from the one that was made, the number of the build, and what was sent before."""

    def make(console: Console) -> Finish:
        sent: list[Any] = []

        def spoil(answer: Answer, request: Request) -> Answer:
            if not is_accepted(answer):
                return answer
            event_id = change(answer.json["event_id"], len(sent) + 1, sent)
            sent.append(event_id)
            return answer.with_json({"event_id": event_id})

        return spoil

    return remembering(make)


def same_id_for_same_request(console: Console) -> Finish:
    known: dict[bytes, str] = {}

    def change(answer: Answer, request: Request) -> Answer:
        if not is_accepted(answer):
            return answer
        return answer.with_json({"event_id": known.setdefault(request.body, answer.json["event_id"])})

    return change


def dashed(event_id: str) -> str:
    return f"{event_id[:8]}-{event_id[8:12]}-{event_id[12:16]}-{event_id[16:20]}-{event_id[20:]}"


DEFECTS = (
    Defect(
        STATE, "event-id-constant", "Every build has the same event id.", changing_ids(lambda *_: FIXED_ID), builds(2)
    ),
    Defect(
        STATE,
        "event-id-of-request",
        "The same request gets the same event id again.",
        remembering(same_id_for_same_request),
        builds(2, body=lambda _: {"branch": "main"}),
    ),
    Defect(
        STATE,
        "event-id-of-every-third",
        "Every third build has the event id of the one before.",
        changing_ids(lambda made, number, sent: sent[-1] if number % 3 == 0 else made),
        builds(3),
    ),
    Defect(
        STATE,
        "event-id-changes-form",
        "From the fourth build on the event id has dashes.",
        changing_ids(lambda made, number, _: dashed(made) if number > 3 else made),
        builds(4),
    ),
    Defect(
        STATE,
        "event-id-runs-out",
        "From the fifth build on the event id is null.",
        changing_ids(lambda made, number, _: None if number > 4 else made),
        builds(5),
    ),
)
