"""The parameters of an operation as one document has them, those of its path included."""

from __future__ import annotations

import re
from dataclasses import dataclass

from contract_tests.diff.document import Part
from contract_tests.diff.shape import shape_of
from mock_server.contract.loader import NO_PARAMETERS
from mock_server.contract.media import media_types


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        content: its media type, where it has one in place of a style.
    """

    name: str
    location: str
    part: Part
    content: str

    @property
    def label(self) -> str:
        return f"{self.location} parameter {self.name}"

    @property
    def required(self) -> bool:
        return self.part.flag("required")

    @property
    def schema(self) -> Part | None:
        if not self.content:
            return self.part.get("schema")
        return next(iter(self.part.named("content").values())).get("schema")

    @property
    def style(self) -> str:
        return self.part.text("style", "form" if self.location in ("query", "cookie") else "simple")

    @property
    def explode(self) -> bool:
        return bool(self.part.value.get("explode", self.style == "form"))

    @property
    def is_composed(self) -> bool:
        """Whether its values have parts, so that it matters how these are joined."""
        types = shape_of((self.schema,)).types if self.schema is not None else None
        return types is None or bool(types & {"array", "object"})


def parameters(operation: Part, item: Part) -> dict[tuple[str, str], Parameter]:
    """The parameters by what stands for them in a request: a path parameter by its position, a header in any case."""
    path = str(item.at[-1]) if item.at else ""
    positions = {name: str(index) for index, name in enumerate(re.findall(r"\{([^}]*)\}", path))}
    found: dict[tuple[str, str], Parameter] = {}
    for part in (*item.listed("parameters"), *operation.listed("parameters")):
        name, location = part.text("name"), part.text("in")
        if location == "header" and name.lower() in NO_PARAMETERS:
            continue
        key = positions.get(name, name) if location == "path" else name.lower() if location == "header" else name
        content = next(iter(part.named("content")), "")
        found[location, key] = Parameter(name, location, part, media_types.essence(content))
    return found


def style_change(one: Parameter, other: Parameter) -> str:
    """How the writing of values changed, in words; empty where it did not."""
    if one.content or other.content or not (one.is_composed or other.is_composed or one.style != other.style):
        return ""
    before, after = ((each.style, "exploded" if each.explode else "not exploded") for each in (one, other))
    return f"it was written {', '.join(before)}, is {', '.join(after)}" if before != after else ""
