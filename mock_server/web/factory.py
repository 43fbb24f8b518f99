"""From settings to everything that serves: the one place that knows how the parts fit together."""

from __future__ import annotations

from dataclasses import replace

from mock_server.contract.document.source import nearest
from mock_server.contract.loader import load_contract
from mock_server.engine.catalogue import OpenDirectory
from mock_server.engine.console.profile import ConsoleProfile
from mock_server.engine.pipeline import MockDefinition
from mock_server.engine.profiles import ContractProfile
from mock_server.loaders.catalogue import load_catalogue
from mock_server.loaders.handlers import load_handlers
from mock_server.loaders.scenarios import load_scenarios
from mock_server.service.mock_service import MockService
from mock_server.service.stores import Limits, Store
from mock_server.service.stores.memory import MemoryStore
from mock_server.service.stores.worker import WorkerStore
from mock_server.settings import Settings, SettingsError


def build_definition(settings: Settings) -> MockDefinition:
    """Everything decisions depend on, read from the settings' files.

    Raises:
        SourceError: the contract or the catalogue cannot be used.
    """
    contract = load_contract(settings.spec_path, settings.base_path)
    _check_operations(settings, [operation.id for operation in contract.operations])
    profile = ConsoleProfile(contract) if settings.profile == "console" else ContractProfile(contract)
    directory = (
        load_catalogue(settings.catalogue, contract, profile.exact_membership)
        if settings.catalogue
        else OpenDirectory()
    )
    definition = MockDefinition(contract, directory, profile, settings.seed, settings.keep)
    definition.checks  # noqa: B018 - an order of checks that cannot work is told before anything runs
    definition.collections  # noqa: B018 - found now, and not by the first request
    return definition


def _check_operations(settings: Settings, known: list[str]) -> None:
    for name in settings.only or ():
        if name not in known:
            allowed = ", ".join(known)
            raise SettingsError(f"only: no operation {name!r}{nearest(name, known)}; allowed: {allowed}")


def limits(settings: Settings) -> Limits:
    """How much a store keeps."""
    return Limits(settings.journal_size, settings.max_sessions, settings.session_ttl, settings.journal_memory)


def build_service(settings: Settings, definition: MockDefinition, shared: str | None = None) -> MockService:
    """Directs the requests of one process.

    Args:
        settings: how the mock runs.
        definition: what decisions depend on.
        shared: the path of the store that several workers share; None: the process has its own.

    Raises:
        SourceError: the scenarios or the handlers cannot be used.
        SettingsError: the store cannot be used.
    """
    return MockService(
        definition,
        open_store(settings, shared),
        read_scenario_file(settings, definition),
        event_ids=settings.event_ids,
        journal=settings.journal_size > 0,
        handlers=load_handlers(settings.handlers, definition.contract) if settings.handlers else None,
        validate_handlers=settings.validate_handlers,
        keep_memory=settings.keep_memory,
    )


def read_scenario_file(settings: Settings, definition: MockDefinition) -> str | None:
    """The scenarios that every session starts with, as JSON text; None where there are none. Raises SourceError."""
    return load_scenarios(settings.scenarios, definition.contract) if settings.scenarios else None


def open_store(settings: Settings, shared: str | None = None) -> Store:
    """The store that the settings name; nothing is connected yet.

    Raises:
        SettingsError: the store needs a package that is not installed, or its URL is wrong.
    """
    if settings.store == "memory":
        kept = limits(settings)
        share = replace(kept, memory=kept.memory // settings.workers)
        return WorkerStore(shared, share) if shared else MemoryStore(kept)
    try:
        # Late, because redis is an optional extra.
        from mock_server.service.stores.redis import RedisStore  # noqa: PLC0415

        return RedisStore(settings.store, limits(settings))
    except ImportError:
        raise SettingsError("store: Redis needs one more package: pip install 'rainbond-mock[redis]'") from None
    except ValueError as error:
        raise SettingsError(f"store: {error}") from None
