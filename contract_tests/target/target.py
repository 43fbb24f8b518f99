"""What is verified: a server at a URL, or the mock in this process, with the identity to use there."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.identity import Identity
from contract_tests.settings import Settings
from contract_tests.transport.wire import Request, Unreachable, Wire
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import load_source
from mock_server.contract.model import Contract

HEALTH = "/__mock__/health"
NOT_FOUND = 404
NOT_READY = (502, 503, 504)
"""What a gateway answers while the server behind it starts."""
BETWEEN_TRIES = 0.3
CATALOGUE = Path(__file__).parents[1] / "catalogue.yaml"


@dataclass(frozen=True, slots=True)
class Target:
    """A server.

    Attributes:
        base: the path that stands in place of the contract's own base path; None: as the contract says.
        mock: it says that it is a mock of this kit, so that nothing real can happen there.
        open_world: it says that it knows no ids and no tokens: all that have the right form exist.
        ids_by_request: it says that the same request gets the same event id.
    """

    url: str
    identity: Identity
    base: str | None = None
    mock: bool = False
    open_world: bool = False
    ids_by_request: bool = False


def look(settings: Settings) -> Target:
    """Ask a server what it is. A mock console of this kit says what it does not know; any other says nothing.

    Raises:
        Unreachable: no connection can be made.
    """
    wire = settings.wire()
    try:
        answer = wire.send(Request("GET", HEALTH, closing=True)).answer
    finally:
        wire.close()
    said = _said(answer.body) if answer is not None and answer.accepted else {}
    return Target(
        settings.url.rstrip("/"),
        settings.identity,
        base_of(settings.url),
        mock=bool(said),
        open_world=said.get("catalogue") is False,
        ids_by_request=said.get("event_ids") == "request",
    )


def refusal(contract: Contract, settings: Settings, target: Target) -> str:
    """Why a target may not be verified without a word of the user; empty where it may."""
    if target.mock or settings.own:
        return ""
    effects = [operation.id for operation in contract.operations if operation.side_effect]
    if settings.loopback and not effects:
        return ""
    place = "does not say that it is the mock" if settings.loopback else "is not this machine"
    what = f"{effects[0]} has a real effect there" if effects else "requests may have real effects there"
    return (
        f"{settings.url} {place}: each accepted {what}, and may overwrite settings; if it is yours: "
        f"rainbond-verify run {settings.url} --i-own-this-target (--plan shows what would be sent)"
    )


def ready(settings: Settings) -> None:
    """Wait until the target answers, and no gateway in its place, for as long as the settings say.

    Raises:
        Unreachable: it was not ready in time.
    """
    if settings.wait is None:
        return
    end = time.monotonic() + settings.wait
    while why := _unready(settings):
        if time.monotonic() + BETWEEN_TRIES > end:
            raise Unreachable(f"{settings.url} was not ready within {settings.wait:g} s (--wait): {why}")
        time.sleep(BETWEEN_TRIES)


def _unready(settings: Settings) -> str:
    wire = settings.wire()
    try:
        answer = wire.send(Request("GET", HEALTH, closing=True)).answer
    except Unreachable as error:
        return str(error)
    finally:
        wire.close()
    if answer is None:
        return "it gives no answer"
    return f"it answers {answer.status}" if answer.status in NOT_READY else ""


def agreed(contract: Contract, settings: Settings) -> Target:
    """The target, looked at, where the user has agreed to what it may be sent.

    Raises:
        SettingsError: the user must say first that it is theirs.
        Unreachable: no connection can be made.
    """
    if not settings.loopback and not settings.own:
        raise SettingsError(refusal(contract, settings, Target(settings.url, settings.identity)))
    ready(settings)
    target = look(settings)
    why_not = refusal(contract, settings, target)
    if why_not:
        raise SettingsError(why_not)
    return served_at(contract, target, settings)


def served_at(contract: Contract, target: Target, settings: Settings) -> Target:
    """The target with the path under which it serves the API, where its address has none and the contract has one.

    A server may stand elsewhere than the contract says; a GET of an address that the contract has finds it out.
    """
    item = next(iter(contract.path_items), None)
    if target.base is not None or item is None or item.template == item.path:
        return target
    wire = settings.wire()
    try:
        found = [_status(wire, re.sub(r"\{[^}]+\}", "1", path)) for path in (item.template, item.path)]
    finally:
        wire.close()
    elsewhere = found[0] == NOT_FOUND and found[1] not in (0, NOT_FOUND)
    return replace(target, base="") if elsewhere else target


def _status(wire: Wire, path: str) -> int:
    answer = wire.send(Request("GET", path, closing=True), resend=True).answer
    return answer.status if answer is not None else 0


def _said(body: bytes) -> dict[str, object]:
    with contextlib.suppress(ValueError):
        value = json.loads(body)
        if isinstance(value, dict) and isinstance(value.get("contract"), dict):
            return value
    return {}


@contextlib.contextmanager
def in_process(contract: Path | None = None) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The kit's own mock in this process, on a free port: its URL, and the identity as settings."""
    from mock_server.settings import Settings  # noqa: PLC0415 - the same
    from mock_server.web.serving.running import running  # noqa: PLC0415 - connexion takes a second that a URL does not need

    settings = Settings(spec=contract, catalogue=CATALOGUE, event_ids="sequence")
    with running(settings) as mock:
        yield mock.url, identity_of(load_source(CATALOGUE).value)


def identity_of(catalogue: Mapping[str, Any]) -> Mapping[str, str]:
    """The settings that name what stands in a catalogue of the verifier's own form."""
    team = catalogue["teams"][0]
    (own, other), (here, there) = catalogue["tokens"], team["components"]
    return {
        "token": own["token"],
        "other_token": other["token"],
        "team": team["name"],
        "region": team["regions"][0],
        "app": str(here["app"]),
        "service": here["id"],
        "other_app": str(there["app"]),
        "other_service": there["id"],
    }


def base_of(url: str) -> str | None:
    """The path of a target's address, which stands in place of the contract's own base path; None where it has none."""
    return urlsplit(url).path.rstrip("/") or None
