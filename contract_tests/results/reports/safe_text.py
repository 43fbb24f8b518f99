"""What a server sent, as text that nothing acts on.

No sign of it moves a cursor, turns a line around, hides, or is a command to the CI system that reads the output.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

CI_COMMAND = re.compile(r"#(?=#[\[\w])|(?<!\S):(?=:)")
"""`::error::`, `##[error]`, `##vso[` and `##teamcity[` are commands to GitHub, Azure and TeamCity on any line."""
NOT_PLAIN = re.compile(r"[^\x20-\x7e\n\t]")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a message; `cut` says in words that there is more, and is empty where it is all."""

    text: str
    cut: str = ""


def visible(text: str) -> str:
    """The text with every sign that cannot be seen written as its escape: controls, bidi marks, zero-width signs."""
    if text.isprintable():
        return text
    return NOT_PLAIN.sub(lambda match: _shown(match[0], _escape), text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text on one line, for a terminal or a CI system's log."""
    return without_commands(visible(" ".join(text.split())))


def without_commands(text: str) -> str:
    """The text with what a CI system would carry out written as escapes."""
    return CI_COMMAND.sub(lambda match: _escape(match[0]), text)


def excerpt(data: bytes, longest: int) -> Excerpt:
    """The first bytes of a message as text."""
    text = visible(data[:longest].decode("utf-8", "backslashreplace"))
    return Excerpt(text, f"cut: the first {longest:,} of {len(data):,} bytes" if len(data) > longest else "")


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def code_span(text: str) -> str:
    """The text as Markdown code on one line of a table: no HTML, link, or mention in it is one."""
    plain = one_line(text).replace("|", "\\|")
    ticks = "`" * (longest_run("`", plain) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{pad}{plain}{pad}{ticks}" if plain else ""


def longest_run(sign: str, text: str) -> int:
    """The length of the longest row of one sign."""
    return max((len(run) for run in re.findall(f"{re.escape(sign)}+", text)), default=0)


def to_json(value: object) -> str:
    """Indented JSON, with signs that cannot be seen as escapes: it may be printed on a terminal."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    shown = NOT_PLAIN.sub(lambda match: _shown(match[0], lambda sign: json.dumps(sign)[1:-1]), text)
    return shown.replace("##", "#\\u0023") + "\n"


def _shown(sign: str, escape: Callable[[str], str]) -> str:
    return sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else escape(sign)


def _escape(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004
