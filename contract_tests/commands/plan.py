"""The plan: every request that a run would send, grouped by purpose, with the most builds it can cause."""

from __future__ import annotations

from collections.abc import Iterator

from contract_tests.cases.case import Case
from contract_tests.cases.generated import cases as generated_cases
from contract_tests.cases.generation import beside, order
from contract_tests.cases.suite import Suite
from contract_tests.results.masking import Masker
from contract_tests.settings import Settings
from contract_tests.verification.run import EXAMPLES, MOST_GENERATED, plan
from contract_tests.verification.target import Target
from mock_server.contract.model import Contract

LONGEST_BODY = 160
PATIENCE = 300.0


def planned(contract: Contract, settings: Settings, target: Target) -> list[Case]:
    """All cases of a run, in the order in which they are sent."""
    suites = plan(contract, settings, target)
    found = [case for suite in suites for case in suite.cases]
    if settings.fuzz:
        found += _generated(contract, settings, suites)
    return found


def _generated(contract: Contract, settings: Settings, suites: list[Suite]) -> list[Case]:
    subjects = [suite.subject for suite in suites]
    with beside(order(contract, subjects, settings.seed, EXAMPLES)) as outcome:
        generated = outcome(PATIENCE)
    return list(generated_cases(subjects, generated, MOST_GENERATED))


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
    valid = sum(case.together for case in found if case.expect.accepts)
    most = settings.limits.max_builds
    yield ""
    yield f"{len(found)} requests for {settings.url}; some refused ones are sent a second time at the end"
    yield f"a conforming target accepts {min(valid, most)} of them; at most {most} builds whatever the target does"


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
