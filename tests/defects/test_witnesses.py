"""Each seeded defect is real: its witness passes on the conforming console and fails on the defective one."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.defects.console import Console
from tests.defects.mutation import KINDS, Defect
from tests.defects.seeded import DEFECTS
from tests.defects.witness import complaints

each_defect = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.id)


@each_defect
def test_the_conforming_console_keeps_the_promise(defect: Defect) -> None:
    assert complaints(Console(), defect.witness) == []


@each_defect
def test_the_defective_console_breaks_it(defect: Defect) -> None:
    assert complaints(defect.console(), defect.witness) != []


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_defects_of_a_kind_are_the_same(kind: str) -> None:
    """Told apart by what all the kind's witnesses have against them."""
    defects = [defect for defect in DEFECTS if defect.kind == kind]
    seen: dict[str, str] = {}
    for defect in defects:
        found = repr([complaints(defect.console(), other.witness) for other in defects])
        without_random_ids = re.sub(r"[0-9a-f-]{24,}", lambda match: re.sub(r"\w", "x", match[0]), found, flags=re.I)
        assert defect.id == seen.setdefault(without_random_ids, defect.id)


def test_ids_are_unique_and_each_kind_has_its_share() -> None:
    assert len({defect.id for defect in DEFECTS}) == len(DEFECTS)
    counts = Counter(defect.kind for defect in DEFECTS)
    assert set(KINDS) == set(counts)
    assert min(counts.values()) >= 10


def test_each_defect_is_one_sentence() -> None:
    assert [defect.id for defect in DEFECTS if not re.fullmatch(r"[\w0-9].*\.", defect.sentence)] == []


def test_one_defect_does_not_spill_over_into_the_next_console() -> None:
    for defect in DEFECTS:
        defect.console()
    assert Console().order == list(Console().contract.order)
    assert Console().enums == {name: list(values) for name, values in Console().contract.enums.items()}
