"""Documented refusals for reasons outside the request: never a violation by themselves, never a pass either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

from contract_tests.results.result import CONFORMING, UNTESTABLE, VIOLATED
from contract_tests.settings import resolve
from contract_tests.verification.run import verify
from mock_server.contract.model import Contract
from tests.verify.faults import IDENTITY, Ask, Reply, Seen, reply, serving

BUSY = {
    "code": 409,
    "msg": "操作过于频繁，请稍后再试",
    "msg_show": "操作过于频繁，请稍后再试",
    "data": {"bean": {}, "list": []},
}
QUICK = {"only": ("core",), "max_time": 60.0}


class Busy:
    """Busy for some requests after each build."""

    def __init__(self, times: int, *, from_build: int = 1) -> None:
        self.times = times
        self.left = 0
        self.builds = 0
        self.from_build = from_build

    async def __call__(self, seen: Seen, ask: Ask) -> Reply:
        answer = await ask(seen)
        if answer.status != 200 or seen.method != "POST":
            return answer
        if self.left:
            self.left -= 1
            return reply(409, BUSY)
        self.builds += 1
        self.left = self.times if self.builds >= self.from_build else 0
        return answer


def test_target_that_is_busy_for_a_moment_is_waited_for(contract: Contract) -> None:
    with serving(Busy(1)) as served:
        result = verify(contract, served.settings(**QUICK))
    assert [finding.id for finding in result.findings] == []
    assert result.exit_code == CONFORMING


def test_target_that_stays_busy_leaves_the_core_unproven(contract: Contract) -> None:
    """That is no violation, and no pass: the report says what the target answered."""
    with serving(Busy(1000)) as served:
        result = verify(contract, served.settings(**QUICK))
    assert [finding.id for finding in result.findings] == []
    assert result.exit_code == UNTESTABLE
    assert "the target answered region-busy" in result.notes


def test_busy_only_for_one_kind_of_request_is_a_violation(contract: Contract) -> None:
    """Where the plain request is accepted at the same time, the refusal is the request's own."""

    async def busy_for_images(seen: Seen, ask: Ask) -> Reply:
        answer = await ask(seen)
        return reply(409, BUSY) if answer.status == 200 and b"docker_image" in seen.body else answer

    with serving(busy_for_images) as served:
        result = verify(contract, served.settings(**QUICK))
    assert result.exit_code == VIOLATED
    assert "enum-value-refused" in {finding.check for finding in result.findings}


def test_cookie_of_the_target_must_not_stand_for_a_token(contract: Contract) -> None:
    async def remembers(seen: Seen, ask: Ask) -> Reply:
        if "session=1" in seen.headers.get("cookie", ""):
            return await ask(replace(seen, headers={**seen.headers, "authorization": IDENTITY["token"]}))
        answer = await ask(seen)
        headers = (*answer.headers, ("Set-Cookie", "session=1; Path=/"))
        return replace(answer, headers=headers) if answer.status == 200 else answer

    with serving(remembers) as served:
        result = verify(contract, served.settings(**QUICK))
    assert "buildComponent/token/cookie-of-the-target" in {finding.case for finding in result.findings}


def test_target_that_dies_is_a_finding(contract: Contract, tmp_path: Path) -> None:
    """A request that ends the process is reported; the run is not lost."""
    program = tmp_path / "dying.py"
    program.write_text(
        textwrap.dedent(f"""
        import os, time
        from tests.verify.faults import serving
        async def dies(seen, ask):
            if seen.method == "PUT":
                os.kill(os.getpid(), {int(signal.SIGKILL)})
            return await ask(seen)
        with serving(dies) as served:
            print(served.url, flush=True)
            time.sleep(60)
        """)
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        result = verify(contract, resolve({"url": url, "fuzz": False, **QUICK, **IDENTITY}, {}))
    finally:
        process.kill()
        process.wait()
    assert result.exit_code == VIOLATED
    assert "no-answer" in {finding.check for finding in result.findings}
