"""What differs, as text, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from contract_tests.parity.comparing import ALIKE, DIFFERENT, UNTESTABLE, Kind, Parity
from contract_tests.results.masking import Masker

VERDICTS = {ALIKE: "ALIKE", DIFFERENT: "DIFFERENT", UNTESTABLE: "NOTHING COMPARED"}
Table = Callable[[Parity, Masker], Iterator[str]]


def text(parity: Parity, masker: Masker) -> Iterator[str]:
    """The table for a terminal."""
    yield f"{VERDICTS[parity.exit_code]}  A {parity.urls[0]}  B {parity.urls[1]}"
    yield f"  {_sum(parity)}"
    title = ""
    for kind in _sorted(parity):
        if title != (title := f"{kind.operation}: {kind.difference.what}"):
            yield title
        times = f" ×{kind.times}" if kind.times > 1 else ""
        a, b = (masker.text(value) for value in (kind.difference.a, kind.difference.b))
        yield f"  {kind.constraint}{times}  ({kind.first})"
        yield f"      A {a}"
        yield f"      B {b}"
    yield from (f"note: {line}" for line in _left_out(parity))


def markdown(parity: Parity, masker: Masker) -> Iterator[str]:
    """The table for a page."""
    yield _sum(parity)
    yield ""
    if parity.kinds:
        yield "| What | Requests about | A | B | Times | For example |"
        yield "|---|---|---|---|---|---|"
    for kind in _sorted(parity):
        difference = kind.difference
        cells = (difference.what, kind.constraint, difference.a, difference.b, str(kind.times), kind.purpose)
        yield f"| {' | '.join(_cell(masker.text(cell)) for cell in cells)} |"
    yield from ("", *(f"- {line}" for line in _left_out(parity)))


def as_json(parity: Parity, masker: Masker) -> Iterator[str]:
    """The table for programs."""
    value = {
        "report": "rainbond-verify parity",
        "a": parity.urls[0],
        "b": parity.urls[1],
        "exit_code": parity.exit_code,
        "untestable": parity.untestable,
        "asked": parity.asked,
        "alike": parity.alike,
        "accepted": {"a": parity.accepted[0], "b": parity.accepted[1]},
        "left_out": parity.left_out,
        "differences": [
            {
                "operation": kind.operation,
                "what": kind.difference.what,
                "constraint": kind.constraint,
                "a": masker.text(kind.difference.a),
                "b": masker.text(kind.difference.b),
                "times": kind.times,
                "case": kind.first,
                "purpose": kind.purpose,
            }
            for kind in _sorted(parity)
        ],
    }
    yield json.dumps(value, indent=2, ensure_ascii=False)


FORMATS: Mapping[str, Table] = {"text": text, "markdown": markdown, "json": as_json}


def _sorted(parity: Parity) -> list[Kind]:
    return sorted(parity.kinds.values(), key=lambda kind: (kind.operation, kind.difference.what, -kind.times))


def _sum(parity: Parity) -> str:
    if parity.untestable:
        return parity.untestable
    a, b = parity.accepted
    return f"{parity.asked} requests to each, {parity.alike} answered alike; {a} accepted by A, {b} by B"


def _left_out(parity: Parity) -> Iterator[str]:
    yield from (f"{count} requests were not sent: {why}" for why, count in parity.left_out.items())


def _cell(value: str) -> str:
    """A text as a cell of a table, whatever it holds."""
    return value.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
