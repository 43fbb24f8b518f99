"""State and timing: defects that a single request does not show, and answers that come too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.defects.catalogue import TOKEN
from tests.defects.console import Console
from tests.defects.messages import Answer, Request
from tests.defects.mutation import STATE, Defect, Finish, Mutation, altering, crash, failed, is_accepted, remembering
from tests.defects.witness import accepted, builds, invalid, message, refused

SLOW = 3.0
HELM = {"build_type": "helm"}
BAD = invalid(HELM, build_type=message("enum", value="helm"))
STRANGER = refused("unknown-token", token="f" * 40)


def failing_on(number: int, status: int = 500) -> Mutation:
    """Fail on one build, counted from 1."""

    def make(console: Console) -> Finish:
        count = Counter[str]()

        def change(answer: Answer, request: Request) -> Answer:
            count[answer.name] += 1
            hit = is_accepted(answer) and count["accepted"] == number
            return replace(crash(console, "IntegrityError", "Duplicate entry"), status=status) if hit else answer

        return change

    return remembering(make)


def too_many_requests(most: int) -> Mutation:
    """Answer 429 after so many requests."""

    def make(console: Console) -> Finish:
        seen = Counter[str]()

        def change(answer: Answer, request: Request) -> Answer:
            seen["all"] += 1
            return answer if seen["all"] <= most else failed(answer, 429, {"detail": "请求超过了限速。"})

        return change

    return remembering(make)


def after(names: set[str], change: Callable[[Console, Answer], Answer]) -> Mutation:
    """Spoil the accepted answer that follows directly upon one of these refusals."""

    def make(console: Console) -> Finish:
        last = {"name": ""}

        def spoil(answer: Answer, request: Request) -> Answer:
            previous, last["name"] = last["name"], answer.name
            return change(console, answer) if previous in names and is_accepted(answer) else answer

        return spoil

    return remembering(make)


def lockout(console: Console) -> Finish:
    """After three wrong tokens nobody gets in any more."""
    wrong = Counter[str]()

    def change(answer: Answer, request: Request) -> Answer:
        wrong["tokens"] += answer.name == "unknown-token"
        return console.named("unknown-token") if wrong["tokens"] > 2 and is_accepted(answer) else answer

    return change


def authorised_for_good(console: Console) -> None:
    """Whoever once had a good token needs none any more."""
    find, no_token = console.find_user, console.checks["no-token"]
    known: list[Any] = []

    def find_user(token: str) -> Any:
        user = find(token)
        if user:
            known[:] = [user]
        return user or (known[0] if known and not token else None)

    console.find_user = find_user  # type: ignore[method-assign]
    console.checks["no-token"] = lambda visit: None if known else no_token(visit)


def accumulating_errors(console: Console) -> None:
    """The dictionary of errors is a default argument: what one request did wrong, the next one is blamed for."""
    errors = console.errors
    collected: dict[str, list[str]] = {}

    def blamed(body: Any) -> dict[str, list[str]]:
        found = errors(body)
        collected.update(found)
        return dict(collected) if found else {}

    console.errors = blamed  # type: ignore[method-assign]


def validating_once(console: Console) -> None:
    """Validation is switched off once a build was accepted, as the component is then known to be good."""
    errors = console.errors
    console.errors = lambda body: {} if console.builds else errors(body)  # type: ignore[method-assign]


def stale_answer(console: Console) -> Finish:
    """Refusals are cached by URL for one request: a good one right after a bad one gets the bad one's answer."""
    last: list[Answer] = []

    def change(answer: Answer, request: Request) -> Answer:
        stale = last[0] if last and is_accepted(answer) and last[0].name == "invalid-body" else None
        last[:] = [answer]
        return stale or answer

    return change


def slow_from(number: int) -> Mutation:
    """Slow from this build on."""

    def make(console: Console) -> Finish:
        def change(answer: Answer, request: Request) -> Answer:
            return replace(answer, delay=SLOW) if is_accepted(answer) and console.builds + 1 >= number else answer

        return change

    return remembering(make)


def slow(*names: str) -> Mutation:
    return altering(lambda answer: replace(answer, delay=SLOW), *names)


DEFECTS = (
    Defect(STATE, "second-build-fails", "The second build fails.", failing_on(2), builds(2)),
    Defect(STATE, "fourth-build-fails", "The fourth build fails, the fifth does not.", failing_on(4), builds(4)),
    Defect(STATE, "sixth-build-503", "The sixth build is answered with 503.", failing_on(6, 503), builds(6)),
    Defect(
        STATE,
        "rate-limit",
        "The thirtieth request within a short time is answered with 429.",
        too_many_requests(29),
        builds(30),
    ),
    Defect(
        STATE,
        "fails-after-invalid",
        "The build right after an invalid body fails.",
        after({"invalid-body"}, lambda console, _: crash(console, "TransactionManagementError", "broken transaction")),
        (*BAD, *accepted()),
    ),
    Defect(
        STATE,
        "fails-after-malformed",
        "The build right after a body that was no JSON is refused.",
        after({"parse-error"}, lambda console, _: console.named("parse-error")),
        (*refused("parse-error", b"{"), *accepted()),
    ),
    Defect(
        STATE,
        "stale-refusal",
        "A good request right after an invalid one is given its answer.",
        remembering(stale_answer),
        (*BAD, *accepted({"branch": "main"})),
    ),
    Defect(
        STATE,
        "errors-accumulate",
        "An invalid body is also blamed for the fields of earlier ones.",
        accumulating_errors,
        (*BAD, *invalid({"branch": ""}, branch=message("blank"))),
    ),
    Defect(
        STATE,
        "validates-only-at-first",
        "Nothing is validated any more once a build was accepted.",
        validating_once,
        (*accepted(), *BAD),
    ),
    Defect(
        STATE,
        "authorised-for-good",
        "After one good token, requests without one are let in.",
        authorised_for_good,
        (*accepted(), *refused("no-token", token=None)),
    ),
    Defect(
        STATE,
        "locked-out",
        "After three wrong tokens the good one is refused as well.",
        remembering(lockout),
        (*STRANGER * 3, *accepted(token=TOKEN)),
    ),
    Defect(STATE, "slow-builds", "Each build takes three seconds to be answered.", slow("accepted"), accepted()),
    Defect(
        STATE,
        "slow-from-third-build",
        "From the third build on each takes three seconds to be answered.",
        slow_from(3),
        builds(3),
    ),
    Defect(
        STATE,
        "slow-unknown-component",
        "An unknown component is searched for three seconds.",
        slow("component-not-found"),
        refused("component-not-found", service="0" * 32),
    ),
    Defect(
        STATE, "slow-wrong-token", "A wrong token is answered after three seconds.", slow("unknown-token"), STRANGER
    ),
    Defect(
        STATE,
        "slow-after-invalid",
        "The build right after an invalid body takes three seconds.",
        after({"invalid-body"}, lambda _, answer: replace(answer, delay=SLOW)),
        (*BAD, *accepted()),
    ),
    Defect(
        STATE,
        "cut-short",
        "Answers in Chinese end early: their length was counted in characters.",
        altering(lambda answer: replace(answer, cut=12), "invalid-body"),
        BAD,
    ),
)
