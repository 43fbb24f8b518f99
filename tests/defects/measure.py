"""Runs a tool against a console in a thread and tells what came of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.defects.catalogue import APP, OTHER_APP, OTHER_SERVICE, OTHER_TOKEN, REGION, SERVICE, TEAM, TOKEN
from tests.defects.console import Console
from tests.defects.document import SPEC
from tests.defects.serving import served

VERIFIER = "rainbond-verify"
BARE = "Schemathesis"
TOOLS = Path(sys.executable).parent
LONGEST = 180.0
TIMED_OUT = -1
CRASHED = -2
TRACEBACK = re.compile(rb"^Traceback \(most recent call last\):", re.MULTILINE)

IDENTITY = {
    "RAINBOND_TOKEN": TOKEN,
    "RAINBOND_TEAM": TEAM,
    "RAINBOND_REGION": REGION,
    "RAINBOND_APP": APP,
    "RAINBOND_SERVICE": SERVICE,
    "RAINBOND_OTHER_TOKEN": OTHER_TOKEN,
    "RAINBOND_OTHER_APP": OTHER_APP,
    "RAINBOND_OTHER_SERVICE": OTHER_SERVICE,
}
# What the configuration of Schemathesis can pin: ids that exist, or all its requests would end in a 404.
BARE_CONFIGURATION = f"""\
[parameters]
"path.team_id" = "{TEAM}"
"path.region_name" = "{REGION}"
"path.app_id" = {APP}
"path.service_id" = "{SERVICE}"
"""


@dataclass(frozen=True)
class Outcome:
    """What one run of a tool against one console came to.

    Attributes:
        target: the defect's id, or `conforming`.
        code: the exit code; TIMED_OUT where the run had to be ended, CRASHED where the tool itself fell over.
        builds: how many builds the console accepted meanwhile.
        output: what the tool printed.
        faults: exceptions of the console that nobody seeded.
    """

    tool: str
    target: str
    seed: int
    code: int
    seconds: float
    builds: int
    output: str
    faults: Sequence[str] = ()

    @property
    def found(self) -> bool:
        """Exit code 1 means to both tools that a violation was found."""
        return self.code == 1


Tool = Callable[[str, int, Path], Sequence[str]]


def verifier(url: str, seed: int, folder: Path) -> Sequence[str]:
    word = ("--i-own-this-target", "--allow-overwrite")
    return [str(TOOLS / VERIFIER), "run", url, "--seed", str(seed), *word]


def bare(url: str, seed: int, folder: Path) -> Sequence[str]:
    """Schemathesis by itself, with the project's contract, a token and ids that exist, and its default checks."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(BARE_CONFIGURATION)
    before = [str(TOOLS / "schemathesis"), "--config-file", str(configuration), "run", str(SPEC)]
    return [*before, "--url", url, "--header", f"Authorization: {TOKEN}", "--seed", str(seed)]


COMMANDS: Mapping[str, Tool] = {VERIFIER: verifier, BARE: bare}


def measure(tool: str, target: str, console: Console, seed: int) -> Outcome:
    """Run one tool against one console, in an empty folder so that no earlier run can help it."""
    with tempfile.TemporaryDirectory() as folder, served(console) as url:
        command = COMMANDS[tool](url, seed, Path(folder))
        start = time.monotonic()
        code, output = _run(command, Path(folder))
        seconds = time.monotonic() - start
    return Outcome(tool, target, seed, code, seconds, console.builds, output, tuple(console.faults))


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAINBOND_")}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**inherited, **IDENTITY, "NO_COLOR": "1"},
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return TIMED_OUT, (error.stdout or b"").decode(errors="replace")
    # A Python program that falls over exits with 1 as well, which must not count as a find.
    code = CRASHED if TRACEBACK.search(done.stderr) else done.returncode
    return code, (done.stdout + done.stderr).decode(errors="replace")
