"""How a server is reached: directly or through a proxy's tunnel, in the clear or over TLS.

A tunnel (CONNECT) also where the address is `http://`: what a verifier sends must arrive byte for byte.
"""

from __future__ import annotations

import base64
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from contract_tests.transport.budget import is_loopback
from mock_server.configuration.declaration import SettingsError

LONGEST_ANSWER = 16 * 1024


class Unreachable(Exception):
    """No connection can be made."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to trust, and who the verifier is.

    Attributes:
        authorities: certificates of authorities to trust beside the system's own.
        certificate, key: the verifier's own certificate, and its key where that stands in another file.
        insecure: trust any certificate.
    """

    authorities: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    insecure: bool = False

    @cache  # noqa: B019 - a run has one, and reads the system's authorities once
    def context(self) -> ssl.SSLContext:
        """The same for the standard library.

        Raises:
            SettingsError: a file cannot be used.
        """
        context = ssl.create_default_context()
        if self.authorities is not None:
            with _named("--cacert", self.authorities):
                context.load_verify_locations(self.authorities)
        if self.certificate is not None:
            with _named("--cert", self.certificate):
                # An encrypted key would ask for its password in the middle of a pipeline.
                context.load_cert_chain(self.certificate, self.key, password="")
        elif self.key is not None:
            raise SettingsError(f"--key {self.key}: give its certificate as well, with --cert")
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class _named:  # noqa: N801 - reads as the function that it stands for
    """Names the file that could not be used."""

    def __init__(self, option: str, path: Path) -> None:
        self._place = f"{option} {path}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ssl.SSLError):
            raise SettingsError(f"{self._place}: no PEM file that can be used ({error.reason})") from None
        if isinstance(error, OSError):
            raise SettingsError(f"{self._place}: {error.strerror}") from None


def connect(url: SplitResult, timeout: float, tls: Tls) -> socket.socket:
    """A connection to the server of a URL.

    Raises:
        Unreachable: none can be made; the text says why, and what helps against it.
        SettingsError: a file of `tls` cannot be used.
    """
    secure = url.scheme == "https"
    context = tls.context() if secure else None
    address = (url.hostname or "", url.port or (443 if secure else 80))
    proxy = proxy_of(url)
    try:
        connection = _tunnel(proxy, address, timeout) if proxy else socket.create_connection(address, timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(connection, server_hostname=url.hostname) if context else connection
    except ssl.SSLCertVerificationError as error:
        hint = "give the authority's certificate with --cacert, or --insecure"
        raise Unreachable(f"{url.netloc}: its certificate is not trusted ({error.verify_message}): {hint}") from None
    except ssl.SSLError as error:
        raise Unreachable(f"{url.netloc}: no TLS connection ({error.reason or error})") from None
    except OSError as error:
        through = f" through the proxy {proxy.hostname}" if proxy else ""
        raise Unreachable(f"{url.netloc}{through}: {error.strerror or error}") from None


def proxy_of(url: SplitResult) -> SplitResult | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a URL; none for this machine."""
    host = url.hostname or ""
    found = getproxies()
    address = found.get(url.scheme) or found.get("all")
    if not address or is_loopback(url.geturl()) or proxy_bypass(host):
        return None
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise SettingsError(f"{url.scheme.upper()}_PROXY: only http:// proxies are known, no {proxy.scheme}://")
    return proxy


def _tunnel(proxy: SplitResult, address: tuple[str, int], timeout: float) -> socket.socket:
    connection = socket.create_connection((proxy.hostname or "", proxy.port or 80), timeout)
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    lines = [f"CONNECT {host}:{address[1]} HTTP/1.1", f"Host: {host}:{address[1]}"]
    if proxy.username:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head and len(head) < LONGEST_ANSWER:
        part = connection.recv(1)
        if not part:
            break
        head += part
    status = head.split(b" ", 2)[1:2]
    if not status or not status[0].startswith(b"2"):
        connection.close()
        first = head.partition(b"\r\n")[0].decode("latin-1") or "no answer"
        raise OSError(f"it opens no tunnel ({first[:100]!r})")
    return connection
