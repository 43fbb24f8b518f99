"""A file of handlers is read, or refused with its line and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_server.contract.document.source import SourceError
from mock_server.contract.loader import load_contract
from mock_server.loaders.handlers import load_handlers

CONTRACT = load_contract()


def written(folder: Path, text: str) -> str:
    path = folder / "app.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_functions_named_like_operations_are_handlers(tmp_path: Path) -> None:
    source = written(
        tmp_path,
        "import json\n"
        "from pathlib import Path\n"
        "def _helper(): ...\n"
        "class Helper: ...\n"
        "def buildComponent(team_id, body=None, **others): return json.dumps(_helper())\n",
    )

    handlers = load_handlers(source, CONTRACT)

    assert list(handlers) == ["buildComponent"]


def test_neighbours_of_the_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_handlers.py").write_text("ID = 'a'\n", encoding="utf-8")
    source = written(
        tmp_path, "from neighbour_of_handlers import ID\ndef buildComponent(**others): return {'event_id': ID}\n"
    )

    handlers = load_handlers(source, CONTRACT)

    assert handlers["buildComponent"].function() == {"event_id": "a"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "def buildComponents(): ...",
            r"app\.py:1: no operation 'buildComponents' \(did you mean 'buildComponent'\?\)",
        ),
        ("def helper(): ...", r"a helper's name begins with an underscore"),
        ("x = 1", r"no handler; name a function like one of: buildComponent"),
        (
            "def buildComponent(team): ...",
            r"app\.py:1: buildComponent: no parameter 'team' \(did you mean 'team_id'\?\)",
        ),
        (
            "def buildComponent(team_id, app_id): ...",
            r"takes no region_name, service_id; path parameters are always given",
        ),
        ("def buildComponent(*team): ...", r"arguments are given by name"),
        ("def buildComponent(:", r"app\.py:1: "),
        ("import nothing_of_this_name", r"cannot be imported: ModuleNotFoundError: No module named"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        load_handlers(written(tmp_path, text), CONTRACT)


def test_a_missing_file_and_a_missing_module_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        load_handlers(str(tmp_path / "none.py"), CONTRACT)
    with pytest.raises(SourceError, match="no_such_module_here: cannot be imported"):
        load_handlers("no_such_module_here", CONTRACT)
