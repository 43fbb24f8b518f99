"""Several operations of one contract: what one shows says nothing about another, and none is touched unasked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_tests.cli import main
from contract_tests.results.baseline_file import load_baseline
from contract_tests.results.result import Result
from contract_tests.settings import resolve
from contract_tests.verification.run import verify
from mock_server.contract.loader import load_contract

TOKEN = "shelf-5b1f0a9c3e7d2468"
ERROR = {
    "description": "Error",
    "content": {"application/json": {"schema": {"type": "object", "required": ["error"]}}},
}
GOOD = {"description": "OK", "content": {"application/json": {"schema": {"type": "object", "required": ["ok"]}}}}
Decide = Callable[["Asked"], int]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    token: str
    body: bytes


@dataclass
class Shelf:
    """A server with what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def sent(self, method: str) -> list[str]:
        return [one.path for one in self.asked if one.method == method]


@contextmanager
def serving(decide: Decide, allow: str = "GET, POST, DELETE") -> Iterator[Shelf]:
    shelf = Shelf()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *arguments: object) -> None: ...

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            asked = Asked(self.command, self.path.partition("?")[0], token, body)
            shelf.asked.append(asked)
            status = decide(asked)
            content = b"" if status == 204 else b'{"ok":true}' if status < 300 else b'{"error":"refused"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 405:
                self.send_header("Allow", allow)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shelf.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield shelf
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def contract_of(folder: Path, paths: dict[str, Any], *, token: bool = False) -> Path:
    document: dict[str, Any] = {"openapi": "3.0.3", "info": {"title": "Shelf", "version": "1"}, "paths": paths}
    if token:
        document["security"] = [{"bearer": []}]
        document["components"] = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    path = folder / "shelf.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def operation(identifier: str, *, item: bool = False, success: str = "200") -> dict[str, Any]:
    responses = {success: GOOD if success == "200" else {"description": "gone"}}
    responses |= dict.fromkeys(("400", "401", "404", "405"), ERROR)
    found: dict[str, Any] = {"operationId": identifier, "responses": responses}
    if item:
        schema = {"type": "integer", "minimum": 1}
        found["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema, "example": 1}]
    return found


def run(spec: Path, shelf: Shelf, baseline: Path | None = None, **options: Any) -> Result:
    chosen = resolve({"url": shelf.url, "fuzz": False, "token": TOKEN, **options}, {})
    return verify(load_contract(spec), chosen, load_baseline(baseline) if baseline else None)


NAMES = ("books", "discs", "games")


@settings(max_examples=6, deadline=None)
@given(opened=st.sets(st.sampled_from(NAMES)), known=st.sets(st.sampled_from(NAMES)))
def test_each_open_operation_is_reported_but_for_those_that_the_baseline_names(
    tmp_path_factory: pytest.TempPathFactory, opened: set[str], known: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    spec = contract_of(folder, {f"/{name}": {"get": operation(name)} for name in NAMES}, token=True)
    checks = ("token-not-required", "near-token-accepted", "secret-in-url-accepted")
    entries = [
        {"check": check, "operation": name, "reason": "r", "owner": "o", "expires": "2999-01-01"}
        for name in known
        for check in checks
    ]
    baseline = folder / "baseline.yaml"
    baseline.write_text(yaml.safe_dump({"known": entries}), encoding="utf-8")

    def decide(asked: Asked) -> int:
        name = asked.path.strip("/")
        if name not in NAMES:
            return 404
        if asked.method != "GET":
            return 405
        return 200 if name in opened or asked.token == TOKEN else 401

    with serving(decide, allow="GET") as shelf:
        result = run(spec, shelf, baseline, only=("core", "*/token/*"))

    assert opened - known == {finding.operation for finding in result.failing}
    assert result.exit_code == (1 if opened - known else 0)


def test_refusals_of_one_operation_are_not_judged_by_another(tmp_path: Path) -> None:
    """Both answer errors of their own form."""
    first, second = operation("first"), operation("second")
    for one, name in ((first, "reason"), (second, "error")):
        shape = {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: {}}}
        content = {"application/json": {"schema": shape}}
        one["responses"] |= {status: {"description": "E", "content": content} for status in ("400", "404", "405")}
    spec = contract_of(tmp_path, {"/first": {"get": first}, "/second": {"get": second}})

    def decide(asked: Asked) -> int:
        return 404 if asked.path not in ("/first", "/second") else 200 if asked.method == "GET" else 405

    with serving(decide, allow="GET") as shelf:
        result = run(spec, shelf)
        assert shelf.asked
    assert {"first"} == {finding.operation for finding in result.failing}


def items(present: set[str], asked: Asked) -> int:
    name = unquote(asked.path.removeprefix("/items/"))
    if not asked.path.startswith("/items/") or name not in present:
        return 404
    if asked.method == "DELETE":
        present.discard(name)
        return 204
    return 200 if asked.method == "GET" else 405


ITEMS = {"/items/{id}": {"get": operation("read", item=True), "delete": operation("remove", item=True, success="204")}}


def test_only_what_the_user_named_is_deleted_and_last_of_all(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, ITEMS)
    present = {str(number) for number in range(200_001)}
    with serving(lambda asked: items(present, asked)) as shelf:
        result = run(spec, shelf, ids={"id": "7"})

    assert {str(number) for number in range(200_001)} - present == {"7"}
    *_, deleted, read_after = shelf.asked
    assert (deleted.method, deleted.path) == ("DELETE", "/items/7")
    assert (read_after.method, read_after.path) == ("GET", "/items/7")
    assert [(finding.case, finding.observed) for finding in result.failing] == []


def test_an_example_of_the_contract_is_not_deleted(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, ITEMS)
    present = {"1"}
    with serving(lambda asked: items(present, asked)) as shelf:
        result = run(spec, shelf)

    assert present == {"1"}
    assert any("--id id=VALUE" in requirement.why for requirement in result.proof)


def test_a_method_that_the_target_has_but_the_contract_has_not_is_not_tried(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, {"/items/{id}": {"get": operation("read", item=True)}})
    present = {"1"}
    with serving(lambda asked: items(present, asked), allow="GET, DELETE") as shelf:
        run(spec, shelf, ids={"id": "1"})

    assert present == {"1"}
    assert shelf.sent("DELETE") == []
    assert "/items/1" in shelf.sent("PUT")


def test_only_leaves_all_else_alone(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, ITEMS)
    with serving(lambda asked: items({"1"}, asked)) as shelf:
        result = run(spec, shelf, ids={"id": "1"}, only=("read/*",))

    assert shelf.sent("DELETE") == []
    assert {"read"} == {requirement.operation for requirement in result.proof}


def test_the_operation_that_ends_the_session_comes_last(tmp_path: Path) -> None:
    spec = contract_of(
        tmp_path,
        {"/session": {"delete": operation("logout", success="204")}, "/me": {"get": operation("me")}},
        token=True,
    )
    tokens = {TOKEN}

    def decide(asked: Asked) -> int:
        if asked.path not in ("/session", "/me"):
            return 404
        if asked.token not in tokens:
            return 401
        if asked.method != ("DELETE" if asked.path == "/session" else "GET"):
            return 405
        tokens.difference_update({asked.token} if asked.path == "/session" else ())
        return 204 if asked.path == "/session" else 200

    with serving(decide) as shelf:
        result = run(spec, shelf)

    assert result.failing == []
    assert tokens == set()


def test_builds_are_shared_out_among_operations(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, {f"/box{number}": {"post": operation(f"box{number}")} for number in range(12)})

    def decide(asked: Asked) -> int:
        if not asked.path.startswith("/box"):
            return 404
        return 200 if asked.method == "POST" and asked.path[4:].isdigit() else 405 if asked.path[4:].isdigit() else 404

    with serving(decide, allow="POST") as shelf:
        result = run(spec, shelf)

    assert result.proof.open_core == []
    assert result.exit_code == 0
    assert result.builds <= 25


def test_seeds_share_one_budget(tmp_path: Path) -> None:
    spec = contract_of(tmp_path, {"/box": {"post": operation("box")}})
    accepted = []

    def decide(asked: Asked) -> int:
        if asked.path != "/box":
            return 404
        accepted.extend([asked] if asked.method == "POST" else [])
        return 200 if asked.method == "POST" else 405

    with serving(decide, allow="POST") as shelf:
        options = ["--spec", str(spec), "--seeds", "1..3", "--max-builds", "5", "--no-fuzz"]
        CliRunner().invoke(main, ["run", shelf.url, *options], catch_exceptions=False)

    assert len(accepted) <= 5


def test_an_answer_after_which_something_may_have_been_built_counts(tmp_path: Path) -> None:
    """The target builds, and answers that it did not: with 302, with 400 to a valid request, with nothing."""
    spec = contract_of(tmp_path, {"/box": {"post": operation("box")}})
    for status in (302, 400):
        accepted: list[Asked] = []

        def decide(asked: Asked, status: int = status, accepted: list[Asked] = accepted) -> int:
            if asked.path != "/box":
                return 404
            accepted.extend([asked] if asked.method == "POST" else [])
            return status if asked.method == "POST" else 405

        with serving(decide, allow="POST") as shelf:
            run(spec, shelf, max_builds=3)
        assert len(accepted) <= 3


def test_an_error_of_the_program_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path | None) -> object:
        raise KeyError("name")

    monkeypatch.setattr("contract_tests.commands.run.contract_of", broken)
    done = CliRunner().invoke(main, ["run", "http://127.0.0.1:9"])
    assert done.exit_code == 4
    assert "please report it: KeyError" in done.output
    assert len(done.output.strip().splitlines()) == 1


def test_a_target_that_is_no_mock_is_not_built_on_without_a_word() -> None:
    """Also on this machine: a tunnel may lead to a real console."""
    with serving(lambda asked: 404) as shelf:
        done = CliRunner().invoke(main, ["run", shelf.url])
    assert done.exit_code == 2
    assert f"rainbond-verify run {shelf.url} --i-own-this-target" in done.output
    assert [one.path for one in shelf.asked] == ["/__mock__/health"]


def test_a_plan_sends_nothing() -> None:
    with serving(lambda asked: 404) as shelf:
        done = CliRunner().invoke(main, ["run", shelf.url, "--plan"])
    assert done.exit_code == 0
    assert shelf.asked == []
