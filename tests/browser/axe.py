"""axe-core on a part of a page: the rules of WCAG that a program can check."""

import io
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tools import require

VERSION = "4.14.1"  # fetched when first needed, from npm; it is no part of this project
RUN = """async selector => {
  const found = await axe.run(selector, {resultTypes: ['violations', 'passes']});
  return [found.passes.length, found.violations.map(one => ({
    rule: one.id, why: one.help, where: one.nodes.map(node => node.html),
    details: one.nodes.map(node => node.failureSummary)}))];
}"""


@cache
def source() -> str:
    """The script, by `npm pack` in a temporary folder."""
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
    """What axe finds wrong within a selector: rule, why, and the elements; it must apply a rule."""
    page.evaluate(source())
    passes, found = page.evaluate(RUN, selector)
    assert passes > 0, f"axe found nothing to check in {selector}"
    return found
