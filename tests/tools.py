"""Tools that this project can do without: a test that needs one asks here first."""

import importlib.util
import os
import shutil

import pytest

VARIABLE = "DOCGEN_NB_REQUIRE_TOOLS"
APT = "apt-get install -y --no-install-recommends"

# A tool, the names of its program (or the module that it is), and how to get it.
PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), f"{APT} chromium"),
    "libreoffice": (("soffice", "libreoffice"), f"{APT} libreoffice-writer-nogui"),
    "node": (("node", "nodejs"), f"{APT} nodejs npm"),
    "java": (("java",), f"{APT} openjdk-17-jre-headless"),
}
MODULES = {
    "dask": 'pip install "docgen-nb[engines]"',
    "pyspark": 'pip install "docgen-nb[engines]"',
}


def require(tool: str) -> None:
    """Skip the test if the tool is absent, or fail it if the variable above names the tool."""
    if find(tool):
        return
    install = MODULES[tool] if tool in MODULES else PROGRAMS[tool][1]
    message = f"{tool} is not here: {install}"
    if tool in os.environ.get(VARIABLE, "").replace(" ", "").split(","):
        pytest.fail(f"{message} ({VARIABLE} names it)", pytrace=False)
    pytest.skip(message)


def find(tool: str) -> str | None:
    """Where a tool is, or None; the variable of its name in capitals tells a program's place."""
    if tool in MODULES:
        found = importlib.util.find_spec(tool)
        return found.origin if found else None
    paths = (shutil.which(name) for name in PROGRAMS[tool][0])
    return os.environ.get(tool.upper()) or next(filter(None, paths), None)
