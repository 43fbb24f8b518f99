"""Output that cannot be written costs one line, and nothing else."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from mock_server.contract.secrets.secret_texts import for_terminal
from mock_server.web.request_log import RequestLog

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.mark.parametrize("arguments", [["mock_server.cli", "check"], ["contract_tests.cli", "--help"]])
def test_a_command_says_so(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (ended.returncode, ended.stderr) == (2, "Error: standard output: No space left on device\n")


def test_a_log_lets_the_mock_go_on() -> None:
    full = FULL.open("w", buffering=1)
    RequestLog("json", full).event("served")

    with contextlib.suppress(OSError):
        full.close()


def test_no_message_commands_a_terminal() -> None:
    assert for_terminal("a\x1b[2J\x9b\x07\r\u202e\nb") == "a\\x1b[2J\\x9b\\x07\\r\\u202e\nb"
