"""The HTML report as a browser shows it: it runs nothing, asks for nothing, and fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from contract_tests.results.reports import render
from tests.verify.results import finding, many, result

ATTACK = (
    b"HTTP/1.1 200 OK\r\n\r\n<script>document.title='ran'</script><img src=http://127.0.0.1:1/x "
    b"onerror=\"document.title='ran'\"></pre></details><style>*{display:none}</style>"
)
HOSTILE = finding(answer=ATTACK, observed=ATTACK.decode(), constraint='"><svg onload="document.title=`ran`">')


@pytest.fixture
def page(browser: WebDriver, tmp_path: Path) -> WebDriver:
    file = tmp_path / "report.html"
    file.write_text(render("html", result(HOSTILE, *many(60))), encoding="utf-8")
    browser.get_log("performance")
    browser.get(file.as_uri())
    return browser


def test_page_runs_nothing_that_a_server_sent(page: WebDriver) -> None:
    for summary in page.find_elements(By.CSS_SELECTOR, ".cause, .finding"):
        page.execute_script("arguments[0].open = true", summary)

    assert page.title == "VIOLATED: http://127.0.0.1:7380"
    assert page.find_elements(By.CSS_SELECTOR, "script, img, svg, iframe") == []
    assert "<script>document.title" in page.find_element(By.TAG_NAME, "body").text
    asked = [entry["message"] for entry in page.get_log("performance") if "127.0.0.1:1/" in entry["message"]]
    assert [message for message in asked if "requestWillBeSent" in message] == []


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_page_fits(page: WebDriver, width: int) -> None:
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        page.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_severity_can_be_hidden(page: WebDriver) -> None:
    page.find_element(By.ID, "show-critical").click()

    shown = {one.is_displayed() for one in page.find_elements(By.CSS_SELECTOR, ".cause.critical")}
    assert shown == {False}
    assert page.find_element(By.CSS_SELECTOR, ".cause.high").is_displayed()
