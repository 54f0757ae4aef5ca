"""axe-core: an automated check of accessibility (WCAG) rules on part of a page."""

import io
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tools import require

VERSION = "4.14.1"  # downloaded from npm on first use; not part of this project
RUN = """async selector => {
  const results = await axe.run(selector, {resultTypes: ['violations', 'passes']});
  return [results.passes.length, results.violations.map(one => ({
    rule: one.id, why: one.help, where: one.nodes.map(node => node.html),
    details: one.nodes.map(node => node.failureSummary)}))];
}"""


@cache
def source() -> str:
    """Return the script, downloaded by `npm pack`."""
    require("node")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        content = (Path(folder) / f"axe-core-{VERSION}.tgz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def violations(page: Page, selector: str) -> list[dict[str, Any]]:
    """Return the rules that elements matching `selector` violate, with reasons and elements.

    Raises:
        AssertionError: No rule of axe applies to the elements.
    """
    page.evaluate(source())
    passes, violated_rules = page.evaluate(RUN, selector)
    assert passes > 0, f"No axe rule applies to {selector}"
    return violated_rules
