"""Results of verifications that never were: for tests of reports, and for their screenshots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from contract_tests.cases.case import CORE, UNROUTED, Case
from contract_tests.checks.registry import CHECKS
from contract_tests.results.coverage import OperationCoverage
from contract_tests.results.findings import VIOLATION, Finding, Findings
from contract_tests.results.proof import Proof
from contract_tests.results.result import Result
from contract_tests.transport.wire import Request

REQUEST = b"POST /shop/orders HTTP/1.1\r\nHost: 127.0.0.1:7380\r\nAuthorization: ${RAINBOND_TOKEN}\r\n" + (
    b'Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{"count": 12}'
)
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"id": 7, "note": "\xe8\xae\xa2\xe5\x8d\x95"}'

OPERATIONS = ("createOrder", "readOrder", "deleteOrder", "listOrders")


def finding(**given: object) -> Finding:
    """A finding that fails a run."""
    usual = Finding(
        check="limit-not-enforced",
        severity="medium",
        kind=VIOLATION,
        operation="createOrder",
        constraint="limit count",
        case="createOrder/limit/one-more",
        purpose="count (one more) breaks its limit and is refused",
        expected="400 or 422",
        observed="200",
        where="shop.yaml:41",
        request=REQUEST,
        answer=ANSWER,
        seeds=(1,),
    )
    return replace(usual, **given)  # type: ignore[arg-type]


def many(number: int) -> Iterable[Finding]:
    """Findings of all checks and operations."""
    for index in range(number):
        check = CHECKS[index % len(CHECKS)]
        yield finding(
            check=check.id,
            severity=check.severity,
            operation=OPERATIONS[index % len(OPERATIONS)],
            constraint=f"limit field_{index}",
            times=1 + index % 9,
        )


def result(*findings: Finding, **given: object) -> Result:
    """A result with these findings: what they are about is violated, one more requirement is proven."""
    noted, proof = Findings(), Proof()
    noted.extend(findings)
    for each in (*findings, finding(constraint="token")):
        case = Case(each.case, each.check, each.operation, each.constraint, "", Request("POST", "/"), UNROUTED, ())
        proof.expect(replace(case, priority=CORE))
        if each in findings:
            proof.violated(case)
        else:
            proof.proven(case)
    coverage = [
        OperationCoverage(name, "POST", f"/shop/{name}/{{id}}", ("200", "4XX"), {200: 3, 404: 2, 500: 1})
        for name in OPERATIONS
    ]
    usual = Result(
        url="http://127.0.0.1:7380",
        seeds=(1,),
        digest="d34343d5ad32" + "0" * 52,
        began=datetime(2027, 1, 31, 12, 30, tzinfo=UTC),
        contract="Shop 1.2.0",
        findings=noted,
        proof=proof,
        builds=3,
        requests=120,
        generated=40,
        seconds=12.25,
        coverage=tuple(coverage),
    )
    return replace(usual, **given)  # type: ignore[arg-type]
