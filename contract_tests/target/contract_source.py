"""Where the contract of a verification is: in the kit, in a file, or at an address, such as the target's own."""

from __future__ import annotations

from contract_tests.settings import Settings
from mock_server.configuration.declaration import SettingsError
from mock_server.contract.document.source import parse_source
from mock_server.contract.loader import load_contract, read_contract
from mock_server.contract.model import Contract

SECONDS = 30.0
"""How long a server may take to answer with its contract."""


def contract_of(settings: Settings) -> Contract:
    """The contract that the settings name.

    Raises:
        SourceError: it is no contract.
        SettingsError: its address gives none.
    """
    if isinstance(settings.spec, str):
        return read_contract(parse_source(_fetched(settings.spec, settings), settings.spec))
    return load_contract(settings.spec)


def _fetched(url: str, settings: Settings) -> str:
    import httpx2  # noqa: PLC0415 - a file needs no client

    try:
        answer = httpx2.get(url, verify=settings.tls.context(), follow_redirects=True, timeout=SECONDS)
        text = answer.content.decode("utf-8-sig")
    except httpx2.HTTPError as error:
        raise SettingsError(f"--spec {url}: {error or type(error).__name__}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"--spec {url}: not UTF-8 at byte {error.start}") from None
    if not answer.is_success:
        raise SettingsError(f"--spec {url}: the server answers {answer.status_code}")
    return text
