"""Forms as the console's framework (Django) reads them: lenient where others refuse, and limited in its own way.

Observed on the console; nothing of it is documented.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from urllib.parse import parse_qsl

from mock_server.contract.media import media_types
from mock_server.engine.messages import ProviderError

MOST_FIELDS, MOST_FILES = 1000, 100
BOUNDARY = re.compile(r"[ -~]{0,200}[!-~]")


class FormError(ValueError):
    """A form in parts that cannot be read; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form, of which only the name matters."""

    name: str

    def __str__(self) -> str:
        return self.name


class FormData(dict[str, str | Upload]):
    """The fields of a form; of repeated ones the last."""


def read_form(body: bytes, content_type: str) -> FormData:
    """The fields of an urlencoded form. Raises ProviderError: there are too many."""
    charset = media_types.charset(content_type)
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _too_many("GET/POST parameters", "FIELDS") from None
    return FormData(pairs)


def read_multipart(body: bytes, content_type: str) -> FormData:
    """The fields and files of a form in parts.

    Raises:
        FormError: its Content-Type names no boundary that can be one.
        ProviderError: there are too many.
    """
    if not content_type.isascii():
        raise FormError(f"Invalid non-ASCII Content-Type in multipart: {content_type}")
    boundary = media_types.parameter(content_type, "boundary")
    if not boundary or not BOUNDARY.fullmatch(boundary):
        raise FormError(f"Invalid boundary in multipart: {boundary}")
    charset = media_types.charset(content_type)
    fields, files = FormData(), FormData()
    count = 0
    for head, data in _parts(body, b"--" + boundary.encode("ascii")):
        count += 1
        # Two more: what stands in front of the first boundary and behind the last is counted, too.
        if count > MOST_FIELDS + 2:
            raise _too_many("GET/POST parameters", "FIELDS")
        name = head.get_param("name", None, "content-disposition")
        if name is None:
            continue
        name = _text(name).strip().encode().decode(charset, "replace")
        file_name = _text(head.get_param("filename", "", "content-disposition"))
        if file_name:
            count -= 1
            files[name] = Upload(re.split(r"[/\\]", file_name)[-1])
            if len(files) > MOST_FILES:
                raise _too_many("files", "FILES")
        else:
            fields[name] = _decoded(head, data).decode(charset, "replace")
    return FormData(fields | files)


def _parts(body: bytes, separator: bytes) -> Iterator[tuple[Message, bytes]]:
    """What stands between the boundaries, wherever these are; before the first one, too."""
    pieces = body.split(separator)
    for piece in pieces:
        is_last = piece is pieces[-1]
        part = piece if is_last else re.sub(rb"\r?\n\Z", b"", piece)
        end = part.find(b"\r\n\r\n")
        yield _head(part[: max(end, 0)]), part[end + 4 :] if end >= 0 else b""


def _head(lines: bytes) -> Message:
    """The headers of a part; lines that are none are passed over."""
    head = Message()
    for line in lines.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        try:
            text = value.decode().strip()
        except UnicodeDecodeError:
            continue
        if colon:
            head[name.decode("latin-1").strip().lower()] = text
    return head


def _decoded(head: Message, data: bytes) -> bytes:
    if head.get("content-transfer-encoding", "").strip() != "base64":
        return data
    try:
        return base64.b64decode(data)
    except binascii.Error:
        return data


def _text(value: object) -> str:
    """A parameter of a header; RFC 2231 gives some of them a charset and a language."""
    if isinstance(value, tuple):
        charset, _, text = value
        return str(text).encode("latin-1", "replace").decode(charset or "ascii", "replace")
    return str(value)


def _too_many(what: str, setting: str) -> ProviderError:
    type_name = {"FIELDS": "TooManyFieldsSent", "FILES": "TooManyFilesSent"}[setting]
    told = f"The number of {what} exceeded settings.DATA_UPLOAD_MAX_NUMBER_{setting}."
    return ProviderError("unhandled", message=told, type=type_name)
