"""The floor: an ASGI application on uvicorn with a constant answer: `python -m benchmarks.apps.floor PORT`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping

import uvicorn

BODY = b'{"event_id": "5821167607ec460b89b326084fb3d1e0"}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())],
}


async def app(
    _scope: Mapping[str, object], _receive: object, send: Callable[[Mapping[str, object]], Awaitable[None]]
) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        "benchmarks.apps.floor:app",
        port=int(sys.argv[1]),
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
