"""`MockConsole`: a mock console for tests and scripts, with `with` or `async with`.

    with MockConsole() as mock:
        mock.scenario("busy-then-accepted", answers=["region-busy", "accepted"])
        run_pipeline(mock.url, mock.token)
        mock.assert_called("buildComponent", body={"build_type": "docker_image"}, times=2)

Its arguments are those of `Settings`. With `url=` it attaches to a mock that already runs, in a session of its own. Its
methods are short blocking calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from mock_server.engine.catalogue import Catalogue
from mock_server.engine.pipeline import MockDefinition
from mock_server.service.sessions import base_path, checked
from mock_server.settings import Settings, resolve
from mock_server.web.serving.running import running

TOKEN = "0123456789abcdef0123456789abcdef01234567"  # noqa: S105 - a made-up token for a mock that knows none
TIMEOUT = 30.0

Count = int | Mapping[str, int]


class MockError(Exception):
    """The mock refused what it was told, or cannot be reached; the text is its own."""


class MockConsole:
    """A mock console, or one session of it.

    Attributes:
        url: the base URL for the program under test: what it asks there belongs to this session.
        token: one that the mock accepts.
        session: the session's name; a client that sends it as `X-Mock-Session` may use the mock's plain address too.
        address: the mock's plain address.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        url: str | None = None,
        session: str | None = None,
        token: str | None = None,
        control_token: str | None = None,
        **options: object,
    ) -> None:
        """A mock that starts with the block.

        Args:
            settings: how it runs.
            url: of a mock that runs already; no settings then.
            session: the session's name; without one, the default session, or a fresh one with `url`.
            token: one that the catalogue knows; without a catalogue any will do.
            control_token: what a running mock asks for at its own endpoints.
            options: single settings instead of `settings`, e.g. `profile="console"`.

        Raises:
            TypeError: settings were given in more than one way.
            SettingsError: an option is unknown or has a value that is not allowed.
            SessionError: no session can have that name.
        """
        if sum(map(bool, (settings, options, url))) > 1:
            raise TypeError(
                "MockConsole: give settings, single options, or the url of a running mock; only one of them"
            )
        self._settings = settings or (Settings() if url else resolve(options))
        self._given_url = url.rstrip("/") if url else None
        self._stack = contextlib.ExitStack()
        self._opener = build_opener(ProxyHandler({}))
        self.session = checked(session or (f"mock-{secrets.token_hex(8)}" if url else "default"), "session")
        self.token = token or TOKEN
        self._given_token = token
        self._control_token = control_token or self._settings.control_token
        self.address = self._given_url or ""

    @property
    def url(self) -> str:
        return self.address if self.session == "default" else self.address + base_path(self.session)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a client that asks the mock at its plain address."""
        return {"Authorization": self.token, "X-Mock-Session": self.session}

    # ---- its life

    def __enter__(self) -> Self:
        if self._given_url is None:
            mock = self._stack.enter_context(running(self._settings))
            self.address = mock.url
            self.token = self._given_token or first_token(mock.definition) or TOKEN
        else:
            self._call("GET", "/health")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self._given_url is not None:
                # A mock that is gone has no session to end, and must not hide what a test has to say.
                with contextlib.suppress(MockError):
                    self.reset()
        finally:
            self._stack.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, traceback)

    # ---- what it answers

    def scenario(self, name: str, *, answers: Sequence[str | Mapping[str, object]] = (), **parts: object) -> None:
        """Answer on demand; a new scenario comes before older ones, and takes the place of one of the same name.

        Args:
            name: what the journal calls it.
            answers: in turn, each an example's name or a mapping as in a scenario file; the last one repeats.
            parts: `when`, `delay`, `fault`, `set`, `even_invalid`, `off_contract`, as in a scenario file.

        Raises:
            MockError: the contract does not allow it; every fault is named.
        """
        scenario = {"name": name, **parts} | ({"answers": list(answers)} if answers else {})
        self._call("POST", "/scenarios", {"scenarios": [scenario]})

    def load_scenarios(self, file: Path | str) -> None:
        """Replace the session's scenarios by those of a file. Raises MockError: the contract does not allow them."""
        self._call("PUT", "/scenarios", Path(file).read_text(encoding="utf-8"))

    @property
    def state(self) -> str:
        """The session's state, which scenarios set and ask for."""
        return str(self._call("GET", "/state")["state"])

    @state.setter
    def state(self, state: str) -> None:
        self._call("PUT", "/state", {"state": state})

    def reset(self) -> None:
        """Forget everything of this session: scenarios, too."""
        self._call("DELETE", f"/sessions/{quote(self.session, safe='')}")

    # ---- what it was asked

    def requests(self, **filters: object) -> list[dict[str, object]]:
        """The journal, the oldest request first; filters are `operation`, `status`, `valid`, `since` and `limit`."""
        given = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in filters.items()}
        found: list[dict[str, object]] = self._call("GET", f"/requests?{urlencode(given)}")["requests"]
        return found

    def assert_called(
        self, operation: str | None = None, *, times: Count | None = None, unmatched: Count | None = None, **parts: Any
    ) -> None:
        """Assert that requests came as described.

        Args:
            operation: the operationId; None: any.
            times: how many, or `{"min": 1, "max": 3}`; without it at least one.
            unmatched: how many other requests there may be.
            parts: `path`, `query`, `headers` and `body`, as in a scenario's `when`.

        Raises:
            AssertionError: they did not; the text shows the nearest requests and how they differ.
            MockError: the description means nothing.
        """
        __tracebackhide__ = True
        expected = {"operation": operation, "count": times, "unmatched": unmatched}
        expected = {key: value for key, value in expected.items() if value is not None} | parts
        status, answer = self._send("POST", "/verify", json.dumps(expected).encode())
        if status in (422, 409) and "message" in answer:  # it does not hold, or nobody can know
            raise AssertionError(answer["message"])
        _check(status, answer)

    def assert_not_called(self, operation: str | None = None, **parts: Any) -> None:
        """Assert that no such request came. Raises AssertionError, and MockError as `assert_called`."""
        __tracebackhide__ = True
        self.assert_called(operation, times=0, **parts)

    # ---- the wire

    def _call(self, method: str, endpoint: str, body: object = None) -> Any:
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        status, answer = self._send(method, endpoint, data)
        _check(status, answer)
        return answer

    def _send(self, method: str, endpoint: str, data: bytes | None) -> tuple[int, Any]:
        if not self.address:
            raise MockError("the mock does not run; use MockConsole with `with` or `async with`")
        url = f"{self.address}/__mock__{endpoint}"
        headers = {"X-Mock-Session": self.session, "Content-Type": "application/json"}
        if self._control_token is not None:
            headers["Authorization"] = f"Bearer {self._control_token}"
        request = Request(url, data, headers, method=method)  # noqa: S310 - an address that the caller chose
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, _value(answer.read())
        except HTTPError as error:
            with error:
                return error.code, _value(error.read())
        except (URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise MockError(f"{self.address}: no mock console answers there: {reason}") from None


def first_token(definition: MockDefinition) -> str | None:
    """A token that the console's catalogue knows; None where it has no catalogue."""
    return next(iter(definition.directory.tokens), None) if isinstance(definition.directory, Catalogue) else None


def _check(status: int, answer: object) -> None:
    if status >= 400:  # noqa: PLR2004 - every refusal
        raise MockError(_reason(answer) or f"answered {status}")


def _reason(answer: object) -> str:
    """What an error says: `msg` in the shape of the Rainbond contract, `detail` in RFC 9457's."""
    return str(answer.get("msg") or answer.get("detail") or "") if isinstance(answer, dict) else ""


def _value(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
