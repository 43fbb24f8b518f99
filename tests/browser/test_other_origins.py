"""A front end of another origin calls the build endpoint from a real browser, preflight included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from mock_server.engine.event_ids import event_id

pytestmark = pytest.mark.xdist_group("browser")

PATH = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"
PARAMETERS = {
    "team_id": "citeam01",
    "region_name": "rainbond",
    "app_id": 1,
    "service_id": "5c000000000000000000000000000001",
}
FETCH = """
const [url, options, done] = arguments
fetch(url, options).then(async answer => done({status: answer.status, body: await answer.json()}),
                         error => done({error: String(error)}))
"""


class FrontEnd(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self) -> None:
        page = b"<!doctype html><link rel=icon href=data:,><title>Front end</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def front_end() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FrontEnd) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetch(browser: WebDriver, front_end: str, url: str, options: dict[str, Any]) -> Any:
    browser.get(front_end)
    return browser.execute_async_script(FETCH, url, options)


def test_a_build_with_token_and_json_passes_the_preflight(browser: WebDriver, front_end: str, mock_url: str) -> None:
    headers = {"Authorization": "any-token", "Content-Type": "application/json"}
    options = {"method": "POST", "headers": headers, "body": '{"branch": "main"}'}

    answer = fetch(browser, front_end, f"{mock_url}{PATH}", options)

    expected = event_id("rainbond", "buildComponent", PARAMETERS, {"branch": "main"})
    assert answer == {"status": 200, "body": {"event_id": expected}}


def test_a_refusal_can_be_read_too(browser: WebDriver, front_end: str, mock_url: str) -> None:
    answer = fetch(browser, front_end, f"{mock_url}{PATH}", {"method": "POST", "credentials": "include"})

    assert (answer["status"], answer["body"]["msg"]) == (401, "No token")


def test_the_headers_of_the_mock_itself_may_be_sent(browser: WebDriver, front_end: str, mock_url: str) -> None:
    headers = {"Authorization": "any-token", "Prefer": "example=region-busy", "X-Mock-Session": "one"}

    answer = fetch(browser, front_end, f"{mock_url}{PATH}", {"method": "POST", "headers": headers})

    assert (answer["status"], answer["body"]["code"]) == (409, 409)
