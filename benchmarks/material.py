"""What is served and asked: the contract, catalogues, a scenario, and the requests. Made in a folder by the command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.client import TOKEN, Call
from benchmarks.processes import ROOT

SPEC = ROOT / "spec" / "openapi.yaml"
OPERATIONS = 1_000
FEW, MANY = 10, 100_000
BUILD = "/openapi/v1/teams/team-a/regions/rainbond/apps/42/services/svc-{number}/build"
BODY = {
    "build_type": "source_code",
    "server_type": "git",
    "branch": "master",
    "repo_url": "https://example.com/acme/app.git",
    "username": "ci",
    "password": "secret",
}
PATH = BUILD.format(number=FEW)
PLAIN = Call(PATH, json.dumps(BODY))

PROBES = {
    "no token": Call(PATH, json.dumps(BODY), token=""),
    "`Bearer` before the token": Call(PATH, json.dumps(BODY), token=f"Bearer {TOKEN}"),
    "`build_type: helm`": Call(PATH, '{"build_type": "helm"}'),
    "a branch of 256 letters": Call(PATH, f'{{"branch": "{"x" * 256}"}}'),
    "a body that is not JSON": Call(PATH, "{"),
    "GET": Call(PATH, method="GET"),
}
"""Requests that the console refuses."""

SCENARIOS = """scenarios:
  - name: of-master
    when: {operation: buildComponent, body: {/branch: master}}
    answers: [{example: accepted}]
"""


@dataclass(frozen=True)
class Material:
    """Files in one folder.

    Attributes:
        spec: the contract in JSON, without YAML's merge keys, which not every reader knows.
        operations: the contract with its operation a thousand times, at a thousand paths.
        few: a catalogue of ten components.
        many: one of 100,000.
        scenarios: one scenario, which matches `PLAIN`.
    """

    spec: Path
    operations: Path
    few: Path
    many: Path
    scenarios: Path


def make(folder: Path) -> Material:
    material = Material(*(folder / name for name in NAMES))
    document = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    material.spec.write_text(json.dumps(document), encoding="utf-8")
    material.operations.write_text(json.dumps(_multiplied(document, OPERATIONS)), encoding="utf-8")
    material.few.write_text(_catalogue(FEW), encoding="utf-8")
    material.many.write_text(_catalogue(MANY), encoding="utf-8")
    material.scenarios.write_text(SCENARIOS, encoding="utf-8")
    return material


NAMES = ("openapi.json", "operations.json", "few.yaml", "many.yaml", "scenarios.yaml")


def padded(size: int) -> Call:
    """The request with a body of that many bytes; what it has more stands in a property that nobody declared."""
    rest = size - len(json.dumps(BODY | {"note": ""}))
    return Call(PATH, json.dumps(BODY | {"note": "x" * rest}))


def last_operation() -> Call:
    return Call(f"{PATH}/{OPERATIONS}", PLAIN.body)


def _multiplied(document: dict[str, Any], times: int) -> dict[str, Any]:
    [(path, item)] = document["paths"].items()
    post = item["post"]
    paths = {
        f"{path}/{number}": item | {"post": post | {"operationId": f"{post['operationId']}{number}"}}
        for number in range(1, times + 1)
    }
    return document | {"paths": paths}


def _catalogue(components: int) -> str:
    """One team with one app and its components; the last of them is asked for by `BUILD` with its number."""
    row = "      - {id: svc-%d, alias: s%d, app: 42, region: rainbond}"
    rows = [row % (number, number) for number in range(1, components + 1)]
    head = f"""enterprises: [acme]
tokens: [{{token: {TOKEN}, user: ci, enterprise: acme}}]
regions: [{{name: rainbond}}]
teams:
  - id: team-a
    name: web
    enterprise: acme
    regions: [rainbond]
    apps: [{{id: 42, name: shop, region: rainbond}}]
    components:"""
    return "\n".join([head, *rows, ""])
