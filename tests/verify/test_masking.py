"""Secrets, and tokens that are almost the right one, become recipes; recipes become the very bytes again."""

from __future__ import annotations

import pytest

from contract_tests.cases.access.near_misses import TRANSFORMS
from contract_tests.results.masking import Masker, fill
from tests.verify.faults import IDENTITY

SECRETS = {"RAINBOND_TOKEN": IDENTITY["token"]}


@pytest.mark.parametrize("recipe", [name for name, make in TRANSFORMS.items() if len(make(IDENTITY["token"])) >= 12])
def test_near_token_is_masked_and_can_be_sent_again(recipe: str) -> None:
    near = TRANSFORMS[recipe](IDENTITY["token"])
    line = f"Authorization: {near}\r\n".encode()
    masked = Masker(SECRETS).data(line)
    assert IDENTITY["token"][4:20].encode() not in masked
    assert near.encode() not in masked
    assert line == fill(masked.decode(), SECRETS).encode()


def test_bytes_that_are_no_text_are_kept() -> None:
    data = b"\xff\x00" + IDENTITY["token"].encode() + b"\xfe"
    assert Masker(SECRETS).data(data) == b"\xff\x00${RAINBOND_TOKEN}\xfe"


def test_missing_secret_is_named() -> None:
    with pytest.raises(KeyError, match="RAINBOND_TOKEN"):
        fill("Authorization: ${RAINBOND_TOKEN}", {})


def test_nothing_to_hide_changes_nothing() -> None:
    assert Masker({"RAINBOND_TOKEN": ""}).text("a${B}") == "a${B}"
