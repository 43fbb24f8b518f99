"""Tokens and ids that are almost right: each recipe changes one in one telling way."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping


def _turned(sign: str) -> str:
    """Another sign of the same kind, so that the token keeps its form."""
    return chr(ord(sign) ^ 1) if sign.isalnum() and chr(ord(sign) ^ 1).isalnum() else "0" if sign != "0" else "1"


TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "bearer": lambda token: f"Bearer {token}",
    "token": lambda token: f"Token {token}",
    "basic": lambda token: f"Basic {token}",
    "basic-encoded": lambda token: f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}",
    "bearer-lower-case": lambda token: f"bearer {token}",
    "jwt": lambda token: f"JWT {token}",
    "scheme-no-blank": lambda token: f"Bearer{token}",
    "scheme-colon": lambda token: f"Token: {token}",
    "truncated": lambda token: token[:-1],
    "truncated-front": lambda token: token[1:],
    "half": lambda token: token[: len(token) // 2],
    "eight": lambda token: token[:8],
    "first-sign": lambda token: token[:1],
    "extended": lambda token: f"{token}0",
    "extended-front": lambda token: f"0{token}",
    "extended-word": lambda token: f"{token}-old",
    "doubled": lambda token: f"{token}{token}",
    "repeated": lambda token: f"{token} {token}",
    "listed": lambda token: f"{token}, {token}",
    "with-word": lambda token: f"{token} x",
    "after-word": lambda token: f"x {token}",
    "first-changed": lambda token: _turned(token[0]) + token[1:],
    "middle-changed": lambda token: (
        token[: len(token) // 2] + _turned(token[len(token) // 2]) + token[len(token) // 2 + 1 :]
    ),
    "last-changed": lambda token: token[:-1] + _turned(token[-1]),
    "upper-case": lambda token: token.upper(),
    "swapped-case": lambda token: token.swapcase(),
    "blank-inside": lambda token: f"{token[: len(token) // 2]} {token[len(token) // 2 :]}",
    "reversed": lambda token: token[::-1],
    "quoted": lambda token: f'"{token}"',
    "encoded": lambda token: base64.b64encode(token.encode()).decode(),
    "wildcard": lambda token: f"{token[:-1]}%",
    "one-sign-wildcard": lambda token: f"{token[:-1]}_",
    "wildcard-star": lambda token: f"{token[:-1]}*",
    "named": lambda token: f"token={token}",
    "semicolon": lambda token: f"{token};",
    "comma": lambda token: f"{token},",
}
"""Each makes a token that is almost right. Reports name them, so that no report holds a token that is nearly one."""
