"""Makes the pictures of the README: `PYTHONPATH=tests python -m browser.pictures`.

They go to `notebooks/pictures`. Needs Chromium and LibreOffice, and takes half a minute.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pandas as pd
from PIL import Image
from playwright.sync_api import Locator, expect, sync_playwright
from tools import require

import docgen_nb as dg
from browser.conftest import ARGUMENTS
from browser.lab_page import LabPage
from browser.lab_server import lab_running
from browser.own_notebook import write_notebook
from docgen_nb.ledger.template_names import read_template_names

FOLDER = Path(__file__).parents[2] / "notebooks" / "pictures"
WIDTH = 1400  # pixels
VIEWPORT = 1240  # CSS pixels
SCALE = WIDTH / VIEWPORT
COLORS = 256
SECONDS = 120_000  # milliseconds
CODE = """\
import docgen_nb as dg

box = dg.connect("local")
dg.BatchForm(box, user_input=dg.samples.order())"""


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    _save(_form_and_document(), FOLDER / "form-and-document.png")
    _save(_report(), FOLDER / "report.png")


def _form_and_document() -> Image.Image:
    """The form in JupyterLab, filled in, with the page that it makes at its right."""
    with _notebook() as notebook:
        form = notebook.form
        form.get_by_label("Template", exact=True).fill("Purchase order.docx")
        ready = form.get_by_role("status").filter(has_text="Ready to generate.")
        expect(ready).to_be_visible(timeout=SECONDS)
        expect(form.locator(".docgen-pages img")).to_be_visible(timeout=SECONDS)
        notebook.page.mouse.move(0, 0)
        picture = _opened(notebook.page.screenshot())
        button = _box(form.get_by_role("button", name="Generate", exact=True))
        return picture.crop((0, 0, WIDTH, round((button["y"] + button["height"] + 6) * SCALE)))


@contextmanager
def _notebook() -> Iterator[LabPage]:
    """A notebook with the form, in JupyterLab."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        chromium = playwright.chromium.launch(executable_path=require("chromium"), args=ARGUMENTS)
        size = {"width": VIEWPORT, "height": 1000}
        page = chromium.new_page(viewport=size, device_scale_factor=SCALE, locale="en-GB")
        copies = str(folder / "notebooks")
        command = [sys.executable, "-m", "docgen_nb", "lab", "--dir", copies, "--"]
        with lab_running(command, folder=folder) as lab:
            notebook = LabPage(page, lab)
            notebook.open(write_notebook(lab, "Orders.ipynb", CODE))
            for hidden in ("toggle-left-area", "toggle-side-tabbar"):
                page.evaluate(f"window.jupyterapp.commands.execute('application:{hidden}')")
            notebook.run_all()
            yield notebook


def _box(part: Locator) -> dict[str, float]:
    """Where a part of the page is, in CSS pixels."""
    box = part.bounding_box()
    assert box is not None
    return box


def _report() -> Image.Image:
    """The first page of the report of a week, down to its first chart."""
    end = pd.Timestamp("2025-11-03T12:00Z")
    with tempfile.TemporaryDirectory() as name, dg.connect("local", environment={}) as box:
        dg.samples.history(box.service, jobs=20_000, days=30, seed=3, until=end)
        with dg.Ledger(Path(name) / "history.sqlite") as ledger:
            ledger.sync(box, clock=end.timestamp)
            read_template_names(ledger.file, box)
            path = dg.report(ledger, Path(name) / "monday.html", now=end)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=require("chromium"), args=ARGUMENTS
            )
            page = chromium.new_page(
                viewport={"width": VIEWPORT, "height": 900}, device_scale_factor=SCALE
            )
            page.goto(path.as_uri())
            figure = _box(page.locator("figure").first)
            size = {"width": VIEWPORT, "height": figure["y"] + figure["height"]}
            return _opened(page.screenshot(full_page=True, clip={"x": 0, "y": 0} | size))


def _opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content)).convert("RGB")


def _save(picture: Image.Image, path: Path) -> None:
    """Write a small PNG: few colors, rare ones included, and no dithering, which blurs text."""
    few = picture.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
