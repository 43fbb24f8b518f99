"""Replays findings: sends the very bytes of a report again, with the secrets filled in from the environment."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_tests.results.baseline import Baseline
from contract_tests.results.masking import fill
from contract_tests.settings import Settings
from contract_tests.target.target import Target
from contract_tests.transport.answer import Answer, BrokenAnswer
from contract_tests.transport.budget import Budget
from contract_tests.transport.wire import Wire
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import nearest

REFUSALS = (401, 403, 404, 405, 411, 413, 414, 415, 429, 431)
"""Statuses that say that nothing was done; of any other, nobody knows."""


class ReplayError(SettingsError):
    """The file or the finding cannot be replayed; the text says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one finding."""

    finding: str
    happens: bool
    text: str


def url_of(path: Path) -> str:
    """The target that a report was made for."""
    return str(_read(path).get("url", ""))


def replay(
    path: Path,
    finding: str | None,
    settings: Settings,
    target: Target,
    baseline: Baseline | None = None,
    *,
    named: bool = True,
) -> list[Outcome]:
    """Send findings of a report again: one by its id, or all of them but those that a baseline knows.

    Each counts as a build that it may be, and waits for the rate. Tokens go only to a target that the user `named`.

    Raises:
        ReplayError: the file is no report, has no such finding, or a secret is missing.
        Unreachable: no connection can be made.
    """
    found = _read(path)["findings"]
    ids = [entry["id"] for entry in found]
    if finding is not None and finding not in ids:
        raise ReplayError(
            f"{path}: no finding {finding!r}{nearest(finding, ids)}; there are {', '.join(ids) or 'none'}"
        )
    wire, budget = settings.wire(), Budget(settings.limits)
    wanted = [entry for entry in found if finding in (None, entry["id"]) and not _is_known(entry, baseline)]
    try:
        secrets = settings.secrets if named else {}
        return [_one(entry, secrets, wire, budget) for entry in wanted]
    finally:
        wire.close()


def _is_known(entry: Mapping[str, Any], baseline: Baseline | None) -> bool:
    names = (str(entry.get(key, "")) for key in ("check", "operation", "constraint", "case", "observed"))
    return baseline is not None and baseline.reason_for(*names) is not None


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReplayError(f"{path}: no such file") from None
    except (ValueError, OSError) as error:
        raise ReplayError(f"{path}: not a JSON report of rainbond-verify: {error}") from None
    if not isinstance(value, dict) or not isinstance(value.get("findings"), list):
        raise ReplayError(f"{path}: not a JSON report of rainbond-verify: it has no list `findings`")
    for number, entry in enumerate(value["findings"]):
        if not _is_finding(entry):
            raise ReplayError(f"{path}: findings/{number}: not as rainbond-verify writes them")
    return value


def _is_finding(entry: Any) -> bool:
    try:
        _bytes(entry["answer"])
        return bool(_bytes(entry["request"])) and all(isinstance(entry[key], str) for key in ("id", "expected"))
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def _one(entry: Mapping[str, Any], secrets: Mapping[str, str], wire: Wire, budget: Budget) -> Outcome:
    closed = budget.closed()
    if closed:
        return Outcome(entry["id"], False, f"not sent: {closed}")
    budget.wait()
    try:
        data = fill(_bytes(entry["request"]).decode("utf-8", "surrogateescape"), secrets)
    except KeyError as error:
        needs = f"the request of {entry['id']} needs {error.args[0]}"
        raise ReplayError(f"{needs}: set it, and name the target by --url or RAINBOND_URL") from None
    before = _status(_bytes(entry["answer"]))
    try:
        answer: Answer | None = wire.send_bytes(data.encode("utf-8", "surrogateescape"))
        now = str(answer.status) if answer else ""
    except BrokenAnswer as error:
        answer, now = None, str(error)
    budget.note(answer, counts=answer is None or answer.status not in REFUSALS)
    same = now == before if before else answer is None
    seen = f"{now}, as reported" if same else f"{now}; it was {before or 'no answer'}"
    verdict = "still happens" if same else "does not happen any more"
    return Outcome(entry["id"], same, f"{verdict} ({seen}); expected {entry['expected']}")


def _bytes(value: Mapping[str, str]) -> bytes:
    return base64.b64decode(value["base64"], validate=True) if "base64" in value else value["text"].encode("utf-8")


def _status(answer: bytes) -> str:
    words = answer.split(b" ", 2)
    return words[1].decode("ascii", "replace") if len(words) > 1 else ""
