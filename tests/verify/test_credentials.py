"""The secret of each security scheme: where it comes from, where it travels, and that no report holds it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from contract_tests.cases.suite import Scope, suites
from contract_tests.identity import Identity
from contract_tests.settings import resolve
from contract_tests.target.credentials import obtained
from contract_tests.target.target import Target
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import parse_source
from mock_server.contract.loader import read_contract
from mock_server.contract.model import Contract
from tests.verify.test_cli import command

SECRET = "s-3f9a6c1e8d2b47059be1"
CONTRACT = """
openapi: 3.0.3
info: {title: Shop, version: '1'}
components:
  securitySchemes:
    user: {type: http, scheme: basic}
    bearer: {type: http, scheme: bearer}
    header: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: sid}
    client:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: /token, scopes: {read: Read}}}
paths:
  /basic: {get: {operationId: basic, security: [{user: []}], responses: &ok {'200': &r {description: A}, '401': *r}}}
  /either: {get: {operationId: either, security: [{bearer: []}, {query: []}], responses: *ok}}
  /both: {get: {operationId: both, security: [{header: [], cookie: [], query: []}], responses: *ok}}
  /oauth: {get: {operationId: oauth, security: [{client: []}], responses: *ok}}
  /items/{id}:
    get:
      operationId: readItem
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: *ok
  /login:
    post:
      operationId: logIn
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: *ok
"""


@pytest.fixture(scope="module")
def contract() -> Contract:
    return read_contract(parse_source(CONTRACT, "shop.yaml"))


class Shop(BaseHTTPRequestHandler):
    """Gives tokens away for the right secrets, and lets in who carries one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        user = f"Basic {base64.b64encode(f'ci:{SECRET}'.encode()).decode()}"
        if self.path == "/token" and parse_qs(body)["scope"] == ["read"] and self.headers["Authorization"] == user:
            return self.answer(200, {"access_token": SECRET, "expires_in": 60})
        if self.path == "/login" and body == '{"password": "pw"}':
            return self.answer(200, {"data": {"token": SECRET}})
        return self.answer(400, {})

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        cookie = self.headers["Cookie"] == f"sid={SECRET}"
        allowed = self.headers["X-Key"] == SECRET and cookie and query.get("key") == [SECRET]
        return self.answer(200 if allowed else 401, {})

    do_HEAD = do_GET  # noqa: N815 - the standard library's spelling

    def answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


ENVIRONMENT = {"KEY": SECRET, "ID": "ci", "LOGIN": '{"password": "pw"}'}


@pytest.mark.parametrize(
    ("scheme", "source"),
    [
        ("bearer", "env:KEY"),
        ("bearer", "file:{file}"),
        ("bearer", f"command:echo {SECRET}"),
        ("client", "client:ID:KEY"),
        ("bearer", "login:logIn:LOGIN:/data/token"),
    ],
)
def test_secret_comes_from_its_source(contract: Contract, url: str, scheme: str, source: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    settings = resolve({"url": url, "auth": {scheme: source.replace("{file}", str(file))}}, ENVIRONMENT)

    found = obtained(contract, settings, ENVIRONMENT)

    assert found.auth_values == {scheme: SECRET}
    assert SECRET in found.secrets.values()
    assert SECRET not in repr(found) + repr(found.recorded)


@pytest.mark.parametrize(
    ("scheme", "source", "says"),
    [
        ("bearr", "env:KEY", "no such scheme (did you mean 'bearer'?)"),
        ("bearer", "evn:KEY", "no such source (did you mean 'env'?)"),
        ("bearer", "env:NONE", "the variable NONE is not set"),
        ("bearer", "file:/no/file", "No such file"),
        ("bearer", "command:false", "ended with 1"),
        ("bearer", "command:no-such-command", "No such file"),
        ("bearer", "command:true", "gives no secret"),
        ("bearer", "client:ID:KEY", "no clientCredentials flow"),
        ("client", "client:ID", "client:ID_VARIABLE:SECRET_VARIABLE"),
        ("client", "client:ID:ID", "/token answers 400"),
        ("bearer", "login:login:LOGIN:/x", "did you mean 'logIn'"),
        ("bearer", "login:logIn:LOGIN:/x", "no text at /x"),
    ],
)
def test_source_that_gives_no_secret_is_named_without_it(
    contract: Contract, url: str, scheme: str, source: str, says: str
) -> None:
    settings = resolve({"url": url, "auth": {scheme: source}}, ENVIRONMENT)

    with pytest.raises(SettingsError) as error:
        obtained(contract, settings, ENVIRONMENT)

    assert says in str(error.value)
    assert SECRET not in str(error.value)


def accepted_request(contract: Contract, operation: str, **secrets: str) -> tuple[str, dict[str, str]]:
    """Target and headers of the first valid request of an operation."""
    target = Target("http://127.0.0.1", Identity(secrets=secrets, values={"id": "1", "readItem.id": "7"}))
    (suite,) = [one for one in suites(contract, target, Scope()) if one.under_test.operation.id == operation]
    request = suite.under_test.request()
    return request.target, dict(request.headers)


def test_each_scheme_carries_its_secret_where_the_contract_says(contract: Contract) -> None:
    everything = {"user": "ci:pw", "header": "h", "query": "q&", "cookie": "c"}

    assert accepted_request(contract, "basic", **everything)[1] == {"Authorization": "Basic Y2k6cHc="}
    assert accepted_request(contract, "both", **everything) == ("/both?key=q%26", {"X-Key": "h", "Cookie": "sid=c"})


def test_the_alternative_is_taken_whose_secrets_are_known(contract: Contract) -> None:
    assert accepted_request(contract, "either", query="q") == ("/either?key=q", {})
    assert accepted_request(contract, "either", query="q", bearer="b") == ("/either", {"Authorization": "Bearer b"})


def test_an_id_may_hold_for_one_operation(contract: Contract) -> None:
    assert accepted_request(contract, "readItem")[0] == "/items/7"


def test_generated_requests_carry_all_schemes_and_no_report_a_secret(url: str, tmp_path: Path) -> None:
    spec, report = tmp_path / "shop.yaml", tmp_path / "r.json"
    spec.write_text(CONTRACT)
    options = [f"--auth={name}=env:KEY" for name in ("header", "query", "cookie")]

    done = command("run", url, "--spec", str(spec), "--include", "both", "--report", f"json={report}", *options,
                   KEY=SECRET)  # fmt: skip

    found = json.loads(report.read_text())
    assert found["generated"] > 0
    assert done.exit_code in (0, 1), done.output
    assert [one for one in found["findings"] if one["check"] == "plain-request-refused"] == []
    assert SECRET not in report.read_text() + done.output
