"""The journal as an HTTP Archive (HAR 1.2), which browsers' developer tools and other programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl

from mock_server.contract.media import json_bodies
from mock_server.journal.entries import Entry


def archive(entries: Iterable[Entry], url: str) -> dict[str, Any]:
    """The archive of some entries; `url` is the mock's own, without a trailing slash."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "rainbond-mock", "version": version("rainbond-mock")},
            "entries": [_entry(entry, url) for entry in entries],
        }
    }


def _entry(entry: Entry, url: str) -> dict[str, object]:
    duration = entry["duration_ms"]
    return {
        "startedDateTime": entry["time"],
        "time": duration,
        "request": _request(entry, url),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": duration, "receive": 0},
        "comment": f"operation {entry['operation'] or 'none'}, scenario {entry['scenario'] or 'none'}",
        "_id": entry["id"],
        "_session": entry["session"],
        "_event_id": entry["event_id"],
    }


def _request(entry: Entry, url: str) -> dict[str, object]:
    query = entry["query"]
    request = {
        "method": entry["method"],
        "url": f"{url}{entry['path']}{'?' + query if query else ''}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(entry["headers"]),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": entry["body_size"],
    }
    if entry["body_size"]:
        request["postData"] = _post_data(entry)
    return request


def _post_data(entry: Entry) -> dict[str, object]:
    body = entry["body"]
    data = {
        "mimeType": entry["headers"].get("content-type", ""),
        "text": body if isinstance(body, str) else json_bodies.dump(body).decode(),
    }
    return {**data, "comment": entry["body_left_out"], "text": ""} if "body_left_out" in entry else data


def _response(entry: Entry) -> dict[str, object]:
    status = entry["status"]
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return {
        "status": 0 if entry["fault"] in ("reset", "empty", "garbage", "hang") else status,
        "statusText": phrase,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs({"content-type": entry["media_type"]} if entry["media_type"] else {}),
        "content": {"size": entry["answer_size"], "mimeType": entry["media_type"]},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
