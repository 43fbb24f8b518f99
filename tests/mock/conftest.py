"""Mock consoles that the tests of one run share; none of them changes by being asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract
from mock_server.settings import Settings
from mock_server.web.serving.running import running

CATALOGUE = Path(__file__).parent.parent / "recorded" / "catalogue.yaml"


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """The mock as it runs without options."""
    with running(Settings()) as mock:
        yield mock.url


@pytest.fixture(scope="session")
def console_url() -> Iterator[str]:
    """The mock with the console's leniency, and everything existing."""
    with running(Settings(profile="console")) as mock:
        yield mock.url


@pytest.fixture(scope="session")
def catalogue_url() -> Iterator[str]:
    """The mock with the recorded catalogue."""
    with running(Settings(catalogue=CATALOGUE)) as mock:
        yield mock.url
