"""The resources of sessions: read, changed as the engine decides, and written, once more where another was quicker."""

from __future__ import annotations

from typing import Any

from mock_server.engine.checked import CheckedRequest
from mock_server.engine.kept.actions import Outcome, act
from mock_server.engine.kept.resources import Resources
from mock_server.engine.pipeline import MockDefinition
from mock_server.service.stores import Store

FULL = 507


class KeptResources:
    """What the sessions of one mock keep.

    Args:
        definition: what decisions depend on.
        store: where sessions are kept.
        most: bytes of a session's resources; what would make them more is refused.
    """

    def __init__(self, definition: MockDefinition, store: Store, most: int) -> None:
        self._definition = definition
        self._store = store
        self.most = most

    async def act(self, session: str, checked: CheckedRequest) -> Outcome | None:
        """What a request does and gets; None where it is not about what is kept.

        Raises:
            Refused: what it names is not there, or what it creates is.
            StoreLost: nothing was changed.
        """
        if self._definition.collections.of(checked.operation) is None:
            return None
        while True:
            seen = await self._store.resources(session)
            outcome = act(self._definition, checked, Resources.read(seen))
            if outcome is None or outcome.resources is None:
                return outcome
            text = outcome.resources.text()
            if len(text) > max(self.most, len(seen)):
                told = f"a session keeps at most {self.most} bytes; raise --keep-memory, or POST /__mock__/reset"
                return Outcome(self._definition.responses.error(FULL, told))
            if await self._store.put_resources(session, seen, text):
                return outcome

    async def lists(self, session: str) -> dict[str, Any]:
        """What a session keeps, by the path of the list, then by id. Raises StoreLost."""
        resources = Resources.read(await self._store.resources(session))
        return {path: dict(kept.things) for path, kept in resources.lists(self._definition.collections.all)}
