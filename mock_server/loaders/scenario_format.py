"""The formats of scenarios and of expectations of the journal."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mock_server.contract import durations
from mock_server.contract.document.diagnostics import shown
from mock_server.contract.document.formats import BY_KIND, MAPPING, OTHER, Format, OneOf, tidy
from mock_server.engine.scenarios import FAULTS, LONGEST_DELAY

MATCHERS = "values, or matchers such as {$matches: …}"


def _span(value: object) -> float:
    span = durations.seconds(value, bare="ms")
    if span > LONGEST_DELAY:
        raise ValueError(f"{value} is too long; allowed: at most {LONGEST_DELAY:g}s")
    return span


def _header_text(value: object) -> str:
    if value is None or isinstance(value, (dict, list)) or any(ord(character) < ord(" ") for character in str(value)):
        raise ValueError(f"{shown(value)} is not a header's text")
    return str(value)


Span = Annotated[float, BeforeValidator(_span), WithJsonSchema({"type": ["string", "number"]})]
"""Seconds, written with a unit such as `80ms`; a bare number counts milliseconds."""

HeaderText = Annotated[str, BeforeValidator(_header_text), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Fault = Annotated[str, OneOf(FAULTS)]


class Distribution(Format):
    model_config = ConfigDict(title="delay")

    p50: Span = Field(description="Half of the answers take at most so long.")
    p99: Span = Field(description="All but one in a hundred take at most so long.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.p99 < self.p50:
            raise ValueError(f"p99: {durations.shown(self.p99)} is less than p50, {durations.shown(self.p50)}")
        return self


Delay = Annotated[Annotated[Distribution, MAPPING] | Annotated[Span, OTHER], BY_KIND]


class Answer(Format):
    example: str | None = Field(None, description="A named answer of the contract.")
    status: int | None = Field(None, ge=100, le=599, description="Of an answer that is spelled out.")
    body: Any = Field(None, description="The body; a text is sent as it is.")
    headers: dict[HeaderText, HeaderText] = Field({}, description="Headers beside those that the mock always sends.")
    times: int = Field(1, ge=1, le=10**9, description="For how many matches it answers, before the next one does.")
    probability: float | None = Field(
        None, ge=0, le=1, description="How likely it stands in for the answer behind it; it takes no turn of its own."
    )
    delay: Delay | None = Field(None, description="How late: 80ms, 1.5s, or {p50: 80ms, p99: 900ms}.")
    fault: Fault | None = Field(None, description="How the connection breaks.")
    off_contract: bool = Field(False, description="Whether it may be what the contract does not allow.")


AnyAnswer = Annotated[Annotated[Answer, MAPPING] | Annotated[str, OTHER], BY_KIND]


class Request(Format):
    """What requests are like."""

    operation: str | None = Field(None, description="The operation they ask for. Default: any.")
    path: dict[str, Any] | None = Field(None, description=f"Path parameters: {MATCHERS}.")
    query: dict[str, Any] | None = Field(None, description=f"Query parameters: {MATCHERS}.")
    headers: dict[str, Any] | None = Field(None, description=f"Headers: {MATCHERS}.")
    body: Any = Field(None, description=f"JSON pointers into the body, or properties: {MATCHERS}.")


def _tidy_named(schema: dict[str, Any]) -> None:
    tidy(schema)
    schema["required"] = ["name"]


class When(Request):
    state: str | None = Field(None, description="The state of the session in which alone it matches.")


class Scenario(Format):
    model_config = ConfigDict(json_schema_extra=_tidy_named)

    name: str | None = Field(None, min_length=1, description="What journal, page and headers call it.")
    when: When | None = Field(None, description="Which requests it answers. Default: all.")
    answers: Annotated[list[AnyAnswer], Field(min_length=1)] | None = Field(
        None, description="What they get in turn, the last one again and again: names of answers, or more."
    )
    delay: Delay | None = Field(None, description="How late: 80ms, 1.5s, or {p50: 80ms, p99: 900ms}.")
    fault: Fault | None = Field(None, description="How the connection breaks.")
    set: str | None = Field(None, description="The session's state afterwards.")
    even_invalid: bool = Field(False, description="Whether requests that break the contract are answered, too.")
    off_contract: bool = Field(False, description="Whether answers may be what the contract does not allow.")


class Scenarios(Format):
    """What the mock answers on demand: the first scenario that matches a request answers it."""

    scenarios: list[Scenario] | None = Field(None, description="In the order in which they are tried.")


Count = Annotated[int, Field(ge=0)]


class Range(Format):
    min: Count = Field(0, description="At least so many.")
    max: Count | None = Field(None, description="At most so many. Default: any number.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an empty mapping is not allowed; allowed: a whole number, or {min, max}")
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is more than max {self.max}")
        return self


AnyCount = Annotated[Annotated[Range, MAPPING] | Annotated[Count, OTHER], BY_KIND]


class Expectation(Request):
    """What the mock should have been asked, and how often."""

    count: AnyCount | None = Field(None, description="How many such requests. Default: at least one.")
    unmatched: AnyCount | None = Field(None, description="How many others. Default: any number.")
