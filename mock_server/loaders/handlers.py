"""Handlers that a user wrote: a Python file or module whose functions are named like operations.

Functions of other modules, classes and names that begin with an underscore are the user's own affair.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mock_server.contract.document.source import SourceError, nearest
from mock_server.contract.media import media_types
from mock_server.contract.model import Contract, Operation

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class HandlerFailed(Exception):
    """A user's handler raised an error. The text names error and place."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that answers an operation in the stub's place.

    Attributes:
        name: the operation's id.
        function: called by Connexion with path, query and body as it binds them; may be a coroutine function.
        file: where it stands.
    """

    name: str
    function: Callable[..., Any]
    file: str


def load_handlers(source: str, contract: Contract) -> Mapping[str, Handler]:
    """The handlers of a file (`app.py`) or module (`package.app`), by operation id.

    Raises:
        SourceError: it cannot be imported, has no handler, names no operation, or asks for what is not there.
    """
    module = _imported(source)
    functions = {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    known = {operation.id: operation for operation in contract.operations}
    faults = []
    for name, function in functions.items():
        operation = known.get(name)
        place = f"{source}:{function.__code__.co_firstlineno}"
        if operation is None:
            hint = nearest(name, known) or " (a helper's name begins with an underscore)"
            faults.append(f"{place}: no operation {name!r}{hint}; there are: {', '.join(known)}")
        else:
            faults += [f"{place}: {name}: {fault}" for fault in _signature_faults(operation, function)]
    if not functions:
        faults.append(f"{source}: no handler; name a function like one of: {', '.join(known)}")
    if faults:
        raise SourceError("\n".join(faults))
    return {name: Handler(name, function, function.__code__.co_filename) for name, function in functions.items()}


def _signature_faults(operation: Operation, function: Callable[..., Any]) -> list[str]:
    """What a function asks for that Connexion does not give, and what Connexion gives that it does not take."""
    given = _arguments(operation)
    taken = inspect.signature(function).parameters
    faults = []
    for name, parameter in taken.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            faults.append(f"{parameter}: arguments are given by name")
        elif parameter.kind is parameter.VAR_KEYWORD or name in given:
            continue
        elif parameter.default is parameter.empty:
            faults.append(f"no parameter {name!r}{nearest(name, given)}; there are: {', '.join(given)}")
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
        missing = [name for each in operation.parameters_in("path") if (name := _as_argument(each.name)) not in taken]
        if missing:
            faults.append(
                f"takes no {', '.join(missing)}; path parameters are always given: name them, or add **others"
            )
    return faults


def _arguments(operation: Operation) -> list[str]:
    """The arguments that Connexion can give to an operation's handler."""
    names = [_as_argument(each.name) for each in operation.parameters if each.location in ("path", "query")]
    for media_type in operation.body.content if operation.body else ():
        if media_types.essence(media_type.name) in FORMS and media_type.schema:
            names += [_as_argument(name) for name in media_type.schema.properties]
    return [*dict.fromkeys(names), *(("body",) if operation.body else ()), "context_"]


def _as_argument(name: str) -> str:
    """A parameter's name as Connexion makes a Python one of it."""
    return re.sub(r"^[^a-zA-Z_]+", "", re.sub(r"[^0-9a-zA-Z_]", "", re.sub(r"\[(?!])", "_", name)))


def _imported(source: str) -> ModuleType:
    try:
        return _from_file(Path(source)) if source.endswith(".py") else importlib.import_module(source)
    except FileNotFoundError:
        raise SourceError(f"{source}: no such file") from None
    except SyntaxError as error:
        raise SourceError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except Exception as error:
        raise SourceError(f"{source}: cannot be imported: {type(error).__name__}: {error}") from None


def _from_file(path: Path) -> ModuleType:
    """A module of a file, which finds its neighbours as a script does."""
    path = path.resolve(strict=True)
    name = f"mock_handlers_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path}: is no Python file")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
