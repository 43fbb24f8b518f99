"""The plan: every request that a run would send, grouped by purpose, with the most builds it can cause."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.cases.case import Case
from contract_tests.cases.generated import GENERATED
from contract_tests.results.masking import Masker
from contract_tests.settings import Settings
from contract_tests.target.target import Target
from contract_tests.verification.fuzzing import EXAMPLES, PHASES
from contract_tests.verification.run import plan
from contract_tests.verification.schedule import planned as in_order
from mock_server.contract.model import Contract

LONGEST_BODY = 160


def planned(contract: Contract, settings: Settings, target: Target) -> list[Case]:
    """The deterministic cases of a run, in the order in which they are sent."""
    return [case for _, case in in_order(plan(contract, settings, target), settings.limits.max_builds)]


def lines(contract: Contract, settings: Settings, target: Target) -> Iterator[str]:
    """The plan as text; secrets stand in it as the names of their variables."""
    masker = Masker(settings.secrets)
    found = planned(contract, settings, target)
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in found:
        groups.setdefault((case.operation, case.constraint), []).append(case)
    for (operation, constraint), cases in groups.items():
        yield f"{operation}: {constraint}"
        for case in cases:
            yield f"  {case.id}"
            yield f"    {case.purpose}; expects {masker.text(str(case.expect))}"
            yield f"    {masker.text(_request(case))}"
    if settings.fuzz:
        yield from _generated(contract)
    valid = sum(case.together for case in found if case.expect.accepts)
    most = settings.limits.max_builds
    yield ""
    yield f"{len(found)} requests for {settings.url}; some refused ones are sent a second time at the end"
    yield "what writes to ids that you did not name is sent only where a GET, which goes first, is answered 404"
    spare = f", and up to {max(0, most - valid - 1)} generated ones" if settings.fuzz else ""
    yield f"a conforming target accepts {min(valid, most)} of them{spare}; at most {most} builds whatever it does"


def _generated(contract: Contract) -> Iterator[str]:
    """What Schemathesis adds depends on the answers: so much is known before."""
    yield f"{GENERATED}: for each of {len(contract.operations)} operations, {', '.join(PHASES)}"
    yield f"  at most {EXAMPLES} by fuzzing; examples and coverage as many as the contract has cases for"
    yield "  valid ones while builds are to spare, invalid ones while time is left; to the ids given, none twice"


def _request(case: Case) -> str:
    request = case.request
    headers = "".join(f" [{name}: {value}]" for name, value in request.headers)
    body = (request.body or b"")[:LONGEST_BODY].decode("utf-8", "backslashreplace")
    rest = len(request.body or b"") - LONGEST_BODY
    more = f"… {rest} bytes more" if rest > 0 else ""
    times = f" ×{case.together} at once" if case.together > 1 else ""
    return f"{request.method} {request.target[:300]}{headers} {body!r}{more}{times}" if body else (
        f"{request.method} {request.target[:300]}{headers}{times}"
    )  # fmt: skip
