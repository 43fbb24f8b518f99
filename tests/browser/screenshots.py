"""Takes the screenshots of the documentation: `make screenshots`. Chinese texts need a font, e.g. fonts-wqy-zenhei."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from contract_tests.results.reports import render
from mock_server.settings import Settings
from mock_server.web.serving.running import running
from tests.browser.conftest import SWITCHES
from tests.control.asking import Ask
from tests.programs import program
from tests.verify.results import finding, result

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1000, "height": 860, "deviceScaleFactor": 1, "mobile": False}
TALL = {**SIZE, "height": 1200}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as profile,
        running(Settings(scenarios=ROOT / "examples/scenarios.yaml")) as mock,
    ):
        options = Options()
        for switch in (*SWITCHES, "--hide-scrollbars", f"--user-data-dir={profile}"):
            options.add_argument(switch)
        options.binary_location = program("chromium")
        driver = webdriver.Chrome(options, Service(program("chromedriver")))
        try:
            _take(driver, mock.url)
            _take_report(driver, Path(profile))
        finally:
            driver.quit()
    sys.stdout.write(f"{IMAGES / 'page.png'}\n{IMAGES / 'report.png'}\n")


def _take(driver: webdriver.Chrome, url: str) -> None:
    ask = Ask(url)
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", TALL)
    driver.get(f"{url}/__mock__/")
    ask.build({"branch": "main"})
    ask.build({"build_type": "docker_image", "repo_url": "registry.example.com/app:1"})
    ask.build(None, token=None)
    ask.build({"build_type": "helm", "branch": ""})
    WebDriverWait(driver, 30).until(lambda _: len(driver.find_elements(By.CSS_SELECTOR, "#requests summary")) == 4)
    driver.find_element(By.CSS_SELECTOR, "#requests summary").click()
    WebDriverWait(driver, 30).until(lambda _: "scenario" in driver.find_element(By.CSS_SELECTOR, ".inside").text)
    WebDriverWait(driver, 30).until(lambda _: driver.find_elements(By.CSS_SELECTOR, ".inside pre"))
    driver.save_screenshot(str(IMAGES / "page.png"))


def _take_report(driver: webdriver.Chrome, folder: Path) -> None:
    """The report on a console that accepts any token and lets a worker fail, one finding unfolded."""
    shop = result(
        finding(check="token-not-required", severity="critical", constraint="token", purpose="no token is refused"),
        finding(),
        finding(operation="readOrder", constraint="path id", check="server-error", severity="high", times=4),
    )
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
    page = folder / "report.html"
    page.write_text(render("html", shop), encoding="utf-8")
    driver.get(page.as_uri())
    driver.find_element(By.CSS_SELECTOR, ".finding summary").click()
    driver.save_screenshot(str(IMAGES / "report.png"))


if __name__ == "__main__":
    main()
