"""The session of a real browser, as its developer tools record it, judged by the contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver

from contract_tests.traffic.archive import entries
from contract_tests.traffic.judging import Judge
from mock_server.contract.loader import load_contract

pytestmark = pytest.mark.xdist_group("browser")

BUILD = "/openapi/v1/teams/citeam01/regions/rainbond/apps/1/services/5c000000000000000000000000000001/build"
ASK = """
const [path, bodies, done] = arguments
const headers = {Authorization: 'any-token', 'Content-Type': 'application/json'}
Promise.all(bodies.map(body => fetch(path, {method: 'POST', headers, body}).then(answer => answer.text()))).then(done)
"""


def test_a_session_of_chromium_is_judged(browser: WebDriver, mock_url: str, tmp_path: Path) -> None:
    browser.get_log("performance")  # what came before
    browser.get(f"{mock_url}/__mock__/docs/")
    bodies = ['{"branch": "main"}', '{"build_type": "rocket"}', "{}", "{"]
    browser.execute_async_script(ASK, BUILD, bodies)
    file = tmp_path / "session.har"
    file.write_text(json.dumps({"log": {"version": "1.2", "entries": list(recorded(browser))}}))

    judge = Judge(load_contract())
    judge.take(entries(file))

    result = judge.result("session")
    (operation,) = (one for one in result.coverage if one.answered)
    assert (list(result.findings), dict(operation.answered)) == ([], {200: 2, 400: 2})
    assert judge.tally.elsewhere[mock_url] > 0  # the page itself
    assert judge.tally.without_body == 0


def recorded(browser: WebDriver) -> Iterator[dict[str, Any]]:
    """What the browser tells of its network, as entries of an HTTP Archive."""
    requests: dict[str, dict[str, Any]] = {}
    for line in browser.get_log("performance"):
        event = json.loads(line["message"])["message"]
        told = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            requests[told["requestId"]] = told["request"]
        elif event["method"] == "Network.responseReceived" and told["requestId"] in requests:
            yield _entry(requests[told["requestId"]], told["response"], _content(browser, told["requestId"]))


def _entry(request: dict[str, Any], response: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    def pairs(headers: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in headers.items()]

    text = request.get("postData", "")
    data = {"postData": {"mimeType": "", "text": text}} if text else {}
    return {
        "time": 1,
        "request": {"method": request["method"], "url": request["url"], "headers": pairs(request["headers"]), **data},
        "response": {"status": response["status"], "headers": pairs(response["headers"]), "content": content},
    }


def _content(browser: WebDriver, request: str) -> dict[str, Any]:
    try:
        body = browser.execute_cdp_cmd("Network.getResponseBody", {"requestId": request})
    except WebDriverException:
        return {"size": -1}
    return {"size": -1, "text": body["body"], **({"encoding": "base64"} if body["base64Encoded"] else {})}
