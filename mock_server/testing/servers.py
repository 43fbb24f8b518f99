"""The mocks of one test run: one for each settings that a test asks for, shared by all workers of pytest-xdist.

The process that runs the tests holds them; under pytest-xdist the controller does, and its workers ask it for an
address through a socket that only they know the key of.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

from mock_server.contract.document.source import SourceError

Found = tuple[str, str] | str
"""Address and token of a mock, or why there is none."""

Share = tuple[str, int, bytes]
"""Host, port and key of the controller's socket."""


class NoServer(Exception):
    """There can be no mock with such settings; the text says why."""


class Servers:
    """The run's mocks. With a share they are the controller's, else this process's own."""

    def __init__(self, share: Share | None = None) -> None:
        self._shared_by = share
        self._stack = contextlib.ExitStack()
        self._running: dict[object, tuple[str, str]] = {}
        self._listener: Listener | None = None
        self._share: Share | None = None

    def address(self, options: Mapping[str, object]) -> tuple[str, str]:
        """The address of the mock with some settings, started where it does not run yet, and a token it accepts.

        Raises:
            NoServer: the settings cannot be used.
        """
        found: Found
        if self._shared_by is None:
            found = self._try(options)
        else:
            host, port, key = self._shared_by
            with Client((host, port), authkey=key) as connection:
                connection.send(dict(options))
                found = connection.recv()
        if isinstance(found, str):
            raise NoServer(found)
        return found

    def share(self) -> Share:
        """What another process of the run needs to share these mocks."""
        if self._share is None:
            key = secrets.token_bytes(32)
            self._listener = Listener(("127.0.0.1", 0), authkey=key)
            host, port = self._listener.address
            self._share = str(host), int(port), key
            threading.Thread(target=self._answer, args=(self._listener,), name="rainbond-mocks", daemon=True).start()
        return self._share

    def close(self) -> None:
        """End all mocks."""
        if self._share is not None:
            host, port, key = self._share
            with contextlib.suppress(OSError, EOFError), Client((host, port), authkey=key) as connection:
                connection.send(None)
        self._stack.close()

    def _answer(self, listener: Listener) -> None:
        """Tell workers addresses until the run ends."""
        with listener:
            while True:
                with contextlib.suppress(OSError, EOFError, AuthenticationError), listener.accept() as connection:
                    options = connection.recv()
                    if options is None:
                        return
                    connection.send(self._try(options))

    def _try(self, options: Mapping[str, object]) -> Found:
        """Address and token, or what is wrong with the settings."""
        # Late, because only a run that uses the fixture needs the server.
        from mock_server.settings import SettingsError, resolve  # noqa: PLC0415
        from mock_server.testing.mock_console import TOKEN, first_token  # noqa: PLC0415
        from mock_server.web.serving.running import running  # noqa: PLC0415
        from mock_server.web.serving.server import AddressError  # noqa: PLC0415

        try:
            settings = resolve(options)
            if settings not in self._running:
                mock = self._stack.enter_context(running(settings))
                self._running[settings] = mock.url, first_token(mock.definition) or TOKEN
        except (SettingsError, SourceError, AddressError) as error:
            return str(error)
        return self._running[settings]
