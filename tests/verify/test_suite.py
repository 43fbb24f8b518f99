"""Schemathesis's own command with our hooks, `pytest contract_tests` on a server, and an interrupted run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from contract_tests.results.result import INTERRUPTED
from contract_tests.settings import CONSENT, ENVIRONMENT
from contract_tests.verification.run import verify
from mock_server.contract.model import Contract
from tests.verify.faults import IDENTITY, Ask, Reply, Seen, Served, reply, serving

ROOT = Path(__file__).parents[2]
GIVEN = {variable: IDENTITY[name] for variable, name in ENVIRONMENT.items() if name in IDENTITY}


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **GIVEN,
        CONSENT: "yes",
        "SCHEMATHESIS_HOOKS": "contract_tests.hooks",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def schemathesis(url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    options = ("--phases", "examples,coverage", "--seed", "1")
    return command(program, "run", str(ROOT / "spec" / "openapi.yaml"), "--url", url, *options, folder=folder)


def test_schemathesis_with_the_hooks_finds_a_leak_and_shows_no_token(tmp_path: Path) -> None:
    async def leaks(seen: Seen, ask: Ask) -> Reply:
        answer = await ask(seen)
        return Reply(answer.status, (*answer.headers, ("X-Caller", seen.headers.get("authorization", ""))), answer.body)

    with serving(leaks) as served:
        done = schemathesis(served.url, tmp_path)
        assert served.app.accepted <= 25

    assert done.returncode == 1
    assert "secret-in-answer" in done.stdout
    assert IDENTITY["token"] not in done.stdout + done.stderr


def test_schemathesis_with_the_hooks_passes_no_server_that_refuses_everything(tmp_path: Path) -> None:
    async def refuses(seen: Seen, ask: Ask) -> Reply:
        return await ask(Seen(seen.method, seen.path, {**seen.headers, "authorization": "0" * 40}, seen.body))

    with serving(refuses) as served:
        done = schemathesis(served.url, tmp_path)

    assert done.returncode == 1
    assert "nothing is proven" in done.stdout


def test_processes_of_one_pytest_run_share_one_budget(conforming: Served, tmp_path: Path) -> None:
    done = command(
        sys.executable, "-m", "pytest", "-q", "-n", "2", "-k", "token or null or target", "-p", "no:cacheprovider",
        str(ROOT / "contract_tests"), "--contract-url", conforming.url, folder=tmp_path,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert conforming.app.accepted <= 25


def test_interrupted_run_gives_the_verdict_so_far(contract: Contract) -> None:
    async def interrupts(seen: Seen, ask: Ask) -> Reply:
        if seen.method == "PUT":
            os.kill(os.getpid(), signal.SIGINT)
        return await ask(seen)

    with serving(interrupts) as served:
        result = verify(contract, served.settings(max_time=60.0))

    assert result.exit_code == INTERRUPTED
    assert result.builds > 0
    assert [requirement for requirement in result.proof if requirement.proven]


def test_requirement_without_proof_is_skipped_with_the_reason(tmp_path: Path) -> None:
    """A target that answers nothing testable proves nothing: no requirement passes."""

    async def gone(seen: Seen, ask: Ask) -> Reply:
        return reply(404, {})

    with serving(gone) as served:
        done = command(
            sys.executable, "-m", "pytest", "-q", "-rs", "-k", "requirement", "-p", "no:cacheprovider",
            str(ROOT / "contract_tests"), "--contract-url", served.url, folder=tmp_path,
        )  # fmt: skip

    assert " passed" not in done.stdout
    assert "skipped" in done.stdout
