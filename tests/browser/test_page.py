"""The page at `/__mock__/` in a real browser: live, in plain words, by keyboard, on a phone, and safe."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
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
ROWS = """
const shown = [...document.querySelectorAll("#requests > details")].filter(each => each.checkVisibility())
return shown.map(each => each.innerText)
"""
SWITCH = """
const found = document.querySelector(`[role=switch][aria-label^=like-][aria-checked=${arguments[0]}]`)
found?.click()
return Boolean(found)
"""
PHONE = {"width": 375, "height": 740, "deviceScaleFactor": 1, "mobile": True}
FAINT = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
"""Lists texts that stand out too little from what is behind them."""
SCENARIOS = """
scenarios:
  - name: busy-on-release
    when: {body: {branch: release}, state: closed}
    answers: [region-busy]
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file = tmp_path_factory.mktemp("page") / "scenarios.yaml"
    file.write_text(SCENARIOS, encoding="utf-8")
    with running(Settings(scenarios=file)) as mock:
        yield mock.url


@pytest.fixture
def url(served: str) -> str:
    """A mock that nobody has asked anything yet."""
    for name in ("default", "mine"):
        send(served, "DELETE", f"/__mock__/sessions/{name}")
    return served


@pytest.fixture(scope="module")
def shop_url() -> Iterator[str]:
    with running(Settings(spec=Path("tests/mock/shop.yaml"), keep=True)) as mock:
        yield mock.url


@pytest.fixture
def page(browser: WebDriver, url: str) -> WebDriver:
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(f"{url}/__mock__/")
    browser.execute_script("localStorage.clear(); sessionStorage.clear()")
    browser.refresh()
    until(browser, lambda: "●" in browser.find_element(By.ID, "live").text)
    return browser


def until(browser: WebDriver, holds: Callable[[], object]) -> None:
    WebDriverWait(browser, 30, poll_frequency=0.05).until(lambda _: holds())


def rows(page: WebDriver) -> list[str]:
    """The texts of the requests that are to be seen, read at once: rows come and go."""
    found: list[str] = page.execute_script(ROWS)
    return found


def first_row(page: WebDriver) -> str:
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, "#requests summary"))
    summary = page.find_element(By.CSS_SELECTOR, "#requests summary")
    summary.send_keys(Keys.ENTER)
    inside = page.find_element(By.CSS_SELECTOR, "#requests .inside")
    until(page, lambda: "curl" in inside.text)
    return inside.text


def view(page: WebDriver, name: str) -> None:
    page.execute_script("location.hash = arguments[0]", name)
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, f"nav a[href='#{name}'][aria-current]"))


def tab_to(page: WebDriver, text: str) -> None:
    """Press Tab until what has the focus begins with a text."""
    focused = "return document.activeElement.innerText.replace(/\\s+/g, ' ').trim()"
    for _ in range(40):
        ActionChains(page).send_keys(Keys.TAB).perform()
        if str(page.execute_script(focused)).startswith(text):
            return
    raise AssertionError(f"{text} is not reached")


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
    assert """--data-raw '{"branch":"it'\\''s"}'""" in inside


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
    for state, status in (("true", 200), ("false", 500)):
        until(page, lambda: page.execute_script(SWITCH, state))  # noqa: B023
        until(page, lambda: ask.build({"branch": "main"}).status == status)  # noqa: B023


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


def test_another_session_is_opened_and_shows_its_own_requests(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "default"})
    Ask(url, "mine").build({"branch": "mine"})
    view(page, "sessions")
    until(page, lambda: page.find_elements(By.ID, "new-session"))
    page.find_element(By.ID, "new-session").send_keys("mine", Keys.ENTER)
    until(page, lambda: "X-Mock-Session: mine" in page.find_element(By.ID, "main").text)

    view(page, "journal")
    until(page, lambda: len(rows(page)) == 1)
    assert '"branch": "mine"' in first_row(page)


def test_hundreds_of_requests_stay_usable(page: WebDriver, url: str) -> None:
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc)
    for number in range(240):
        headers = {"Authorization": "t", "Content-Type": "application/json"}
        connection.request("POST", path(), json.dumps({"branch": f"b{number}" if number % 60 else ""}), headers)
        connection.getresponse().read()
    until(page, lambda: len(rows(page)) == 200)
    press(page, "Show older ones")
    until(page, lambda: len(rows(page)) == 240)
    assert "240 / 240" in page.find_element(By.ID, "main").text

    Select(page.find_element(By.CSS_SELECTOR, "main select")).select_by_value("4XX")
    until(page, lambda: len(rows(page)) == 4)
    Ask(url).build({"branch": ""})
    until(page, lambda: len(rows(page)) == 5)
    page.find_element(By.CSS_SELECTOR, "main input[type=search]").send_keys("nothing like this")
    until(page, lambda: rows(page) == [])
    press(page, "Clear")
    until(page, lambda: "curl -X POST" in page.find_element(By.CSS_SELECTOR, ".empty").text)


def test_what_is_being_read_stays_while_others_come(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "read me"})
    first_row(page)
    Ask(url).build({"branch": "other"})
    until(page, lambda: len(rows(page)) == 2)

    assert page.execute_script("return document.activeElement.tagName") == "SUMMARY"
    assert "read me" in rows(page)[1]


def test_everything_is_reached_by_keyboard(page: WebDriver, url: str) -> None:
    Ask(url).build({"branch": "main"})
    until(page, lambda: rows(page))
    keys = ActionChains(page)

    for wanted in ("Skip to content", "Scenarios", "Pause", "200 POST", "Make a scenario of this"):
        tab_to(page, wanted)
        assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if wanted == "200 POST":
            keys.send_keys(Keys.ENTER).perform()
            until(page, lambda: page.find_elements(By.CSS_SELECTOR, "details[open] button.main"))
    keys.send_keys(Keys.ENTER).perform()

    until(page, lambda: page.execute_script("return document.activeElement.id") == "new-scenario")
    assert "like-" in str(page.find_element(By.ID, "new-scenario").get_attribute("value"))


def test_a_copied_command_is_nothing_but_a_request(page: WebDriver, url: str) -> None:
    hostile = "`id`$(id)'\"\\ !! \x1b[2J"
    send(
        url,
        "POST",
        f"{path()}?q={quote(hostile)}'`id`",
        [("X-`id`-Token", "a b"), ("X-Odd", "'`id`$(id)")],
        hostile.encode(),
    )
    send(url, "POST", path(), [("Authorization", "t")], b"@/etc/passwd")
    until(page, lambda: len(rows(page)) == 2)
    commands = []
    for summary in page.find_elements(By.CSS_SELECTOR, "#requests summary"):
        summary.send_keys(Keys.ENTER)
        pre = "return arguments[0].parentElement.querySelector('.inside pre')?.textContent"
        until(page, lambda: page.execute_script(pre, summary))  # noqa: B023
        commands.append(page.execute_script(pre, summary))
    shell = 'curl() { printf \'%s\\0\' "$@"; }; TOKEN=secret; eval "$1"'
    file, odd = [
        subprocess.run(["bash", "-c", shell, "-", each], capture_output=True, check=True).stdout.decode().split("\0")
        for each in commands
    ]

    assert file[-3:-1] == ["--data-raw", "@/etc/passwd"]
    assert file[3:5] == ["-H", "authorization: secret"]
    assert odd[2].endswith("'`id`")
    assert "x-odd: '`id`$(id)" in odd
    assert "x-`id`-token: secret" in odd
    assert odd[-2] == hostile


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_a_phone(browser: WebDriver, shop_url: str, theme: str) -> None:
    Ask(shop_url).build({"branch": "x" * 300})
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        browser.get(f"{shop_url}/__mock__/#journal")
        first_row(browser)
        for name in ("journal", "scenarios", "resources", "sessions", "catalogue", "contract"):
            view(browser, name)
            until(browser, lambda: browser.find_element(By.ID, "main").text)
            assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"], name
            assert browser.execute_script(FAINT) == [], name
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_kept_resources_are_shown_as_they_change(browser: WebDriver, shop_url: str) -> None:
    browser.get(f"{shop_url}/__mock__/#resources")
    browser.get_log("browser")
    until(browser, lambda: "Claws" in browser.find_element(By.ID, "main").text)
    send(shop_url, "POST", "/shops", [("Content-Type", "application/json")], b'{"name": "<b>Tails</b>"}')

    until(browser, lambda: "<b>Tails</b>" in browser.find_element(By.ID, "main").text)
    assert browser.find_elements(By.CSS_SELECTOR, "main b") == []
    assert complaints(browser) == []


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
