"""Work that goes on beside the server, in a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def beside(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let work go on while the block runs.

    Args:
        name: what the thread is called.
        work: returns soon after the event it is given is set.
    """
    ended = threading.Event()
    thread = threading.Thread(target=work, args=(ended,), name=f"rainbond-mock-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
