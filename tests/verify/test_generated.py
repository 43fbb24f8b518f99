"""What Schemathesis generates goes to the live target: within the budget, to the ids given, the same for a seed."""

from __future__ import annotations

import json

import pytest

from contract_tests.cases.generated import read
from contract_tests.cases.operation import OperationUnderTest
from contract_tests.results.result import CONFORMING, VIOLATED, Result
from contract_tests.target.target import Target
from contract_tests.transport.wire import Request
from contract_tests.verification.pinned import pinned, without_properties
from contract_tests.verification.run import under_test, verify
from mock_server.contract.model import Contract
from tests.verify.faults import Ask, Fault, Reply, Seen, Served, reply, serving

CORE_ALONE = {"only": ("core", "*/generated/*"), "max_time": 120.0, "fuzz": True}


class Recorder:
    """Passes everything on, and remembers what was asked and whether it was accepted."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.seen: list[Seen] = []
        self.accepted: list[Seen] = []
        self._fault = fault

    async def __call__(self, seen: Seen, ask: Ask) -> Reply:
        self.seen.append(seen)
        answer = await (self._fault(seen, ask) if self._fault else ask(seen))
        if answer.status == 200 and seen.method == "POST":
            self.accepted.append(seen)
        return answer


def run(contract: Contract, recorder: Recorder, **options: object) -> Result:
    with serving(recorder) as served:
        return verify(contract, served.settings(**{**CORE_ALONE, **options}))


@pytest.fixture(scope="module")
def two_runs(contract: Contract) -> list[tuple[Recorder, Result]]:
    recorders = [Recorder(), Recorder()]
    return [(recorder, run(contract, recorder)) for recorder in recorders]


def test_a_default_run_sends_at_least_a_hundred(two_runs: list[tuple[Recorder, Result]]) -> None:
    _, result = two_runs[0]

    assert result.exit_code == CONFORMING
    assert result.generated >= 100
    proof = {requirement.constraint: requirement.proven for requirement in result.proof}
    assert proof["generated requests"] >= result.generated
    assert not [note for note in result.notes if "nothing more was generated" in note]


def test_same_seed_sends_the_same_requests(two_runs: list[tuple[Recorder, Result]]) -> None:
    first, second = ([(s.method, s.path, s.body) for s in recorder.seen] for recorder, _ in two_runs)

    assert first == second


def test_every_request_goes_to_the_ids_given(two_runs: list[tuple[Recorder, Result]]) -> None:
    recorder, result = two_runs[0]
    generated = recorder.seen[-result.generated :]

    assert len({seen.path.partition("?")[0] for seen in generated}) == 1
    assert {seen.method for seen in generated} == {"POST"}


def test_valid_requests_stop_where_the_builds_are_spent_and_invalid_ones_go_on(contract: Contract) -> None:
    """The core takes five of six builds; the sixth stays in reserve for what may not be accepted."""
    recorder = Recorder()
    result = run(contract, recorder, max_builds=6)

    assert result.exit_code == CONFORMING
    assert len(recorder.accepted) == 5
    assert result.generated > 50


def test_server_that_accepts_everything_gets_no_more_than_the_budget(contract: Contract) -> None:
    async def accept(seen: Seen, ask: Ask) -> Reply:
        return reply(200, {"event_id": f"{len(seen.body):032x}"})

    recorder = Recorder(accept)
    result = run(contract, recorder, max_builds=30)

    assert result.exit_code == VIOLATED
    assert len(recorder.accepted) <= 30


def test_finding_is_named_by_what_is_wrong_and_made_smaller(contract: Contract) -> None:
    """A failure that only an odd body shows is found, judged, and shrunk to what it takes."""

    async def fails(seen: Seen, ask: Ask) -> Reply:
        body = seen.json()
        return reply(500, {}) if isinstance(body, list) and len(body) > 1 else await ask(seen)

    result = run(contract, Recorder(fails))
    (finding,) = [finding for finding in result.findings if finding.check == "server-error"]

    assert finding.case.startswith("buildComponent/generated/")
    assert finding.case.endswith("/server-error")
    assert len(json.loads(finding.request.partition(b"\r\n\r\n")[2])) == 2


def test_a_slow_machine_still_sends_some(contract: Contract) -> None:
    """The cases leave a share of the time, whatever they need themselves."""
    result = run(contract, Recorder(), only=(), max_time=6.0)

    assert result.generated > 0


def test_nothing_is_generated_that_the_user_did_not_allow(contract: Contract) -> None:
    """Properties that overwrite stored settings are left out when requests are made, so that none is made in vain."""
    document = pinned(contract)
    kept = without_properties(document, frozenset({"password"}))

    assert "password" in json.dumps(document["components"])
    assert "password" not in json.dumps(kept["components"]["schemas"])


@pytest.fixture(scope="module")
def operation(contract: Contract) -> OperationUnderTest:
    settings = Served("http://127.0.0.1:9", None).settings()  # type: ignore[arg-type]
    return under_test(contract, settings, Target(settings.url, settings.identity))[0]


@pytest.mark.parametrize(
    ("body", "check", "constraint", "lenient", "certain"),
    [
        (b'{"branch": "main"}', "combination-refused", "generated requests", False, True),
        (b'{"branch": 1}', "type-not-enforced", "type branch", True, True),
        (b'{"branch": true}', "type-not-enforced", "type branch", False, True),
        (b'{"build_type": "helm"}', "enum-not-enforced", "enum build_type", False, True),
        (b'{"branch": ""}', "pattern-not-enforced", "pattern branch", False, True),
        (b'{"branch": " main"}', "text-refused", "generated requests", False, False),
        (b"[1]", "shape-not-enforced", "shape body", False, True),
        (b"{", "malformed-body-accepted", "JSON syntax", False, True),
        (b"", "absent-body-refused", "generated requests", False, True),
    ],
)
def test_generated_request_is_read(
    operation: OperationUnderTest, body: bytes, check: str, constraint: str, lenient: bool, certain: bool
) -> None:
    request = Request("POST", operation.target(), (("Content-Type", "application/json"),), body or None)
    reading = read(operation, request)

    assert (reading.check, reading.constraint, reading.lenient, reading.certain) == (
        check,
        constraint,
        lenient,
        certain,
    )
