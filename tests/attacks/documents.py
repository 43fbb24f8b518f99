"""Documents that somebody else wrote: a message with the place, soon, and never a traceback."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mock_server.contract.check import lint
from mock_server.contract.document.source import SourceError, load_source
from mock_server.contract.loader import load_contract
from mock_server.loaders.catalogue import load_catalogue
from mock_server.loaders.scenarios import load_scenarios
from tests.unit.test_hostile_documents import EXTENSIONS, KEYWORDS, ODD, contract_text

EXAMPLES = Path(__file__).parents[2] / "examples"


def broken_documents(seconds: float, randomness: random.Random) -> str:
    """Files of all kinds with odd values in odd places; how many were read, and the longest time of one."""
    contract = load_contract()
    slowest, count = 0.0, 0
    readers: dict[str, Callable[[Path], object]] = {
        "catalogue": lambda path: load_catalogue(path, contract),
        "scenarios": lambda path: load_scenarios(path, contract),
        "contract": lambda path: lint(load_source(path)),
    }
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.yaml"
        while time.monotonic() < end:
            kind = randomness.choice([*readers])
            path.write_text(_document(kind, randomness), encoding="utf-8", errors="surrogatepass")
            began = time.monotonic()
            try:
                readers[kind](path)
            except SourceError as error:
                assert str(error).startswith(str(path))
            slowest, count = max(slowest, time.monotonic() - began), count + 1
    return f"{count} documents, none a traceback, the slowest {slowest:.1f} s"


def _document(kind: str, randomness: random.Random) -> str:
    odd = randomness.choice(ODD)
    if kind == "contract":
        version = randomness.choice(("3.0.3", "3.1.0"))
        if randomness.randrange(2):
            return contract_text(head=f"{randomness.choice(EXTENSIONS)}: {odd}", version=version)
        return contract_text(f"{{type: object, {randomness.choice(KEYWORDS)}: {odd}}}", version=version)
    lines = (EXAMPLES / f"{kind}.yaml").read_text(encoding="utf-8").splitlines()
    place = randomness.randrange(len(lines))
    name, colon, _ = lines[place].partition(": ")
    lines[place] = f"{name}{colon}{odd}" if colon else odd
    return "\n".join(lines)
