"""Regular expressions of a contract, which are ECMA 262's, where Python has to read them: routes and samples."""

from __future__ import annotations

import re
import string
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from re import _parser  # the only way to see what an expression consists of
from typing import Any

PLAIN = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_./ " + string.punctuation
"""Signs that a sample is made of, the plainest first."""
CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_NOT_DIGIT": lambda sign: not sign.isdigit(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda sign: not sign.isspace(),
    "CATEGORY_WORD": lambda sign: sign.isalnum() or sign == "_",
    "CATEGORY_NOT_WORD": lambda sign: not (sign.isalnum() or sign == "_"),
}
POSIX: Mapping[str, str] = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": r"!-\/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "word": r"\w",
}  # fmt: skip
"""Classes of signs that ECMA does not know, but that generators write."""
UNICODE: Mapping[str, str] = {
    "L": "a-zA-Z", "Letter": "a-zA-Z", "Alpha": "a-zA-Z", "Alphabetic": "a-zA-Z", "Lu": "A-Z", "Uppercase": "A-Z",
    "Ll": "a-z", "Lowercase": "a-z", "N": "0-9", "Nd": "0-9", "P": r"!#-*,-.", "Punctuation": r"!#-*,-.",
    "S": r"$+<->", "Z": " ", "Zs": " ", "Script=Han": "一-龥", "Han": "一-龥", "Script=Cyrillic": "а-я",
}  # fmt: skip
"""A part of each class of Unicode's, for samples."""
TOKEN = re.compile(
    r"\\(?P<not>[pP])\{(?P<unicode>[^}]*)\}|\\u\{(?P<code>[0-9a-fA-F]+)\}|\[:(?P<posix>\w+):\]|(?P<any>\[\^\])"
    r"|\\k<(?P<back>\w+)>|(?P<group>\(\?<(?![=!]))|(?P<other>\\.|.)",
    re.DOTALL,
)
LONGEST_TEXT = 10_000
"""Signs of a sample, about; a longer one is cut, and no valid one."""
LEAVES = ("LITERAL", "NOT_LITERAL", "ANY", "IN", "GROUPREF")
MOST_REPEATS = (1, 0, 2, 3, 4, 6, 8, 32)
MOST_VARIANTS = 6


def ecma_pattern(pattern: str) -> str:
    r"""The pattern as ECMA has it, where it has what only other engines know: `[[:alpha:]]`, `\A`, `\z`."""
    return "".join(_ecma(token, in_class) for token, in_class in _tokens(pattern))


@lru_cache(maxsize=4096)
def python_pattern(pattern: str, exact: bool = True) -> str | None:
    r"""The pattern in Python's notation, with ECMA's `\d`, `\w` and `$`; None where Python has no such thing.

    Args:
        pattern: as the contract has it.
        exact: whether it is to hold for all that the contract's holds for, and not only for plain signs of it.
    """
    if exact and re.search(r"\\[pP]\{", pattern):
        return None
    text = "".join(_python(token, in_class) for token, in_class in _tokens(pattern))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError):
        return None
    return text


def _tokens(pattern: str) -> Iterator[tuple[re.Match[str], bool]]:
    """The signs of a pattern, what belongs together as one, each with whether it stands in a class of signs."""
    in_class = False
    for token in TOKEN.finditer(pattern):
        yield token, in_class
        if token["other"] in ("[", "]"):
            in_class = token["other"] == "["


def _ecma(token: re.Match[str], in_class: bool) -> str:
    if token["posix"] and in_class:
        return POSIX.get(token["posix"], token[0])
    if token["any"] and not in_class:
        return r"[\s\S]"
    return {r"\A": "^", r"\Z": "$", r"\z": "$"}.get(token[0], token[0])


def _python(token: re.Match[str], in_class: bool) -> str:
    if token["unicode"]:
        signs = UNICODE.get(token["unicode"], UNICODE["L"])
        return signs if in_class else f"[{'^' if token['not'] == 'P' else ''}{signs}]"
    if token["code"]:
        code = int(token["code"], 16)
        return re.escape(chr(code)) if code <= sys.maxunicode else token[0]
    if token["back"]:
        return f"(?P={token['back']})"
    if token["group"]:
        return "(?P<"
    if token[0] == "$" and not in_class:
        return r"\Z"
    if token[0] == "[" and in_class:
        return r"\["
    return {r"\/": "/", r"\z": r"\Z"}.get(token[0]) or _ecma(token, in_class)


def texts_for(pattern: str, variant: int = 0, least: int = 0) -> Iterator[str]:
    """Texts that the pattern may describe, the plainest first; none where Python cannot read it.

    Args:
        pattern: as the contract has it.
        variant: another number, other texts, where the pattern leaves a choice.
        least: the shortest length that is of use.
    """
    readable = python_pattern(pattern, exact=False)
    if readable is None:
        return
    parsed = _parser.parse(readable, re.ASCII)
    for number in range(variant, variant + MOST_VARIANTS):
        for repeats in (*MOST_REPEATS, least, least + 1):
            writer = _Writer(repeats, number)
            text = writer.text(parsed)
            yield text
            if writer.demanded:  # by looks ahead: what they want stands in front, or in place of as many signs
                yield writer.demanded + text
                yield writer.demanded + text[len(writer.demanded) :]
            if writer.left <= 0:
                return


class _Writer:
    def __init__(self, repeats: int, variant: int) -> None:
        self._repeats = repeats
        self._variant = variant
        self.left = LONGEST_TEXT
        self._groups: dict[int, str] = {}
        self.demanded = ""

    def text(self, parts: Iterable[Any]) -> str:
        return "".join(self._part(str(code), value) for code, value in parts)

    def _part(self, code: str, value: Any) -> str:
        written = self._written(code, value) if self.left > 0 else ""
        self.left -= len(written) if code in LEAVES else 0
        return written

    def _written(self, code: str, value: Any) -> str:
        match code:
            case "ASSERT" if value[0] == 1:
                self.demanded += self.text(value[1])
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self._sign(code, value)
            case "BRANCH":
                return self.text(value[1][self._variant % len(value[1])])
            case "SUBPATTERN":
                self._groups[value[0]] = self.text(value[-1])
                return self._groups[value[0]]
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, inner = value
                times = min(int(high), max(low, self._repeats), LONGEST_TEXT)
                return "".join(self.text(inner) for _ in range(times) if self.left > 0)
            case "ATOMIC_GROUP":
                return self.text(value)
            case "GROUPREF":
                return self._groups.get(value, "")
        return ""  # an anchor, or a look around

    def _sign(self, code: str, value: Any) -> str:
        match code:
            case "LITERAL":
                return chr(value)
            case "NOT_LITERAL":
                return self._one(sign for sign in PLAIN if ord(sign) != value)
            case "ANY":
                return self._one(PLAIN)
        return self._one(_in_class(tuple(value))) or _first_of(value)

    def _one(self, signs: Iterable[str]) -> str:
        found = signs if isinstance(signs, str) else "".join(signs)
        sign = found[self._variant % len(found)] if found else ""
        # Only one sign of a text has to differ.
        self._variant //= max(1, len(found))
        return sign


@lru_cache(maxsize=1024)
def _in_class(items: tuple[Any, ...]) -> str:
    found = [(str(code), value) for code, value in items]
    negated = bool(found) and found[0][0] == "NEGATE"
    return "".join(sign for sign in PLAIN if any(_holds(code, value, sign) for code, value in found) != negated)


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
