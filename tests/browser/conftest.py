"""One JupyterLab for all tests, started by `docgen-nb lab`, and one Chromium."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tools import require

from browser.lab_page import LabPage, new_context
from browser.lab_server import Lab, lab_running

expect.set_options(timeout=20_000)  # milliseconds; other work may keep the machine busy

ARGUMENTS = [
    "--no-sandbox",  # a container's root has no sandbox
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--force-color-profile=srgb", "--font-render-hinting=none"),
    # A request to anywhere else fails at once, and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="package")  # not longer: while Playwright runs, no other event loop can
def browser() -> Iterator[Browser]:
    program = require("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The command as a person runs it, on notebooks copied to a new folder."""
    require("chromium")
    folder = tmp_path_factory.mktemp("lab")
    directory = str(folder / "notebooks")
    command = [sys.executable, "-m", "docgen_nb", "lab", "--empty", "--dir", directory, "--"]
    with lab_running(command, folder=folder) as running:
        yield running


@pytest.fixture(scope="package")
def lab_page(browser: Browser, lab: Lab) -> Iterator[LabPage]:
    """A page with JupyterLab's default settings."""
    lab.reset_settings()
    context = new_context(browser, viewport={"width": 1400, "height": 1500}, timezone_id="UTC")
    page = LabPage(context.new_page(), lab)
    yield page
    page.close()
    context.close()


@pytest.fixture
def notebook(lab_page: LabPage) -> Iterator[LabPage]:
    """JupyterLab for one test, in which anything that goes wrong fails the test."""
    yield lab_page
    faults, lab_page.faults = lab_page.faults, []
    assert faults == []


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots go: the folder that DOCGEN_NB_SHOTS names, else a temporary one."""
    folder = Path(os.environ.get("DOCGEN_NB_SHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
