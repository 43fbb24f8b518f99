"""Takes secrets out of what is kept of a request: the one place that masks requests.

Secrets are credentials of the contract's security schemes, wherever they travel; properties and parameters of
`format: password`; whatever bears a name such as `password` or `token` (`contract/secret_names.py`); what texts hold
(`contract/secret_texts.py`); and tokens of the catalogue. A secret that was found in one place is taken out everywhere
else in the request too.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from mock_server.contract.model import Contract
from mock_server.contract.secrets import secret_texts
from mock_server.contract.secrets.secret_names import secret_names
from mock_server.contract.secrets.secret_texts import MASK
from mock_server.engine.messages import Request

SHORTEST_ECHO = 4
"""Letters from which on a secret is looked for elsewhere; shorter ones would tear other words apart."""

MOST_SECRETS = 200
"""Secrets of one request that are looked for elsewhere in it; of a request with more, no text is kept."""

DEEPEST = 60
"""Levels of a body that are kept; what is nested deeper is left out."""

LONGEST_TEXT = 64 * 1024
"""Characters of a text that are searched for secrets; longer ones are not kept."""

LONGEST_REASON = 500
MOST_PROBLEMS = 100
SHORT = 256
MOST_NAMES = 1024

NAMING = re.compile(r"(?i)(?:^|[_-])(?:name|key|field|variable|env|header|id)$|(?<=[a-z])(?:Name|Key)$")
VALUES = re.compile(r"(?i)(?:^|[_-])(?:value|values|val|content|default|data|text)$|(?<=[a-z])(?:Value|Content)$")
"""What a list of variables calls their names and their values."""

OPTION = re.compile(r"--?[\w-]+")


class Masker:
    """Masks requests of one contract.

    Attributes:
        known: secrets that are masked wherever they stand, such as a catalogue's tokens.
    """

    def __init__(self, contract: Contract, known: Iterable[str] = ()) -> None:
        self.names = secret_names(contract)
        self.known = frozenset(known)
        self._nothing_found = Masking(self, ())
        self._known_short_texts = lru_cache(maxsize=MOST_NAMES)(self._look)

    def is_secret(self, name: str) -> bool:
        """Whether the values of a property, parameter or header of some name are secrets."""
        return name in self.names

    def masking(self, request: Request, body: object) -> Masking:
        """How to mask one request, whose body's value is known (or is text)."""
        found: set[str] = set()
        for name, value in request.headers.items():
            if self.is_secret(name):
                found.update(_credentials(value))
            else:
                self._in_text(value, found)
        if request.query:
            self._in_query(request.query, found)
        self._in_value(body, found)
        self._in_text(unquote(request.path), found)
        found.discard("")
        if len(found) > MOST_SECRETS:
            return Masking(self, (), keeps_texts=False)
        found |= self.known
        return Masking(self, sorted(found, key=len, reverse=True)) if found else self._nothing_found

    def secret_parts(self, value: Mapping[str, object] | Sequence[object]) -> set[str | int]:
        """The keys or places of a value whose own values are secrets."""
        if isinstance(value, Mapping):
            named = any(
                isinstance(item, str) and NAMING.search(str(key)) and self.is_secret(item)
                for key, item in value.items()
            )
            return {key for key in value if self.is_secret(str(key)) or (named and VALUES.search(str(key)))}
        return {place + 1 for place, item in enumerate(value[:-1]) if self._names_next(item, len(value))}

    def _names_next(self, item: object, size: int) -> bool:
        """Whether an item of a list says that the next is a secret: `--password X`, or a pair of name and value."""
        return isinstance(item, str) and (size == 2 or bool(OPTION.fullmatch(item))) and self.is_secret(item)  # noqa: PLR2004

    # ---- finding

    def _in_query(self, query: str, found: set[str]) -> None:
        for pair in re.split("[&;]", query):
            name, _, value = pair.partition("=")
            text = unquote_plus(value)
            if self.is_secret(unquote_plus(name)):
                found.update((text, value))
            self._in_text(text, found)

    def _in_value(self, value: object, found: set[str], secret: bool = False, levels: int = DEEPEST) -> None:
        if levels == 0 or len(found) > MOST_SECRETS:
            return
        if isinstance(value, (dict, list, tuple)):
            parts = self.secret_parts(value)
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(key, str):
                    self._in_text(key, found)
                self._in_value(item, found, secret or key in parts, levels - 1)
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
        plain = secret_texts.readable(text)
        found = secret_texts.find(plain, self.is_secret)
        if not found:
            return text, frozenset()
        return secret_texts.masked(plain, found), frozenset(secret for each in found for secret in each.secrets)


class Masking:
    """Masks everything that is kept of one request, in which some secrets were found."""

    def __init__(self, masker: Masker, secrets: Iterable[str], *, keeps_texts: bool = True) -> None:
        self._masker = masker
        self._keeps_texts = keeps_texts
        self._short = [spelling for secret in secrets if len(secret) < SHORTEST_ECHO for spelling in _spellings(secret)]
        self._long = [spelling for secret in secrets if len(secret) >= SHORTEST_ECHO for spelling in _spellings(secret)]

    def text(self, text: str) -> str:
        """The text with every secret in it replaced, but for those so short that they would tear words apart."""
        if not self._keeps_texts:
            return MASK
        if len(text) >= SHORTEST_ECHO:
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

    def parameters(self, parameters: Mapping[str, object]) -> dict[str, object]:
        """Path parameters, whose names are the contract's own."""
        return {name: MASK if self._masker.is_secret(name) else self.value(value) for name, value in parameters.items()}

    def value(self, value: Any, levels: int = DEEPEST) -> object:
        """A JSON value with every secret in it replaced."""
        if levels == 0:
            return "…"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (dict, list, tuple)):
            return self._parts(value, levels - 1)
        if isinstance(value, bytes):
            return f"{len(value)} bytes"
        return value if value is None or isinstance(value, bool) else self._number(value)

    def _parts(self, value: Mapping[str, object] | Sequence[object], levels: int) -> object:
        secret = self._masker.secret_parts(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): MASK if key in secret and item is not None else self.value(item, levels)
                for key, item in value.items()
            }
        return [MASK if place in secret else self.value(item, levels) for place, item in enumerate(value)]

    def _number(self, value: float) -> object:
        text = str(value)
        if text in self._long:
            return MASK
        return text if isinstance(value, float) and not math.isfinite(value) else value

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        secret = self._masker.is_secret
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
        """Messages by field; of very many, the first."""
        some = islice(problems.items(), MOST_PROBLEMS)
        return {self.text(name): [self.reason(text, name) for text in texts] for name, texts in some}


@lru_cache(maxsize=MOST_NAMES)
def _credentials(value: str) -> frozenset[str]:
    """Everything secret in a credential header: the whole, each part of it, and what Basic hides."""
    parts = {value, value.strip(), *re.split(r"[\s;,=]+", value, maxsplit=MOST_SECRETS)}
    parts |= {item.partition("=")[2].strip() for item in value.split(";", MOST_SECRETS) if "=" in item}
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


def _percent_encoded(secret: str) -> tuple[str, ...]:
    """Its spellings in an address; half a surrogate pair has bytes there, too."""
    lenient = "surrogatepass"
    return (
        quote(secret, safe="", errors=lenient),
        quote(secret, errors=lenient),
        quote_plus(secret, errors=lenient),
    )
