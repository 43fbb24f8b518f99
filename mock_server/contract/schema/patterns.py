"""Regular expressions of a contract, which are ECMA 262's, where Python has to read them: routes and samples."""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from re import _parser  # the only way to see what an expression consists of
from typing import Any

PLAIN = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_./ " + string.punctuation
"""Signs that a sample is made of, the plainest first."""
ANY_LETTER = "[^\\W\\d_]"
CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_NOT_DIGIT": lambda sign: not sign.isdigit(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda sign: not sign.isspace(),
    "CATEGORY_WORD": lambda sign: sign.isalnum() or sign == "_",
    "CATEGORY_NOT_WORD": lambda sign: not (sign.isalnum() or sign == "_"),
}


@lru_cache(maxsize=4096)
def python_pattern(pattern: str) -> str | None:
    r"""The pattern in Python's notation, with ECMA's `\d`, `\w` and `$`; None where Python has no such thing."""
    text = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    text = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: re.escape(chr(int(found[1], 16))), text)
    text = re.sub(r"(\\\\)|\\p\{(?:L|Letter|Alpha)\}", lambda found: found[1] or ANY_LETTER, text)
    text = re.sub(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", lambda found: found[1] or r"\Z", text).replace(r"\/", "/")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
    return text


def text_for(pattern: str, repeats: int = 0, variant: int = 0) -> str | None:
    """A text that the pattern describes; None where Python cannot read it.

    Args:
        pattern: as the contract has it.
        repeats: how often a part is repeated that may stand any number of times.
        variant: another number, another text, where the pattern leaves a choice.
    """
    readable = python_pattern(pattern)
    if readable is None:
        return None
    return _Writer(repeats, variant).text(_parser.parse(readable, re.ASCII))


class _Writer:
    def __init__(self, repeats: int, variant: int) -> None:
        self._repeats = repeats
        self._variant = variant
        self._groups: dict[int, str] = {}

    def text(self, parts: Iterable[Any]) -> str:
        return "".join(self._part(str(code), value) for code, value in parts)

    def _part(self, code: str, value: Any) -> str:
        match code:
            case "LITERAL":
                return chr(value)
            case "NOT_LITERAL":
                return self._one(sign for sign in PLAIN if ord(sign) != value)
            case "ANY":
                return self._one(PLAIN)
            case "IN":
                return self._one(_in_class(value)) or _first_of(value)
            case "BRANCH":
                return self.text(value[1][self._variant % len(value[1])])
            case "SUBPATTERN":
                self._groups[value[0]] = self.text(value[-1])
                return self._groups[value[0]]
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = value
                return "".join(self.text(inner) for _ in range(min(int(high), max(low, self._repeats))))
            case "ATOMIC_GROUP":
                return self.text(value)
            case "GROUPREF":
                return self._groups.get(value, "")
        return ""  # an anchor, or a look around

    def _one(self, signs: Iterable[str]) -> str:
        found = list(signs)
        sign = found[self._variant % len(found)] if found else ""
        # Only one sign of a text has to differ.
        self._variant //= max(1, len(found))
        return sign


def _in_class(items: Iterable[Any]) -> list[str]:
    found = [(str(code), value) for code, value in items]
    negated = bool(found) and found[0][0] == "NEGATE"
    return [sign for sign in PLAIN if any(_holds(code, value, sign) for code, value in found) != negated]


def _holds(code: str, value: Any, sign: str) -> bool:
    match code:
        case "LITERAL":
            return bool(ord(sign) == value)
        case "RANGE":
            return bool(value[0] <= ord(sign) <= value[1])
        case "CATEGORY":
            return CATEGORIES[str(value)](sign)
    return False


def _first_of(items: Iterable[Any]) -> str:
    """A sign of a class that has no plain one."""
    for code, value in items:
        if str(code) in ("LITERAL", "RANGE"):
            return chr(value if isinstance(value, int) else value[0])
        if str(code) == "CATEGORY":
            return " "
    return "é"
