"""Compares where an API is served, and what it asks callers for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from contract_tests.diff.document import Part
from contract_tests.diff.messages import Found
from contract_tests.diff.shape import text_of

Alternative = Mapping[str, frozenset[str]]
"""Schemes that are asked for together, with their scopes."""


# ---- servers


def servers(old: Part, new: Part, *, moved: bool) -> Iterator[Found]:
    """The addresses that came and went. `moved`: the same paths are served under another base path."""
    before, after = _servers(old), _servers(new)
    for url, part in before.items():
        if url not in after:
            where = new.get("servers") or new
            if moved and base_of(url) not in {base_of(each) for each in after}:
                text = f"{url} was removed; none of the others serves {base_of(url) or '/'}"
                yield Found("server-base-path-changed", "servers", text, part, where)
            else:
                yield Found("server-removed", "servers", f"{url} was removed", part, where)
    for url, part in after.items():
        if url not in before:
            yield Found("server-added", "servers", f"{url} is new", old.get("servers") or old, part)


def _servers(document: Part) -> dict[str, Part]:
    return {_resolved(part): part for part in document.listed("servers")}


def _resolved(server: Part) -> str:
    """The URL with the defaults of its variables."""
    variables = server.named("variables")

    def default(match: re.Match[str]) -> str:
        return variables[match[1]].text("default") if match[1] in variables else match[0]

    return re.sub(r"\{([^}]+)\}", default, server.text("url")).rstrip("/")


def base_of(url: str) -> str:
    """The path of a server's address, without a slash at its end."""
    return urlsplit(url).path.rstrip("/")


def base_path(document: Part, operation: Part, item: Part) -> str:
    """The path that stands in front of an operation's own."""
    for part in (operation, item, document):
        found = part.listed("servers")
        if found:
            path = base_of(_resolved(found[0]))
            return path if path.startswith("/") else ""
    return ""


# ---- security


def security(one: Part, other: Part, old: Part, new: Part) -> Iterator[Found]:
    """Whether a caller that had what was asked for still has it, and what else would do now."""
    before, after = _alternatives(one, old), _alternatives(other, new)
    places = one.get("security") or old.get("security") or one, other.get("security") or new.get("security") or other
    lost = [each for each in before if not any(_satisfies(each, wanted) for wanted in after)]
    for each in lost:
        rule, text = _loss(each, after)
        yield Found(rule, "security", text, *places)
    for each in after:
        if not any(_satisfies(each, had) for had in before):
            yield Found("api-security-alternative-added", "security", f"{_named(each)} is enough now", *places)


def _alternatives(operation: Part, document: Part) -> list[Alternative]:
    asked = operation.value.get("security", document.value.get("security")) or [{}]
    return [{name: frozenset(scopes or ()) for name, scopes in each.items()} for each in asked]


def _satisfies(had: Alternative, wanted: Alternative) -> bool:
    """Whether who had the one has all of the other."""
    return all(name in had and scopes <= had[name] for name, scopes in wanted.items())


def _loss(had: Alternative, after: list[Alternative]) -> tuple[str, str]:
    asked = " or ".join(map(_named, after))
    if not had:
        return "api-security-added", f"{asked} is asked for now"
    if any(set(wanted) == set(had) for wanted in after):
        return "api-security-scope-added", f"more scopes are asked for: {asked}"
    if any(set(had) < set(wanted) for wanted in after):
        return "api-security-added", f"{asked} is asked for now, {_named(had)} is no longer enough"
    return "api-security-removed", f"{_named(had)} is no longer accepted; {asked} is asked for"


def _named(alternative: Alternative) -> str:
    texts = (f"{name}{f' ({chr(44).join(sorted(scopes))})' if scopes else ''}" for name, scopes in alternative.items())
    return " with ".join(texts) or "nothing"


def schemes(old: Part, new: Part) -> Iterator[Found]:
    """Schemes of the same name that ask for something else."""
    before, after = (part.under("components").named("securitySchemes") for part in (old, new))
    for name, one in before.items():
        other = after.get(name)
        if other is None:
            continue
        was, is_now = (_carried(part) for part in (one, other))
        if was != is_now:
            text = f"it was {was}, is {is_now}"
            yield Found("api-security-component-type-changed", f"security scheme {name}", text, one, other)
        elif _urls(one) != _urls(other):
            rule, text = "api-security-component-oauth-url-changed", "an address of its flows changed"
            yield Found(rule, f"security scheme {name}", text, one, other)


def _carried(scheme: Part) -> str:
    """How its credentials travel."""
    return " ".join(
        filter(None, (scheme.text("type"), scheme.text("scheme").lower(), scheme.text("in"), scheme.text("name")))
    )


def _urls(scheme: Part) -> str:
    flows = scheme.value.get("flows") or {}
    urls = {
        kind: {key: value for key, value in flow.items() if str(key).endswith("Url")}
        for kind, flow in flows.items()
        if isinstance(flow, Mapping)
    }
    return text_of([urls, scheme.text("openIdConnectUrl")])
