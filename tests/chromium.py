"""A real Chromium for the tests that look at a page: skipped where there is none, but not in CI."""

import os
import shutil
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

needs_chromium = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER) and not os.environ.get("CI"),
        reason="chromium and chromedriver are not installed (on Debian: apt install chromium chromium-driver)",
    ),
]


def open_chromium(profile: Path, *, width: int, height: int) -> Chrome:
    """Without a window, and without a word to anybody outside of this machine."""
    assert CHROMIUM, "CI has to install chromium"
    assert DRIVER, "CI has to install chromium-driver"
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--window-size={width},{height}",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options=options, service=ChromeService(DRIVER))
