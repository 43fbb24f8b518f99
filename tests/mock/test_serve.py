"""The command `rainbond-mock serve`: what it says, how it fails, how it ends."""

from __future__ import annotations

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_server.cli import main
from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.mock.build_request import build, path
from tests.raw_http import send

COMMAND = [sys.executable, "-m", "mock_server.cli", "serve"]


def _fails(*options: str) -> str:
    """The message of a start that must fail with exit code 2."""
    done = CliRunner().invoke(main, ["serve", *options])

    assert done.exit_code == 2, done.output
    return done.stderr


@contextmanager
def _started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen([*COMMAND, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        yield process, url[0]
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_what_it_prints_can_be_pasted() -> None:
    with _started() as (process, _url):
        assert process.stdout is not None
        process.stdout.readline()
        curl = shlex.split(process.stdout.readline())
        done = subprocess.run([*curl, "-s"], capture_output=True, text=True, timeout=10, check=True)

    assert re.fullmatch(r'\{"event_id":"[0-9a-f]{32}"\}', done.stdout)


def test_sigterm_lets_a_request_in_flight_finish_and_exits_with_0() -> None:
    body = b'{"branch": "x"}'
    head = f"POST {path()} HTTP/1.1\r\nHost: x\r\nAuthorization: t\r\nContent-Type: application/json\r\n"
    with _started() as (process, url):
        port = int(url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:5])
            assert send(url, "GET", "/__mock__/health").status == 200  # it has read the first part by now
            process.send_signal(signal.SIGTERM)
            connection.sendall(body[5:])
            answer = connection.recv(65536)
        code = process.wait(timeout=15)

    assert answer.startswith(b"HTTP/1.1 200")
    assert code == 0


def test_a_client_that_leaves_in_the_middle_of_a_request_does_no_harm() -> None:
    with _started() as (_process, url):
        port = int(url.rsplit(":", 1)[1])
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(f"POST {path()} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{".encode())
        assert build(url).status == 200


def test_a_start_that_fails_ends_with_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--spec", str(tmp_path / "x")], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = _fails("--port", str(port))

    assert f"127.0.0.1:{port}: another program listens there" in message


def test_options_and_choices_are_corrected() -> None:
    assert "'--port'" in _fails("--prot", "1")
    assert "did you mean 'contract'?" in _fails("--profile", "contrakt")
    assert "--port" in _fails("--port", "many")
    assert "65535" in _fails("--port", "70000")


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("", 1, "the file is empty"),
        ("openapi: 3.0.3\ninfo: [", 2, "not valid YAML"),
        ("openapi: 3.2.0\ninfo: {title: a, version: '1'}\npaths: {}", 1, "OpenAPI 3.0"),
        ("openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths: {}\npathz: {}", 4, "did you mean 'paths'"),
        ("openapi: 3.0.3\ninfo: {title: a, version: '1'}\npaths:\n  /a:\n    get:\n      respones: {}", 6, "responses"),
        ("openapi: 3.0.3\ninfo: 5\npaths: {}", 2, "info"),
    ],
)
def test_a_contract_that_cannot_be_used_is_explained(tmp_path: Path, text: str, line: int, expected: str) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(text, encoding="utf-8")

    message = _fails("--spec", str(file))

    assert f"{file}:{line}:" in message
    assert expected in message


def test_a_missing_file_is_named_with_the_nearest_there_is(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").touch()

    assert "did you mean 'openapi.yaml'?" in _fails("--spec", str(tmp_path / "openapi.yml"))
    assert "no such file" in _fails("--catalogue", str(tmp_path / "nothing"))


def test_settings_come_from_option_then_environment_then_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rainbond.toml").write_text('[mock]\nprofile = "console"\nseed = "file"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAINBOND_MOCK_SEED", "environment")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with _started() as (_process, url):
        health = json.loads(send(url, "GET", "/__mock__/health").body)
        by_environment = build(url).body
    with _started("--seed", "option") as (_process, url):
        by_option = build(url).body
    with running(Settings(seed="environment")) as mock:
        assert build(mock.url).body == by_environment != by_option

    assert health["profile"] == "console"


def test_wrong_settings_are_corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAINBOND_MOCK_PROT", "1")
    assert "did you mean 'RAINBOND_MOCK_PORT'?" in _fails()
    monkeypatch.delenv("RAINBOND_MOCK_PROT")
    monkeypatch.setenv("RAINBOND_MOCK_PROFILE", "consol")
    assert "did you mean 'console'?" in _fails()
    monkeypatch.delenv("RAINBOND_MOCK_PROFILE")
    (tmp_path / "rainbond.toml").write_text("[mock]\ncatalog = 'x'\n", encoding="utf-8")
    assert "did you mean 'catalogue'?" in _fails()
    (tmp_path / "rainbond.toml").write_text("[mock\n", encoding="utf-8")
    assert "not valid TOML" in _fails()
