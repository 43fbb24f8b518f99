"""Bodies that are no JSON, as an operation takes them: forms, parts of several, XML, texts and bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.contract.media import media_types
from mock_server.contract.media.written import concrete, plain_text, written
from mock_server.contract.model import MediaType
from mock_server.contract.schema.samples import sample

MULTIPART = "multipart/"
BOUNDARY = "part-of-a-request"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A body as it is sent, with its media type."""

    data: bytes
    media_type: str


def encoded(media: MediaType) -> Encoded:
    """A valid body of a media type: the contract's example, else one made from the schema."""
    value = media.examples[0].value if media.examples else sample(media.schema)
    if media_types.essence(media.name).startswith(MULTIPART) and isinstance(value, Mapping):
        return Encoded(_parts(value, media), f"multipart/form-data; boundary={BOUNDARY}")
    return Encoded(written(value, media.name, media.schema).encode(), concrete(media.name, value))


def _parts(value: Mapping[str, object], media: MediaType) -> bytes:
    nodes = {name: schema.node for name, schema in media.schema.properties.items()} if media.schema else {}
    parts = []
    for name, item in value.items():
        file = '; filename="a.txt"' if nodes.get(name, {}).get("format") == "binary" else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(f"{head}{plain_text(item)}\r\n")
    return "".join((*parts, f"--{BOUNDARY}--\r\n")).encode()
