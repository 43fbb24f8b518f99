"""Bodies as bytes: what is not JSON, not UTF-8, of another media type, or very large."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from contract_tests.cases.bodies import property_flaws
from contract_tests.cases.case import CORE, TAIL, TELLING, Case, Expectation
from contract_tests.cases.operation import OperationUnderTest, to_json
from contract_tests.cases.texts import SURROGATES
from contract_tests.cases.values import kind_of

DEEP = 100_000
MANY_DIGITS = 5000
MEGABYTE = 1 << 20

OTHER_MEDIA_TYPES: tuple[tuple[str, str, bool], ...] = (
    ("plain", "text/plain", True),
    ("xml", "application/xml", True),
    ("text-xml", "text/xml", False),
    ("text-json", "text/json", True),
    ("vendor-json", "application/vnd.api+json", True),
    ("problem-json", "application/problem+json", False),
    ("json-lines", "application/jsonl", False),
    ("json-with-ending", "application/jsonx", False),
    ("json-patch", "application/json-patch+json", False),
    ("javascript", "application/javascript", False),
    ("html", "text/html", False),
    ("bytes", "application/octet-stream", True),
    ("yaml", "application/yaml", False),
    ("bare-json", "json", False),
)
"""Label, media type, telling: none of them is `application/json`."""


def cases(subject: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    if subject.body_schema is None:
        return
    yield from _malformed(subject)
    yield from _encodings(subject)
    yield from _surrogates(subject)
    yield from _media_types(subject)
    yield from _large(subject)


def _text_property(subject: OperationUnderTest) -> str:
    """A property that holds free text, else any: the place where broken JSON is put."""
    properties: dict[str, Any] = dict(subject.property_nodes)
    sent = [name for name in properties if subject.may_send(name)]
    texts = [name for name in sent if kind_of(properties[name]) == "string" and "enum" not in properties[name]]
    return (texts or sent or ["name"])[0]


def _malformed(subject: OperationUnderTest) -> Iterator[Case]:
    name = _text_property(subject)
    for label, body, telling in _broken(name, to_json(subject.base_body)):
        yield _document(subject, f"malformed/{label}", "malformed-body-accepted", "JSON syntax", body, telling)
    for label, body in _valid_but_wrong(subject, name):
        yield _invalid(subject, f"malformed/{label}", body)


def _broken(name: str, whole: bytes) -> tuple[tuple[str, bytes, bool], ...]:
    """Bodies that are no JSON, each with its label and whether it is one of the most telling."""
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
        ("comment", b"/* build */" + whole, True),
        ("line-comment", b"// build\n" + whole, False),
        ("hash-comment", b"# build\n" + whole, False),
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
        ("bare-word", b"build", True),
        ("blank", b" ", True),
        ("line-end", b"\n", False),
        ("nul-byte", b"\0", False),
        ("nul-bytes-after", whole + b"\0\0", False),
        ("xml", b"<build/>", False),
        ("form", urlencode({name: "main"}).encode(), True),
        ("yaml", f"{name}: main\n".encode(), False),
        ("brackets-crossed", f'{{"{name}": ["main"}}]'.encode(), False),
        ("open-brackets", b"[" * DEEP, False),
    )


def _valid_but_wrong(subject: OperationUnderTest, name: str) -> Iterator[tuple[str, bytes]]:
    """JSON that no reader may choke on, with a value that is wrong however it is read."""
    yield "deep-array", f'{{"{name}": {"[" * DEEP}{"]" * DEEP}}}'.encode()
    yield "deep-object", f'{{"{name}": '.encode() + b'{"a":' * 2000 + b"1" + b"}" * 2001
    yield "nested-500", f'{{"{name}": {"[" * 500}{"]" * 500}}}'.encode()
    found = [flaw for flaw in property_flaws(subject, name) if flaw.telling and not flaw.lenient] if name else []
    if not found:
        return
    wrong = to_json(found[0].value)
    yield "duplicate-key", f'{{"{name}": "main", "{name}": '.encode() + wrong + b"}"
    yield "duplicate-key-same", f'{{"{name}": '.encode() + wrong + f', "{name}": '.encode() + wrong + b"}"
    yield "blanks-everywhere", b" \r\n\t{ " + f'"{name}" : '.encode() + wrong + b" }\n\n"
    yield "escaped-key", b'{"' + "".join(f"\\u{ord(sign):04x}" for sign in name).encode() + b'":' + wrong + b"}"


def _encodings(subject: OperationUnderTest) -> Iterator[Case]:
    name = _text_property(subject)
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
        ("byte-order-mark", b"\xef\xbb\xbf" + to_json(subject.base_body), True),
        ("gzip", gzip.compress(to_json(subject.base_body), mtime=0), False),
    )
    for label, body, telling in bad:
        yield _document(subject, f"encoding/{label}", "encoding-not-enforced", "JSON encoding", body, telling)
    wrong = [flaw for flaw in property_flaws(subject, name) if flaw.telling and flaw.constraint == "type"]
    if wrong:
        text = json.dumps({name: wrong[-1].value})
        for label, body in (
            ("byte-order-mark-invalid", b"\xef\xbb\xbf" + text.encode()),
            ("utf-16", text.encode("utf-16")),
            ("utf-16-no-mark", text.encode("utf-16-le")),
            ("utf-32", text.encode("utf-32")),
        ):
            yield _invalid(subject, f"encoding/{label}", body)


def _surrogates(subject: OperationUnderTest) -> Iterator[Case]:
    """Half a sign is no text. Where the contract has words for it, it is refused; else any answer but a failure is."""
    words = subject.contract.messages.get("surrogate", "")
    for name, node in subject.property_nodes.items():
        if "enum" in node or kind_of(node) != "string" or not subject.may_send(name):
            continue
        for label, text, code_point in SURROGATES:
            body = to_json({**subject.base_body, name: "@"}).replace(b'"@"', f'"{text}"'.encode())
            message = {name: words.replace("{code_point}", code_point)} if words else {}
            refused = subject.refused("invalid-body", fields=(name,), messages=message)
            yield Case(
                id=f"{subject.operation.id}/{name}/surrogate/{label}",
                check="pattern-not-enforced",
                operation=subject.operation.id,
                constraint=f"pattern {name}",
                purpose=f"{name} holds half a sign ({label} surrogate) and is refused",
                request=subject.request(body=body),
                expect=refused if words else subject.either("invalid-body"),
                where=subject.where_property(name),
                rank=TELLING if words else TAIL,
                overwrites=bool(node.get("x-overwrites-stored-settings")),
                group=f"surrogate:{name}",
            )


def _media_types(subject: OperationUnderTest) -> Iterator[Case]:
    body = subject.base_body
    for label, media_type, telling in OTHER_MEDIA_TYPES:
        yield _media_case(subject, label, media_type, to_json(body), CORE if label == "plain" else rank(telling))
    yield _media_case(subject, "none", None, to_json(body), TELLING)
    texts = {key: value for key, value in body.items() if isinstance(value, str)} if isinstance(body, dict) else {}
    form = urlencode(texts).encode()
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in texts.items())
    for label, media_type, data in (
        ("form", "application/x-www-form-urlencoded", form),
        ("multipart", "multipart/form-data; boundary=b", f"{parts}--b--\r\n".encode()),
        ("multipart-no-boundary", "multipart/form-data", f"{parts}--b--\r\n".encode()),
        ("form-holding-json", "application/x-www-form-urlencoded", to_json(body)),
    ):
        yield _media_case(subject, label, media_type, data, TELLING if label == "form" else TAIL, lenient=True)
    # What is refused for its media type is refused whatever it holds.
    for label, data in (("not-json", b"\xff\xfe"), ("empty-object", b"{}"), ("blank", b" ")):
        yield _media_case(subject, f"plain-{label}", "text/plain", data, TELLING)


def _media_case(
    subject: OperationUnderTest, label: str, media_type: str | None, body: bytes, rank_: int, *, lenient: bool = False
) -> Case:
    known = {"media_type": media_type} if media_type and ";" not in media_type else {}
    expect = subject.refused("unsupported-media-type", variables=known)
    documented = {media.name for media in (subject.operation.body.content if subject.operation.body else ())}
    if media_type and media_type.split(";")[0] in documented:
        expect = subject.either("invalid-body")
    if lenient and expect.refuses:
        # A server may say that it cannot read the form rather than that it does not take forms.
        expect = Expectation(expect.statuses | subject.refused("parse-error").statuses)
    return Case(
        id=f"{subject.operation.id}/media-type/{label}",
        check="media-type-not-enforced",
        operation=subject.operation.id,
        constraint="media type",
        purpose=f"a body that says it is {media_type or 'nothing at all'} is refused",
        request=subject.request(body=body, media_type=media_type),
        expect=expect,
        where=(*subject.where, "requestBody"),
        rank=rank_,
        lenient=lenient,
        overwrites=_overwrites(subject),
        group=f"media-type:{'forms' if lenient else label}",
    )


def _large(subject: OperationUnderTest) -> Iterator[Case]:
    """Bodies of some megabytes, wrong in an ordinary way: they are answered like small ones."""
    name = _text_property(subject)
    node = subject.property_nodes.get(name, {})
    if node.get("maxLength"):
        yield _invalid(subject, "large/long-text", to_json({name: "a" * (3 * MEGABYTE)}), TELLING)
        yield _invalid(subject, "large/long-cjk", to_json({name: "中" * MEGABYTE}), TAIL)
    yield _invalid(subject, "large/many-digits", f'{{"{name}": {"9" * MANY_DIGITS}}}'.encode(), TELLING, lenient=True)
    yield _invalid(subject, "large/many-digits-fraction", f'{{"{name}": [1{"0" * MANY_DIGITS}.5]}}'.encode(), TAIL)
    yield _invalid(subject, "large/big-exponent", f'{{"{name}": [1e400]}}'.encode(), TAIL)
    yield _invalid(subject, "large/many-items", to_json({name: [0] * 200_000}), TAIL)


def _document(subject: OperationUnderTest, label: str, check: str, constraint: str, body: bytes, telling: bool) -> Case:
    expect = subject.refused("parse-error")
    both = expect.statuses | subject.refused("invalid-body").statuses | subject.too_large(body)
    return Case(
        id=f"{subject.operation.id}/body/{label}",
        check=check,
        operation=subject.operation.id,
        constraint=constraint,
        purpose=f"a body that is no JSON ({label.rpartition('/')[2]}) is refused, and nothing breaks",
        request=subject.request(body=body),
        expect=expect if label in CERTAIN else Expectation(both),
        where=(*subject.where, "requestBody"),
        rank=CORE if label in CORE_DOCUMENTS else rank(telling),
        overwrites=_overwrites(subject),
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
    subject: OperationUnderTest, label: str, body: bytes, rank_: int = TELLING, *, lenient: bool = False
) -> Case:
    """JSON or not, the server may find out by reading it or by checking it: refused it must be."""
    statuses = subject.refused("parse-error").statuses | subject.refused("invalid-body").statuses
    statuses |= subject.too_large(body)
    return Case(
        id=f"{subject.operation.id}/body/{label}",
        check="type-not-enforced" if "large" in label else "malformed-body-accepted",
        operation=subject.operation.id,
        constraint="JSON syntax",
        purpose=f"an invalid body that is hard to read ({label.rpartition('/')[2]}) is refused, and nothing breaks",
        request=subject.request(body=body),
        expect=Expectation(statuses),
        where=(*subject.where, "requestBody"),
        rank=rank_,
        lenient=lenient,
        overwrites=_overwrites(subject),
        group="lenient-type" if lenient else f"hard:{label}",
    )


def _overwrites(subject: OperationUnderTest) -> bool:
    node = subject.property_nodes.get(_text_property(subject), {})
    return bool(node.get("x-overwrites-stored-settings"))


def rank(telling: bool) -> int:
    return TELLING if telling else TAIL
