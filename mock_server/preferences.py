"""`Prefer` (RFC 7240): a client chooses the answer to its valid request by status or by example."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mock_server.contract import Example, Operation, Response
from mock_server.yaml_source import nearest


class PreferenceError(ValueError):
    """A preference that cannot be met; the text names the ones that can."""


@dataclass(frozen=True, slots=True)
class Preference:
    """What a request asks for: an example's name, or a status."""

    example: str | None = None
    code: int | None = None

    @property
    def applied(self) -> str:
        """The value of `Preference-Applied`."""
        return f"example={self.example}" if self.example is not None else f"code={self.code}"


def read(header: str | None) -> Preference | None:
    """The preference in a `Prefer` header; those of other purposes are ignored, of repeated ones the first counts.

    Raises:
        PreferenceError: `code` is not a status.
    """
    given: dict[str, str] = {}
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', header or ""):
        name, _, value = part.split(";")[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"').strip())
    if "example" in given:
        return Preference(example=given["example"])
    if "code" in given:
        if not re.fullmatch(r"[1-5][0-9]{2}", given["code"]):
            raise PreferenceError(f"Prefer: code={given['code']}: a status of three digits is needed")
        return Preference(code=int(given["code"]))
    return None


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
