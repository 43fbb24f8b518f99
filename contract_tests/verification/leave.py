"""What may be sent: nothing that writes goes to what the user did not name, unless the target says that there is none.

A target says so by answering a GET with 404. Methods that the contract does not document are tried only where the
target itself says, in `Allow`, that it does not have them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.cases.absent import absent
from contract_tests.cases.operation import SAFE_METHODS, OperationUnderTest
from contract_tests.transport.wire import Exchange, Request
from mock_server.contract.model import Operation

NOT_FOUND = 404
REFUSALS = 400

Ask = Callable[[OperationUnderTest, Request], Exchange | None]
"""Sends a request that changes nothing; None where nothing may be sent any more."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a request is not sent, and what the target said to a GET of its address, if it was asked."""

    why: str
    seen: Exchange | None = None


class Leave:
    """Says whether a request may be sent.

    Args:
        harmless: the target says that it is a mock: everything may be sent.
    """

    def __init__(self, ask: Ask, *, harmless: bool) -> None:
        self._ask = ask
        self._harmless = harmless
        self._seen: dict[str, Exchange | None] = {}
        self._allowed: dict[str, frozenset[str]] = {}

    def withheld(self, under_test: OperationUnderTest, request: Request) -> Withheld | None:
        """Why a request may not be sent; None where it may."""
        if self._harmless or request.method in SAFE_METHODS:
            return None
        found = under_test.find(request.target, request.method)
        if found is None:
            return self._unless_absent(under_test, request, "the target has something at this address")
        operation = found[0].operations.get(request.method)
        if not _names_the_users_own(under_test, found[1]):
            if operation is not None and _is_mild(operation) and self._is_random(under_test, operation, found[1]):
                return self._unless_there(under_test, request)
            return self._unless_absent(under_test, request, "the target does not say that there is no such thing")
        if operation is None:
            return self._unless_not_allowed(under_test, request)
        return _unless_named(under_test, operation)

    def _unless_absent(self, under_test: OperationUnderTest, request: Request, why: str) -> Withheld | None:
        seen = self._get(under_test, request)
        status = seen.answer.status if seen is not None and seen.answer is not None else 0
        return None if status == NOT_FOUND else Withheld(f"{why} (GET: {status or 'no answer'})", seen)

    def _unless_there(self, under_test: OperationUnderTest, request: Request) -> Withheld | None:
        seen = self._get(under_test, request)
        there = seen is None or seen.answer is None or seen.answer.status < REFUSALS
        return Withheld("the target has such a thing", seen) if there else None

    def _get(self, under_test: OperationUnderTest, request: Request) -> Exchange | None:
        target = request.target.partition("?")[0]
        if target not in self._seen:
            self._seen[target] = self._ask(under_test, under_test.request(method="GET", target=target))
        return self._seen[target]

    def _unless_not_allowed(self, under_test: OperationUnderTest, request: Request) -> Withheld | None:
        """A method that the contract does not have, on what the user named."""
        allowed = self._methods(under_test)
        if allowed and request.method not in allowed:
            return None
        return Withheld(f"the target has {request.method}, or does not say in Allow that it has not")

    def _methods(self, under_test: OperationUnderTest) -> frozenset[str]:
        """The methods that the target says it has for a path; empty where it says nothing."""
        path = under_test.item.template
        if path not in self._allowed:
            said: set[str] = set()
            for method in ("OPTIONS", "TRACE", "GET"):
                asked = self._ask(under_test, under_test.request(method=method)) if method not in said else None
                value = asked.answer.header("Allow") if asked is not None and asked.answer is not None else None
                said |= {name.strip().upper() for name in (value or "").split(",") if name.strip()}
                if said:
                    break
            self._allowed[path] = frozenset(said)
        return self._allowed[path]

    @staticmethod
    def _is_random(under_test: OperationUnderTest, operation: Operation, given: dict[str, str]) -> bool:
        """Whether all that the user did not name was made up at random."""
        return all(
            given.get(parameter.name) in (under_test.id_of(parameter), absent(under_test, parameter))
            for parameter in operation.parameters_in("path")
        )


def _is_mild(operation: Operation) -> bool:
    return operation.method in ("POST", "PATCH") and not operation.side_effect


def _names_the_users_own(under_test: OperationUnderTest, given: dict[str, str]) -> bool:
    """Whether a path holds only what the user named, or the contract shows."""
    own = {parameter.name: parameter for parameter in under_test.operation.parameters_in("path")}
    return all(
        name in own and value in (under_test.id_of(own[name]), under_test.identity.other(own[name].resource))
        for name, value in given.items()
    )


def _unless_named(under_test: OperationUnderTest, operation: Operation) -> Withheld | None:
    """What is gone afterwards must have been named by the user: an example of the contract is not enough."""
    identity = under_test.identity
    for parameter in operation.parameters_in("path") if operation.method == "DELETE" else ():
        if identity.value(parameter.name, parameter.resource) is None and not identity.other(parameter.resource):
            return Withheld(f"give --id {parameter.name}=VALUE: what it names is deleted")
    return None
