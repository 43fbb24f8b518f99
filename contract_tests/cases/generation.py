"""Schemathesis on top: its engine generates requests, and nothing but requests.

The only importer of `schemathesis.engine`, whose Python API is undocumented; the minor version is pinned for it.

The engine runs against a stand-in that answers every request alike. What it would have sent is written down, becomes
cases, and is then sent like all others: so the budget holds exactly, the plan is what is sent, and the same seed gives
the same requests whatever the target answers.
"""

from __future__ import annotations

import contextlib
import copy
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.cases.operation import OperationUnderTest
from contract_tests.transport.wire import Request
from mock_server.contract.model import Contract

DROPPED = frozenset((
    "host", "connection", "content-length", "transfer-encoding", "user-agent", "accept-encoding",
    "x-schemathesis-testcaseid",
))  # fmt: skip
"""Headers that the engine's own client would add, or that would change how the answer is encoded."""

Start = Callable[[str, list[tuple[str, str]]], Any]


@dataclass(frozen=True, slots=True)
class Generated:
    """One generated request; `phase` is the engine's phase that made it."""

    request: Request
    phase: str


@dataclass(frozen=True, slots=True)
class Order:
    """What to generate, as plain data: it travels to a process of its own."""

    document: Mapping[str, Any]
    headers: Mapping[str, str]
    pinned: Mapping[str, Any]
    seed: int
    examples: int


def order(contract: Contract, subjects: Sequence[OperationUnderTest], seed: int, examples: int) -> Order:
    """The order for a contract, with the ids pinned and the token in place."""
    known = [subject for subject in subjects if subject.scheme is not None and subject.identity.token]
    headers = dict(known[0].credentials(known[0].identity.token)[0]) if known else {}
    pinned = {
        f"path.{parameter.name}": subject.id_of(parameter)
        for subject in subjects
        for parameter in subject.operation.parameters_in("path")
    }
    return Order(dict(contract.document), headers, pinned, seed, examples)


@contextlib.contextmanager
def beside(wanted: Order) -> Iterator[Callable[[float], list[Generated]]]:
    """Generate in a process of its own, while this one sends.

    Gives a function that waits so many seconds for the outcome; it is empty where that was not enough.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(wanted, there), daemon=True)
    with _same_order():
        process.start()
    there.close()

    def outcome(seconds: float) -> list[Generated]:
        with contextlib.suppress(EOFError):
            if here.poll(max(0.0, seconds)):
                found: list[Generated] = here.recv()
                return found
        return []

    try:
        yield outcome
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def _same_order() -> Iterator[None]:
    """Sets of text have another order in each process, unless its hash seed is given: requests would follow it."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def _work(wanted: Order, outcome: Connection) -> None:
    """What the process does, giving way to the one that sends: a late answer must not look like a slow target."""
    with contextlib.suppress(OSError):
        os.nice(10)
    outcome.send(generate(wanted))


def generate(wanted: Order) -> list[Generated]:
    """What Schemathesis would send: examples, coverage and fuzzing. The same for the same order."""
    stand_in = _StandIn()
    with _fresh_state():
        import schemathesis  # noqa: PLC0415 - takes a second that only the generating process should spend
        from schemathesis.config import ChecksConfig, SchemathesisConfig  # noqa: PLC0415 - the same
        from schemathesis.engine import events, from_schema  # noqa: PLC0415 - the same

        config = SchemathesisConfig(seed=wanted.seed)
        project = config.projects.default
        project.update(headers=dict(wanted.headers), parameters=dict(wanted.pinned))
        project.generation.update(
            database="none", max_examples=wanted.examples, no_shrink=True, with_security_parameters=False
        )
        project.phases.update(phases=["examples", "coverage", "fuzzing"])
        # Nothing is judged here: the stand-in's answers mean nothing.
        project.checks = ChecksConfig.from_dict({"enabled": False})
        schema = schemathesis.openapi.from_dict(copy.deepcopy(dict(wanted.document)), config=config)
        schema.app = stand_in
        for event in from_schema(schema).execute():
            if isinstance(event, events.PhaseStarted):
                stand_in.phase = event.phase.name.value.lower()
    return list(dict.fromkeys(stand_in.seen))


class _StandIn:
    """A WSGI application that writes down what it is asked and refuses it."""

    def __init__(self) -> None:
        self.seen: list[Generated] = []
        self.phase = ""

    def __call__(self, environ: dict[str, Any], start_response: Start) -> list[bytes]:
        self.seen.append(Generated(_request(environ), self.phase))
        start_response("400 Bad Request", [("Content-Type", "application/json")])
        return [b"{}"]


def _request(environ: dict[str, Any]) -> Request:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    raw = urlsplit(str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ["PATH_INFO"]))
    target = raw.path + (f"?{raw.query}" if raw.query else "")
    return Request(str(environ["REQUEST_METHOD"]), target, tuple(_header_lines(environ)), body or None)


def _header_lines(environ: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        if key.startswith("HTTP_") and name.lower() not in DROPPED and value != "*/*":
            yield name, str(value)
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", str(environ["CONTENT_TYPE"])


@contextlib.contextmanager
def _fresh_state() -> Iterator[None]:
    """A state directory of its own: what an earlier run left behind would change what is generated.

    Hypothesis's table of Unicode is no such thing, and takes seconds to make: it is kept from run to run.
    """
    from hypothesis import configuration  # noqa: PLC0415 - the same

    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="rainbond-verify-") as folder:
        table = Path(folder) / ".hypothesis" / "unicode_data"
        _copy(_kept(), table)
        os.chdir(folder)
        configuration.set_hypothesis_home_dir(Path(folder) / ".hypothesis")
        try:
            yield
        finally:
            os.chdir(before)
            if table.is_dir() and not _kept().is_dir():
                _copy(table, _kept())


def _kept() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "rainbond-verify" / "unicode_data"


def _copy(source: Path, target: Path) -> None:
    """Copy a folder as a whole or not at all; a cache that cannot be written is none."""
    with contextlib.suppress(OSError):
        if source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(dir=target.parent))
            shutil.copytree(source, partial, dirs_exist_ok=True)
            partial.rename(target)
