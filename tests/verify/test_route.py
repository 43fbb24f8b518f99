"""How a target is reached: over TLS that is checked, through a proxy's tunnel, once it is ready."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from contract_tests.results.reports.terminal import INSECURE
from contract_tests.results.reports.terminal import verdict as verdict_of
from contract_tests.settings import resolve
from contract_tests.target.target import ready
from contract_tests.transport.route import Tls, Unreachable, proxy_of
from contract_tests.transport.wire import Request, Wire
from mock_server.configuration.declaration import SettingsError
from tests.verify.results import result
from tests.verify.test_cli import command


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        statuses = getattr(self.server, "statuses", [])
        self.send_response(statuses.pop(0) if statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class Server:
    """A server that shows a certificate, and asks for one."""

    url: str
    folder: Path
    authority: Path = field(init=False)
    client: Path = field(init=False)

    def __post_init__(self) -> None:
        self.authority, self.client = self.folder / "ca.pem", self.folder / "client.pem"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    authority = trustme.CA()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    made = Server(f"https://localhost:{server.server_port}", tmp_path_factory.mktemp("tls"))
    authority.cert_pem.write_to_path(str(made.authority))
    authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(made.client))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


def status(url: str, tls: Tls) -> int:
    wire = Wire(url, 5.0, tls)
    answer = wire.send(Request("GET", "/", closing=True)).answer
    wire.close()
    return answer.status if answer else 0


def test_certificate_of_a_stranger_is_refused_with_what_to_do(secure: Server) -> None:
    with pytest.raises(Unreachable, match=r"not trusted .*--cacert, or --insecure"):
        status(secure.url, Tls())


@pytest.mark.parametrize("how", ["authority", "client certificate", "insecure"])
def test_certificate_is_trusted_where_the_user_says_so(secure: Server, how: str) -> None:
    tls = {
        "authority": Tls(secure.authority),
        "client certificate": Tls(secure.authority, secure.client),
        "insecure": Tls(insecure=True),
    }
    assert status(secure.url, tls[how]) == 200


@pytest.mark.parametrize(
    ("tls", "says"),
    [
        (Tls(Path("/no/ca.pem")), "--cacert /no/ca.pem: No such file"),
        (Tls(Path(__file__)), "no PEM file"),
        (Tls(None, Path("/no/cert.pem")), "--cert /no/cert.pem: No such file"),
        (Tls(None, None, Path("/no/key.pem")), "give its certificate as well"),
    ],
)
def test_file_that_cannot_be_used_is_named(tls: Tls, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        tls.context()


def test_file_that_cannot_be_used_is_a_mistake_of_usage() -> None:
    done = command("run", "https://localhost:9", "--cacert", "/no/ca.pem")
    assert (done.exit_code, "--cacert /no/ca.pem" in done.output) == (2, True)


def test_verdict_says_that_nobody_checked_the_certificate() -> None:
    shown = result(url="https://localhost", options=(("insecure", True),))
    assert verdict_of(shown) == "CONFORMING, INSECURE"
    assert "--insecure" in INSECURE


# ---- proxies


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that opens tunnels to whatever stands on this machine, and what it was asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    asked: list[str] = []
    thread = threading.Thread(target=_tunnels, args=(listener, asked), daemon=True)
    thread.start()
    yield f"http://ci:pw@127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()


def _tunnels(listener: socket.socket, asked: list[str]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        head = client.recv(4096).decode()
        asked.append(head)
        port = int(head.split(" ")[1].rpartition(":")[2])
        behind = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        ends = {client: behind, behind: client}
        while ends:
            for ready_end in select.select(list(ends), [], [])[0]:
                data = ready_end.recv(65536)
                if not data:
                    for end in (client, behind):
                        end.close()
                    ends = {}
                    break
                ends[ready_end].sendall(data)


def test_proxy_opens_a_tunnel_to_a_target_elsewhere(
    proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("http_proxy", proxy[0])
    assert status(f"http://console.invalid:{server.server_port}", Tls()) == 200
    assert proxy[1][0].startswith(f"CONNECT console.invalid:{server.server_port} HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic Y2k6cHc=" in proxy[1][0]
    server.shutdown()
    server.server_close()


def test_no_proxy_is_kept_and_this_machine_never_goes_through_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "console.internal")
    found = {name: proxy_of(Wire(f"http://{name}").url) for name in ("127.0.0.1", "console.internal", "other")}
    assert {name: bool(one) for name, one in found.items()} == {
        "127.0.0.1": False,
        "console.internal": False,
        "other": True,
    }


# ---- readiness


def test_target_is_waited_for_while_a_gateway_stands_in_for_it() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.statuses = [503, 502]  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    ready(resolve({"url": f"http://127.0.0.1:{server.server_port}", "wait": "20s"}, {}))
    assert server.statuses == []  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def test_target_that_never_comes_is_unreachable_and_says_how_long_it_had() -> None:
    done = command("run", "http://127.0.0.1:9", "--wait", "0.1s")
    assert (done.exit_code, "not ready within 0.1 s" in done.output) == (3, True)
