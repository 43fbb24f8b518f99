"""The seeded defects, one or two modules a kind: each a small, realistic deviation from the contract, and only one."""

from __future__ import annotations

from tests.defects.mutation import Defect
from tests.defects.seeded import (
    authentication,
    crash_bodies,
    crash_requests,
    crash_values,
    event_ids,
    lax_bodies,
    lax_values,
    leaks,
    routing_ids,
    routing_methods,
    shape_accepted,
    shape_refused,
    state,
    strict_bodies,
    strict_values,
)

DEFECTS: tuple[Defect, ...] = (
    *shape_accepted.DEFECTS,
    *shape_refused.DEFECTS,
    *lax_values.DEFECTS,
    *lax_bodies.DEFECTS,
    *strict_values.DEFECTS,
    *strict_bodies.DEFECTS,
    *crash_bodies.DEFECTS,
    *crash_values.DEFECTS,
    *crash_requests.DEFECTS,
    *authentication.DEFECTS,
    *routing_ids.DEFECTS,
    *routing_methods.DEFECTS,
    *leaks.DEFECTS,
    *event_ids.DEFECTS,
    *state.DEFECTS,
)
