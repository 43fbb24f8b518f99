"""What HAR 1.2 asks of an archive: its required members and their types, from the format's description."""

from __future__ import annotations

from typing import Any

TEXT, NUMBER, COUNT = {"type": "string"}, {"type": "number", "minimum": -1}, {"type": "integer", "minimum": -1}


def _object(**members: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


PAIRS = _list(_object(name=TEXT, value=TEXT))
MESSAGE = {
    "httpVersion": TEXT,
    "cookies": PAIRS,
    "headers": PAIRS,
    "headersSize": COUNT,
    "bodySize": COUNT,
}
POST_DATA = {**_object(mimeType=TEXT), "not": {"required": ["text", "params"]}}
REQUEST = _object(**MESSAGE, method=TEXT, url={"type": "string", "format": "uri"}, queryString=PAIRS)
REQUEST["properties"]["postData"] = POST_DATA
RESPONSE = _object(
    **MESSAGE, status=COUNT, statusText=TEXT, content=_object(size=COUNT, mimeType=TEXT), redirectURL=TEXT
)
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
ENTRY = _object(
    startedDateTime=TIME,
    time={"type": "number", "minimum": 0},
    request=REQUEST,
    response=RESPONSE,
    cache={"type": "object"},
    timings=_object(send=NUMBER, wait=NUMBER, receive=NUMBER),
)
# Members of one's own start with an underscore; all others are the format's.
ENTRY["additionalProperties"] = False
ENTRY["patternProperties"] = {"^_": {}, "^(comment|serverIPAddress|connection|pageref)$": TEXT}
HAR = _object(log=_object(version={"enum": ["1.2"]}, creator=_object(name=TEXT, version=TEXT), entries=_list(ENTRY)))
