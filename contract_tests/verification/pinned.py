"""The contract as requests are generated from it: without what the user's ids stand for, and what may not be sent."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests.verification.live import bare
from mock_server.contract.model import Contract


def pinned(contract: Contract) -> dict[str, Any]:
    """The contract without path parameters: each request goes to the user's ids, so none need be made up.

    A contract with links keeps them: what an answer leads to is found by them.
    """
    document: dict[str, Any] = copy.deepcopy(dict(contract.document))
    if not has_links(document):
        document["paths"] = {bare(path): _without_ids(item, document) for path, item in document["paths"].items()}
    return document


def _without_ids(item: Any, document: Mapping[str, Any]) -> Any:
    """A path item without its path parameters; extensions beside the items stay as they are."""
    shared = document.get("components", {}).get("parameters", {})
    nodes = (item, *item.values()) if isinstance(item, dict) else ()
    for node in (node for node in nodes if isinstance(node, dict) and "parameters" in node):
        node["parameters"] = [p for p in node["parameters"] if _place_of(p, shared) != "path"]
    return item


def without_properties(node: Any, names: frozenset[str], *, here: bool = False) -> Any:
    """A part of a document without some properties; `here` says that its keys are names of properties."""
    if isinstance(node, list):
        return [without_properties(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: without_properties(value, names, here=key in ("properties", "example", "value"))
        for key, value in node.items()
        if not (here and key in names)
    }
    required = kept.pop("required", None) if isinstance(kept.get("required"), list) else None
    still = [name for name in required or () if name not in names]
    return {**kept, "required": still} if still else kept


def _place_of(parameter: Mapping[str, Any], shared: Mapping[str, Any]) -> Any:
    whole = shared.get(parameter["$ref"].rpartition("/")[2], {}) if "$ref" in parameter else parameter
    return whole.get("in")


def has_links(document: Mapping[str, Any]) -> bool:
    items = (item for item in document["paths"].values() if isinstance(item, Mapping))
    return any("links" in response for item in items for response in _responses(item))


def _responses(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for operation in item.values():
        if isinstance(operation, Mapping):
            yield from (r for r in operation.get("responses", {}).values() if isinstance(r, Mapping))
