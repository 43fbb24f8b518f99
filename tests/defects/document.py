"""What the contract document says, read for the conforming console: nothing of it is written down a second time."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.defects.messages import JSON, Answer, compact

SPEC = Path(__file__).parents[2] / "spec" / "openapi.yaml"
ACCEPTED = "accepted"
UNHANDLED = "unhandled"


@dataclass(frozen=True)
class Document:
    """The contract of one operation.

    Attributes:
        names: the path's parameters, in order.
        pattern: matches a path whose segments have been decoded one by one.
        enums: the values of each property that has a closed list.
        limits: the longest text of each property, in code points.
        order: the names of the answers a request can be refused with, in the order of the checks.
    """

    root: Mapping[str, Any]
    path: str
    names: tuple[str, ...]
    pattern: re.Pattern[str]
    enums: Mapping[str, tuple[str | None, ...]]
    limits: Mapping[str, int]
    properties: tuple[str, ...]
    order: tuple[str, ...]
    messages: Mapping[str, str]
    cors: Mapping[str, Any]

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target = node["$ref"]
            node = self.root
            for step in target.removeprefix("#/").split("/"):
                node = node[step]
        return node

    @property
    def item(self) -> Mapping[str, Any]:
        item: Mapping[str, Any] = self.root["paths"][self.path]
        return item

    def responses(self) -> Mapping[int, Any]:
        return {int(status): self.resolve(node) for status, node in self.item["post"]["responses"].items()}

    def example_names(self) -> list[str]:
        return [
            name
            for response in self.responses().values()
            for content in response["content"].values()
            for name in content["examples"]
        ]

    def named(self, name: str, **variables: Any) -> Answer:
        """A named example of the contract as an answer, its variables replaced."""
        for status, response in self.responses().items():
            for media_type, content in response["content"].items():
                if name in content["examples"]:
                    example = content["examples"][name]
                    value = fill(example["value"], example.get("x-variables", {}), variables)
                    body = value.encode() if isinstance(value, str) else compact(value)
                    headers = {"Content-Type": media_type, **self._headers(response)}
                    return Answer(name, status, headers, body).with_headers(example.get("x-headers", {}))
        raise LookupError(f"the contract has no example named {name}")

    def _headers(self, response: Any) -> dict[str, str]:
        described = {name: self.resolve(node) for name, node in response["headers"].items()}
        return {name: node["example"] if "example" in node else uuid.uuid4().hex for name, node in described.items()}

    def options_answer(self) -> Answer:
        accepted = self.named(ACCEPTED)
        value = self.item["x-options-answer"]["value"]
        return Answer("options", 200, accepted.headers, compact(value))

    def preflight_answer(self) -> Answer:
        headers = {
            "Content-Type": "text/html; charset=utf8",
            "Vary": "origin",
            "X-Request-ID": uuid.uuid4().hex,
            "access-control-allow-headers": ", ".join(self.cors["allow-headers"]),
            "access-control-allow-methods": ", ".join(self.cors["allow-methods"]),
            "access-control-max-age": str(self.cors["max-age"]),
        }
        return Answer("preflight", 200, headers, b"")

    def fault_answer(self, error_type: str, message: str) -> Answer:
        """The console's own 500: what an exception nobody expected looks like."""
        fault = self.root["x-faults"][UNHANDLED]
        value = fill(fault["value"], fault["x-variables"], {"message": message, "type": error_type})
        return Answer(UNHANDLED, fault["status"], self.named("region-error").headers, compact(value))


def fill(node: Any, defaults: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """A copy of an example with each variable's documented value replaced, wherever it stands."""
    for name, default in defaults.items():
        if name in variables and node == default:
            return variables[name]
        if name in variables and isinstance(node, str) and isinstance(default, str):
            node = node.replace(default, variables[name])
    if isinstance(node, dict):
        return {key: fill(value, defaults, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [fill(value, defaults, variables) for value in node]
    return node


@cache
def document() -> Document:
    """The project's contract, read once."""
    root = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    path, item = next(iter(root["paths"].items()))
    parameters = root["components"]["parameters"].values()
    segments = {parameter["name"]: _segment(parameter) for parameter in parameters}
    body = item["post"]["requestBody"]["content"][JSON]["schema"]["$ref"].rpartition("/")[2]
    properties = root["components"]["schemas"][body]["properties"]
    return Document(
        root=root,
        path=path,
        names=tuple(re.findall(r"\{(\w+)\}", path)),
        pattern=re.compile(re.sub(r"\{(\w+)\}", lambda match: f"({segments[match[1]]})", path)),
        enums={name: tuple(node["enum"]) for name, node in properties.items() if "enum" in node},
        limits={name: node["maxLength"] for name, node in properties.items() if "maxLength" in node},
        properties=tuple(properties),
        order=tuple(root["x-order-of-checks"]),
        messages=root["x-messages"],
        cors=root["x-cors"],
    )


def _segment(parameter: Mapping[str, Any]) -> str:
    pattern: str = parameter.get("x-path-pattern") or parameter["schema"]["pattern"]
    return pattern.removeprefix("^").removesuffix("$")
