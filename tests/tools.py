"""Tools that tests need and that pip does not install: found, or skipped with the install line."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

# Tool: the commands or paths that show it (one is enough), and the line that installs it.
_TOOLS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "libreoffice": (("soffice",), "apt-get install libreoffice-writer-nogui"),
    "node": (("node",), "apt-get install nodejs npm"),
    "java": (("java",), "apt-get install openjdk-17-jre-headless"),
    "dask": (("module:dask.distributed",), 'python -m pip install -e ".[engines]"'),
    "pyspark": (("module:pyspark",), 'python -m pip install -e ".[engines]"'),
}


def require(tool: str) -> str:
    """The path of a tool (or the name of a module).

    A test that needs an absent tool is skipped with the line that installs it, or fails when the
    environment variable DOCGEN_NB_REQUIRE_TOOLS, a comma list, names the tool.
    """
    ways, install = _TOOLS[tool]
    found = next(filter(None, map(_found, ways)), None)
    if found is not None:
        return found
    message = f"{tool} is absent; install it by: {install}"
    if tool in os.environ.get("DOCGEN_NB_REQUIRE_TOOLS", "").split(","):
        pytest.fail(message)
    pytest.skip(message)


def _found(way: str) -> str | None:
    if way.startswith("module:"):
        name = way.removeprefix("module:")
        top = name.partition(".")[0]
        is_there = importlib.util.find_spec(top) and importlib.util.find_spec(name)
        return name if is_there else None
    if way == "soffice" and "DOCGEN_NB_SOFFICE" in os.environ:
        return str(Path(os.environ["DOCGEN_NB_SOFFICE"]))
    return shutil.which(way)
