"""`Prefer` (RFC 7240): a client chooses the answer to its valid request by status or by example, and its delay."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mock_server.contract import durations
from mock_server.contract.model import Example, Operation, Response
from mock_server.contract.source import nearest
from mock_server.engine.scenarios import LONGEST_DELAY


class PreferenceError(ValueError):
    """A preference that cannot be met; the text names the ones that can."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What a request asks for: an example's name, or a status; and how many seconds its answer is to take."""

    example: str | None = None
    code: int | None = None
    delay: float | None = None

    @property
    def chooses(self) -> bool:
        """Whether it names the answer, and not its delay alone."""
        return self.example is not None or self.code is not None

    @property
    def applied(self) -> str:
        """The value of `Preference-Applied`."""
        told = [f"example={self.example}"] if self.example is not None else []
        told += [f"code={self.code}"] if self.code is not None else []
        told += [f"delay={durations.shown(self.delay)}"] if self.delay is not None else []
        return ", ".join(told)


def read(header: str | None) -> Preference | None:
    """The preference in a `Prefer` header; those of other purposes are ignored, of repeated ones the first counts.

    Raises:
        PreferenceError: `code` is not a status, or `delay` no span of time.
    """
    if not header:
        return None
    given: dict[str, str] = {}
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', header):
        name, _, value = part.split(";")[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"').strip())
    delay = _delay(given["delay"]) if "delay" in given else None
    if "example" in given:
        return Preference(example=given["example"], delay=delay)
    if "code" in given:
        if not re.fullmatch(r"[1-5][0-9]{2}", given["code"]):
            raise PreferenceError(f"Prefer: code={given['code']}: a status of three digits is needed")
        return Preference(code=int(given["code"]), delay=delay)
    return None if delay is None else Preference(delay=delay)


def _delay(text: str) -> float:
    """Seconds; a number alone counts milliseconds."""
    try:
        delay = durations.seconds(text, bare="ms")
    except ValueError as error:
        raise PreferenceError(f"Prefer: delay: {error}") from None
    if delay > LONGEST_DELAY:
        raise PreferenceError(f"Prefer: delay={text}: too long; allowed: at most {LONGEST_DELAY:g}s")
    return delay


def choose(preference: Preference, operation: Operation) -> Example | Response:
    """The example that was asked for, or the response where it has no example.

    Raises:
        PreferenceError: the operation has no such example or status.
    """
    if preference.example is not None:
        example = operation.example(preference.example)
        if example is not None:
            return example
        names = [example.name for example in operation.examples]
        raise PreferenceError(
            f"Prefer: example={preference.example}: no such example of {operation.id}"
            f"{nearest(preference.example, names)}; there are: {', '.join(names) or 'none'}"
        )
    response = operation.response(preference.code or 0)
    if response is None:
        statuses = ", ".join(response.status for response in operation.responses)
        raise PreferenceError(
            f"Prefer: code={preference.code}: {operation.id} never answers that; its statuses are: {statuses}"
        )
    return next(response.examples, response)
