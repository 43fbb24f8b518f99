"""Imports go down only, floor by floor, and never in a circle; read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = {
    "mock_server": (
        ("contract",),
        ("engine",),
        ("loaders",),
        ("journal",),
        ("service",),
        ("configuration",),
        ("settings",),
        ("web",),
        ("testing",),
        ("command_group",),
        ("cli",),
    ),
    "contract_tests": (
        ("transport", "diff"),
        ("identity",),
        ("settings",),
        ("target",),
        ("cases",),
        ("checks",),
        ("results",),
        ("verification", "traffic"),
        ("parity",),
        ("conftest", "test_contract", "commands"),
        ("cli",),
        ("launch",),
    ),
}
"""The rooms of each package from the ground up; rooms of one floor do not know each other."""

PUBLIC = {*FLOORS}
ROOM_OF = {"hooks": "verification"}
"""Modules that belong to a room and stand outside for their names' sake: users write `contract_tests.hooks`."""


def modules(package: str) -> dict[str, Path]:
    """Each module by its dotted name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The project's modules that a module imports when it is imported itself, types aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _at_import(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            target = name if name in known else name.rpartition(".")[0]
            if target in known:
                yield target


def _at_import(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield from _at_import(node)


def all_imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The same with what functions and types import: nothing may look up a floor, however late."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                target = name if name in known else str(node.module)
                if target in known:
                    yield target


def room_of(name: str) -> str:
    room = name.split(".")[1]
    return ROOM_OF.get(room, room)


@pytest.mark.parametrize("package", FLOORS)
def test_imports_go_down_only(package: str) -> None:
    known = modules(package)
    floor = {room: level for level, rooms in enumerate(FLOORS[package]) for room in rooms}
    upwards = []
    for name, path in known.items():
        if name in PUBLIC:
            continue
        room = room_of(name)
        for target in all_imports(path, known):
            if target in PUBLIC:
                upwards.append((name, target))
                continue
            below = room_of(target)
            if below != room and floor[below] >= floor[room]:
                upwards.append((name, target))

    assert upwards == []


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_has_its_floor(package: str) -> None:
    rooms = {room_of(name) for name in modules(package) if "." in name}

    assert rooms == {room for level in FLOORS[package] for room in level}


def test_no_import_goes_in_a_circle() -> None:
    known = {**modules("mock_server"), **modules("contract_tests")}
    graph = {name: set(imported(path, known)) - {name} for name, path in known.items()}
    while True:
        free = {name for name, targets in graph.items() if not targets & graph.keys()}
        if not free:
            break
        graph = {name: targets for name, targets in graph.items() if name not in free}

    assert graph == {}
