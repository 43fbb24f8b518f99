"""Compares what travels in an operation: parameters, the body, and the answers with their headers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contract_tests.diff.document import Part
from contract_tests.diff.parameters import Parameter, parameters, style_change
from contract_tests.diff.schemas import Pair, SchemaComparison
from mock_server.contract.media import media_types
from mock_server.contract.schema.dialect import Direction


@dataclass(frozen=True, slots=True)
class Found:
    """A change as it is found, by the id of its rule."""

    rule: str
    subject: str
    text: str
    old: Part | None
    new: Part | None


def messages(
    old: Part, new: Part, old_item: Part, new_item: Part, schemas: SchemaComparison, *, reverse: bool = False
) -> Iterator[Found]:
    """The changes of one operation. `reverse`: it is the server that asks, and the client that answers."""
    yield from _Messages(schemas, reverse=reverse).of(old, new, old_item, new_item)


class _Messages:
    def __init__(self, schemas: SchemaComparison, *, reverse: bool) -> None:
        self._schemas = schemas
        self._asked: Direction = "answer" if reverse else "request"
        self._answered: Direction = "request" if reverse else "answer"

    def of(self, old: Part, new: Part, old_item: Part, new_item: Part) -> Iterator[Found]:
        yield from self._parameters(parameters(old, old_item), parameters(new, new_item), old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"), old, new)
        yield from self._responses(old.under("responses"), new.under("responses"))

    # ---- parameters

    def _parameters(
        self,
        before: Mapping[tuple[str, str], Parameter],
        after: Mapping[tuple[str, str], Parameter],
        old: Part,
        new: Part,
    ) -> Iterator[Found]:
        for key in dict.fromkeys((*before, *after)):
            one, other = before.get(key), after.get(key)
            if one is not None and other is not None:
                yield from self._parameter(one, other)
            elif one is not None and key[0] != "path":
                told = one.part.flag("deprecated")
                rule = f"request-parameter-removed{'-with-deprecation' if told else ''}"
                yield Found(rule, one.label, "it was removed", one.part, new.get("parameters") or new)
            elif other is not None and key[0] != "path":
                word = "required" if other.required else "optional"
                rule, text = f"new-{word}-request-parameter", f"it is new and {word}"
                yield Found(rule, other.label, text, old.get("parameters") or old, other.part)

    def _parameter(self, one: Parameter, other: Parameter) -> Iterator[Found]:
        if one.name != other.name:
            yield Found("request-parameter-renamed", one.label, f"it is called {other.name} now", one.part, other.part)
        if one.required != other.required:
            word = "required" if other.required else "optional"
            yield Found(f"request-parameter-became-{word}", one.label, f"it is {word} now", one.part, other.part)
        if one.part.flag("deprecated") != other.part.flag("deprecated"):
            word = "deprecated" if other.part.flag("deprecated") else "reactivated"
            yield Found(f"request-parameter-{word}", one.label, f"it was {word}", one.part, other.part)
        style = style_change(one, other)
        if style:
            yield Found("request-parameter-style-changed", one.label, style, one.part, other.part)
        if one.content != other.content:
            text = f"it was {one.content or 'plain'}, is {other.content or 'plain'}"
            yield Found("request-parameter-content-changed", one.label, text, one.part, other.part)
            return
        yield from self._schema(
            "request-parameter", one.label, one.schema, other.schema, self._asked, text=not one.content
        )

    # ---- the body of a request

    def _body(self, one: Part | None, other: Part | None, old: Part, new: Part) -> Iterator[Found]:
        subject = "request body"
        if one is None or other is None:
            if one is not None:
                yield Found("request-body-removed", subject, "it was removed", one, new)
            elif other is not None:
                word = "required" if other.flag("required") else "optional"
                yield Found(f"request-body-added-{word}", subject, f"it is new and {word}", old, other)
            return
        if one.flag("required") != other.flag("required"):
            word = "required" if other.flag("required") else "optional"
            yield Found(f"request-body-became-{word}", subject, f"it is {word} now", one, other)
        rule = "request-body-media-type"
        yield from self._contents(one, other, rule, "request-body", subject, self._asked)

    def _contents(
        self, one: Part, other: Part, rule: str, kind: str, subject: str, direction: Direction
    ) -> Iterator[Found]:
        """The media types of a body, and their schemas."""
        before, after = one.named("content"), other.named("content")
        covered = set()
        for name, media in before.items():
            match = _covering(name, after)
            if match is None:
                yield Found(f"{rule}-removed", subject, f"{name} was removed", media, other.get("content") or other)
                continue
            covered.add(match)
            label = subject if len(before) == 1 else f"{subject} {name}"
            yield from self._schema(kind, label, media.get("schema"), after[match].get("schema"), direction)
        for name, media in after.items():
            if name not in covered:
                yield Found(f"{rule}-added", subject, f"{name} is new", one.get("content") or one, media)

    # ---- answers

    def _responses(self, old: Part, new: Part) -> Iterator[Found]:
        before, after = (dict(_statuses(part)) for part in (old, new))
        covered = set()
        for status, one in before.items():
            match = _status_in(status, after)
            if match is None:
                yield Found(f"{_of(status)}-removed", f"status {status}", "it was removed", one, new)
                continue
            covered.add(match)
            yield from self._response(one, after[match], f"status {status}")
        for status, other in after.items():
            if status not in covered and status not in before:
                yield Found(f"{_of(status)}-added", f"status {status}", "it is new", old, other)

    def _response(self, one: Part, other: Part, subject: str) -> Iterator[Found]:
        before, after = _headers(one), _headers(other)
        for name in dict.fromkeys((*before, *after)):
            yield from self._header(before.get(name), after.get(name), f"{subject} header {name}", one, other)
        yield from self._contents(one, other, "response-media-type", "response-body", subject, self._answered)

    def _header(self, one: Part | None, other: Part | None, subject: str, old: Part, new: Part) -> Iterator[Found]:
        if one is None or other is None:
            if one is not None:
                word = "required" if one.flag("required") else "optional"
                yield Found(f"{word}-response-header-removed", subject, "it was removed", one, new)
            elif other is not None:
                yield Found("response-header-added", subject, "it is new", old, other)
            return
        if one.flag("required") != other.flag("required"):
            word = "required" if other.flag("required") else "optional"
            yield Found(f"response-header-became-{word}", subject, f"it is {word} now", one, other)
        yield from self._schema("response-header", subject, one.get("schema"), other.get("schema"), self._answered)

    # ---- schemas

    def _schema(
        self, kind: str, subject: str, one: Part | None, other: Part | None, direction: Direction, *, text: bool = False
    ) -> Iterator[Found]:
        pair = Pair(tuple(filter(None, (one,))), tuple(filter(None, (other,))), direction, text)
        for difference in self._schemas.differences(pair):
            outer = _kind(kind, direction, inside=bool(difference.at))
            is_whole = difference.kind.startswith(("new-", "request-", "response-"))
            rule = difference.kind if is_whole else f"{outer}-{difference.kind}"
            at = "".join(step if step == "[]" else f".{step}" for step in difference.at).lstrip(".")
            label = f"{subject}, {at}" if at else subject
            yield Found(rule, label, difference.text, difference.old, difference.new)


def _kind(kind: str, direction: Direction, *, inside: bool) -> str:
    """What ids begin with: of a callback's bodies, those of the other direction."""
    if kind.endswith("-body"):
        return f"{'request' if direction == 'request' else 'response'}-{'property' if inside else 'body'}"
    return f"{kind}-property" if inside else kind


def _covering(name: str, content: Mapping[str, Part]) -> str | None:
    """The media type of a mapping that is one, or a range that it lies in."""
    essence = media_types.essence(name)
    known = {media_types.essence(each): each for each in reversed(list(content))}
    return next((known[key] for key in (essence, f"{essence.partition('/')[0]}/*", "*/*") if key in known), None)


def _statuses(responses: Part) -> Iterator[tuple[str, Part]]:
    return ((status.upper(), part) for status, part in responses.members() if not status.startswith("x-"))


def _of(status: str) -> str:
    return "response-success-status" if status.startswith("2") else "response-non-success-status"


def _status_in(status: str, after: Mapping[str, Part]) -> str | None:
    """Where a status is described now: by itself, by its range, or by `default`."""
    ranged = f"{status[0]}XX"
    if status in after or ranged in after:
        return status if status in after else ranged
    if "DEFAULT" not in after or (status.startswith("2") and any(each.startswith("2") for each in after)):
        return None
    return "DEFAULT"


def _headers(response: Part) -> dict[str, Part]:
    return {name.lower(): part for name, part in response.named("headers").items() if name.lower() != "content-type"}
