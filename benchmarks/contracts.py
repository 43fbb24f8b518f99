"""Serves large public contracts, and asks for each of their operations: `python -m benchmarks.contracts`.

The documents come out of packages of npm, into a cache folder. What the mock answers is judged by another
validator than its own. Prism is started on the same documents.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import peers, report
from benchmarks.client import Call
from benchmarks.documents import DOCUMENTS, Document, fetched
from benchmarks.judge import Judge
from benchmarks.processes import ROOT, STARTUP_LIMIT, Running, Server, StartError, load_average, running
from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract
from mock_server.engine.messages import Request
from mock_server.web.serving.first_request import ANY_TOKEN, request_for

PAGE = ROOT / "docs" / "contract.md"
ANYTHING = Call("/", method="GET", token="")
VERDICTS = {0: "conforming", 1: "violations", 2: "not usable", 3: "nothing proven"}


@dataclass(frozen=True)
class Start:
    """How a server starts on a document: seconds to its first answer, megabytes then; None where it does not start."""

    seconds: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True)
class Row:
    """What was measured on one document.

    Attributes:
        asked: operations by how they were answered: `conforming`, `example` (the document's own example breaks its
            schema), or what was wrong.
        megabytes: the mock's once every operation was asked for.
    """

    document: Document
    size: int
    mock: Start
    prism: Start
    asked: Counter[str]
    megabytes: float
    verdict: str

    @property
    def share(self) -> float:
        """Operations answered conformingly, of those whose examples do not break their own schema."""
        counted = self.asked.total() - self.asked["example"]
        return self.asked["conforming"] / counted if counted else 1.0


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    folder = options.cache or peers.cache() / "contracts"
    began = load_average()
    chosen = [each for each in DOCUMENTS if not options.only or each.title in options.only]
    rows = [row for document in chosen if (row := _measured(document, folder, options.verify_seconds)) is not None]
    lines = table(rows, began)
    print("\n".join(lines))
    if options.write:
        report.write(PAGE, lines, "contracts")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contracts", description=__doc__)
    parser.add_argument("--only", action="append", metavar="TITLE", help="this document alone; may be repeated")
    parser.add_argument("--cache", type=Path, help="where packages and documents are kept")
    parser.add_argument("--verify-seconds", type=int, default=30, help="how long the verifier looks at each; 0: not")
    parser.add_argument("--write", action="store_true", help="put the table into docs/contract.md")
    return parser.parse_args(arguments)


def _measured(document: Document, folder: Path, seconds: int) -> Row | None:
    try:
        file = fetched(document, folder)
    except (OSError, subprocess.SubprocessError, LookupError) as error:
        print(f"{document.title}: not measured: {error}", file=sys.stderr)
        return None
    ours = peers.mock("mock", "--spec", str(file), "--quiet", "--no-reload")
    with _started(ours) as mock:
        start = Start() if mock is None else Start(mock.first_answer, mock.megabytes())
        asked = ask_all(load_contract(file), Judge(file), mock.url) if mock else Counter()
        megabytes = mock.megabytes() if mock else 0.0
        verdict = _verdict(mock, file, seconds) if mock else "not started"
    row = Row(document, file.stat().st_size, start, _prism(file), asked, megabytes, verdict)
    print(_line(row), dict(asked), file=sys.stderr, flush=True)
    return row


@contextlib.contextmanager
def _started(server: Server) -> Iterator[Running | None]:
    with contextlib.ExitStack() as stack:
        try:
            found = stack.enter_context(running(server, ANYTHING))
        except StartError as error:
            print(error, file=sys.stderr)
            found = None
        yield found


def _prism(file: Path) -> Start:
    server = peers.prism(peers.cache(), file)
    if server is None:
        return Start()
    with _started(server) as prism:
        return Start() if prism is None else Start(prism.first_answer, prism.megabytes())


def ask_all(contract: Contract, judge: Judge, url: str) -> Counter[str]:
    """Ask for every operation once, with a request made by the contract; how each was answered."""
    found: Counter[str] = Counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    for operation in contract.operations:
        request = request_for(contract, operation, ANY_TOKEN)
        status, content_type, body = _answered(connection, request)
        found[judge.verdict(operation, status, content_type, body)] += 1
    connection.close()
    return found


def _answered(connection: http.client.HTTPConnection, request: Request) -> tuple[int, str, bytes]:
    target = f"{request.path}?{request.query}" if request.query else request.path
    connection.request(request.method, target, request.body or None, dict(request.headers))
    answer = connection.getresponse()
    return answer.status, answer.getheader("Content-Type", ""), answer.read()


def _verdict(mock: Running, file: Path, seconds: int) -> str:
    """What the verifier says of the mock, within a limit of time."""
    if not seconds:
        return "not asked"
    command = [sys.executable, "-m", "contract_tests.launch", "run", mock.url, "--spec", str(file)]
    command += ["--max-time", str(seconds), "--yes"]
    environment = {**os.environ, "RAINBOND_TOKEN": ANY_TOKEN}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
    return VERDICTS.get(done.returncode, f"ended with {done.returncode}")


# ---- the table


def table(rows: Sequence[Row], began: float) -> list[str]:
    """The rows in Markdown, with the conditions."""
    head = ("Document", "MB", "Operations", "Conforming", "Own examples", "Seconds", "Prism's", "Memory", "Prism's",
            "Verifier")  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *map(_line, rows), ""]
    date = time.strftime("%Y-%m-%d")
    return [*lines, f"Measured on {date} with `make contracts`. {report.said_load(began)}"]


def _line(row: Row) -> str:
    cells = (
        f"{row.document.title} ({row.document.source})",
        f"{row.size / 1e6:.1f}",
        str(row.asked.total()),
        f"{row.share:.1%}",
        str(row.asked["example"]),
        _figure(row.mock.seconds, ".1f"),
        _figure(row.prism.seconds, ".1f"),
        f"{_figure(row.mock.megabytes, '.0f')}, then {row.megabytes:.0f}",
        _figure(row.prism.megabytes, ".0f"),
        row.verdict,
    )
    return f"| {' | '.join(cells)} |"


def _figure(value: float | None, form: str) -> str:
    return f"not in {STARTUP_LIMIT} s" if value is None else format(value, form)


if __name__ == "__main__":
    main()
