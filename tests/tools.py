"""Optional tools for tests. A test that needs a missing one is skipped with the install command."""

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

# Tool: commands or modules that prove its presence (one is enough), and the install command.
_TOOLS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "libreoffice": (("soffice",), "apt-get install libreoffice-writer-nogui"),
    "node": (("node",), "apt-get install nodejs npm"),
    "unshare": (("unshare",), "apt-get install util-linux"),
    "java": (("java",), "apt-get install openjdk-17-jre-headless"),
    "dask": (("module:dask.distributed",), 'python -m pip install -e ".[engines]"'),
    "pyspark": (("module:pyspark",), 'python -m pip install -e ".[engines]"'),
}


def require(tool: str) -> str:
    """Return the path of a tool, or the name of a module.

    Skips the calling test if the tool is missing, or fails it if the environment variable
    DOCGEN_NB_REQUIRE_TOOLS, a comma-separated list, contains the tool.
    """
    candidates, install = _TOOLS[tool]
    location = next(filter(None, map(_locate, candidates)), None)
    if location is not None:
        return location
    message = f"{tool} is not installed. To install it, run: {install}"
    if tool in os.environ.get("DOCGEN_NB_REQUIRE_TOOLS", "").split(","):
        pytest.fail(message)
    pytest.skip(message)


def _locate(candidate: str) -> str | None:
    if candidate.startswith("module:"):
        name = candidate.removeprefix("module:")
        top = name.partition(".")[0]
        is_installed = importlib.util.find_spec(top) and importlib.util.find_spec(name)
        return name if is_installed else None
    if candidate == "soffice" and "DOCGEN_NB_SOFFICE" in os.environ:
        return str(Path(os.environ["DOCGEN_NB_SOFFICE"]))
    return shutil.which(candidate)
