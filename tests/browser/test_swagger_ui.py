"""The contract's page in a real browser: it renders, complains about nothing and asks nobody but the mock."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait

from mock_server.engine.event_ids import event_id

pytestmark = pytest.mark.xdist_group("browser")  # one browser for all

OPERATION = (By.CSS_SELECTOR, "[id$='buildComponent']")


def open_docs(browser: WebDriver, mock_url: str) -> WebDriverWait[WebDriver]:
    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get(f"{mock_url}/__mock__/docs/")
    wait = WebDriverWait(browser, 30)
    wait.until(expect.presence_of_element_located(OPERATION))
    return wait


def requested(browser: WebDriver) -> set[str]:
    """The hosts that the browser asked since the page was opened."""
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return {urlsplit(url).netloc for url in urls if urlsplit(url).scheme in ("http", "https", "ws", "wss")}


def test_the_page_renders_the_operation_and_asks_only_the_mock(browser: WebDriver, mock_url: str) -> None:
    open_docs(browser, mock_url)
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder) / "docs.png"))

    assert "/services/{service_id}/build" in browser.find_element(*OPERATION).text.replace("\u200b", "")
    assert requested(browser) == {urlsplit(mock_url).netloc}
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_build_can_be_tried_out_on_the_page(browser: WebDriver, mock_url: str) -> None:
    wait = open_docs(browser, mock_url)

    browser.find_element(By.CSS_SELECTOR, ".auth-wrapper .authorize").click()
    field = wait.until(expect.visibility_of_element_located((By.CSS_SELECTOR, ".auth-container input")))
    field.send_keys("any-token")
    browser.find_element(By.CSS_SELECTOR, ".auth-container .auth.authorize").click()
    browser.find_element(By.CSS_SELECTOR, ".btn-done, .close-modal").click()
    browser.find_element(*OPERATION).find_element(By.CSS_SELECTOR, ".opblock-summary").click()
    wait.until(expect.element_to_be_clickable((By.CSS_SELECTOR, ".try-out__btn"))).click()
    wait.until(expect.element_to_be_clickable((By.CSS_SELECTOR, ".execute"))).click()
    answer = wait.until(expect.visibility_of_element_located((By.CSS_SELECTOR, ".live-responses-table .response")))

    path = {
        "team_id": "citeam01",
        "region_name": "rainbond",
        "app_id": 1,
        "service_id": "5c000000000000000000000000000001",
    }
    body = {
        "build_type": "source_code",
        "server_type": "git",
        "branch": "main",
        "repo_url": "https://git.example.com/acme/app.git",
    }
    assert "200" in answer.text
    assert event_id("rainbond", "buildComponent", path, body) in answer.text
