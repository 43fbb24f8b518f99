"""`Prefer` (RFC 7240): a client chooses the answer to its valid request by status or by example, and its delay."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from mock_server.contract import durations
from mock_server.contract.document.source import nearest
from mock_server.contract.model import Example, Operation, Response
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

    def applied(self, status: int) -> str:
        """The value of `Preference-Applied` where the answer has a status; an example may have another than `code`."""
        told = [f"example={self.example}"] if self.example is not None else []
        told += [f"code={self.code}"] if self.code == status else []
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
    code = given.get("code")
    if code is not None and not re.fullmatch(r"[1-5][0-9]{2}", code):
        raise PreferenceError(f"Prefer: code={code}: a status of three digits is needed")
    found = Preference(given.get("example"), int(code) if code else None, delay)
    return found if found.chooses or delay is not None else None


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
    response = operation.response(preference.code) if preference.code is not None else None
    if preference.example is not None:
        return _example(preference.example, response, preference.code, operation)
    if response is None:
        statuses = ", ".join(response.status for response in operation.responses)
        raise PreferenceError(
            f"Prefer: code={preference.code}: {operation.id} never answers that; its statuses are: {statuses}"
        )
    first = next(response.examples, None)
    return replace(first, status=preference.code or first.status) if first else response


def _example(name: str, response: Response | None, code: int | None, operation: Operation) -> Example:
    """The example of a name: that of the status, where it is asked for too and has one; else the operation's."""
    for example in response.examples if response else ():
        if example.name == name:
            return replace(example, status=code or example.status)
    example_of_any = operation.example(name)
    if example_of_any is not None:
        return example_of_any
    names = [example.name for example in operation.examples]
    raise PreferenceError(
        f"Prefer: example={name}: no such example of {operation.id}{nearest(name, names)}; "
        f"there are: {', '.join(names) or 'none'}"
    )
