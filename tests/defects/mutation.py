"""How a defect is seeded: small changes to one console, each at one named point of a request's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.defects.console import Console
from tests.defects.document import ACCEPTED
from tests.defects.messages import Answer, Request
from tests.defects.witness import Witness

Mutation = Callable[[Console], None]
Finish = Callable[[Answer, Request], Answer]

SHAPE = "answer shape"
LAX = "validation too lax"
STRICT = "validation too strict"
CRASH = "crashes"
AUTHENTICATION = "authentication"
ROUTING = "routing and methods"
LEAK = "leaks"
STATE = "state and timing"
KINDS = (SHAPE, LAX, STRICT, CRASH, AUTHENTICATION, ROUTING, LEAK, STATE)


@dataclass(frozen=True)
class Defect:
    """One way in which a console is wrong.

    Attributes:
        kind: one of KINDS.
        id: kebab-case.
        sentence: the behaviour, as its developer would have to admit it.
        seed: makes a conforming console defective.
        witness: requests whose answers give the defect away.
    """

    kind: str
    id: str
    sentence: str
    seed: Mutation
    witness: Witness

    def console(self) -> Console:
        """A fresh console with this defect."""
        console = Console()
        self.seed(console)
        return console


def wrapping(step: str, change: Callable[..., Any]) -> Mutation:
    """Replace a method of the console by `change`, which is given the original in front of the arguments."""

    def seed(console: Console) -> None:
        original = getattr(console, step)

        def changed(*arguments: Any) -> Any:
            return change(original, *arguments)

        setattr(console, step, changed)
        check = step.removeprefix("check_").replace("_", "-")
        if check in console.checks:
            console.checks[check] = changed

    return seed


def skipping(check: str) -> Mutation:
    """Leave a check out."""
    return lambda console: console.order.remove(check)


def moving(check: str, *, before: str) -> Mutation:
    """Make a check earlier than the contract does."""

    def seed(console: Console) -> None:
        console.order.remove(check)
        console.order.insert(console.order.index(before), check)

    return seed


def reading(change: Callable[[Request], Request]) -> Mutation:
    """Take a request for another one."""
    return wrapping("decide", lambda decide, request: decide(change(request)))


def altering(change: Callable[[Answer], Answer], *names: str) -> Mutation:
    """Spoil the answers of these names; all answers where none is named."""
    return altering_for(lambda answer, _: change(answer), *names)


def altering_for(change: Callable[[Answer, Request], Answer], *names: str) -> Mutation:
    """Spoil the answers of these names, with the request at hand."""

    def changed(finish: Callable[..., Answer], answer: Answer, request: Request) -> Answer:
        answer = finish(answer, request)
        return change(answer, request) if not names or answer.name in names else answer

    return wrapping("finish", changed)


def remembering(make: Callable[[Console], Finish]) -> Mutation:
    """Change answers with what is remembered of earlier ones; `make` sets up one console's memory."""

    def seed(console: Console) -> None:
        finish, change = console.finish, make(console)

        def changed(answer: Answer, request: Request) -> Answer:
            return change(finish(answer, request), request)

        console.finish = changed  # type: ignore[method-assign]

    return seed


def rewriting(change: Callable[[Any], Any], *names: str) -> Mutation:
    """Spoil the JSON of the answers of these names."""
    return altering(lambda answer: answer.with_json(change(answer.json)), *names)


def giving(event_id: Callable[[str], Any]) -> Mutation:
    """Give another event id than the one that was made."""
    return wrapping("event_id", lambda make, visit: event_id(make(visit)))


def crashing(when: Callable[[Any], Any], error_type: str, reason: str, *, bare: bool = False) -> Mutation:
    """Fall over on the parsed bodies that `when` is true of, instead of validating them."""

    def seed(console: Console) -> None:
        def changed(original: Callable[..., Any], visit: Any) -> Any:
            crashes = visit.request.body and when(console.body(visit))
            return crash(console, error_type, reason, bare=bare) if crashes else original(visit)

        wrapping("check_invalid_body", changed)(console)

    return seed


def crashing_on(
    when: Callable[[Request], Any], error_type: str, reason: str, *, at: str, bare: bool = False
) -> Mutation:
    """Fall over in one of the checks on the requests that `when` is true of."""

    def seed(console: Console) -> None:
        def changed(original: Callable[..., Any], visit: Any) -> Any:
            crashes = when(visit.request)
            return crash(console, error_type, reason, bare=bare) if crashes else original(visit)

        wrapping("check_" + at.replace("-", "_"), changed)(console)

    return seed


def crash(console: Console, error_type: str, reason: str, *, bare: bool = False) -> Answer:
    """A 500: the console's own, or what a server in front of it makes of an application that died."""
    if not bare:
        return console.contract.fault_answer(error_type, reason)
    return Answer("unhandled", 500, {"Content-Type": "text/plain; charset=utf-8"}, b"Internal Server Error")


def field(body: Any, name: str) -> Any:
    """A property of the body, None where there is none or the body is no object."""
    return body.get(name) if isinstance(body, Mapping) else None


def text(body: Any, name: str) -> str:
    """A property of the body where it is a text, else an empty text."""
    value = field(body, name)
    return value if isinstance(value, str) else ""


def texts(body: Any) -> list[str]:
    return [value for value in body.values() if isinstance(value, str)] if isinstance(body, Mapping) else []


def failed(answer: Answer, status: int, value: Any) -> Answer:
    """The answer turned into another refusal."""
    return replace(answer.with_json(value, status), name="refused")


def is_accepted(answer: Answer) -> bool:
    return answer.name == ACCEPTED
