"""Bodies as bytes: what is not JSON, not UTF-8, of another media type, or very large."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from contract_tests.cases.bodies import negatives_of
from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.material.request_body import to_json
from contract_tests.cases.material.texts import SURROGATES
from contract_tests.cases.material.values import kind_of
from contract_tests.cases.operation import OperationUnderTest

DEEP = 100_000
MANY_DIGITS = 5000
MEGABYTE = 1 << 20


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    if under_test.body.schema is None:
        return
    yield from _malformed(under_test)
    yield from _encodings(under_test)
    yield from _surrogates(under_test)
    yield from _large(under_test)


def text_property(under_test: OperationUnderTest) -> str:
    """A property that holds free text, else any: the place where broken JSON is put."""
    properties: dict[str, Any] = dict(under_test.body.nodes)
    sent = [name for name in properties if under_test.body.may_send(name)]
    texts = [name for name in sent if kind_of(properties[name]) == "string" and "enum" not in properties[name]]
    return (texts or sent or ["name"])[0]


def _malformed(under_test: OperationUnderTest) -> Iterator[Case]:
    name = text_property(under_test)
    for label, body, likely in _broken(name, to_json(under_test.body.base)):
        yield _document(under_test, f"malformed/{label}", "malformed-body-accepted", "JSON syntax", body, likely)
    for label, body in _valid_but_wrong(under_test, name):
        yield _invalid(under_test, f"malformed/{label}", body)


def _broken(name: str, whole: bytes) -> tuple[tuple[str, bytes, bool], ...]:
    """Bodies that are no JSON, each with its label and whether it is one of the likeliest."""
    return (
        ("truncated", whole[:-1], True),
        ("truncated-in-text", whole[: whole.rfind(b'"')], True),
        ("trailing-data", whole + b"x", True),
        ("two-documents", whole + whole, True),
        ("trailing-brace", whole + b"}", False),
        ("trailing-comma", whole[:-1] + b",}", True),
        ("single-quotes", f"{{'{name}': 'main'}}".encode(), True),
        ("bare-key", f'{{{name}: "main"}}'.encode(), False),
        ("bare-value", f'{{"{name}": main}}'.encode(), False),
        ("no-colon", f'{{"{name}" "main"}}'.encode(), False),
        ("no-comma", f'{{"{name}": "a" "{name}": "b"}}'.encode(), False),
        ("no-value", f'{{"{name}":'.encode(), True),
        ("comment", b"/* note */" + whole, True),
        ("line-comment", b"// note\n" + whole, False),
        ("hash-comment", b"# note\n" + whole, False),
        ("nan", f'{{"{name}": NaN}}'.encode(), True),
        ("infinity", f'{{"{name}": Infinity}}'.encode(), False),
        ("minus-infinity", f'{{"{name}": -Infinity}}'.encode(), False),
        ("undefined", f'{{"{name}": undefined}}'.encode(), False),
        ("python-none", f'{{"{name}": None}}'.encode(), False),
        ("python-true", f'{{"{name}": True}}'.encode(), False),
        ("control-sign", f'{{"{name}": "a\nb"}}'.encode(), True),
        ("tab-sign", f'{{"{name}": "a\tb"}}'.encode(), False),
        ("zero-sign", f'{{"{name}": "a\0b"}}'.encode(), False),
        ("bad-escape", f'{{"{name}": "\\x61"}}'.encode(), True),
        ("short-escape", f'{{"{name}": "\\u12"}}'.encode(), False),
        ("leading-zero", f'{{"{name}": 01}}'.encode(), False),
        ("leading-plus", f'{{"{name}": +1}}'.encode(), False),
        ("hexadecimal", f'{{"{name}": 0x1F}}'.encode(), False),
        ("bare-point", f'{{"{name}": .5}}'.encode(), False),
        ("opening-brace", b"{", True),
        ("closing-brace", b"}", False),
        ("bare-word", b"word", True),
        ("blank", b" ", True),
        ("line-end", b"\n", False),
        ("nul-byte", b"\0", False),
        ("nul-bytes-after", whole + b"\0\0", False),
        ("xml", b"<a/>", False),
        ("form", urlencode({name: "main"}).encode(), True),
        ("yaml", f"{name}: main\n".encode(), False),
        ("brackets-crossed", f'{{"{name}": ["main"}}]'.encode(), False),
        ("open-brackets", b"[" * DEEP, False),
    )


def _valid_but_wrong(under_test: OperationUnderTest, name: str) -> Iterator[tuple[str, bytes]]:
    """JSON that no reader may choke on, with a value that is wrong however it is read."""
    yield "deep-array", f'{{"{name}": {"[" * DEEP}{"]" * DEEP}}}'.encode()
    yield "deep-object", f'{{"{name}": '.encode() + b'{"a":' * 2000 + b"1" + b"}" * 2001
    yield "nested-500", f'{{"{name}": {"[" * 500}{"]" * 500}}}'.encode()
    found = (
        [negative for negative in negatives_of(under_test, name) if negative.likely and not negative.lenient]
        if name
        else []
    )
    if not found:
        return
    wrong = to_json(found[0].value)
    yield "duplicate-key", f'{{"{name}": "main", "{name}": '.encode() + wrong + b"}"
    yield "duplicate-key-same", f'{{"{name}": '.encode() + wrong + f', "{name}": '.encode() + wrong + b"}"
    yield "blanks-everywhere", b" \r\n\t{ " + f'"{name}" : '.encode() + wrong + b" }\n\n"
    yield "escaped-key", b'{"' + "".join(f"\\u{ord(sign):04x}" for sign in name).encode() + b'":' + wrong + b"}"


def _encodings(under_test: OperationUnderTest) -> Iterator[Case]:
    name = text_property(under_test)
    bad: tuple[tuple[str, bytes, bool], ...] = (
        ("latin-1", f'{{"{name}": "\u00e9"}}'.encode("latin-1"), True),
        ("stray-byte", f'{{"{name}": "a'.encode() + b"\xff" + b'b"}', True),
        ("stray-byte-in-key", b'{"\xfe": 1}', False),
        ("truncated-sign", f'{{"{name}": "a'.encode() + b"\xe4\xb8" + b'"}', False),
        ("overlong", f'{{"{name}": "a'.encode() + b"\xc0\xaf" + b'"}', False),
        ("encoded-surrogate", f'{{"{name}": "a'.encode() + b"\xed\xa0\x80" + b'"}', False),
        ("gbk", f'{{"{name}": "构建"}}'.encode("gbk"), False),
        ("only-stray-bytes", b"\xff\xfe\xfd\x80", True),
        ("random-bytes", bytes(range(128, 256)), False),
        ("byte-order-mark", b"\xef\xbb\xbf" + to_json(under_test.body.base), True),
        ("gzip", gzip.compress(to_json(under_test.body.base), mtime=0), False),
    )
    for label, body, likely in bad:
        yield _document(under_test, f"encoding/{label}", "encoding-not-enforced", "JSON encoding", body, likely)
    wrong = [
        negative for negative in negatives_of(under_test, name) if negative.likely and negative.constraint == "type"
    ]
    if wrong:
        text = json.dumps({name: wrong[-1].value})
        for label, body in (
            ("byte-order-mark-invalid", b"\xef\xbb\xbf" + text.encode()),
            ("utf-16", text.encode("utf-16")),
            ("utf-16-no-mark", text.encode("utf-16-le")),
            ("utf-32", text.encode("utf-32")),
        ):
            yield _invalid(under_test, f"encoding/{label}", body)


def _surrogates(under_test: OperationUnderTest) -> Iterator[Case]:
    """Half a sign is no text. Where the contract has words for it, it is refused; else any answer but a failure is."""
    words = under_test.contract.messages.get("surrogate", "")
    for name, node in under_test.body.nodes.items():
        if "enum" in node or kind_of(node) != "string" or not under_test.body.may_send(name):
            continue
        for label, text, code_point in SURROGATES:
            body = to_json({**under_test.body.base, name: "@"}).replace(b'"@"', f'"{text}"'.encode())
            message = {name: words.replace("{code_point}", code_point)} if words else {}
            refused = under_test.refused("invalid-body", fields=(name,), messages=message)
            yield Case(
                id=f"{under_test.operation.id}/{name}/surrogate/{label}",
                check="pattern-not-enforced",
                operation=under_test.operation.id,
                constraint=f"pattern {name}",
                purpose=f"{name} holds half a sign ({label} surrogate) and is refused",
                request=under_test.request(body=body),
                expect=refused if words else under_test.either("invalid-body"),
                where=under_test.where_property(name),
                priority=LIKELY if words else RARE,
                overwrites=bool(node.get("x-overwrites-stored-settings")),
                group=f"surrogate:{name}",
            )


def _large(under_test: OperationUnderTest) -> Iterator[Case]:
    """Bodies of some megabytes, wrong in an ordinary way: they are answered like small ones."""
    name = text_property(under_test)
    node = under_test.body.nodes.get(name, {})
    if node.get("maxLength"):
        yield _invalid(under_test, "large/long-text", to_json({name: "a" * (3 * MEGABYTE)}), LIKELY)
        yield _invalid(under_test, "large/long-cjk", to_json({name: "中" * MEGABYTE}), RARE)
    yield _invalid(under_test, "large/many-digits", f'{{"{name}": {"9" * MANY_DIGITS}}}'.encode(), LIKELY, lenient=True)
    yield _invalid(under_test, "large/many-digits-fraction", f'{{"{name}": [1{"0" * MANY_DIGITS}.5]}}'.encode(), RARE)
    yield _invalid(under_test, "large/big-exponent", f'{{"{name}": [1e400]}}'.encode(), RARE)
    yield _invalid(under_test, "large/many-items", to_json({name: [0] * 200_000}), RARE)


def _document(
    under_test: OperationUnderTest, label: str, check: str, constraint: str, body: bytes, likely: bool
) -> Case:
    expect = under_test.refused("parse-error")
    both = expect.statuses | under_test.refused("invalid-body").statuses | under_test.too_large(body)
    return Case(
        id=f"{under_test.operation.id}/body/{label}",
        check=check,
        operation=under_test.operation.id,
        constraint=constraint,
        purpose=f"a body that is no JSON ({label.rpartition('/')[2]}) is refused, and nothing breaks",
        request=under_test.request(body=body),
        expect=expect if label in CERTAIN else Expectation(both),
        where=(*under_test.where, "requestBody"),
        priority=CORE if label in CORE_DOCUMENTS else LIKELY if likely else RARE,
        overwrites=overwrites_text(under_test),
        group=f"{constraint}:{label}",
    )


CERTAIN = frozenset({
    "malformed/truncated", "malformed/trailing-data", "malformed/two-documents", "malformed/trailing-comma",
    "malformed/no-value", "malformed/opening-brace", "malformed/bare-word", "malformed/bad-escape",
    "encoding/stray-byte", "encoding/only-stray-bytes", "encoding/latin-1",
})  # fmt: skip
"""Documents that no reader takes for JSON, so that only the parser can have refused them."""

CORE_DOCUMENTS = frozenset({"malformed/truncated", "encoding/stray-byte"})


def _invalid(
    under_test: OperationUnderTest, label: str, body: bytes, priority: Priority = LIKELY, *, lenient: bool = False
) -> Case:
    """JSON or not, the server may find out by reading it or by checking it: refused it must be."""
    statuses = under_test.refused("parse-error").statuses | under_test.refused("invalid-body").statuses
    statuses |= under_test.too_large(body)
    return Case(
        id=f"{under_test.operation.id}/body/{label}",
        check="type-not-enforced" if "large" in label else "malformed-body-accepted",
        operation=under_test.operation.id,
        constraint="JSON syntax",
        purpose=f"an invalid body that is hard to read ({label.rpartition('/')[2]}) is refused, and nothing breaks",
        request=under_test.request(body=body),
        expect=Expectation(statuses),
        where=(*under_test.where, "requestBody"),
        priority=priority,
        lenient=lenient,
        overwrites=overwrites_text(under_test),
        group="lenient-type" if lenient else f"hard:{label}",
    )


def overwrites_text(under_test: OperationUnderTest) -> bool:
    node = under_test.body.nodes.get(text_property(under_test), {})
    return bool(node.get("x-overwrites-stored-settings"))
