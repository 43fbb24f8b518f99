"""A store for several processes on one machine: the parent keeps it in memory, its workers ask over a local socket.

Chosen over a shared SQLite file because the memory store's semantics then exist once, an operation is atomic simply by
running in one event loop, no worker ever waits for a file lock while its own event loop stands still, and a worker
that is killed leaves nothing half written. The parent has to live anyway: it restarts workers.

A message is its length in four bytes and JSON: an operation with its arguments one way, the result the other. Answers
come in the order of the questions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mock_server.service.stores import Page, Pending, Situation, Store, StoreLost, Volume, text_of

LENGTH = struct.Struct(">I")


class Broker:
    """Lets other processes use a store, over a Unix socket that only this user can reach."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[Any]] = {}
        self._server: asyncio.Server | None = None

    async def start(self, path: str) -> None:
        self._server = await asyncio.start_unix_server(self._serve, path)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections.values():
            task.cancel()
        await asyncio.gather(*self._connections.values(), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections[writer] = task
        try:
            while True:
                operation, arguments = await _receive(reader)
                if operation == "advance":
                    arguments[1] = Situation(*arguments[1])
                result = await getattr(self._store, operation)(*arguments)
                _send(writer, _plain(result))
                await writer.drain()
        except (EOFError, ConnectionError):
            pass
        finally:
            self._connections.pop(writer, None)
            writer.close()


class BrokerStore:
    """The parent's store, as a worker sees it. It connects when it is first asked, and again after a loss."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._listening: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    async def situation(self, session: str) -> Situation:
        return Situation(*await self._ask("situation", session))

    async def scenarios(self, session: str) -> str | None:
        found: str | None = await self._ask("scenarios", session)
        return found

    async def put_scenarios(self, session: str, text: str, revision: str, restart: bool) -> None:
        await self._ask("put_scenarios", session, text, revision, restart)

    async def set_state(self, session: str, state: str) -> None:
        await self._ask("set_state", session, state)

    async def advance(self, session: str, seen: Situation, scenario: str, state: str | None) -> int | None:
        match: int | None = await self._ask("advance", session, seen, scenario, state)
        return match

    async def occurrence(self, session: str, fingerprint: str) -> int:
        return int(await self._ask("occurrence", session, fingerprint))

    async def record(self, session: str, entry: Pending | str) -> None:
        await self._ask("record", session, text_of(entry))

    async def page(self, session: str, position: int, most: int) -> Page:
        entries, following, total, dropped, gaps = await self._ask("page", session, position, most)
        return Page(tuple((number, text) for number, text in entries), following, total, dropped, tuple(gaps))

    async def mark_gap(self, session: str, count: int) -> None:
        await self._ask("mark_gap", session, count)

    async def volume(self) -> Volume:
        return Volume(*await self._ask("volume"))

    async def forget(self, session: str) -> None:
        await self._ask("forget", session)

    async def reset(self, session: str) -> None:
        await self._ask("reset", session)

    async def end(self, session: str) -> None:
        await self._ask("end", session)

    async def sessions(self) -> list[str]:
        return [str(name) for name in await self._ask("sessions")]

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._listening is not None:
            with contextlib.suppress(asyncio.CancelledError):
                self._listening.cancel()
                await self._listening

    # ---- the wire

    async def _ask(self, operation: str, *arguments: Any) -> Any:
        writer = await self._connected()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        _send(writer, [operation, [_plain(argument) for argument in arguments]])
        await writer.drain()
        return await answer

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None:
                try:
                    reader, self._writer = await asyncio.open_unix_connection(self._path)
                except OSError as error:
                    raise StoreLost(f"the parent process does not answer: {error.strerror or error}") from None
                self._listening = asyncio.create_task(self._listen(reader))
            return self._writer

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                answer = await _receive(reader)
                asked = self._waiting.popleft()
                if not asked.done():
                    asked.set_result(answer)
        except (EOFError, ConnectionError):
            self._writer = None
            while self._waiting:
                asked = self._waiting.popleft()
                if not asked.done():
                    asked.set_exception(StoreLost("the parent process has ended"))


@contextlib.contextmanager
def brokered(store: Store) -> Iterator[str]:
    """Lets other processes use a store while the block runs: the path of its socket. It answers in a thread."""
    with tempfile.TemporaryDirectory(prefix="rainbond-mock-") as folder:
        path = str(Path(folder) / "store")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="rainbond-mock-store", daemon=True)
        thread.start()
        broker = Broker(store)
        asyncio.run_coroutine_threadsafe(broker.start(path), loop).result()
        try:
            yield path
        finally:
            asyncio.run_coroutine_threadsafe(broker.stop(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def _send(writer: asyncio.StreamWriter, value: Any) -> None:
    message = json.dumps(value).encode()
    writer.write(LENGTH.pack(len(message)) + message)


async def _receive(reader: asyncio.StreamReader) -> Any:
    """The next message. Raises EOFError: there is none any more."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return json.loads(await reader.readexactly(length))


def _plain(value: Any) -> Any:
    """A value of the store's interface as JSON has it."""
    if isinstance(value, Situation):
        return [value.revision, value.state]
    if isinstance(value, Volume):
        return [value.kept, value.written]
    if isinstance(value, Page):
        entries = [(number, text_of(entry)) for number, entry in value.entries]
        return [entries, value.following, value.total, value.dropped, value.gaps]
    return value
