"""Bodies of media types that the contract does not document, and forms in place of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from contract_tests.cases.case import CORE, LIKELY, RARE, Case, Expectation, Priority
from contract_tests.cases.documents import overwrites_text
from contract_tests.cases.material.request_body import to_json
from contract_tests.cases.operation import OperationUnderTest

OTHER_MEDIA_TYPES: tuple[tuple[str, str, Priority], ...] = (
    ("plain", "text/plain", CORE),
    ("xml", "application/xml", LIKELY),
    ("text-xml", "text/xml", RARE),
    ("text-json", "text/json", LIKELY),
    ("vendor-json", "application/vnd.api+json", LIKELY),
    ("problem-json", "application/problem+json", RARE),
    ("json-lines", "application/jsonl", RARE),
    ("json-with-ending", "application/jsonx", RARE),
    ("json-patch", "application/json-patch+json", RARE),
    ("javascript", "application/javascript", RARE),
    ("html", "text/html", RARE),
    ("bytes", "application/octet-stream", LIKELY),
    ("yaml", "application/yaml", RARE),
    ("bare-json", "json", RARE),
)
"""Label, media type, likely: none of them is `application/json`."""


def cases(under_test: OperationUnderTest) -> Iterator[Case]:
    """Every case of this module for one operation."""
    if under_test.body.schema is None:
        return
    body = under_test.body.base
    for label, media_type, priority in OTHER_MEDIA_TYPES:
        yield _media_case(under_test, label, media_type, to_json(body), priority)
    yield _media_case(under_test, "none", None, to_json(body), LIKELY)
    texts = {key: value for key, value in body.items() if isinstance(value, str)} if isinstance(body, dict) else {}
    form = urlencode(texts).encode()
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in texts.items())
    for label, media_type, data in (
        ("form", "application/x-www-form-urlencoded", form),
        ("multipart", "multipart/form-data; boundary=b", f"{parts}--b--\r\n".encode()),
        ("multipart-no-boundary", "multipart/form-data", f"{parts}--b--\r\n".encode()),
        ("form-holding-json", "application/x-www-form-urlencoded", to_json(body)),
    ):
        yield _media_case(under_test, label, media_type, data, LIKELY if label == "form" else RARE, lenient=True)
    # What is refused for its media type is refused whatever it holds.
    for label, data in (("not-json", b"\xff\xfe"), ("empty-object", b"{}"), ("blank", b" ")):
        yield _media_case(under_test, f"plain-{label}", "text/plain", data, LIKELY)


def _media_case(
    under_test: OperationUnderTest,
    label: str,
    media_type: str | None,
    body: bytes,
    priority: Priority,
    *,
    lenient: bool = False,
) -> Case:
    known = {"media_type": media_type} if media_type and ";" not in media_type else {}
    expect = under_test.refused("unsupported-media-type", variables=known)
    documented = {media.name for media in (under_test.operation.body.content if under_test.operation.body else ())}
    if media_type and media_type.split(";")[0] in documented:
        expect = under_test.either("invalid-body")
    if lenient and expect.refuses:
        # A server may say that it cannot read the form rather than that it does not take forms.
        expect = Expectation(expect.statuses | under_test.refused("parse-error").statuses)
    return Case(
        id=f"{under_test.operation.id}/media-type/{label}",
        check="media-type-not-enforced",
        operation=under_test.operation.id,
        constraint="media type",
        purpose=f"a body that says it is {media_type or 'nothing at all'} is refused",
        request=under_test.request(body=body, media_type=media_type),
        expect=expect,
        where=(*under_test.where, "requestBody"),
        priority=priority,
        lenient=lenient,
        overwrites=overwrites_text(under_test),
        group=f"media-type:{'forms' if lenient else label}",
    )
