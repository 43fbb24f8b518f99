"""The commands `spec` and `diff`: options, exit codes, revisions of git, and the hooks made of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from contract_tests.cli import main

ROOT = Path(__file__).parents[2]
OLD = """\
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /a:
    post:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                colour: {type: string, enum: [red, blue]}
      responses:
        '200': {description: ok}
"""
NARROWER = OLD.replace("[red, blue]", "[red]")
WIDER = OLD.replace("[red, blue]", "[red, blue, green]")
RULE = "request-property-enum-value-removed"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three contracts, which is the current one."""
    for name, text in (("openapi.yaml", OLD), ("narrower.yaml", NARROWER), ("wider.yaml", WIDER)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    return subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(folder: Path) -> Path:
    git("init", "-q")
    (folder / "api").mkdir()
    (folder / "api" / "openapi.yaml").write_text(OLD.replace("{type: string, enum: [red, blue]}", "{$ref: c.yaml}"))
    (folder / "api" / "c.yaml").write_text("type: string\nenum: [red, blue]\n")
    git("add", ".")
    git("commit", "-qm", "first")
    return folder


def test_a_change_that_breaks_clients_ends_with_1_and_names_both_lines(folder: Path) -> None:
    result = run("diff", "openapi.yaml", "narrower.yaml")

    assert result.exit_code == 1
    assert 'breaking: POST /a: request body, colour: the value "blue" is no longer allowed' in result.output
    assert "openapi.yaml:12 -> narrower.yaml:12" in result.output


def test_a_change_that_only_servers_feel_ends_with_0_unless_they_are_asked_about(folder: Path) -> None:
    assert run("diff", "openapi.yaml", "wider.yaml").exit_code == 0
    assert run("diff", "openapi.yaml", "wider.yaml", "--for", "servers").exit_code == 1


def test_what_is_accepted_by_rule_or_id_does_not_break(folder: Path) -> None:
    found = json.loads(run("diff", "openapi.yaml", "narrower.yaml", "--format", "json").output)["changes"][0]["id"]
    (folder / "accepted.txt").write_text(f"# wanted\n{found}  # red alone is sold\n")

    assert run("diff", "openapi.yaml", "narrower.yaml", "--accept", found).exit_code == 0
    assert run("diff", "openapi.yaml", "narrower.yaml", "--accept", RULE).exit_code == 0
    assert run("diff", "openapi.yaml", "narrower.yaml", "--accept-file", "accepted.txt").exit_code == 0
    assert "nothing of the kind" in run("diff", "openapi.yaml", "wider.yaml", "--accept", found).output


def test_an_id_that_no_rule_has_is_a_mistake_with_the_nearest_one(folder: Path) -> None:
    result = run("diff", "openapi.yaml", "narrower.yaml", "--accept", "request-property-enum-value-remove")

    assert result.exit_code == 2
    assert f"did you mean '{RULE}" in result.output


def test_a_revision_is_read_with_the_files_that_it_refers_to(repository: Path) -> None:
    (repository / "api" / "c.yaml").write_text("type: string\nenum: [red]\n")

    result = run("diff", "HEAD:api/openapi.yaml", "api/openapi.yaml")

    assert result.exit_code == 1
    assert "HEAD:api/c.yaml:2 -> api/c.yaml:2" in result.output


def test_a_revision_alone_compares_each_file_with_itself_there_unless_it_is_new(repository: Path) -> None:
    (repository / "narrower.yaml").write_text(OLD)
    (repository / "new.yaml").write_text(OLD)

    assert run("diff", "HEAD", "narrower.yaml", "new.yaml").exit_code == 0
    assert run("diff", "HEAD", "openapi.yaml", "wider.yaml").exit_code == 0
    (repository / "openapi.yaml").write_text(NARROWER)
    assert run("diff", "HEAD", "openapi.yaml", "wider.yaml").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("openapi.yaml", "missing.yaml"), "missing.yaml: no such file"),
        (("openapi.yaml", "wider.yaml", "narrower.yaml"), "no revision of git"),
        (("HEAD:openapi.yml", "openapi.yaml"), "did you mean 'openapi.yaml'?"),
        (("nowhere:openapi.yaml", "openapi.yaml"), "git: "),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(repository: Path, arguments: tuple[str, ...], told: str) -> None:
    result = run("diff", *arguments)

    assert (result.exit_code, result.output.count("\n")) == (2, 1)
    assert told in result.output


def test_a_document_that_is_no_contract_is_named_as_the_user_named_it(repository: Path) -> None:
    (repository / "openapi.yaml").write_text("openapi: 3.0.3\n")
    git("commit", "-qam", "broken")

    assert "HEAD:openapi.yaml:1: " in run("diff", "HEAD:openapi.yaml", "wider.yaml").output


def test_spec_lists_rule_file_and_line_as_text_and_json(folder: Path) -> None:
    (folder / "weak.yaml").write_text(OLD.replace("enum: [red, blue]", "enum: [red, blue], default: green"))

    assert "weak.yaml:12: warning: default: " in run("spec", "weak.yaml").output
    found = json.loads(run("spec", "openapi.yaml", "weak.yaml", "--format", "json").output)["findings"]
    assert [(each["rule"], each["file"], each["line"]) for each in found] == [
        ("default-breaks-schema", "weak.yaml", 12)
    ]


def test_spec_ends_with_1_for_what_cannot_be_served_and_where_asked_for_what_is_weak(folder: Path) -> None:
    (folder / "weak.yaml").write_text(OLD.replace("enum: [red, blue]", "enum: [red, blue], default: green"))
    (folder / "broken.yaml").write_text(OLD.replace("post", "psot"))

    codes = [run("spec", *arguments).exit_code for arguments in ((), ("weak.yaml",), ("weak.yaml", "--strict"))]

    assert [*codes, run("spec", "broken.yaml").exit_code, run("spec", "missing.yaml").exit_code] == [0, 0, 1, 1, 2]


def test_the_hooks_stop_a_commit_that_breaks_clients_and_let_others_pass(repository: Path) -> None:
    """As pre-commit runs them; only that this interpreter's commands are used in place of an environment of its own."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    local = [{**hook, "language": "system", "additional_dependencies": []} for hook in hooks]
    for hook in local:
        hook["entry"] = hook["entry"].replace("rainbond-verify", f"{sys.executable} -m contract_tests.cli")
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))
    git("add", ".")

    def pre_commit() -> str:
        command = [sys.executable, "-m", "pre_commit", "run", "--color", "never"]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(repository)}
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment).stdout

    (repository / "openapi.yaml").write_text(WIDER)
    git("add", ".")
    assert pre_commit().count("Passed") == 2
    (repository / "openapi.yaml").write_text(NARROWER)
    git("add", ".")
    told = pre_commit()
    assert (told.count("Passed"), told.count("Failed"), RULE in told) == (1, 1, True)
