"""Outcomes kept in a file, one JSON object a line, so that an interrupted measurement can be continued."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.defects.measure import Outcome


class Ledger:
    """The outcomes so far, by tool, target and seed. Without a file nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: dict[tuple[str, str, int], Outcome] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path and path.exists() else ():
            entry = json.loads(line)
            entry["faults"] = tuple(entry["faults"])
            self.known[entry["tool"], entry["target"], entry["seed"]] = Outcome(**entry)

    def add(self, outcome: Outcome) -> None:
        self.known[outcome.tool, outcome.target, outcome.seed] = outcome
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
