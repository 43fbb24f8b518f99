"""The console on a socket answers as it does in memory."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.defects.catalogue import TOKEN
from tests.defects.console import Console
from tests.defects.seeded import DEFECTS
from tests.defects.serving import served
from tests.defects.witness import FULL, path

HEADERS = {"Authorization": TOKEN}


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def url(console: Console) -> Iterator[str]:
    with served(console) as address:
        yield address + path()


def test_a_build_is_accepted_and_counted(url: str, console: Console) -> None:
    answer = httpx2.post(url, headers=HEADERS, json=FULL)
    assert answer.status_code == 200
    assert list(answer.json()) == ["event_id"]
    assert console.builds == 1


@pytest.mark.parametrize("method", ["GET", "DELETE", "TRACE", "VIEW"])
def test_any_other_method_is_refused(url: str, method: str) -> None:
    answer = httpx2.request(method, url, headers=HEADERS)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, OPTIONS"
    assert method in answer.json()["msg"]


def test_head_has_no_body(url: str) -> None:
    answer = httpx2.head(url, headers=HEADERS)
    assert (answer.status_code, answer.content) == (405, b"")


def test_an_unknown_path_is_a_page(url: str) -> None:
    answer = httpx2.post(url + "/", headers=HEADERS)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf8")


def test_percent_encoding_reaches_the_console_as_sent(url: str) -> None:
    assert httpx2.post(url.replace("apps/1", "apps/%31"), headers=HEADERS).status_code == 200


def test_a_chunked_body_is_read_to_its_end(url: str) -> None:
    parts = iter([b'{"build_', b'type": "helm"}'])
    answer = httpx2.post(url, headers={**HEADERS, "Content-Type": "application/json"}, content=parts)
    assert list(answer.json()["err"]) == ["build_type"]


def test_an_answer_that_is_cut_short_breaks_the_connection() -> None:
    (cut,) = [defect for defect in DEFECTS if defect.id == "cut-short"]
    with served(cut.console()) as address, pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(address + path(), headers=HEADERS, json={"build_type": "helm"})
