"""Options and fixtures of `pytest contract_tests`."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract_tests.cases.suite import Scope, suites
from contract_tests.results.baseline_file import load_baseline
from contract_tests.results.result import Result
from contract_tests.settings import CONSENT, Settings, resolve
from contract_tests.target.target import CATALOGUE, Target, identity_of, in_process, look, refusal
from contract_tests.transport.wire import Unreachable
from contract_tests.verification.live import LiveTarget
from contract_tests.verification.run import live_target, verify
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import SourceError, load_source
from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract

REQUIREMENT = "requirement"
TARGET = pytest.StashKey[Target]()


@dataclass(frozen=True)
class Server:
    """What the tests verify."""

    contract: Contract
    settings: Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; identity comes from the environment, as for `rainbond-verify`."""
    group = parser.getgroup("contract")
    group.addoption("--contract-url", metavar="URL", help="verify this server instead of the mock in this process")
    group.addoption("--contract-baseline", metavar="FILE", help="known deviations")


def pytest_configure(config: pytest.Config) -> None:
    """Find out about the target before anything is collected, so that one line says what is wrong with it."""
    config.stash[TARGET] = _target(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each requirement of the contract, as far as the target can be asked for it."""
    if REQUIREMENT not in metafunc.fixturenames:
        return
    found = suites(load_contract(), metafunc.config.stash[TARGET], Scope())
    pairs = list(dict.fromkeys((case.operation, case.constraint) for suite in found for case in suite.cases))
    metafunc.parametrize(REQUIREMENT, pairs, ids=[f"{operation}-{constraint}" for operation, constraint in pairs])


def _target(config: pytest.Config) -> Target:
    """The target as it says itself that it is; the mock in this process is known without asking."""
    url = config.getoption("--contract-url", None)
    if not url:
        return Target("http://127.0.0.1", resolve(identity_of(load_source(CATALOGUE).value), {}).identity)
    settings = _settings(url)
    try:
        target = look(settings)
    except Unreachable as error:
        pytest.exit(f"unreachable: {error}", returncode=3)
    why_not = refusal(load_contract(), settings, target)
    if why_not:
        pytest.exit(f"{why_not}; or set {CONSENT}=1", returncode=2)
    return target


def _settings(url: str) -> Settings:
    try:
        settings = resolve({"url": url, "fuzz": False})
    except SettingsError as error:
        pytest.exit(str(error), returncode=2)
    if not settings.loopback:
        pytest.exit(f"{url} is not this machine: use rainbond-verify, which keeps to its limits there", returncode=2)
    return settings


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server of --contract-url, or the mock in this process."""
    url = request.config.getoption("--contract-url")
    if url:
        yield Server(load_contract(), _settings(url))
        return
    with in_process() as (mock, identity):
        yield Server(load_contract(), resolve({"url": mock, "fuzz": False, **identity}, {}))


@pytest.fixture(scope="session")
def result(request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The verification that all requirements read; it runs once, in whichever process is first."""
    baseline = request.config.getoption("--contract-baseline")

    def run() -> Result:
        known = load_baseline(Path(baseline)) if baseline else None
        return verify(server.contract, server.settings, known)

    try:
        # Of several processes only a server of its own has a budget of its own.
        shared = "PYTEST_XDIST_WORKER" in os.environ and request.config.getoption("--contract-url")
        return _once(tmp_path_factory.getbasetemp().parent / "contract", run) if shared else run()
    except (SettingsError, SourceError) as error:
        pytest.exit(str(error), returncode=2)


def _once(folder: Path, run: Callable[[], Result]) -> Result:
    """What the first process to come here makes; the others wait for it."""
    made = folder / "result"
    try:
        folder.mkdir()
    except FileExistsError:
        while not made.exists():
            time.sleep(0.1)
        found: Result = pickle.loads(made.read_bytes())  # noqa: S301 - written by this very run
        return found
    found = run()
    partial = folder / "partial"
    partial.write_bytes(pickle.dumps(found))
    partial.rename(made)
    return found


@pytest.fixture(scope="session")
def live(request: pytest.FixtureRequest, server: Server) -> LiveTarget:
    """The target of generated requests, with what is left of the budget where requirements are verified, too."""
    wanted = any(REQUIREMENT in getattr(item, "fixturenames", ()) for item in request.session.items)
    spent = request.getfixturevalue("result").builds if wanted else 0
    # Of several processes each has its part of what is left.
    parts = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    limits = server.settings.limits
    left = replace(
        server.settings, max_builds=max(0, limits.max_builds - spent) // parts, rate=limits.per_second / parts
    )
    return live_target(server.contract, left)
