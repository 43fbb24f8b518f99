"""What users install: the wheel, made from the source distribution, in a virtual environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from mock_server.engine.event_ids import event_id
from tests.programs import program

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "spec" / "openapi.yaml").read_bytes()
QUICK_START = {
    "team_id": "citeam01",
    "region_name": "rainbond",
    "app_id": 1,
    "service_id": "5c000000000000000000000000000001",
}
PLACE = ["--team", "web", "--region", "shanghai", "--app", "12", "--service", "3f9a6c1e8d2b47059be1c7204fa8d663"]

pytestmark = pytest.mark.xdist_group("wheel")  # one worker builds and installs it, once


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The source distribution, and the wheel made from nothing else."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return {"sdist": next(folder.glob("*.tar.gz")), "wheel": next(folder.glob("*.whl"))}


@pytest.fixture(scope="session")
def environment(distributions: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel and what it depends on."""
    folder = tmp_path_factory.mktemp("installed")
    install(folder, str(distributions["wheel"]))
    return folder


def install(environment: Path, requirement: str) -> None:
    venv.create(environment)
    command = (sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "-qq")
    run(*command, "--no-compile", requirement, cwd=environment)


def run(*command: object, cwd: Path, status: int = 0, **environment: str) -> str:
    """Run a command outside the checkout; what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment() | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stdout
    return done.stdout


def clean_environment() -> dict[str, str]:
    dropped = ("PYTHON", "RAINBOND_", "COVERAGE_", "PYTEST", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


@contextmanager
def serving(environment: Path, folder: Path, *options: str) -> Iterator[list[str]]:
    """The installed command in an empty folder; the lines it greets with."""
    command = [str(environment / "bin" / "rainbond-mock"), "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=folder, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("Documentation:"):
                break
        try:
            urlopen(f"{url_in(lines)}/__mock__/health", timeout=30).close()
            yield lines
        finally:
            process.terminate()
            assert process.wait(20) == 0


def url_in(lines: list[str]) -> str:
    return next(match[0] for line in lines if (match := re.search(r"http://[\w.:]+", line)))


def test_the_wheel_holds_the_packages_and_the_contract_and_nothing_else(distributions: dict[str, Path]) -> None:
    with zipfile.ZipFile(distributions["wheel"]) as wheel:
        names = wheel.namelist()
        packed = wheel.read("mock_server/openapi.yaml")

    assert packed == CONTRACT
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mock_server", "contract_tests", "rainbond_mock"}
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert "mock_server/py.typed" in names


def test_the_source_distribution_holds_what_the_wheel_is_made_of(distributions: dict[str, Path]) -> None:
    with tarfile.open(distributions["sdist"]) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}

    tops = {name.split("/")[0] for name in names}
    assert tops <= {
        *("mock_server", "contract_tests", "spec", "README.md", "CHANGELOG.md", "LICENSE"),
        *("pyproject.toml", "PKG-INFO", ".gitignore"),
    }
    assert "spec/openapi.yaml" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_installed_mock_answers_the_quick_start_it_prints(environment: Path, tmp_path: Path) -> None:
    program("curl")
    with serving(environment, tmp_path) as lines:
        curl = next(line for line in lines if line.startswith("curl "))
        answer = run("bash", "-c", f"{curl} --silent --fail", cwd=tmp_path)

    expected = event_id("rainbond", "buildComponent", QUICK_START, None)
    assert answer == f'{{"event_id":"{expected}"}}'


def test_the_installed_mock_greets_without_a_warning(environment: Path, tmp_path: Path) -> None:
    with serving(environment, tmp_path) as lines:
        assert [line.split()[0] for line in lines] == ["Mock", "Try", "curl", "What", "Documentation:"]


def test_the_installed_mock_serves_the_contract_it_carries(environment: Path, tmp_path: Path) -> None:
    program("curl")
    with serving(environment, tmp_path) as lines:
        served = run("curl", "--silent", "--fail", f"{url_in(lines)}/openapi.yaml", cwd=tmp_path)

    assert served.encode() == CONTRACT


def test_the_mock_alone_needs_neither_the_checkout_nor_the_verifier(environment: Path, tmp_path: Path) -> None:
    code = "import mock_server, importlib.util as u; print(mock_server.__file__, u.find_spec('schemathesis'))"

    printed = run(environment / "bin" / "python", "-c", code, cwd=tmp_path)

    assert printed == f"{next(environment.glob('lib/python*/site-packages/mock_server/__init__.py'))} None\n"


def test_the_verifier_without_its_extra_says_in_one_line_what_to_install(environment: Path, tmp_path: Path) -> None:
    printed = run(environment / "bin" / "rainbond-verify", "run", "http://127.0.0.1:9", cwd=tmp_path, status=2)

    assert printed.count("\n") == 1
    assert "pip install 'rainbond-mock[verify]'" in printed


def test_the_extra_brings_a_verifier_that_proves_the_mock(
    environment: Path, distributions: dict[str, Path], tmp_path: Path
) -> None:
    program("curl")
    install(tmp_path / "verifier", f"{distributions['wheel']}[verify]")
    shutil.copy(ROOT / "examples" / "catalogue.yaml", tmp_path)
    with serving(environment, tmp_path, "--catalogue", "catalogue.yaml") as lines:
        command = [tmp_path / "verifier" / "bin" / "rainbond-verify", "run", url_in(lines), *PLACE]
        run(*command, cwd=tmp_path, RAINBOND_TOKEN="6d0f2b8c4e1a49739f55d8a0c3b7e21446aa90cd")
