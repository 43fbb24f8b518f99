"""What the documentation shows is what happens: every block is run, every link leads somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mock_server.engine.event_ids import event_id
from tests.packaging.doc_pages import ROOT, Reader, blocks, commands, matches
from tests.programs import program

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
SHELL_LANGUAGES = ("console", "bash", "sh", "python", "javascript")
OTHER_LANGUAGES = ("yaml", "json", "text", "toml", "http", "html")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    yield reader
    reader.close()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_of_a_page_runs_and_prints_what_is_shown(reader: Reader, page: Path) -> None:
    reader.follow(page)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_block_of_a_page_escapes(page: Path) -> None:
    for block in blocks(page):
        assert block.language in (*SHELL_LANGUAGES, *OTHER_LANGUAGES), f"{page.name}:{block.line}: which language?"
        if block.language == "console":
            assert block.text.startswith("$ "), f"{page.name}:{block.line}: begins with no command"
        if block.run_by:
            assert (ROOT / block.run_by).is_file(), f"{page.name}:{block.line}: no such test: {block.run_by}"
            if block.language == "python":
                test = (ROOT / block.run_by).read_text(encoding="utf-8")
                assert block.text in test, f"{page.name}:{block.line}: not as it stands in {block.run_by}"
        if block.language in ("python", "javascript") and block.file_name and not block.run_by:
            others = [other.text for other in blocks(page) if other != block]
            assert any(block.file_name in text for text in others), f"{page.name}: nothing uses {block.file_name}"


def test_both_readmes_show_the_same_commands_and_links() -> None:
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"

    assert [block.text for block in blocks(chinese)] == [block.text for block in blocks(english)]
    assert links(chinese) - {"README.md"} == links(english) - {"README.zh-CN.md"}


def links(page: Path) -> set[str]:
    return set(re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=[*NAMES, "CHANGELOG.md"])
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in links(page):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        linked = page.parent / file if file else page
        assert linked.exists(), f"{page.name}: {target}"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_the_first_command_stands_at_the_top_of_the_readme() -> None:
    first = next(block for block in blocks(ROOT / "README.md") if block.language == "console")

    assert first.line <= 20
    assert first.text.startswith("$ make run\n")


def test_a_page_that_shows_something_else_is_noticed() -> None:
    assert matches("{…}\n", "{1}\n")
    assert matches("a\n…\nb\n", "a\n1\n2\nb\n")
    assert not matches("a\n", "b\n")
    assert not matches("a\n", "a\nb\n")
    assert commands("$ a \\\n  b\nout\n$ c\n") == [("a \\\n  b", "out\n"), ("c", "")]


def test_every_extension_of_the_contract_is_explained_with_an_example_and_no_other() -> None:
    used = set(re.findall(r"\b(x-[a-z-]+):", (ROOT / "spec" / "openapi.yaml").read_text(encoding="utf-8")))
    used |= {"x-keep"}  # only for other contracts: this one has no collections
    sections = re.split(r"^###? ", (ROOT / "docs" / "contract.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    explained = {section.split("\n")[0]: section for section in sections if section.startswith("x-")}

    assert set(explained) == used
    for name, section in explained.items():
        assert re.search(rf"```yaml\n[^`]*{name}", section), name


def test_every_block_of_data_in_the_docs_is_well_formed() -> None:
    for page in PAGES:
        for block in blocks(page):
            if block.language == "yaml":
                yaml.safe_load(block.text)
            elif block.language == "json":
                json.loads(block.text)
            elif block.language == "toml":
                tomllib.loads(block.text)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {"branch": '分支 😀 \u2028 \u007f "\\/\b\f\n'},
        {"z": 1, "a": 2, "ａ": 3, "😀": 4, "\ufb33": 5, "10": 6, "9": 7},
        [0.1, 1e21, 1e-7, -0.0, 123456789012345680000, 5e-324, 1.0],
        {"nested": [{"b": [], "a": {}}, True, False, None]},
    ],
)
def test_the_java_script_of_the_docs_computes_the_same_ids_as_the_mock(tmp_path: Path, body: object) -> None:
    module = next(block for block in blocks(ROOT / "docs" / "event-ids.md") if block.file_name == "event-id.mjs")
    (tmp_path / "event-id.mjs").write_text(module.text, encoding="utf-8")
    path = {"app_id": 1, "team_id": "团队"}
    arguments = json.dumps(["buildComponent", path, body, "another seed"])
    script = f"import('./event-id.mjs').then(m => m.eventId(...{arguments})).then(id => console.log(id))"

    printed = subprocess.run([program("node"), "-e", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == event_id("another seed", "buildComponent", path, body)


def test_every_room_stands_on_the_map_of_the_code() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+/)`", page))
    packages = [ROOT / "mock_server", ROOT / "contract_tests"]
    rooms = {f"{init.parent.name}/" for package in packages for init in package.glob("*/__init__.py")}

    assert rooms - named == set()


def test_every_file_that_the_map_names_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:mock_server|contract_tests|spec|tests|docs|baselines|benchmarks)/[\w./-]+)`", page))

    assert {name for name in named if not (ROOT / name).exists()} == set()
