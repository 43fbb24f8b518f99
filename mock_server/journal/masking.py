"""Takes secrets out of what is kept of a request: the one place that masks.

Secrets are credentials of the contract's security schemes, wherever they travel; properties and parameters of
`format: password`; whatever bears a name such as `password` or `token`; credentials inside URLs; and tokens of the
catalogue. A secret that was found in one place is taken out everywhere else in the request too.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from mock_server.contract.model import Contract
from mock_server.contract.secret_names import ALWAYS_SECRET_HEADERS, SECRET_ENDINGS, plain_name, secret_names
from mock_server.engine.messages import Request

MASK = "***"
SHORTEST_ECHO = 4
"""Letters from which on a secret is looked for elsewhere; shorter ones would tear other words apart."""

DEEPEST = 60
"""Levels of a body that are kept; what is nested deeper is left out."""

LONGEST_TEXT = 64 * 1024
"""Characters of a text that are searched for secrets; longer ones are not kept."""

LONGEST_REASON = 500
SHORT = 256

MOST_NAMES = 1024

# Bounded, so that no text, however made, takes long to search.
_USER_INFO = re.compile(
    r"//[^/\s?#\"'<>]{0,2048}@"
    r"|//[^\s/@:\"'<>]{0,256}:[^\s@\"'<>]{0,2048}@"
    r"|(?<![^\s\"'=(,;])[^\s/@:\"'=(,;]{1,256}:[^\s/@\"'(,;]{1,2048}@"
)
_WORTH_A_LOOK = re.compile("[@=:<]")
_ESCAPED_ASCII = re.compile(r"\\u00([2-7][0-9a-fA-F])")


class Masker:
    """Masks requests of one contract.

    Attributes:
        known: secrets that are masked wherever they stand, such as a catalogue's tokens.
        is_secret: whether the values of a property, parameter or header of some name are secrets.
    """

    def __init__(self, contract: Contract, known: Iterable[str] = ()) -> None:
        self.names = secret_names(contract)
        self.known = frozenset(known)
        self.is_secret = lru_cache(maxsize=MOST_NAMES)(self._is_secret)
        self._nothing_found = Masking(self, ())
        self._known_short_texts = lru_cache(maxsize=MOST_NAMES)(self._look)
        listed = "|".join(name.replace("_", "[-_]") for name in sorted(self.names, key=len, reverse=True))
        name = rf"(?P<name>(?<![\w-])(?:{listed}|[\w-]*(?:{'|'.join(SECRET_ENDINGS)})))"
        quoted = r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|\[[^\]]*\]?|\{[^}]*\}?"
        # What follows a colon may hold blanks, as in YAML and in headers; what follows an equals sign may not.
        texts = (
            rf"{name}(?P<link>[\"']?\s*=\s*)(?P<value>{quoted}|[^\s&,;}}\])\"']+)",
            rf"{name}(?P<link>[\"']?\s*:\s*)(?P<value>{quoted}|[^\r\n&,;}}\"']+)",
            rf"{name}(?P<link>[^<>]{{0,256}}>)(?P<value>[^<]+)",
            rf"(?P<link>name=\"?){name}(?P<more>\"?[^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n)(?P<value>.*?)(?=\r?\n--|\Z)",
        )
        self._named = re.compile("|".join((listed, *SECRET_ENDINGS)), re.IGNORECASE)
        self._patterns = [re.compile(text, re.IGNORECASE | re.DOTALL) for text in texts]

    def masking(self, request: Request, body: Any) -> Masking:
        """How to mask one request, whose body's value is known (or is text)."""
        found: set[str] = set(self.known)
        for name, value in request.headers.items():
            if self.is_secret_header(name):
                found.update(_credentials(value))
            else:
                self._in_text(value, found)
        if request.query:
            self._in_query(request.query, found)
        self._in_value(body, found)
        self._in_text(unquote(request.path), found)
        found.discard("")
        return Masking(self, tuple(sorted(found, key=len, reverse=True))) if found else self._nothing_found

    def _is_secret(self, name: str) -> bool:
        plain = plain_name(name)
        return plain in self.names or plain.endswith(SECRET_ENDINGS)

    def is_secret_header(self, name: str) -> bool:
        return name in ALWAYS_SECRET_HEADERS or self.is_secret(name)

    # ---- finding

    def _in_query(self, query: str, found: set[str]) -> None:
        for pair in re.split("[&;]", query):
            name, _, value = pair.partition("=")
            text = unquote_plus(value)
            if self.is_secret(unquote_plus(name)):
                found.update((text, value))
            self._in_text(text, found)

    def _in_value(self, value: Any, found: set[str], secret: bool = False, levels: int = DEEPEST) -> None:
        if levels == 0:
            return
        if isinstance(value, dict):
            for key, item in value.items():
                self._in_text(str(key), found)
                self._in_value(item, found, secret or self.is_secret(str(key)), levels - 1)
        elif isinstance(value, (list, tuple)):
            for item in value:
                self._in_value(item, found, secret, levels - 1)
        elif secret and value is not None and not isinstance(value, bool):
            text = str(value)
            found.update((text, text.strip()))
        if isinstance(value, str):
            self._in_text(value, found)

    def _in_text(self, text: str, found: set[str]) -> None:
        found.update(self._looked_at(text)[1])

    def clean(self, text: str) -> str:
        """A text without what looks like a secret by itself: user and password of URLs, values with a secret's name."""
        return self._looked_at(text)[0]

    def _looked_at(self, text: str) -> tuple[str, frozenset[str]]:
        """The clean text, and the secrets in it. Clients send the same short texts over and over."""
        return self._known_short_texts(text) if len(text) <= SHORT else self._look(text[:LONGEST_TEXT])

    def _look(self, text: str) -> tuple[str, frozenset[str]]:
        if not _WORTH_A_LOOK.search(text):
            return text, frozenset()
        found: set[str] = set()
        if "@" in text:
            for match in _USER_INFO.finditer(text):
                found.update(_of_user_info(match[0].lstrip("/").rstrip("@")))
        plain = _plain_ascii(text)
        is_named = self._named.search(plain) is not None
        for pattern in self._patterns if is_named else ():
            found.update(match["value"].strip("\"'") for match in pattern.finditer(plain))
        masked = _USER_INFO.sub(lambda match: f"{'//' if match[0].startswith('//') else ''}{MASK}@", text)
        if is_named:
            plain = clean = _plain_ascii(masked)
            for pattern in self._patterns:
                clean = pattern.sub(_without_value, clean)
            masked = clean if clean != plain else masked
        return masked, frozenset(found)


class Masking:
    """Masks everything that is kept of one request, in which some secrets were found."""

    def __init__(self, masker: Masker, secrets: Iterable[str]) -> None:
        self._masker = masker
        self._short = [spelling for secret in secrets if len(secret) < SHORTEST_ECHO for spelling in _spellings(secret)]
        self._long = [spelling for secret in secrets if len(secret) >= SHORTEST_ECHO for spelling in _spellings(secret)]

    def text(self, text: str) -> str:
        """The text with every secret in it replaced, but for those so short that they would tear words apart."""
        for spelling in self._long:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return self._masker.clean(text)

    def reason(self, text: str, about: str) -> str:
        """A message about a field, shortened; one about a secret field shows nothing of it, however short."""
        text = self.text(text)
        if self._masker.is_secret(about):
            for spelling in self._short:
                text = text.replace(spelling, MASK)
        return text[:LONGEST_REASON]

    def parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Path parameters, whose names are the contract's own."""
        return {name: self.value(value, name) for name, value in parameters.items()}

    def value(self, value: Any, name: str = "", levels: int = DEEPEST) -> Any:
        """A JSON value with every secret in it replaced; `name` is the property it stands in."""
        if levels == 0:
            return "…"
        if value is not None and name and self._masker.is_secret(name):
            return MASK
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(item, str(key), levels - 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item, levels=levels - 1) for item in value]
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        return value if value is None or isinstance(value, bool) else self._number(value)

    def _number(self, value: float) -> Any:
        text = str(value)
        if text in self._long:
            return MASK
        return text if isinstance(value, float) and not math.isfinite(value) else value

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        secret = self._masker.is_secret_header
        return {name: MASK if secret(name) else self.text(value) for name, value in headers.items()}

    def path(self, path: str) -> str:
        """A percent-encoded path; one whose decoded text holds a secret is masked whole segment by segment."""
        masked = self.text(path)
        decoded = unquote(masked)
        if decoded == masked or self.text(decoded) == decoded:
            return masked
        return "/".join(self._segment(segment) for segment in masked.split("/"))

    def _segment(self, segment: str) -> str:
        decoded = unquote(segment)
        masked = self.text(decoded)
        return segment if masked == decoded else quote(masked, safe="*:@=")

    def query(self, query: str) -> str:
        """A query with the values of secret names, and every other secret, replaced."""
        if not query:
            return query
        pairs = re.split("([&;])", query)
        return "".join(pair if pair in ("&", ";") else self._pair(pair) for pair in pairs)

    def _pair(self, pair: str) -> str:
        name, equals, _ = pair.partition("=")
        if equals and self._masker.is_secret(unquote_plus(name)):
            return f"{name}={MASK}"
        decoded = unquote_plus(pair)
        masked = self.text(decoded)
        return pair if masked == decoded else quote_plus(masked, safe="=*:/@")

    def problems(self, problems: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
        """Messages by field."""
        return {self.text(name): [self.reason(text, name) for text in texts] for name, texts in problems.items()}


def _of_user_info(info: str) -> set[str]:
    """What is secret in front of a URL's `@`: the password; the user where there is no password worth the name."""
    user, colon, password = info.partition(":")
    if password in ("", "x-oauth-basic"):
        return {info, user, unquote(user)} if len(user) >= SHORTEST_ECHO else {info}
    return {info, password, unquote(password)} if colon else {info}


@lru_cache(maxsize=MOST_NAMES)
def _credentials(value: str) -> frozenset[str]:
    """Everything secret in a credential header: the whole, each part of it, and what Basic hides."""
    parts = {value, value.strip(), *re.split(r"[\s;,=]+", value)}
    parts |= {item.partition("=")[2].strip() for item in value.split(";") if "=" in item}
    parts |= {unquote(part) for part in parts}
    for part in list(parts):
        try:
            text = base64.b64decode(part, validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if ":" in text and text.isprintable():
            parts |= {text, text.partition(":")[2]}
    return frozenset(part for part in parts if part.lower() not in ("basic", "bearer", "token", "digest"))


def _spellings(secret: str) -> tuple[str, ...]:
    """A secret as it may be written: plain, percent-encoded, or escaped in JSON."""
    if secret.isalnum() and secret.isascii():
        return (secret,)
    spellings = (secret, *_percent_encoded(secret), json.dumps(secret)[1:-1],
                 json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])  # fmt: skip
    return tuple(dict.fromkeys(spellings))


def _without_value(match: re.Match[str]) -> str:
    start, end = match.span("value")
    return f"{match.string[match.start() : start]}{MASK}{match.string[end : match.end()]}"


def _plain_ascii(text: str) -> str:
    return _ESCAPED_ASCII.sub(lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text


def _percent_encoded(secret: str) -> tuple[str, ...]:
    """Its spellings in an address; half a surrogate pair has bytes there, too."""
    lenient = "surrogatepass"
    return (
        quote(secret, safe="", errors=lenient),
        quote(secret, errors=lenient),
        quote_plus(secret, errors=lenient),
    )
