"""Runs the code blocks of a documentation page, as a reader would: from the top, in one folder and one shell.

`console` blocks hold commands after `$ ` and what they print, where `…` stands for anything (on a line of its own: for
any lines). A command that keeps serving stays until the page ends, or until its port is needed again. The ports that a
page names are replaced by free ones. `bash`, `python` and `javascript` blocks are run and must succeed; a block whose
first line is a comment with a file name is saved under that name instead, for a later command to use. Python blocks
with tests are run by pytest. A block under `<!-- run by FILE -->` is left to that test.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.programs import program

ROOT = Path(__file__).parents[2]
PORT = re.compile(r"\b70\d\d\b")
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"<!-- run by (?P<test>\S+) -->\s*\Z")
FILE_NAME = re.compile(r"\A(?:#|//) (?P<name>[\w.-]+\.\w+)\n")
SERVING = re.compile(r"^(make run\b|\S*rainbond-mock (?:serve|proxy)\b(?!.*;))")
LIMIT = 150
"""Seconds that a command may take."""


@dataclass(frozen=True)
class Block:
    """A fenced block. `run_by` is the test that runs it instead, if there is one."""

    language: str
    text: str
    line: int
    run_by: str | None = None

    @property
    def file_name(self) -> str | None:
        match = FILE_NAME.match(self.text)
        return match["name"] if match else None


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        code = "".join(line[indent:] for line in match["text"].splitlines(keepends=True))
        elsewhere = ELSEWHERE.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(match["language"], code, line, elsewhere["test"] if elsewhere else None))
    return found


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that stands below it."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line}", "")
        else:
            command, output = found[-1]
            found[-1] = (command, f"{output}{line}\n")
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether output is what the page shows; `…` stands for anything."""
    pattern = ""
    for line in shown.rstrip("\n").split("\n"):
        pattern += r"(?:.*\n)*?" if line.strip() == "…" else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n"
    text = "".join(f"{line.rstrip()}\n" for line in printed.rstrip("\n").split("\n"))
    return re.fullmatch(pattern, text) is not None


class Shell:
    """One bash for a whole page, so that variables and `$?` live on from command to command."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            [program("bash")],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """The command's status and what it printed."""
        assert self._bash.stdin and self._bash.stdout
        self._bash.stdin.write(f"{command}\n_s=$?; printf '\\n<<done %s>>\\n' $_s; (exit $_s)\n")
        self._bash.stdin.flush()
        alarm = threading.Timer(LIMIT, self.close)
        alarm.start()
        lines = []
        for line in self._bash.stdout:
            ended = re.fullmatch(r"<<done (\d+)>>\n", line)
            if ended:
                alarm.cancel()
                return int(ended[1]), "".join(lines).removesuffix("\n")
            lines.append(line)
        raise AssertionError(f"{command}: ended the shell, or took more than {LIMIT} s: {''.join(lines)}")

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.wait()


@dataclass
class Server:
    """A command that keeps serving."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_for(self, shown: str) -> None:
        until = time.monotonic() + LIMIT
        while not matches(shown, self.printed()):
            assert self.process.poll() is None and time.monotonic() < until, self.printed()
            time.sleep(0.05)

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def end(self) -> None:
        """As Ctrl-C does: to the command and all it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(20)


@dataclass
class Reader:
    """Follows a page from the top."""

    folder: Path
    ports: dict[str, str] = field(default_factory=dict)
    servers: dict[str, Server] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in ROOT.iterdir():
            if entry.name not in (".git", ".venv"):
                (self.folder / entry.name).symlink_to(entry)
        (self.folder / ".venv").symlink_to(sys.prefix)
        (self.folder / ".curlrc").write_text("silent\nshow-error\n")  # no progress, as on a terminal
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("RAINBOND_", "PYTEST"))}
        self.environment = inherited | {
            "PATH": f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RAINBOND_MOCK_PORT": self.port("7070"),
            "VENV": sys.prefix,
            "CURL_HOME": str(self.folder),
            "NO_COLOR": "1",
        }
        self.environment.pop("PYTHON", None)
        self.shell = Shell(self.folder, self.environment)

    def port(self, shown: str) -> str:
        if shown not in self.ports:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.ports[shown] = str(free.getsockname()[1])
        return self.ports[shown]

    def follow(self, page: Path) -> None:
        for block in blocks(page):
            if block.run_by is None:
                self._run(block, f"{page.name}:{block.line}")

    def close(self) -> None:
        self.shell.close()
        for server in self.servers.values():
            server.end()

    def _run(self, block: Block, place: str) -> None:
        text = PORT.sub(lambda match: self.port(match[0]), block.text)
        if block.file_name:
            (self.folder / block.file_name).write_text(text, encoding="utf-8")
        elif block.language == "console":
            self._console(text, place)
        elif block.language in ("bash", "sh"):
            self._succeed(f"bash -euo pipefail -c {shlex.quote(text)}", place)
        elif block.language == "python":
            self._python(text, place)
        elif block.language == "javascript":
            program("node")
            self._succeed(f"node --input-type=module --eval {shlex.quote(text)}", place)

    def _console(self, text: str, place: str) -> None:
        pairs = commands(text)
        for index, (command, shown) in enumerate(pairs):
            if SERVING.match(command):
                self._serve(command, shown)
                continue
            for name in {"curl", "node"} & set(re.findall(r"\w+", command)):
                program(name)
            status, printed = self.shell.run(command)
            assert matches(shown, printed), f"{place}: $ {command}\nshown:\n{shown}\nprinted:\n{printed}"
            asks_for_status = index + 1 < len(pairs) and pairs[index + 1][0] == "echo $?"
            assert status == 0 or asks_for_status, f"{place}: $ {command}\nended with {status}:\n{printed}"

    def _serve(self, command: str, shown: str) -> None:
        chosen = re.search(r"--port[ =](\d+)", command)
        port = chosen[1] if chosen else self.ports["7070"]
        if port in self.servers:
            self.servers[port].end()
        log = self.folder / f"server-{port}-{len(self.servers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.servers[port] = Server(process, log)
        self.servers[port].wait_for(shown or "Mock of …\n…")

    def _python(self, text: str, place: str) -> None:
        is_test = re.search(r"^(async )?def test_", text, re.MULTILINE)
        file = self.folder / f"{'test_' if is_test else ''}block_{place.replace('.', '_').replace(':', '_')}.py"
        file.write_text(text, encoding="utf-8")
        options = f"-m pytest -q -p no:cacheprovider --rootdir . -c {os.devnull}" if is_test else ""
        self._succeed(f"{shlex.quote(sys.executable)} {options} {shlex.quote(file.name)}", place)

    def _succeed(self, command: str, place: str) -> None:
        status, printed = self.shell.run(command)
        assert status == 0, f"{place}: ended with {status}:\n{printed}"
