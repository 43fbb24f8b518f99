"""A console that conforms to the contract to the letter, written apart from `mock_server/`.

Each check and each small decision is a method of its own, so that a seeded defect can replace just one of them.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tests.defects.catalogue import CATALOGUE, App, Component, Team, User
from tests.defects.document import ACCEPTED, Document, document
from tests.defects.messages import JSON, Answer, Request

JSON_NAMES = {list: "list", str: "str", int: "int", float: "float", bool: "bool"}


class ParseError(Exception):
    """The body is not JSON; the message says why."""


@dataclass(frozen=True)
class Visit:
    """A request together with the decoded ids of its path."""

    request: Request
    ids: Mapping[str, str]


class Console:
    """The conforming console.

    Attributes:
        order: the names of the checks, in the order in which they are made.
        enums, limits: what the contract allows, as this console's own copies.
        builds: how many builds were accepted.
        faults: what went wrong although no defect was meant to, told by whoever serves the console.
    """

    def __init__(self) -> None:
        self.contract: Document = document()
        self.catalogue = CATALOGUE
        self.order = list(self.contract.order)
        self.enums = {name: list(values) for name, values in self.contract.enums.items()}
        self.limits = dict(self.contract.limits)
        self.checks = {name: getattr(self, "check_" + name.replace("-", "_")) for name in self.order}
        self.builds = 0
        self.faults: list[str] = []

    # ---- a request's way -------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """The whole way of a request."""
        answer = self.finish(self.decide(request), request)
        self.builds += 200 <= answer.status < 300 and answer.name == ACCEPTED
        return answer

    def decide(self, request: Request) -> Answer:
        if self.is_preflight(request):
            return self.contract.preflight_answer()
        visit = Visit(request, self.route(request.path))
        for name in self.order:
            refusal: Answer | None = self.checks[name](visit)
            if refusal is not None:
                return refusal
        return self.build(visit)

    def finish(self, answer: Answer, request: Request) -> Answer:
        """What every answer gets, whatever it is: the headers for browsers."""
        origin = request.headers.get("origin")
        if origin is None:
            return answer
        credentials = str(self.contract.cors["allow-credentials"]).lower()
        return answer.with_headers(
            {"access-control-allow-origin": origin, "access-control-allow-credentials": credentials}
        )

    def build(self, visit: Visit) -> Answer:
        """Start the build, unless the component or its region cannot."""
        component = self.component(visit)
        region = self.catalogue.regions.get(visit.ids["region_name"])
        failure = (component.answer if component else None) or region
        return self.named(failure) if failure else self.accept(self.event_id(visit))

    def accept(self, event_id: Any) -> Answer:
        return self.named(ACCEPTED).with_json({"event_id": event_id})

    def event_id(self, visit: Visit) -> Any:
        return uuid.uuid4().hex

    def named(self, name: str, **variables: Any) -> Answer:
        return self.contract.named(name, **variables)

    def is_preflight(self, request: Request) -> bool:
        asks = {"origin", "access-control-request-method"}
        return request.method == "OPTIONS" and asks <= set(request.headers)

    # ---- the path --------------------------------------------------------------------------------------------------

    def route(self, path: str) -> Mapping[str, str]:
        """The path's ids; none where the path is not the operation's."""
        decoded = [self.decode(segment) for segment in path.split("/")]
        if len(decoded) != self.contract.path.count("/") + 1:
            return {}
        match = self.contract.pattern.fullmatch("/".join(decoded))
        return dict(zip(self.contract.names, match.groups(), strict=True)) if match else {}

    def decode(self, segment: str) -> str:
        return unquote(segment)

    def check_unknown_path(self, visit: Visit) -> Answer | None:
        return None if visit.ids else self.named("unknown-path")

    # ---- who calls -------------------------------------------------------------------------------------------------

    def check_invalid_internal_token(self, visit: Visit) -> Answer | None:
        return self.named("invalid-internal-token") if "x-internal-token" in visit.request.headers else None

    def check_no_token(self, visit: Visit) -> Answer | None:
        return None if self.token(visit.request) else self.named("no-token")

    def check_unknown_token(self, visit: Visit) -> Answer | None:
        return None if self.user(visit) else self.named("unknown-token")

    def check_enterprise_not_found(self, visit: Visit) -> Answer | None:
        user = self.user(visit)
        known = user is None or user.enterprise in self.catalogue.enterprises
        return None if known else self.named("enterprise-not-found")

    def token(self, request: Request) -> str:
        return request.headers.get("authorization", "").strip(" \t")

    def user(self, visit: Visit) -> User | None:
        return self.find_user(self.token(visit.request))

    def find_user(self, token: str) -> User | None:
        return next((user for user in self.catalogue.users if user.token == token), None)

    # ---- what the path names ---------------------------------------------------------------------------------------

    def check_team_not_found(self, visit: Visit) -> Answer | None:
        team, user = self.team(visit), self.user(visit)
        if team is None or (user is not None and not self.may_see(user, team)):
            return self.named("team-not-found")
        return None

    def check_region_not_found(self, visit: Visit) -> Answer | None:
        return None if visit.ids["region_name"] in self.catalogue.regions else self.named("region-not-found")

    def check_team_not_in_region(self, visit: Visit) -> Answer | None:
        team = self.team(visit)
        inside = team is None or visit.ids["region_name"] in team.regions
        return None if inside else self.named("team-not-in-region")

    def check_app_not_found(self, visit: Visit) -> Answer | None:
        return None if self.app(visit) else self.named("app-not-found")

    def check_component_not_found(self, visit: Visit) -> Answer | None:
        return None if self.component(visit) else self.named("component-not-found")

    def check_component_not_in_app(self, visit: Visit) -> Answer | None:
        component, app = self.component(visit), self.app(visit)
        inside = component is None or app is None or self.belongs(component, app)
        return None if inside else self.named("component-not-in-app")

    def check_component_creating(self, visit: Visit) -> Answer | None:
        component = self.component(visit)
        return self.named("component-creating") if component and component.creating else None

    def may_see(self, user: User, team: Team) -> bool:
        return user.enterprise == team.enterprise

    def team(self, visit: Visit) -> Team | None:
        return self.find_team(visit.ids["team_id"])

    def find_team(self, name: str) -> Team | None:
        return next((team for team in self.catalogue.teams if name in (team.id, team.name)), None)

    def app(self, visit: Visit) -> App | None:
        team = self.team(visit)
        app = self.find_app(team, visit.ids["app_id"]) if team else None
        return app if app and app.region == visit.ids["region_name"] else None

    def find_app(self, team: Team, number: str) -> App | None:
        # An app id has at most 19 digits; int() itself refuses a text of thousands of them.
        digits = re.fullmatch(r"\d{1,40}", number)
        return next((app for app in team.apps if digits and app.id == int(number)), None)

    def component(self, visit: Visit) -> Component | None:
        team = self.team(visit)
        component = self.find_component(team, visit.ids["service_id"]) if team else None
        return component if component and component.region == visit.ids["region_name"] else None

    def find_component(self, team: Team, name: str) -> Component | None:
        return next((component for component in team.components if name in (component.id, component.alias)), None)

    def belongs(self, component: Component, app: App) -> bool:
        return component.app == app.id

    # ---- method and media type -------------------------------------------------------------------------------------

    def check_method_not_allowed(self, visit: Visit) -> Answer | None:
        method = visit.request.method
        if method == "OPTIONS":
            return self.contract.options_answer()
        return None if method == "POST" else self.named("method-not-allowed", method=method)

    def check_unsupported_media_type(self, visit: Visit) -> Answer | None:
        if not visit.request.body or self.is_json(visit.request):
            return None
        return self.named("unsupported-media-type", media_type=visit.request.headers.get("content-type", ""))

    def is_json(self, request: Request) -> bool:
        return request.media_type == JSON

    # ---- the body --------------------------------------------------------------------------------------------------

    def check_parse_error(self, visit: Visit) -> Answer | None:
        try:
            self.body(visit)
        except ParseError as error:
            reason = self.contract.messages["json"].format(reason=error)
            return self.named("parse-error", reason=reason)
        return None

    def body(self, visit: Visit) -> Any:
        """The parsed body; an absent one counts as an object without properties."""
        return self.parse(visit.request.body) if visit.request.body else {}

    def parse(self, raw: bytes) -> Any:
        try:
            return json.loads(raw.decode(), parse_constant=self._refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(str(error)) from None

    @staticmethod
    def _refuse_constant(name: str) -> None:
        raise ParseError(f"Out of range float values are not JSON compliant: {name}")

    def check_invalid_body(self, visit: Visit) -> Answer | None:
        try:
            errors = self.errors(self.body(visit))
        except ParseError:  # only where a defect asks this before check_parse_error
            return None
        return self.named("invalid-body", errors=errors) if errors else None

    def errors(self, body: Any) -> dict[str, list[str]]:
        """The reasons against each field, every bad field at once and in the contract's order."""
        if body is None:
            return {"non_field_errors": [self.contract.messages["absent"]]}
        if not isinstance(body, dict):
            text = self.contract.messages["object"].format(type=JSON_NAMES[type(body)])
            return {"non_field_errors": [text]}
        found = {name: self.field_error(name, body[name]) for name in self.contract.properties if name in body}
        return {name: [message] for name, message in found.items() if message is not None}

    def field_error(self, name: str, value: Any) -> str | None:
        if value is None:
            return None
        kind = self.enum_error(name, value) if name in self.enums else self.text_error(name, value)
        if kind is None:
            return None
        return self.contract.messages[kind].format(
            value=value, limit=self.limits.get(name), code_point=_surrogate(value)
        )

    def enum_error(self, name: str, value: Any) -> str | None:
        return None if isinstance(value, str) and value in self.enums[name] else "enum"

    def text_error(self, name: str, value: Any) -> str | None:
        """The kind of violation: a key of the contract's messages."""
        if not isinstance(value, str):
            return "string"
        if self.is_blank(name, value):
            return "blank"
        if self.has_nul(name, value):
            return "nul"
        if _surrogate(value):
            return "surrogate"
        return "maxLength" if self.length(name, value) > self.limits[name] else None

    def is_blank(self, name: str, value: str) -> bool:
        return not value.strip()

    def has_nul(self, name: str, value: str) -> bool:
        return "\0" in value

    def length(self, name: str, value: str) -> int:
        return len(value)


def _surrogate(value: Any) -> str:
    """The first lone surrogate of a text, in hexadecimal; empty without one."""
    found = re.search("[\ud800-\udfff]", value) if isinstance(value, str) else None
    return f"{ord(found[0]):X}" if found else ""
