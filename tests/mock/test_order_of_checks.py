"""A request with two faults is refused for the one the contract lists first."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field

import pytest

from mock_server.contract.model import Contract
from tests.mock.build_request import APP, COMPONENT, REGION, TEAM, TOKEN, path
from tests.mock.conftest import CATALOGUE
from tests.raw_http import send

assert CATALOGUE.exists()


@dataclass
class Faulty:
    """A request as its faults leave it; each fault changes what it needs and leaves the rest."""

    token: str | None = TOKEN
    internal: bool = False
    place: dict[str, str] = field(
        default_factory=lambda: {"team": TEAM, "region": REGION, "app": APP, "component": COMPONENT}
    )
    suffix: str = ""
    method: str = "POST"
    content_type: str = "application/json"
    body: bytes = b"{}"


FAULTS = {
    "unknown-path": {"suffix": "/"},
    "invalid-internal-token": {"internal": True},
    "no-token": {"token": None},
    "unknown-token": {"token": "f" * 40},
    "enterprise-not-found": {"token": "4" * 40},
    "team-not-found": {"team": "nope"},
    "region-not-found": {"region": "nowhere"},
    "team-not-in-region": {"region": "region2"},
    "app-not-found": {"app": "99"},
    "component-not-found": {"component": "0" * 32},
    "component-not-in-app": {"component": COMPONENT[:-1] + "5"},
    "method-not-allowed": {"method": "PUT"},
    "unsupported-media-type": {"content_type": "text/plain"},
    "parse-error": {"body": b"{"},
    "invalid-body": {"body": b'{"build_type": "x"}'},
    "component-creating": {"component": COMPONENT[:-1] + "4"},
}
PAIRS = [
    (first, second)
    for first, second in itertools.combinations(FAULTS, 2)
    if not set(FAULTS[first]) & set(FAULTS[second])
]


def test_the_faults_stand_in_the_contracts_order(contract: Contract) -> None:
    assert tuple(FAULTS) == contract.order_of_checks


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_earlier_fault_is_answered(catalogue_url: str, contract: Contract, first: str, second: str) -> None:
    faulty = Faulty()
    for name in (second, first):
        for key, value in FAULTS[name].items():
            if key in faulty.place:
                faulty.place[key] = str(value)
            else:
                setattr(faulty, key, value)
    headers = [("Content-Type", faulty.content_type)]
    headers += [("Authorization", faulty.token)] if faulty.token else []
    headers += [("X-Internal-Token", "x")] if faulty.internal else []

    answer = send(catalogue_url, faulty.method, path(**faulty.place) + faulty.suffix, headers, faulty.body)

    expected = contract.operations[0].example(first)
    assert expected is not None
    assert answer.status == expected.status
    if first == "unknown-path":
        assert answer.body.decode() == expected.value
    elif not expected.variables:
        assert json.loads(answer.body) == expected.value
