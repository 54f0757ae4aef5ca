"""One JupyterLab, started by `docgen-nb lab`, and one Chromium for all tests of this folder."""

import sys
from collections.abc import Iterator

import pytest
from browser.lab_server import Lab, lab_running
from playwright.sync_api import Browser, sync_playwright
from tools import find, require

ARGUMENTS = [
    "--no-sandbox",  # a container's root has no sandbox
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--force-color-profile=srgb", "--font-render-hinting=none"),
    # A request to anywhere else fails at once, and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find("chromium"), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The command as a person runs it, on notebooks copied to a new folder."""
    folder = tmp_path_factory.mktemp("lab")
    command = [sys.executable, "-m", "docgen_nb", "lab", "--dir", str(folder / "notebooks"), "--"]
    with lab_running(command, folder=folder) as running:
        yield running
