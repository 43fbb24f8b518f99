"""Where settings come from: option > environment > `rainbond.toml` of the folder > default."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mock_server.configuration.declaration import Setting, SettingsError, declared
from mock_server.contract.document.source import SourceError, nearest

CONFIGURATION_FILE = Path("rainbond.toml")
TABLES = ("mock", "verify")

Given = tuple[str, str, Any]
"""Place, name and value of a setting, as somebody wrote it."""


def given(
    settings: type, table: str, options: Mapping[str, Any], environment: Mapping[str, str] | None, prefix: str = ""
) -> dict[str, Any]:
    """The values that are given for a class of settings, by name.

    Args:
        settings: the class.
        table: its table in the configuration file.
        options: by name; None: not given.
        environment: None: that of this process. An empty variable is none.
        prefix: of the variables of settings that name none; each that begins like this must be a setting's.

    Raises:
        SettingsError: a value is not allowed, or a name is unknown; all are told.
        SourceError: the configuration file is not TOML.
    """
    known = declared(settings)
    problems: list[str] = []
    environment = os.environ if environment is None else environment
    everything = [
        *_of_file(table, known, problems),
        *_of_environment(environment, known, prefix, problems),
        *_of_options(options, known, problems),
    ]
    values: dict[str, Any] = {}
    for place, name, value in everything:
        try:
            values[name] = known[name].kind.read(value)
        except ValueError as error:
            problems.append(f"{place}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return values


def _of_options(options: Mapping[str, Any], known: Mapping[str, Setting], problems: list[str]) -> Iterator[Given]:
    for name, value in options.items():
        if name not in known:
            problems.append(f"{name}: no such setting{nearest(name, known)}; allowed: {', '.join(known)}")
        elif value is not None:
            yield known[name].option, name, value


def _of_environment(
    environment: Mapping[str, str], known: Mapping[str, Setting], prefix: str, problems: list[str]
) -> Iterator[Given]:
    variables = {
        each.variable or prefix + name.upper(): name for name, each in known.items() if each.variable or prefix
    }
    for variable, text in environment.items():
        if variable in variables and text:
            yield variable, variables[variable], text
        elif prefix and variable.startswith(prefix) and variable not in variables:
            problems.append(f"{variable}: no such setting{nearest(variable, variables)}")


# ---- the configuration file


def _of_file(table: str, known: Mapping[str, Setting], problems: list[str]) -> Iterator[Given]:
    text = _text()
    document = _parsed(text)
    for name, node in document.items():
        if wrong := _wrong_table(name, node):
            problems.append(f"{CONFIGURATION_FILE}:{_line(text, name)}: {wrong}")
    node = document.get(table)
    for key, value in node.items() if isinstance(node, dict) else ():
        name, place = key.replace("-", "_"), f"{CONFIGURATION_FILE}:{_line(text, table, key)}: [{table}] {key}"
        each = known.get(name)
        if each is None:
            allowed = [each.key for each in known.values() if each.elsewhere is None]
            problems.append(f"{place}: no such setting{nearest(key, allowed)}; allowed: {', '.join(allowed)}")
        elif each.elsewhere:
            problems.append(f"{place}: {each.elsewhere}")
        else:
            yield place, name, value


def _text() -> str:
    """What the configuration file says; nothing where there is none."""
    try:
        return CONFIGURATION_FILE.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SourceError(f"{CONFIGURATION_FILE}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SourceError(f"{CONFIGURATION_FILE}: not UTF-8 at byte {error.start}") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error))
        place, reason = (f"{told[2]}:{told[3]}", told[1]) if told else (text.rstrip().count("\n") + 1, str(error))
        raise SourceError(f"{CONFIGURATION_FILE}:{place}: not valid TOML: {reason}") from None


def _wrong_table(name: str, node: object) -> str | None:
    """What is wrong with an entry at the top of the configuration file."""
    words = ", ".join(f"[{table}]" for table in TABLES)
    if isinstance(node, dict):
        return None if name in TABLES else f"[{name}]: no such table{nearest(name, TABLES)}; allowed: {words}"
    if name in TABLES:
        return f"{name}: {node!r} is not a table; write [{name}] and its keys below"
    return f"{name}: a key outside any table; allowed: {words}, with keys below"


def _line(text: str, table: str, key: str | None = None) -> int:
    """The line of a table or of a key in it; where that is written in an unusual way, the nearest before it."""
    inside, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"""\s*(\[?)\s*["']?([\w-]+)""", line)
        if match is None:
            continue
        is_header, word = bool(match[1]), match[2]
        if word == table and (is_header or not inside):
            found = number
        elif word == key and inside == table and not is_header:
            return number
        inside = word if is_header else inside
    return found
