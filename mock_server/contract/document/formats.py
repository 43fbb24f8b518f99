"""Formats of files that people write, declared as pydantic models.

pydantic takes a while to import: only what reads such a file imports this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, GetCoreSchemaHandler, Tag


def tidy(schema: dict[str, Any]) -> None:
    """Without what says nothing to a reader: titles made of names, and null as a default."""
    for each in schema.get("properties", {}).values():
        each.pop("title", None)
        if each.get("default", False) is None:
            del each["default"]


class Format(BaseModel):
    """A mapping in a file: no other keys than its fields', and no values that have to be converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, json_schema_extra=tidy)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Allows these values and no other: `Annotated[str, OneOf(…)]`."""

    allowed: Collection[Any]

    def __get_pydantic_core_schema__(self, _source: object, handler: GetCoreSchemaHandler) -> Any:
        return handler.generate_schema(Literal[tuple(self.allowed)])


MAPPING, OTHER = Tag("(mapping)"), Tag("(other)")
BY_KIND = Discriminator(lambda value: MAPPING.tag if isinstance(value, (dict, BaseModel)) else OTHER.tag)
"""`Annotated[Annotated[Model, MAPPING] | Annotated[str, OTHER], BY_KIND]`: mistakes are told of one of them."""
