"""The request of a finding, read back from its bytes: its parts, and a curl command that sends it."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from contract_tests.results.masking import PLACEHOLDER

LONGEST_BODY = 4_000
MADE_BY_CURL = ("content-length", "connection")
GLOBBED = re.compile(r"[\[\]{}]")
ESCAPED_VARIABLE = re.compile(r"\\\$\{[A-Za-z_][A-Za-z0-9_]*\}")


@dataclass(frozen=True, slots=True)
class SentRequest:
    """The parts of a request."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


def read_request(data: bytes) -> SentRequest | None:
    """The parts of a request; None where it is no well-formed one."""
    head, end, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    words = first.split(" ")
    pairs = [line.partition(": ") for line in lines]
    if not end or len(words) != 3 or not all(colon for _, colon, _ in pairs):  # noqa: PLR2004 - method, target, version
        return None
    return SentRequest(words[0], words[1], tuple((name, value) for name, _, value in pairs), body)


def curl(data: bytes, url: str) -> str:
    """A command for bash that sends the request to the target at `url`, secrets taken from their variables.

    Empty where curl cannot: a malformed request, chunks, a secret that must be changed first, or a very long body.
    """
    request = read_request(data)
    recipes = any(match[2] for match in PLACEHOLDER.finditer(data.decode("utf-8", "surrogateescape")))
    if request is None or recipes or not request.target.startswith("/") or len(request.body) > LONGEST_BODY:
        return ""
    head = "".join((request.target, *(text for pair in request.headers for text in pair)))
    if not head.isprintable() or request.header("transfer-encoding"):
        return ""
    command = " ".join(("curl", "--include", *_options(request, url), _quoted(_address(request, url))))
    if _is_text(request.body):
        return command
    return f"echo {base64.b64encode(request.body).decode()} | base64 --decode | {command}"


def _address(request: SentRequest, url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{request.target}"


def _options(request: SentRequest, url: str) -> Iterator[str]:
    if request.method == "HEAD":
        yield "--head"
    elif request.method != ("POST" if request.header("content-length") else "GET"):
        yield f"--request {_quoted(request.method)}"
    if "/." in request.target:
        yield "--path-as-is"
    if GLOBBED.search(request.target):
        yield "--globoff"
    for name, value in request.headers:
        if name.lower() not in MADE_BY_CURL and (name.lower(), value) != ("host", urlsplit(url).netloc):
            yield f"--header {_quoted(f'{name}: {value}' if value else f'{name};')}"
    if request.header("content-length") is None:
        return
    if request.header("content-type") is None:
        yield "--header 'Content-Type:'"
    yield f"--data-binary {_quoted(request.body.decode()) if _is_text(request.body) else '@-'}"


def _is_text(body: bytes) -> bool:
    """Whether bash takes it as an argument, and curl as the body itself: an @ in front names a file."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return text.isprintable() and not text.startswith("@")


def _quoted(text: str) -> str:
    """The text for bash: as it is, but for the variables that hold secrets."""
    if not PLACEHOLDER.search(text):
        return shlex.quote(text)
    escaped = re.sub(r'[\\"$`]', r"\\\g<0>", text)
    return f'"{ESCAPED_VARIABLE.sub(lambda match: match[0][1:], escaped)}"'
