"""The format of a catalogue: which lists there are and what their entries say is written in the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, create_model

from mock_server.contract.document.formats import BY_KIND, MAPPING, OTHER, Format, OneOf
from mock_server.contract.model import Contract
from mock_server.contract.resources import Level

TYPES: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool, "array": list}

Fields = dict[str, tuple[Any, str]]
"""Type and description of each key."""


def catalogue_format(contract: Contract) -> type[Format]:
    """The format of a catalogue of what the contract's operations name."""
    return _CatalogueFormat(contract).document()


class _CatalogueFormat:
    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.levels = {level.name: level for level in contract.levels}
        examples = (example.name for operation in contract.operations for example in operation.examples)
        self.answers = list(dict.fromkeys(examples))

    def document(self) -> type[Format]:
        of_caller = [level for level in self.levels.values() if level.of_caller]
        names = {level.name: (str, f"Key of the {level.name} that the caller belongs to.") for level in of_caller}
        token: Fields = {
            "token": (str, "What the client sends; quote it if it is all digits."),
            "user": (str, "Whose it is."),
            **names,
            "expired": (bool, "Whether it is refused like an unknown one."),
        }
        entry = _model("token", token, ("token", "user", *names))
        fields: Fields = {level.list_name: self._list(level) for level in of_caller}
        fields["tokens"] = (list[entry] | None, "Who may call.")  # type: ignore[valid-type]
        fields |= {level.list_name: self._list(level) for level in self._within(None) if not level.of_caller}
        return _model("catalogue", fields)

    def _within(self, name: str | None) -> Iterator[Level]:
        return (level for level in self.levels.values() if level.within == name)

    def _list(self, level: Level) -> tuple[Any, str]:
        """The list of a level; an entry that must say nothing but its name may be that alone."""
        required = (*level.keys, *level.required, *level.same)
        entry: Any = _model(level.name, self._entry(level), required)
        if len(required) == 1:
            entry = Annotated[Annotated[entry, MAPPING] | Annotated[str, OTHER], BY_KIND]
        return list[entry] | None, f"Each {level.name} that exists."

    def _entry(self, level: Level) -> Fields:
        fields: Fields = {key: (self._key_type(level, key), f"What finds the {level.name}.") for key in level.keys}
        fields |= {name: (str, f"Key of the {name} it lies in.") for name in level.same}
        if level.belongs_to is not None:
            owner = self.levels[level.belongs_to.level]
            fields[level.belongs_to.key] = (
                self._key_type(owner, owner.keys[0]), f"The {owner.name} it belongs to. Default: none."
            )  # fmt: skip
        fields |= {
            key: (_type_of(schema), schema.get("description") or f"The {level.name}'s {key}.")
            for key, schema in level.properties.items()
        }
        if level.states:
            states = [*level.states, *([None] if level.no_state else [])]
            fields["state"] = (Annotated[Any, OneOf(states)], "What state it is in.")
        if self.answers and not level.of_caller:
            answer = Annotated[str, OneOf(self.answers)]
            fields["answer"] = (answer, f"The answer that every valid request for the {level.name} gets.")
        for other in self.levels.values():
            if other.listed_by is not None and other.listed_by.level == level.name:
                fields[other.listed_by.key] = (list[self._key_type(other, other.keys[0])], f"Each {other.name} of it.")  # type: ignore[misc]
        return fields | {inner.list_name: self._list(inner) for inner in self._within(level.name)}

    def _key_type(self, level: Level, key: str) -> type:
        """The type of a key: the path parameter's, where that names the level by its first key."""
        parameters = (each for operation in self.contract.operations for each in operation.parameters)
        named = next((each for each in parameters if each.resource == level.name and each.schema), None)
        kind = named.schema.node.get("type") if named and named.schema and key == level.keys[0] else "string"
        return TYPES.get(str(kind), str)


def _type_of(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return Annotated[Any, OneOf(schema["enum"])]
    return TYPES.get(str(schema.get("type", "string")), str)


def _model(name: str, fields: Fields, required: tuple[str, ...] = ()) -> type[Format]:
    """A model of such keys, however they are spelled."""
    declared: dict[str, Any] = {
        f"field{index}": (kind, Field(... if key in required else None, alias=key, description=text))
        for index, (key, (kind, text)) in enumerate(fields.items())
    }
    return create_model(name, __base__=Format, **declared)
