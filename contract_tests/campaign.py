"""Schemathesis on top: its engine generates requests, and nothing but requests.

The only importer of `schemathesis.engine`, whose Python API is undocumented; the minor version is pinned for it.

The engine runs against a stand-in inside this process that answers every request alike. What it would have sent is
written down, becomes cases, and is then sent like all others: so the budget holds exactly, the plan is what is sent, and
the same seed gives the same requests whatever the target answers.
"""

from __future__ import annotations

import contextlib
import copy
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.subject import Subject
from contract_tests.wire import Request
from mock_server.contract import Contract

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


def generate(contract: Contract, subjects: Iterable[Subject], seed: int, examples: int) -> list[Generated]:
    """What Schemathesis would send: examples, coverage and fuzzing, with the ids pinned. The same for the same seed."""
    stand_in = _StandIn()
    with _fresh_state():
        import schemathesis
        from schemathesis.config import ChecksConfig, SchemathesisConfig
        from schemathesis.engine import events, from_schema

        config = SchemathesisConfig(seed=seed)
        project = config.projects.default
        project.update(headers=_headers(subjects), parameters=_pinned(subjects))
        project.generation.update(
            database="none", max_examples=examples, no_shrink=True, with_security_parameters=False
        )
        project.phases.update(phases=["examples", "coverage", "fuzzing"])
        # Nothing is judged here: the stand-in's answers mean nothing.
        project.checks = ChecksConfig.from_dict({"enabled": False})
        schema = schemathesis.openapi.from_dict(copy.deepcopy(dict(contract.document)), config=config)
        schema.app = stand_in
        for event in from_schema(schema).execute():
            if isinstance(event, events.PhaseStarted):
                stand_in.phase = event.phase.name.value.lower()
    return list(dict.fromkeys(stand_in.seen))


def _headers(subjects: Iterable[Subject]) -> dict[str, str]:
    for subject in subjects:
        if subject.scheme is not None and subject.identity.token:
            return dict(subject.credentials(subject.identity.token)[0])
    return {}


def _pinned(subjects: Iterable[Subject]) -> dict[str, Any]:
    return {
        f"path.{parameter.name}": subject.id_of(parameter)
        for subject in subjects
        for parameter in subject.operation.parameters_in("path")
    }


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
    """A state directory of its own: what an earlier run left behind would change what is generated."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="rainbond-verify-") as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
