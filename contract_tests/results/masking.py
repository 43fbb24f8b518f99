"""Keeps secrets out of everything that is written: each becomes the name of the variable that holds it.

A token that is almost the right one is nearly as secret, so what was made from a token becomes its recipe:
`${RAINBOND_TOKEN|truncated}`. `fill` turns both back, which is how a finding can be replayed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from contract_tests.cases.access.near_misses import TRANSFORMS
from contract_tests.checks.leaks import SHORTEST_PART
from mock_server.contract.secrets.secret_texts import clean

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?:\|([a-z-]+))?\}")
PARTS: Mapping[str, Callable[[str], str]] = {
    "start": lambda text: text[:SHORTEST_PART],
    "end": lambda text: text[-SHORTEST_PART:],
    "in-address": lambda text: quote(text, ""),
}


class Masker:
    """Replaces secrets, and what is made from them, by placeholders."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        found: dict[str, str] = {}
        for name, secret in secrets.items():
            if not secret:
                continue
            recipes = {**TRANSFORMS, **PARTS} if len(secret) >= SHORTEST_PART else {}
            for recipe, transform in recipes.items():
                text = transform(secret)
                if len(text) >= min(len(secret), SHORTEST_PART):
                    found.setdefault(text, f"${{{name}|{recipe}}}")
            found[secret] = f"${{{name}}}"
        self._by_text = found
        ordered = sorted(found, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(text) for text in ordered)) if ordered else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self._by_text[match[0]], text)

    def answer(self, data: bytes) -> bytes:
        """An answer without secrets, the target's own ones included: its cookies, say."""
        return clean(self.text(data.decode("utf-8", "surrogateescape"))).encode("utf-8", "surrogateescape")

    def data(self, data: bytes) -> bytes:
        """The bytes without secrets; all others are kept exactly."""
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def fill(text: str, secrets: Mapping[str, str]) -> str:
    """The text with its placeholders replaced by the secrets they name.

    Raises:
        KeyError: a secret that the text needs is not given.
    """
    recipes = {**TRANSFORMS, **PARTS}

    def value(match: re.Match[str]) -> str:
        secret = secrets[match[1]]
        return recipes[match[2]](secret) if match[2] in recipes else secret

    return PLACEHOLDER.sub(value, text)
