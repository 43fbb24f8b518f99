"""Parts of an OpenAPI document, references followed, each with the line that it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.contract.document.references import Documents
from mock_server.contract.document.source import Location, Source
from mock_server.contract.lint import check_contract


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """A value of a document.

    Attributes:
        value: what stands there, its own reference followed.
        base: the URI of the file it stands in.
        at: the keys that lead to it in that file.
    """

    documents: Documents
    value: Any
    base: str
    at: Location

    @property
    def key(self) -> tuple[str, Location]:
        """The same for the same part, however it was reached."""
        return self.base, self.at

    @property
    def place(self) -> str:
        """`FILE:LINE`."""
        return self.documents.sources[self.base].place(self.at)

    @property
    def pointer(self) -> str:
        """The JSON pointer, for what must stay the same when lines move."""
        return "".join(f"/{step}" for step in self.at)

    @property
    def name(self) -> str:
        """What a person calls it: the last key, which is the name of a component."""
        return str(self.at[-1]) if self.at else ""

    def get(self, key: str | int) -> Part | None:
        """The part under a key of a mapping or list; None where there is none."""
        try:
            node = self.value[key]
        except (KeyError, IndexError, TypeError):
            return None
        target = self.documents.follow(node, self.base)
        followed = isinstance(node, Mapping) and isinstance(node.get("$ref"), str)
        return Part(self.documents, target.node, target.base, target.location if followed else (*self.at, key))

    def text(self, key: str, otherwise: str = "") -> str:
        found = self.value.get(key, otherwise) if isinstance(self.value, Mapping) else otherwise
        return str(found)

    def flag(self, key: str) -> bool:
        """Whether the value says so."""
        return isinstance(self.value, Mapping) and self.value.get(key) is True

    def named(self, key: str) -> dict[str, Part]:
        """The members of the mapping under a key."""
        return dict(self.under(key).members())

    def listed(self, key: str) -> tuple[Part, ...]:
        """The items of the list under a key."""
        found = self.get(key)
        if found is None or not isinstance(found.value, list):
            return ()
        return tuple(item for index in range(len(found.value)) if (item := found.get(index)) is not None)

    def under(self, key: str) -> Part:
        """The part under a key; where there is none, an empty one at this place."""
        return self.get(key) or Part(self.documents, {}, self.base, self.at)

    def members(self) -> Iterator[tuple[str, Part]]:
        """The members of a mapping."""
        for key in self.value if isinstance(self.value, Mapping) else ():
            found = self.get(key)
            if found is not None:
                yield str(key), found


def document(source: Source) -> Part:
    """A whole document.

    Raises:
        SourceError: it is no OpenAPI 3 document; every fault is named.
    """
    documents = Documents(source)
    check_contract(source, documents)
    return Part(documents, source.value, documents.base, ())
