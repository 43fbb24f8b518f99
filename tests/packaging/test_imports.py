"""Who may import whom: read from the sources, so that a forbidden import fails even where it is never run."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
MOCK, VERIFIER = "mock_server", "contract_tests"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

ONLY_IN = {
    "prometheus_client": {"mock_server/web/metrics.py"},
    "structlog": {"mock_server/web/request_log.py"},
    "watchfiles": {"mock_server/web/serving/reload.py"},
    "trustme": {"mock_server/web/serving/tls.py"},
    "connexion": {"mock_server/web/connexion_app.py"},
    "uvicorn": {
        "mock_server/web/serving/server.py",
        "mock_server/web/serving/connection.py",
        "mock_server/web/serving/connection_limits.py",
        "mock_server/web/serving/workers.py",
    },
    "schemathesis.engine": {"contract_tests/verification/fuzzing.py"},
    "pytest": {"mock_server/testing/pytest_plugin.py", "contract_tests/conftest.py", "contract_tests/test_contract.py"},
}


def imports(package: str) -> Iterator[tuple[str, str]]:
    """Each imported module with the file that imports it."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names += [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name, str(path.relative_to(ROOT))) for name in names)


def test_the_mock_never_imports_the_verifier_nor_either_the_tests() -> None:
    backwards = [entry for entry in imports(MOCK) if entry[0].split(".")[0] in (VERIFIER, "tests", "benchmarks")]
    backwards += [entry for entry in imports(VERIFIER) if entry[0].split(".")[0] in ("tests", "benchmarks")]

    assert backwards == []


@pytest.mark.parametrize("module", ONLY_IN)
def test_a_framework_is_imported_in_one_place_alone(module: str) -> None:
    importers = {
        file for package in (MOCK, VERIFIER) for name, file in imports(package) if f"{name}.".startswith(f"{module}.")
    }

    assert importers <= ONLY_IN[module]


def distributions(requirements: list[str]) -> set[str]:
    return {_normal(Requirement(text).name) for text in requirements}


def third_party(package: str) -> set[str]:
    """The distributions whose modules a package imports."""
    modules = {name.split(".")[0] for name, _ in imports(package)} - set(sys.stdlib_module_names) - {MOCK, VERIFIER}
    providers = importlib.metadata.packages_distributions()
    return {_normal(providers[module][0]) if module in providers else module for module in modules}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_the_mock_imports_is_declared() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    optional = {name for key, texts in extras.items() if key != "verify" for name in distributions(texts)}

    assert third_party(MOCK) <= distributions(PROJECT["project"]["dependencies"]) | optional


def test_every_package_the_verifier_imports_is_declared() -> None:
    declared = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["verify"]

    assert third_party(VERIFIER) <= distributions(declared)


def test_every_declared_package_has_a_lower_bound_and_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in PROJECT["project"]["dependencies"]:
        assert re.search(rf'^ +"{re.escape(requirement)}", +# \w', text, re.MULTILINE), requirement
        assert ">=" in requirement, requirement


def test_a_mock_without_files_does_without_what_reads_them() -> None:
    program = (
        "import sys; from mock_server.settings import Settings; from mock_server.web.factory import build_definition,"
        " build_service; import mock_server.web.control; settings = Settings();"
        " build_service(settings, build_definition(settings)); print('pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "False\n"


@pytest.mark.parametrize("command", ["mock_server.cli", "contract_tests.cli"])
def test_what_a_command_can_do_is_told_without_loading_it(command: str) -> None:
    heavy = ("schemathesis", "hypothesis", "httpx2", "jsonschema_rs", "referencing", "pydantic", "uvicorn")
    program = f"import sys, {command}; print([name for name in {heavy!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
