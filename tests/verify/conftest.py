"""What the verifier's tests share: a conforming console without any fault, and its contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.contract.loader import load_contract
from mock_server.contract.model import Contract
from tests.verify.faults import Served, none, serving


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture
def conforming() -> Iterator[Served]:
    with serving(none) as served:
        yield served
