"""A real browser, used by somebody who has a keyboard and no mouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lab import needs

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=900,1000",
)
TAB, ENTER = Keys.TAB, Keys.ENTER


@dataclass(frozen=True)
class Person:
    """Each method waits for what it is about, and fails after some seconds."""

    driver: Chrome

    def open(self, url: str) -> None:
        self.driver.get(url)

    def sees(self, text: str) -> str:
        """The whole page, once it shows this."""
        WebDriverWait(self.driver, 10).until(lambda _: text in self.page(), f"{text!r} is not shown")
        return self.page()

    def page(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "body").text

    def types(self, *keys: str) -> None:
        """Wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def is_at(self) -> str:
        """What has the focus: the text of a link or button, or the label of a field."""
        focused = self.driver.switch_to.active_element
        field = focused.get_attribute("id")
        labels = self.driver.find_elements(By.CSS_SELECTOR, f"label[for='{field}']") if field else []
        return (labels[0] if labels else focused).text

    def goes_to(self, name: str) -> None:
        for _ in range(20):
            if self.is_at() == name:
                return
            self.types(TAB)
        pytest.fail(f"there is no way to {name!r} by the keyboard")

    def complaints(self) -> list[str]:
        """What the browser found wrong with the pages, such as scripts it was not allowed to run."""
        return [entry["message"] for entry in self.driver.get_log("browser")]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    options = ChromeOptions()
    options.binary_location = needs.program("chromium", of="Chromium")
    service = Service(needs.program("chromedriver", of="Chromium's driver"))
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'browser'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.accept_insecure_certs = True  # those of the laboratory
    driver = Chrome(options, service)
    yield Person(driver)
    driver.quit()
