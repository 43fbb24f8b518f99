"""The page at `/__mock__/` in a real browser: live, in plain words, by keyboard, on a phone, and safe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.browser.test_swagger_ui import requested
from tests.control.asking import Ask
from tests.mock.build_request import path
from tests.raw_http import send

pytestmark = pytest.mark.xdist_group("browser")

PRESS = """
const found = [...document.querySelectorAll("button")].find(each => each.textContent === arguments[0])
found?.click()
return Boolean(found)
"""
SCRIPT = "<img src=x onerror=alert(1)><script>alert(2)</script>"
SCENARIOS = """
scenarios:
  - name: busy-on-release
    when: {body: {branch: release}, state: closed}
    answers: [region-busy]
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "scenarios.yaml"
    file.write_text(SCENARIOS, encoding="utf-8")
    with running(Settings(scenarios=file)) as mock:
        yield mock.url


@pytest.fixture
def page(browser: WebDriver, url: str) -> WebDriver:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(f"{url}/__mock__/")
    until(browser, lambda: "●" in browser.find_element(By.ID, "live").text)
    return browser


def until(browser: WebDriver, holds: Callable[[], object]) -> None:
    WebDriverWait(browser, 30, poll_frequency=0.05).until(lambda _: holds())


def rows(page: WebDriver) -> list[str]:
    return [row.text for row in page.find_elements(By.CSS_SELECTOR, "#requests > details")]


def first_row(page: WebDriver) -> str:
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, "#requests summary"))
    summary = page.find_element(By.CSS_SELECTOR, "#requests summary")
    summary.send_keys(Keys.ENTER)
    inside = page.find_element(By.CSS_SELECTOR, "#requests .inside")
    until(page, lambda: "curl" in inside.text)
    return inside.text


def press(page: WebDriver, text: str) -> None:
    """Press a button at once: between finding and pressing it, the page may have made it anew."""
    until(page, lambda: page.execute_script(PRESS, text))


def complaints(page: WebDriver) -> list[str]:
    return [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]


def test_new_requests_appear_by_themselves_with_the_reason_of_a_refusal(page: WebDriver, url: str) -> None:
    Ask(url).build()
    Ask(url).build({"branch": ""})

    until(page, lambda: len(rows(page)) == 2)
    newest, oldest = rows(page)
    assert "400" in newest
    assert "branch: 该字段不能为空。" in newest
    assert "200" in oldest
    assert complaints(page) == []
    assert requested(page) == {urlsplit(url).netloc}


def test_the_nearest_scenario_says_why_it_does_not_answer(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "release"})

    first_row(page)
    inside = page.find_element(By.CSS_SELECTOR, "#requests .inside")
    until(page, lambda: "busy-on-release" in inside.text)
    assert "state: expected 'closed', is 'start' now" in inside.text


def test_a_command_to_copy_holds_no_secret_and_asks_the_same(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "it's"})

    inside = first_row(page)
    assert f"curl -X POST '{url}{path()}'" in inside
    assert '-H "authorization: $TOKEN"' in inside
    assert """-d '{"branch":"it'\\''s"}'""" in inside


def test_a_scenario_made_of_a_request_answers_the_next_one_and_is_switched_off_by_a_click(
    page: WebDriver, url: str
) -> None:
    ask = Ask(url)
    ask.build({"branch": "main"})
    first_row(page)

    press(page, "Make a scenario of this")
    until(page, lambda: page.find_elements(By.ID, "new-scenario"))
    press(page, "Add")
    until(page, lambda: "Added." in page.find_element(By.ID, "main").text)
    assert ask.build({"branch": "main"}).status >= 400

    until(page, lambda: "like-" in page.find_element(By.ID, "main").text)
    press(page, "Off")
    until(page, lambda: ask.build({"branch": "main"}).status == 200)
    press(page, "On")
    until(page, lambda: ask.build({"branch": "main"}).status >= 400)


def test_what_is_wrong_with_a_new_scenario_is_told(page: WebDriver) -> None:
    page.get(page.current_url.split("#")[0] + "#scenarios")
    until(page, lambda: page.find_elements(By.ID, "new-scenario"))
    area = page.find_element(By.ID, "new-scenario")
    area.clear()
    area.send_keys('{"name": "x", "answers": ["regionbusy"]}')
    press(page, "Add")

    until(page, lambda: "did you mean 'region-busy'" in page.find_element(By.ID, "main").text)


def test_a_state_is_set_by_a_click(page: WebDriver, url: str) -> None:
    page.get(page.current_url.split("#")[0] + "#scenarios")
    press(page, "closed")

    until(page, lambda: Ask(url).build({"branch": "release"}).status == 409)


def test_nothing_of_a_request_is_executed(page: WebDriver, url: str) -> None:
    ask = Ask(url)
    ask.build({"branch": SCRIPT}, ("X-Odd", SCRIPT))
    send(url, "GET", "/%3Cscript%3Ealert(3)%3C/script%3E", [("User-Agent", SCRIPT)])

    until(page, lambda: len(rows(page)) == 2)
    for summary in page.find_elements(By.CSS_SELECTOR, "#requests summary"):
        summary.send_keys(Keys.ENTER)
    until(page, lambda: SCRIPT in page.find_element(By.ID, "requests").text)

    assert page.find_elements(By.CSS_SELECTOR, "main img, main script") == []
    assert complaints(page) == []


def test_the_page_fits_a_phone(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "x" * 300})
    phone = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        first_row(page)
        assert page.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_speaks_chinese_to_a_browser_that_prefers_it(browser: WebDriver, url: str) -> None:
    agent = browser.execute_script("return navigator.userAgent")
    override = {"userAgent": agent, "acceptLanguage": "zh-CN"}
    browser.execute_cdp_cmd("Network.setUserAgentOverride", override)
    try:
        browser.get(f"{url}/__mock__/")
        until(browser, lambda: "场景" in browser.find_element(By.ID, "tabs").text)
        assert browser.execute_script("return document.documentElement.lang") == "zh"
    finally:
        browser.execute_cdp_cmd("Network.setUserAgentOverride", {**override, "acceptLanguage": "en-US"})


def test_every_tab_shows_something_and_a_browser_at_the_root_is_led_here(browser: WebDriver) -> None:
    with running(Settings(catalogue=Path("examples/catalogue.yaml"))) as mock:
        browser.get_log("browser")
        browser.get(mock.url)
        until(browser, lambda: browser.current_url == f"{mock.url}/__mock__/")
        Ask(mock.url, "mine").build()
        shown = {"catalogue": "web", "contract": "buildComponent", "sessions": "mine", "scenarios": "start"}
        for name, text in shown.items():
            browser.get(f"{mock.url}/__mock__/#{name}")
            until(browser, lambda: text in browser.find_element(By.ID, "main").text)  # noqa: B023
        assert complaints(browser) == []


def test_both_languages_say_the_same_things(page: WebDriver) -> None:
    keys = "const [done] = arguments; import('./page/texts.js').then(m => done(m.names()))"
    english, chinese = page.execute_async_script(keys)

    assert english == chinese
