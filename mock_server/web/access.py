"""Who may use the mock's own endpoints: its user's programs and pages, never a page of somebody else's. Pure.

A browser lets any page send requests to any address, this machine's own included. So below `/__mock__/` the Host must
be a name of this server (a page whose own name was made to lead here is refused), an Origin must be the mock's own, and
a body must say that it is JSON or YAML, which a form cannot. A control token may be asked for, too.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mock_server.contract.document.diagnostics import shown
from mock_server.contract.media import media_types
from mock_server.engine.messages import Request
from mock_server.settings import Settings

OWN = "/__mock__"
DOCUMENTS = ("/openapi.json", "/openapi.yaml")
HEALTH, READY = f"{OWN}/health", f"{OWN}/ready"
"""What a probe asks without a token; they say nothing about requests."""

ANY_HOST = "*"
YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})

OWN_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer of the mock's own endpoints carries: no page may frame it or read it as something else."""


def own_names(settings: Settings) -> tuple[str, ...]:
    """The names of this server that its settings tell."""
    return settings.host, *settings.allowed_host


def is_own(path: str) -> bool:
    """Whether a path is one of the mock's own, not of the contract; no other origin may read it."""
    return path == OWN or path.startswith(f"{OWN}/") or path in DOCUMENTS


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request may not use the mock's own endpoints."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Access:
    """The rules of one mock.

    Args:
        hosts: names of this server, beside `localhost`, this machine's own and every IP address; `*`: any name.
        token: what control requests must carry; None: nothing.
    """

    def __init__(self, hosts: Iterable[str] = (), token: str | None = None) -> None:
        self._hosts = frozenset(name.lower() for name in (*hosts, "localhost", socket.gethostname()) if name)
        self._token = token

    def denial(self, request: Request) -> Denial | None:
        """Why a request is refused; None where it may pass, or asks for nothing of the mock's own."""
        if not request.path.startswith(f"{OWN}/"):
            return None
        return self._wrong_host(request) or self._wrong_origin(request) or self._no_token(request) or _no_json(request)

    def _wrong_host(self, request: Request) -> Denial | None:
        host = request.headers.get("host")
        if host is None or ANY_HOST in self._hosts or self._is_mine(_name(host)):
            return None
        allowed = ", ".join(sorted(self._hosts))
        return Denial(403, f"Host: {shown(host)} is no name of this mock; allowed: {allowed}, any IP address, "
                           f"and what --allowed-host names")  # fmt: skip

    def _is_mine(self, name: str) -> bool:
        return name in self._hosts or name.endswith(".localhost") or _is_address(name)

    @staticmethod
    def _wrong_origin(request: Request) -> Denial | None:
        origin = request.headers.get("origin")
        if origin is None or origin.partition("://")[2].lower() == request.headers.get("host", "").lower():
            return None
        return Denial(403, f"Origin: {shown(origin)}: pages of other origins cannot use {OWN}/")

    def _no_token(self, request: Request) -> Denial | None:
        if self._token is None or request.path in (HEALTH, READY):
            return None
        given = _credentials(request.headers.get("authorization", ""))
        if hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token.encode("utf-8", "surrogatepass")):
            return None
        text = f"{request.path}: this mock's control token is missing or wrong; send Authorization: Bearer TOKEN"
        return Denial(401, text, {"WWW-Authenticate": 'Basic realm="rainbond-mock", Bearer'})


def _no_json(request: Request) -> Denial | None:
    sent = media_types.essence(request.headers.get("content-type", ""))
    if not request.body or media_types.is_json(sent) or sent in YAML:
        return None
    what = f"Content-Type: {shown(sent)} is not allowed" if sent else "Content-Type is missing"
    return Denial(415, f"{what}; allowed: application/json, application/yaml")


def _credentials(value: str) -> str:
    """The token of `Bearer TOKEN`, or of `Basic …`, whose password it is: browsers ask for that by themselves."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return rest.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _name(host: str) -> str:
    """A Host without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().removesuffix(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
