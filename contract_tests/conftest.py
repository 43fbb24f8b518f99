"""Options of `pytest contract_tests`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract_tests.cases.suite import Scope, suites
from contract_tests.results.baseline import load_baseline
from contract_tests.settings import SettingsError, resolve
from contract_tests.verification.run import Result, verify
from contract_tests.verification.target import CATALOGUE, Target, identity_of, in_process
from mock_server.contract.loader import load_contract
from mock_server.contract.source import SourceError, load_source

FIXTURE = "obligation"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; identity comes from the environment, as for `rainbond-verify`."""
    group = parser.getgroup("contract")
    group.addoption("--contract-url", metavar="URL", help="verify this server instead of the mock in this process")
    group.addoption("--contract-baseline", metavar="FILE", help="known deviations")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each operation × constraint of the contract."""
    if FIXTURE not in metafunc.fixturenames:
        return
    contract = load_contract()
    target = Target("http://127.0.0.1", resolve(identity_of(load_source(CATALOGUE).value)).identity)
    found = suites(contract, target, Scope())
    pairs = list(dict.fromkeys((case.operation, case.constraint) for suite in found for case in suite.cases))
    metafunc.parametrize(FIXTURE, pairs, ids=[f"{operation}-{constraint}" for operation, constraint in pairs])


@pytest.fixture(scope="session")
def result(request: pytest.FixtureRequest) -> Iterator[Result]:
    """The verification that all tests read; it runs once."""
    url = request.config.getoption("--contract-url")
    baseline = request.config.getoption("--contract-baseline")
    try:
        known = load_baseline(Path(baseline)) if baseline else None
        if url:
            settings = resolve({"url": url, "fuzz": False})
            if not settings.loopback:
                pytest.exit(
                    f"{url} is not this machine: use rainbond-verify, which asks before it builds", returncode=2
                )
            yield verify(load_contract(), settings, known)
            return
        with in_process() as (mock, identity):
            yield verify(load_contract(), resolve({"url": mock, "fuzz": False, **identity}, {}), known)
    except (SettingsError, SourceError) as error:
        pytest.exit(str(error), returncode=2)
