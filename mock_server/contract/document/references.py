"""References between the parts of a contract, in one file or several: followed when asked, never expanded.

A reference is a URI: its path names another file (relative to the one it stands in), its fragment is a percent-encoded
JSON pointer. Only files in the contract's own folder are read, and nothing over the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from mock_server.contract.document.source import Location, Source, SourceError, load_source, nearest

MOST_STEPS = 100
"""References that may lead from one to the next; a longer chain leads in a circle."""


class BrokenReference(Exception):
    """A reference that leads nowhere. The text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a node is, once its own reference is followed.

    Attributes:
        node: the object itself.
        base: the URI of the file it stands in.
        pointer: the JSON pointer that the last reference named; empty where nothing had to be followed.
    """

    node: Any
    base: str
    pointer: str = ""

    @property
    def uri(self) -> str:
        return f"{self.base}#{self.pointer}"

    @property
    def location(self) -> Location:
        """The pointer as keys, to find its line."""
        return tuple(_steps(self.pointer))


@dataclass
class Documents:
    """The files of a contract.

    Attributes:
        main: the file that was named; the others are read when a reference asks for them.
        sources: every file read so far, by its URI.
    """

    main: Source
    sources: dict[str, Source] = field(default_factory=dict)
    _targets: dict[tuple[str, str], Target] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.base = _uri(self.main.name)
        self.sources[self.base] = self.main
        self._registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]

    def follow(self, node: Any, base: str | None = None) -> Target:
        """The object itself, where a `$ref` stands for it.

        Raises:
            BrokenReference: it leads nowhere, outside the folder, or in a circle.
        """
        target = Target(node, base or self.base)
        for _ in range(MOST_STEPS):
            if not isinstance(target.node, Mapping) or not isinstance(target.node.get("$ref"), str):
                return target
            target = self.target(target.node["$ref"], target.base)
        raise BrokenReference(f"it leads back to itself, or through more than {MOST_STEPS} others")

    def target(self, reference: str, base: str) -> Target:
        """What one reference names. Raises BrokenReference."""
        known = self._targets.get((base, reference))
        if known is None:
            known = self._targets[base, reference] = self._look_up(reference, base)
        return known

    def place(self, target: Target, *more: str | int) -> str:
        """`FILE:LINE` of a target, or of something inside it."""
        return self.sources[target.base].place((*target.location, *more))

    def _look_up(self, reference: str, base: str) -> Target:
        file, pointer = urldefrag(urljoin(base, reference))
        try:
            node = self._registry.resolver(base).lookup(reference).contents
        except Unresolvable as error:
            raise BrokenReference(self._reason(error, file, pointer)) from None
        return Target(node, file, unquote(pointer))

    def _retrieve(self, uri: str) -> Resource[Any]:
        if uri not in self.sources:
            self.sources[uri] = load_source(_inside(uri, self.base), _name(uri, self.base, self.main.name))
        return Resource.opaque(self.sources[uri].value)

    def _reason(self, error: BaseException, file: str, pointer: str) -> str:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, BrokenReference | SourceError):
                return str(cause)
            cause = cause.__cause__ or cause.__context__
        node = self.sources[file].value
        for step in _steps(unquote(pointer)):
            if isinstance(node, list) and str(step).isdigit() and int(step) < len(node):
                node = node[int(step)]
            elif isinstance(node, Mapping) and step in node:
                node = node[step]
            else:
                return f"there is no {step!r}{nearest(step, node if isinstance(node, Mapping) else ())}"
        return "it leads nowhere"


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _uri(name: str) -> str:
    try:
        return Path(name).resolve().as_uri()
    except (OSError, ValueError):
        return "contract:/contract"


def _inside(uri: str, base: str) -> Path:
    """The file of a URI. Raises BrokenReference: it is none of the contract's folder."""
    if urlsplit(uri).scheme != "file":
        raise BrokenReference("only files beside the contract are read, nothing over the network")
    path = Path(unquote(urlsplit(uri).path)).resolve()
    if not path.is_relative_to(Path(unquote(urlsplit(base).path)).parent):
        raise BrokenReference("only files in the contract's own folder are read")
    return path


def _name(uri: str, base: str, main: str) -> str:
    """What to call a file in messages: beside the name that the user gave the main one."""
    folder = unquote(urlsplit(base).path).rpartition("/")[0]
    return str(Path(main).parent / unquote(urlsplit(uri).path).removeprefix(f"{folder}/"))
