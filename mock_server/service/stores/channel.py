"""Questions and answers in both directions over one connection between two processes of this machine.

A message is its length in four bytes and JSON: a question with its number, an operation and arguments; an answer with
the number of its question; or an operation that nobody waits for. Messages are taken up in the order they were sent.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

LENGTH = struct.Struct(">I")
QUESTION, ANSWER, FAILURE = "question", "answer", "failure"
UNASKED = 0
"""The number of a message that nobody waits for the answer of."""

Answering = Callable[[str, list[Any]], Awaitable[Any]]
"""Carries an operation out with its arguments: the answer, as JSON has it."""


class ChannelClosed(Exception):
    """The other side is gone, or failed to answer; the text says which."""


class Channel:
    """One side of a connection.

    Args:
        reader: what the other side sends.
        writer: what is sent to it.
        answering: what answers its questions.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answering: Answering) -> None:
        self._reader = reader
        self._writer = writer
        self._answering = answering
        self._numbers = count(UNASKED + 1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Take up what comes until the connection ends."""
        try:
            while True:
                (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
                self._take(*json.loads(await self._reader.readexactly(length)))
        except (EOFError, ConnectionError):
            pass
        finally:
            self.close()

    async def ask(self, operation: str, *arguments: object) -> Any:
        """The answer to a question. Raises ChannelClosed: there is none."""
        if self._writer.is_closing():
            raise ChannelClosed("the connection is closed")
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(QUESTION, number, operation, arguments)
        try:
            return await answer
        finally:
            self._waiting.pop(number, None)

    def tell(self, operation: str, *arguments: object) -> None:
        """Send an operation whose answer nobody waits for; it is on its way when this returns."""
        self._send(QUESTION, UNASKED, operation, arguments)

    def close(self) -> None:
        """End the connection; who waits for an answer gets none."""
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ChannelClosed("the connection ended"))
        for task in self._tasks:
            task.cancel()

    def _take(self, kind: str, number: int, *facts: Any) -> None:
        if kind == QUESTION:
            task = asyncio.create_task(self._answer(number, *facts))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        answer = self._waiting.get(number)
        if answer is not None and not answer.done():
            if kind == ANSWER:
                answer.set_result(facts[0])
            else:
                answer.set_exception(ChannelClosed(facts[0]))

    async def _answer(self, number: int, operation: str, arguments: list[Any]) -> None:
        try:
            kind, answer = ANSWER, await self._answering(operation, arguments)
        except Exception as error:  # the other side must not wait for ever
            kind, answer = FAILURE, f"{operation} failed: {type(error).__name__}"
        if number != UNASKED:
            self._send(kind, number, answer)

    def _send(self, *message: object) -> None:
        if not self._writer.is_closing():
            text = json.dumps(message).encode()
            self._writer.write(LENGTH.pack(len(text)) + text)
