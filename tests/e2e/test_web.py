"""The web chat in a real browser, against the real system."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.conftest import need
from tests.e2e.conftest import System

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=390,844",
)  # fmt: skip
_WAIT = 15


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    need(bool(chromium and driver), "Chromium with its driver")
    options = webdriver.ChromeOptions()
    options.binary_location = str(chromium)
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(str(driver)))
    yield window
    window.quit()


def say(browser: webdriver.Chrome, text: str) -> list[WebElement]:
    """Types, presses Enter, and waits for the next reply."""
    before = len(replies(browser))
    browser.find_element(By.ID, "message").send_keys(text, Keys.ENTER)
    WebDriverWait(browser, _WAIT).until(lambda b: len(replies(b)) > before)
    return replies(browser)


def replies(browser: webdriver.Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, "#log .reply")


def picture(browser: webdriver.Chrome, name: str) -> None:
    """Kept where MOTCUA_SCREENSHOTS names a folder, for people to look at."""
    folder = os.environ.get("MOTCUA_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_a_question_is_answered_with_buttons_and_a_link(system: System, browser: webdriver.Chrome) -> None:
    browser.get(system.url)
    picture(browser, "welcome")
    reply = say(browser, "dang ky tam tru can giay to gi")[-1]
    assert reply.get_attribute("data-procedure") == "1.004194"
    assert "Kiểm tra ngày" in reply.text
    links = [a.get_attribute("href") or "" for a in reply.find_elements(By.CSS_SELECTOR, ".links a")]
    assert any("formalityId=019d2bf7-770b-734d-b7fb-5e1995f194f4" in link for link in links)
    assert reply.find_elements(By.CSS_SELECTOR, ".choices button")
    picture(browser, "answer")


def walk_until_the_first_mark(browser: webdriver.Chrome, url: str) -> None:
    browser.get(url)
    say(browser, "đăng ký tạm trú cần giấy tờ gì")
    press(browser, "Chuẩn bị từng giấy tờ")
    press(browser, "Cho bản thân hoặc gia đình")
    press(browser, "Có rồi")


def test_the_walk_shows_its_progress(system: System, browser: webdriver.Chrome) -> None:
    walk_until_the_first_mark(browser, system.url)
    bar = browser.find_elements(By.CSS_SELECTOR, "[role=progressbar]")[-1]
    assert (bar.get_attribute("aria-valuenow"), bar.get_attribute("aria-valuemax")) == ("1", "2")
    picture(browser, "walk")


def test_a_checklist_is_taken_along_by_its_code(system: System, browser: webdriver.Chrome) -> None:
    walk_until_the_first_mark(browser, system.url)
    browser.execute_script("[...document.querySelectorAll('.hand-over')].at(-1).click()")
    box = browser.find_element(By.ID, "ticket")
    WebDriverWait(browser, _WAIT).until(lambda b: box.get_attribute("open") is not None)
    code = browser.find_element(By.ID, "ticket-code").text
    assert re.fullmatch(r"MC(-[A-Z2-9]{4}){2}", code)
    assert browser.find_element(By.ID, "ticket-procedure").text.casefold() == "đăng ký tạm trú"
    WebDriverWait(browser, _WAIT).until(
        lambda b: b.execute_script("return document.getElementById('ticket-qr').naturalWidth > 0")
    )
    picture(browser, "ticket")
    box.send_keys(Keys.ESCAPE)
    WebDriverWait(browser, _WAIT).until(lambda b: box.get_attribute("open") is None)
    # The browser tells of a box closed a moment after it has closed it; only then is the code taken off the page.
    WebDriverWait(browser, _WAIT).until(
        lambda b: b.execute_script("return document.activeElement.className") == "hand-over",
        "the focus did not come back to the button that opened the box",
    )
    WebDriverWait(browser, _WAIT).until(
        lambda b: b.find_element(By.ID, "ticket-code").get_attribute("textContent") == "",
        "the code still stands in the closed box",
    )

    browser.delete_all_cookies()  # from here on it is another browser
    browser.execute_script("sessionStorage.clear()")
    browser.get(f"{system.url}/?phieu={code}")
    WebDriverWait(browser, _WAIT).until(lambda b: len(replies(b)) == 1)
    assert replies(browser)[0].get_attribute("data-status") == "walk"
    assert browser.current_url == f"{system.url}/"
    browser.refresh()
    WebDriverWait(browser, _WAIT).until(lambda b: len(replies(b)) == 1)
    say(browser, "cảm ơn")
    assert len(replies(browser)) == 2
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def press(browser: webdriver.Chrome, title: str) -> None:
    before = len(replies(browser))
    buttons = replies(browser)[-1].find_elements(By.CSS_SELECTOR, ".choices button")
    wanted = [b for b in buttons if title in b.text]
    assert wanted, f"no button «{title}» among {[b.text for b in buttons]}"
    browser.execute_script("arguments[0].click()", wanted[0])
    WebDriverWait(browser, _WAIT).until(lambda b: len(replies(b)) > before)


def test_a_reload_shows_the_conversation_once(system: System, browser: webdriver.Chrome) -> None:
    browser.get(system.url)
    say(browser, "làm giấy khai sinh cho con ở đâu")
    count = len(replies(browser))
    browser.refresh()
    WebDriverWait(browser, _WAIT).until(lambda b: len(replies(b)) >= count)
    say(browser, "cảm ơn")
    assert len(replies(browser)) == count + 1


def test_only_new_messages_are_announced(system: System, browser: webdriver.Chrome) -> None:
    browser.get(system.url)
    say(browser, "xin chào")
    log = browser.find_element(By.ID, "log")
    assert log.get_attribute("role") == "log"
    assert log.get_attribute("aria-live") == "polite"
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "vi"


def test_nothing_overflows_on_a_narrow_phone_and_no_script_fails(system: System, browser: webdriver.Chrome) -> None:
    browser.set_window_size(320, 640)
    browser.get(system.url)
    say(browser, "đổi bằng lái xe hết bao nhiêu tiền")
    widths = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1]
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    picture(browser, "narrow")


def test_deleting_my_data_empties_the_page_and_the_history(system: System, browser: webdriver.Chrome) -> None:
    browser.get(system.url)
    say(browser, "xin chào")
    browser.execute_script("document.getElementById('menu-button').click()")
    browser.execute_script("document.getElementById('forget').click()")
    browser.execute_script("document.getElementById('confirm-forget').click()")
    WebDriverWait(browser, _WAIT).until(lambda b: not replies(b))
    history = browser.execute_async_script(
        "const done = arguments[0]; fetch('/api/web/history').then(r => r.json()).then(done)"
    )
    assert history == {"turns": []}


def test_the_page_weighs_less_than_100_kb() -> None:
    folder = Path(__file__).parents[2] / "bot" / "web"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 100 * 1024
