"""The Makefile and its scripts on machines that are not as they should be.

A tiny project with this project's Makefile and scripts stands in for it, so that a set-up takes seconds.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("make")  # the tests below share a project

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tiny"
version = "1"

[project.optional-dependencies]
verify = []
"""

BACKEND = '''
"""Builds the wheel of a project with no code but a path to it."""
import os
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    info = "tiny-1.dist-info"
    files = {
        "tiny.pth": os.getcwd(),
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\nProvides-Extra: verify\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(f"{file},,\\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)
    return name
'''

MOCK = 'import sys\nprint("serving", *sys.argv[1:])\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project set up for `make run`, in a folder with blanks in its name."""
    folder = tmp_path_factory.mktemp("a project with blanks")
    write_project(folder)
    assert make(folder, "run") == (0, "serving serve")
    return folder


def write_project(folder: Path) -> None:
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "mock_server").mkdir()
    (folder / "mock_server" / "cli.py").write_text(MOCK)


def make(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code, and the last line that was printed."""
    code, printed = make_all(folder, *arguments, **environment)
    return code, printed.strip().splitlines()[-1]


def make_all(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    inherited = {key: value for key, value in os.environ.items() if key not in ("VENV", "PYTHON", "MAKEFLAGS")}
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env={**inherited, "PYTHON": sys.executable, "PIP_NO_INDEX": "1", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def program(folder: Path, name: str, script: str) -> str:
    file = folder / name
    file.write_text(f"#!/bin/bash\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_make_alone_lists_what_there_is() -> None:
    code, printed = make_all(ROOT)

    assert code == 0
    described = {line.split()[1] for line in printed.splitlines()}
    assert described == {
        "help",
        "run",
        "test",
        "check",
        "static",
        "format",
        "bench",
        "contracts",
        "soak",
        "schemas",
        "attack",
        "screenshots",
        "clean",
    }


def test_a_second_run_installs_nothing_and_is_quick(project: Path) -> None:
    began = time.monotonic()

    assert make_all(project, "run", "ARGS=--port 0") == (0, "serving serve --port 0\n")
    assert time.monotonic() - began < 5


def test_other_dependencies_are_installed(project: Path) -> None:
    (project / "pyproject.toml").write_text(PROJECT.replace('version = "1"', 'version = "1"\ndependencies = []'))

    code, printed = make_all(project, "run")

    assert code == 0
    assert "Installing" in printed


def half_made(venv: Path) -> None:
    (venv / ".installed").unlink()
    (venv / ".installing").write_text("2000000000\n")  # the process that was cut short
    (venv / "pyvenv.cfg").unlink()
    for link in venv.glob("bin/python*"):
        link.unlink()
    (venv / "leftover").touch()


def belong_to_another_python(venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    program(venv / "bin", "python", "echo elsewhere cpython 3 12 0")
    (venv / "leftover").touch()


@pytest.mark.parametrize("damage", [half_made, belong_to_another_python])
def test_a_damaged_environment_is_made_anew(project: Path, damage: Callable[[Path], None]) -> None:
    damage(project / ".venv")

    assert make(project, "run") == (0, "serving serve")
    assert not (project / ".venv" / "leftover").exists()


def test_a_moved_checkout_is_installed_from_where_it_is_now(project: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved here"
    shutil.copytree(project, moved, symlinks=True)

    code, printed = make_all(moved, "run")

    assert (code, printed.splitlines()[-1]) == (0, "serving serve")
    found = next((moved / ".venv").glob("lib/python*/site-packages/tiny.pth")).read_text()
    assert found == str(moved)


def test_a_folder_that_is_no_environment_is_left_alone(project: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").touch()

    code, printed = make_all(project, "run", VENV=str(tmp_path))

    assert code == 2
    assert f"{tmp_path} is not a virtual environment" in printed
    assert [entry.name for entry in tmp_path.iterdir()] == ["precious.txt"]


def test_an_old_python_is_named_with_what_to_do(tmp_path: Path) -> None:
    write_project(tmp_path)
    script = 'if [ "$1" = --version ]; then echo Python 3.9.18; else exit 1; fi'

    code, printed = make_all(tmp_path, "run", PYTHON=program(tmp_path, "python3.9", script))

    assert code == 2
    assert "python3.9 is Python 3.9.18. Python 3.11 or newer is needed" in printed
    assert "PYTHON=" in printed
    assert not (tmp_path / ".venv").exists()


def test_a_missing_python_is_named_with_what_to_do(tmp_path: Path) -> None:
    write_project(tmp_path)

    code, printed = make_all(tmp_path, "run", PYTHON="python3.99")

    assert code == 2
    assert "python3.99: no such program. Python 3.11 or newer is needed" in printed


def test_a_python_that_cannot_make_environments_says_what_to_install(tmp_path: Path) -> None:
    write_project(tmp_path)
    script = f'case "$*" in *ensurepip*) exit 1;; *) exec {shlex.quote(sys.executable)} "$@";; esac'

    code, printed = make_all(tmp_path, "run", PYTHON=program(tmp_path, "python3", script))

    assert code == 2
    assert "ensurepip is missing. On Debian and Ubuntu: sudo apt-get install python3-venv" in printed


def test_two_set_ups_at_once_do_not_meet(project: Path, tmp_path: Path) -> None:
    """The second waits until the first is done, instead of clearing what that one is filling."""
    venv = project / ".venv"
    with subprocess.Popen(["sleep", "2"]) as first:
        threading.Thread(target=first.wait).start()  # or it would stay, as a zombie
        (venv / ".installing").write_text(f"{first.pid}\n")
        code, printed = make_all(project, "run")
        assert first.poll() is not None
    assert code == 0
    assert f"Waiting for another set-up of .venv (process {first.pid})" in printed


def system_packages(folder: Path, present: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script where only the given programs can be found."""
    for name in ("bash", "id", "mktemp", "rm", "tail", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    for name in present:
        if not (folder / name).exists():
            program(folder, name, "exit 0")
    command = [str(folder / "bash"), str(ROOT / "scripts" / "system-packages")]
    return subprocess.run(command, env={"PATH": str(folder), **environment}, capture_output=True, text=True, check=True)


def test_with_every_program_there_is_nothing_to_install(tmp_path: Path) -> None:
    done = system_packages(tmp_path, ["chromium", "chromedriver", "redis-server", "curl", "node"])

    assert (done.stdout, done.stderr) == ("", "")


def test_what_cannot_be_installed_is_said_in_one_line(tmp_path: Path) -> None:
    done = system_packages(tmp_path, ["chromium", "curl", "node"])

    assert done.stderr == (
        "Not installed: chromedriver redis-server; their tests are skipped. On Debian and Ubuntu: "
        "sudo apt-get install chromium-driver redis-server\n"
    )


def test_what_may_be_installed_is_installed_with_apt_get(tmp_path: Path) -> None:
    program(tmp_path, "sudo", 'shift; exec "$@"')
    program(tmp_path, "true", "exit 0")
    log = tmp_path / "log"
    program(tmp_path, "apt-get", f'echo "$*" >> {log}; [ "$1" = update ] || : > {tmp_path}/node')
    done = system_packages(tmp_path, ["chromium", "chromedriver", "redis-server", "curl"])

    assert log.read_text() == "update -q\ninstall -q -y --no-install-recommends nodejs\n"
    assert "Installing nodejs with apt-get" in done.stderr


def test_the_system_is_left_alone_when_told_so(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program(tmp_path, "apt-get", f'echo "$*" >> {log}')

    done = system_packages(tmp_path, ["chromium", "chromedriver", "curl", "node"], SYSTEM_PACKAGES="no")

    assert not log.exists()
    assert "Not installed: redis-server" in done.stderr
