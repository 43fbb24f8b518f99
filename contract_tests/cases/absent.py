"""Ids and tokens that nobody has: random, long, of the documented form, and the same for the same seed."""

from __future__ import annotations

import random
import re
import string
import uuid
from collections.abc import Iterator

from contract_tests.cases.operation import OperationUnderTest
from mock_server.contract.model import Parameter

NOT_FOUND = 404
LONG = 16
"""Texts of fewer signs are names that people give: nobody knows that there is none like it."""
SHORTEST = 10
MANY = 10**9
FEW = 10**6
"""Numbers from which few are taken, and below which any may be."""
CHOICES = ("date", "date-time", "time", "byte", "email", "ipv4", "ipv6")
"""Formats of which every value may exist."""


def absent(under_test: OperationUnderTest, parameter: Parameter) -> str | None:
    """A value of a path parameter that surely names nothing; None where every value may name something.

    Also None where the contract does not say what answers an unknown one.
    """
    node = parameter.schema.node if parameter.schema is not None else {}
    documented = under_test.operation.response(NOT_FOUND) is not None
    if not documented or "enum" in node or node.get("type") == "boolean" or node.get("format") in CHOICES:
        return None
    source = random.Random(f"{under_test.secret} {parameter.name}")  # noqa: S311 - reproducible, nothing secret
    return next((value for value in _candidates(node, source) if _fits(under_test, parameter, value)), None)


def may_exist(parameter: Parameter, value: str) -> bool:
    """Whether somebody may have made something of this name beside the user's own."""
    if is_number(parameter):
        return value.isdigit() and int(value[:20]) < MANY and _is_valid(parameter, value)
    return len(value) < LONG and _is_valid(parameter, value)


def is_number(parameter: Parameter) -> bool:
    return parameter.schema is not None and parameter.schema.node.get("type") in ("integer", "number")


def absent_token(under_test: OperationUnderTest) -> str:
    """A token that nobody has, of the very form of the good one."""
    source = random.Random(f"{under_test.secret} token")  # noqa: S311 - as above
    form = under_test.identity.token or "x" * 32
    digits = "0123456789abcdef" if re.fullmatch("[0-9a-f]+", form) else string.digits
    letters = digits if re.fullmatch("[0-9a-f]+", form) else string.ascii_lowercase
    return "".join(
        source.choice(digits if sign.isdigit() else letters if sign.islower() else string.ascii_uppercase)
        if sign.isascii() and sign.isalnum()
        else sign
        for sign in form
    )


def _candidates(node: object, source: random.Random) -> Iterator[str]:
    rules = node if isinstance(node, dict) else {}
    if rules.get("type") in ("integer", "number"):
        most = min(rules.get("maximum", 1 << 62), (1 << 31) - 1 if rules.get("format") == "int32" else 1 << 52)
        least = max(rules.get("minimum", 1), most // 2)
        if most >= FEW:
            yield str(source.randint(int(least), int(most)))
        return
    if rules.get("format") == "uuid":
        yield str(uuid.UUID(int=source.getrandbits(128), version=4))
    letters = "".join(source.choice(string.ascii_lowercase + string.digits) for _ in range(40))
    digits = f"{source.getrandbits(200):050x}"
    for text in (f"x{letters}", digits, letters.upper(), "".join(sign for sign in digits if sign.isdigit())):
        yield from (
            text[:length] for length in (28, 32, 40, 24, 36, 20, LONG, rules.get("maxLength", 0)) if length >= SHORTEST
        )


def _fits(under_test: OperationUnderTest, parameter: Parameter, value: str) -> bool:
    found = under_test.find(under_test.target({parameter.name: value}))
    return found is not None and found[0] is under_test.item and _is_valid(parameter, value)


def _is_valid(parameter: Parameter, value: str) -> bool:
    if parameter.schema is None:
        return True
    if is_number(parameter):
        return re.fullmatch(r"-?\d{1,18}", value) is not None and parameter.schema.is_valid(int(value))
    return parameter.schema.is_valid(value)
