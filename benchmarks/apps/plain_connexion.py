"""Connexion as its documentation shows it, with a handler that returns the example.

python -m benchmarks.apps.plain_connexion SPEC PORT
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
import yaml
from connexion import AsyncApp
from connexion.resolver import Resolver

EXAMPLE = {"event_id": "5821167607ec460b89b326084fb3d1e0"}


async def build(**_parameters: object) -> tuple[dict[str, str], int, dict[str, str]]:
    return EXAMPLE, 200, {"Content-Type": "application/json"}


def accept(token: str, **_: object) -> dict[str, str]:
    return {"sub": "anyone"} if token else {}


def main(spec: str, port: str) -> None:
    document = yaml.safe_load(Path(spec).read_text(encoding="utf-8"))
    document["servers"] = [{"url": "/"}]
    for scheme in document["components"]["securitySchemes"].values():
        scheme["x-apikeyInfoFunc"] = "benchmarks.apps.plain_connexion.accept"
    app = AsyncApp(__name__)
    app.add_api(document, resolver=Resolver(lambda _operation_id: build))
    uvicorn.run(app, port=int(port), http="httptools", access_log=False, log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
