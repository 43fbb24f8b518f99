"""Routing: ids that are almost right, and what exactly a 404 says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.defects.catalogue import ALIAS, OTHER_SERVICE, REGION, SERVICE, TEAM, TEAM_ID
from tests.defects.console import Console
from tests.defects.messages import Answer
from tests.defects.mutation import (
    ROUTING,
    Defect,
    Mutation,
    altering,
    rewriting,
    skipping,
    wrapping,
)
from tests.defects.witness import accepted, path, refused

NOWHERE = {"service": "0" * 32}


def instead(check: str, name: str) -> Mutation:
    """Give another named answer than the check's own."""

    def seed(console: Console) -> None:
        wrapping(
            "check_" + check.replace("-", "_"),
            lambda original, visit: console.named(name) if original(visit) else None,
        )(console)

    return seed


def finding_component(same: Callable[[str, str], bool]) -> Mutation:
    """Also find a component whose id is only similar."""
    return wrapping(
        "find_component",
        lambda find, team, name: find(team, name) or next((c for c in team.components if same(c.id, name)), None),
    )


def in_region(change: Callable[[str], str]) -> Mutation:
    """Take the region's name for another one."""

    def route(original: Any, target: str) -> Any:
        ids = original(target)
        return {**ids, "region_name": change(ids["region_name"])} if ids else ids

    return wrapping("route", route)


def as_page(answer: Answer) -> Answer:
    return answer.with_text("<!doctype html><h1>Not Found</h1>", "text/html; charset=utf-8")


def unmatched_as_json(answer: Answer) -> Answer:
    value = {"code": 404, "msg": "not found", "msg_show": "接口不存在", "data": {"bean": {}, "list": []}}
    return replace(answer.with_json(value), name="refused").with_headers({"Content-Type": "application/json"})


def front_end(answer: Answer) -> Answer:
    return replace(answer.with_text('<!doctype html><div id="app"></div>', "text/html"), status=200)


def unknown(what: str, **differences: Any) -> Any:
    return refused(f"{what}-not-found", **differences)


IDS = (
    Defect(
        ROUTING,
        "team-ignored",
        "Any team will do.",
        wrapping("find_team", lambda find, name: find(name) or find(TEAM)),
        unknown("team", team="nobody"),
    ),
    Defect(
        ROUTING,
        "team-any-case",
        "Teams are found without regard to case.",
        wrapping("find_team", lambda find, name: find(name.lower())),
        unknown("team", team=TEAM.upper()),
    ),
    Defect(
        ROUTING,
        "team-by-name-only",
        "A team is not found by its id.",
        wrapping("find_team", lambda find, name: find(name) if name != TEAM_ID else None),
        accepted(team=TEAM_ID),
    ),
    Defect(
        ROUTING,
        "region-ignored",
        "Any region will do.",
        in_region(lambda _: REGION),
        unknown("region", region="nowhere"),
    ),
    Defect(
        ROUTING,
        "region-any-case",
        "Regions are found without regard to case.",
        in_region(str.lower),
        unknown("region", region="Rainbond"),
    ),
    Defect(
        ROUTING,
        "app-ignored",
        "An unknown app is taken for the component's own.",
        wrapping("find_app", lambda find, team, number: find(team, number) or find(team, "1")),
        unknown("app", app="999999"),
    ),
    Defect(
        ROUTING,
        "app-sign-ignored",
        "The sign of an app id is ignored.",
        wrapping("find_app", lambda find, team, number: find(team, number.removeprefix("-"))),
        unknown("app", app="-1"),
    ),
    Defect(
        ROUTING,
        "app-beginning-counts",
        "An app id counts up to its first dash.",
        wrapping("find_app", lambda find, team, number: find(team, number.partition("-")[0])),
        unknown("app", app="1-2"),
    ),
    Defect(
        ROUTING,
        "component-of-any-app",
        "A component of another app is built.",
        skipping("component-not-in-app"),
        refused("component-not-in-app", service=OTHER_SERVICE),
    ),
    Defect(
        ROUTING,
        "component-any-case",
        "Component ids are compared without regard to case.",
        finding_component(lambda known, given: known == given.lower()),
        unknown("component", service=SERVICE.upper()),
    ),
    Defect(
        ROUTING,
        "component-beginning",
        "The beginning of a component's id is enough.",
        finding_component(lambda known, given: known.startswith(given)),
        unknown("component", service=SERVICE[:8]),
    ),
    Defect(
        ROUTING,
        "component-and-more",
        "What follows a component's id is ignored.",
        finding_component(lambda known, given: given.startswith(known)),
        unknown("component", service=SERVICE + "0"),
    ),
    Defect(
        ROUTING,
        "alias-unknown",
        "A component is not found by its alias.",
        wrapping("find_component", lambda find, team, name: None if name.startswith("gr") else find(team, name)),
        accepted(service=ALIAS),
    ),
    Defect(
        ROUTING,
        "encoded-ids",
        "Percent-encoded ids are not decoded.",
        wrapping("decode", lambda _, segment: segment),
        accepted(service="%35" + SERVICE[1:]),
    ),
)


NOT_FOUND = (
    Defect(
        ROUTING,
        "region-as-team",
        "An unknown region is answered as an unknown team.",
        instead("region-not-found", "team-not-found"),
        unknown("region", region="nowhere"),
    ),
    Defect(
        ROUTING,
        "other-app-as-unknown",
        "A component of another app is answered as an unknown one.",
        instead("component-not-in-app", "component-not-found"),
        refused("component-not-in-app", service=OTHER_SERVICE),
    ),
    Defect(
        ROUTING,
        "app-as-component",
        "An unknown app is answered as an unknown component.",
        instead("app-not-found", "component-not-found"),
        unknown("app", app="999999"),
    ),
    Defect(
        ROUTING,
        "component-forbidden",
        "An unknown component is answered with 403.",
        altering(lambda answer: replace(answer, status=403), "component-not-found"),
        unknown("component", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "component-bad-request",
        "An unknown component is answered with 400.",
        altering(lambda answer: replace(answer, status=400), "component-not-found"),
        unknown("component", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "component-as-page",
        "An unknown component is answered with a page.",
        altering(as_page, "component-not-found"),
        unknown("component", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "team-with-200",
        "An unknown team is answered with HTTP 200, the code inside being 404.",
        altering(lambda answer: replace(answer, status=200), "team-not-found"),
        unknown("team", team="nobody"),
    ),
    Defect(
        ROUTING,
        "region-code",
        "The code of an unknown region is 404.",
        rewriting(lambda value: {**value, "code": 404}, "region-not-found"),
        unknown("region", region="nowhere"),
    ),
    Defect(
        ROUTING,
        "app-text",
        "The text of an unknown app is another one.",
        rewriting(lambda value: {**value, "msg": "app not found"}, "app-not-found"),
        unknown("app", app="999999"),
    ),
    Defect(
        ROUTING,
        "component-shown-in-english",
        "What an unknown component shows to people is in English.",
        rewriting(lambda value: {**value, "msg_show": value["msg"]}, "component-not-found"),
        unknown("component", **NOWHERE),
    ),
    Defect(
        ROUTING,
        "unknown-path-as-json",
        "An unknown path is answered in JSON.",
        altering(unmatched_as_json, "unknown-path"),
        refused("unknown-path", target=path() + "s"),
    ),
    Defect(
        ROUTING,
        "unknown-path-as-front-end",
        "An unknown path is answered with 200 and the front end.",
        altering(front_end, "unknown-path"),
        refused("unknown-path", target="/openapi/v1/nothing"),
    ),
)

DEFECTS = IDS + NOT_FOUND
