"""Finds secrets in texts of any kind: code, YAML, JSON, forms, URLs, command lines, headers; whole, broken or escaped.

Ours, and no scanner for sources such as detect-secrets: that looks for what may be a secret, a line of a file at a
time, and cannot say where its value ends; here what stands behind a telling name is one, and must be cut out exactly.

Every search is anchored where something telling stands, and reads a bounded stretch from there: a text of N letters
takes time in proportion to N, however it was made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from mock_server.contract.secrets.secret_names import is_secret_name

MASK = "***"
SHORTEST_USER = 4
LONGEST_USER_INFO = 2048
MOST_SCHEMES = 4
LONGEST_ODD_PASSWORD = 256
"""Letters that a URL's password may have where blanks or quotes are among them."""

_NAME = re.compile(r"[^\W\d][\w.-]{0,255}")
_QUOTED = (
    r"\"(?:[^\"\\]|\\.)*\"?"
    # The same inside a text that is quoted itself, and so escaped.
    r"|\\{1,8}\"(?:[^\"\\]|\\(?!\\{0,8}\").)*(?:\\{1,8}\")?"
    r"|'[^']*'?|\[[^\]]*\]?|\{[^}]*\}?"
)
_WORD = r"[^\s&,;}\])\"']+"
_FOLLOWING = tuple(
    re.compile(text, re.DOTALL)
    for text in (
        # Name and value in a list of variables: {"name": "DB_PASSWORD", "value": "…"}, <env name="…" value="…">.
        rf"[^<>\n=:]{{0,64}}?\bvalue\\{{0,8}}[\"']?\s{{0,64}}[=:]\s{{0,64}}(?P<value>{_QUOTED}|{_WORD})",
        # What follows a colon may hold blanks, as in YAML and in headers; what follows an equals sign may not.
        rf"\\{{0,8}}[\"']?\s{{0,64}}(?:=>?|:=)\s{{0,64}}(?P<value>{_QUOTED}|{_WORD})",
        r"%3[dD](?P<value>(?:[^\s&,;}\])\"'%]|%(?!26))+)",
        rf"\\{{0,8}}[\"']?\s{{0,64}}:\s{{0,64}}(?P<value>[|>][-+\d]{{0,2}}[ \t]*(?:\r?\n(?:[ \t]+[^\r\n]*)?)+|{_QUOTED}"
        r"|[^\r\n&,;}\"']+)",
        r"[^<>]{0,256}>(?P<value>[^<]+|<!\[CDATA\[[^\]]*)",
    )
)
_OF_OPTION = re.compile(rf"[\s=]\s{{0,64}}(?P<value>{_QUOTED}|[^\s\"']+)", re.DOTALL)
"""Behind `--password`."""
_OF_FORM = re.compile(r"[^\r\n]{0,256}(?:\r?\n[^\r\n]{1,512}){0,8}\r?\n\r?\n(?P<value>.*?)(?=\r?\n--|\Z)", re.DOTALL)
"""Behind `Content-Disposition: form-data; name="password"`: other headers, an empty line, the value."""
_SHAPED = re.compile(
    r"-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----(?:[^-]+(?:-----END [A-Z ]{0,32}-----)?)?"
    r"|(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|glrt-|xox[abeprs]-|sk_live_|sk-|npm_|hf_|dop_v1_)[\w-]{12,}"
    r"|(?<![\w-])(?:AKIA|ASIA)[0-9A-Z]{16}(?![\w-])|(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|(?<=\b[Bb]earer )[\w.~+/=-]{8,}|(?<=\b[Bb]asic )[\w+/=]{8,}|(?<=\s-u )[^\s:]{1,256}:\S+"
)
_SIGNS = (
    "-----BEGIN ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glrt-", "xox", "sk_live_", "sk-",
    "npm_", "hf_", "dop_v1_", "AKIA", "ASIA", "eyJ", "earer ", "asic ", "-u ",
)  # fmt: skip
"""One of them stands in each text of such a shape, and is found many times as quickly."""

_PORT = re.compile(r"\d{1,5}(?![^\s/?#\"',;)\]}])")
_WORTH_A_LOOK = re.compile(r"[@=:<\s%]|eyJ|_|-")
_ODD = re.compile(r"[\s\"'<>]")
_BOUNDS = re.compile(r"[\s\"'(,;/]")
_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])")


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of a text to be masked, and the secrets in it as they may stand elsewhere."""

    start: int
    end: int
    secrets: tuple[str, ...]


def find(text: str, is_secret: Callable[[str], bool] = is_secret_name) -> list[Found]:
    """The secrets in a text in their order; none overlaps another."""
    if not _WORTH_A_LOOK.search(text):
        return []
    chosen: list[Found] = []
    for each in sorted([*_user_infos(text), *_named(text, is_secret), *_shaped(text)], key=lambda item: item.start):
        if chosen and each.start < chosen[-1].end:
            last = chosen.pop()
            each = Found(last.start, max(last.end, each.end), (*last.secrets, *each.secrets))
        chosen.append(each)
    return chosen


def masked(text: str, found: list[Found]) -> str:
    """A text without what was found in it."""
    parts, at = [], 0
    for each in found:
        parts += [text[at : each.start], MASK]
        at = each.end
    return "".join([*parts, text[at:]])


def clean(text: str) -> str:
    """A text without its secrets, as messages show it."""
    plain = readable(text)
    found = find(plain)
    return masked(plain, found) if found else text


def for_terminal(text: str) -> str:
    """A message without its secrets, and without the signs that a terminal would obey."""
    return printable(clean(text))


def printable(text: str) -> str:
    """A text whose control signs are escaped, but for line ends."""
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)


def readable(text: str) -> str:
    """A text with JSON's escapes of ASCII letters undone, so that names in it can be read."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u00" in text else text


# ---- values behind a telling name


def _named(text: str, is_secret: Callable[[str], bool]) -> Iterator[Found]:
    at = 0
    while (name := _NAME.search(text, at)) is not None:
        at = name.end()
        if not is_secret(name[0]):
            continue
        span = _value(text, name)
        if span is not None:
            at = max(at, span[1])
            yield Found(*span, _spelled(text[span[0] : span[1]]))


def _value(text: str, name: re.Match[str]) -> tuple[int, int] | None:
    """Where the value behind a name stands; None where none does."""
    before = text[max(name.start() - 6, 0) : name.start()].lower()
    patterns = _FOLLOWING
    if before.endswith("-"):
        patterns = (*_FOLLOWING, _OF_OPTION)
    elif before.endswith(("name=", 'name="', "name='")):
        patterns = (*_FOLLOWING, _OF_FORM)
    found = (pattern.match(text, name.end()) for pattern in patterns)
    return next((match.span("value") for match in found if match is not None), None)


def _spelled(value: str) -> tuple[str, ...]:
    """A value and what it is without its quotes."""
    plain = value.strip("\\\"' \t\r\n")
    return tuple(dict.fromkeys((value.strip(), plain, *value.split()[1:2])))


# ---- user and password of a URL


def _user_infos(text: str) -> Iterator[Found]:
    at = -1
    while (end := text.find("@", at + 1)) >= 0:
        start = max(at + 1, end - LONGEST_USER_INFO)
        segment = text[start:end]
        begun = _begin(segment) if ":" in segment or "//" in segment else None
        if begun is not None:
            yield Found(start + begun, end, _of_user_info(text[start + begun : end]))
        at = end


def _begin(segment: str) -> int | None:
    """Where user and password begin in the text in front of an `@`; None where it is another sign's."""
    begins = [match.end() for match in re.finditer("//", segment)]
    for begin in [*begins[:MOST_SCHEMES], *begins[-1:]]:
        if _is_user_info(segment[begin:]):
            return begin
    return None if begins and not _ODD.search(segment, begins[-1]) else _without_scheme(segment)


def _is_user_info(info: str) -> bool:
    user, _, password = info.partition(":")
    if _ODD.search(user) or re.search("[/?#]", user):
        return False
    if not _ODD.search(password):
        return True
    return len(password) <= LONGEST_ODD_PASSWORD and "\n" not in password and not _PORT.match(password)


def _without_scheme(segment: str) -> int | None:
    """Where `user:password` at the end of a text begins; None where there is none."""
    begin = max([0, *(match.end() for match in _BOUNDS.finditer(segment))])
    user, colon, password = segment[begin:].partition(":")
    begin += user.rfind("=") + 1
    user = user.rpartition("=")[2]
    is_one = colon and password and user and user != "mailto" and segment[begin - 1 : begin] != "/"
    return begin if is_one else None


def _of_user_info(info: str) -> tuple[str, ...]:
    """What is secret in front of a URL's `@`: the password; the user where there is no password worth the name."""
    user, colon, password = info.partition(":")
    if password in ("", "x-oauth-basic"):
        return (info, user, unquote(user)) if len(user) >= SHORTEST_USER else (info,)
    return (info, password, unquote(password)) if colon else (info,)


# ---- values that tell by their own shape


def _shaped(text: str) -> Iterator[Found]:
    if any(sign in text for sign in _SIGNS):
        for match in _SHAPED.finditer(text):
            yield Found(*match.span(), (match[0],))
