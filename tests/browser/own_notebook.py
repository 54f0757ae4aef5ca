"""Writes a notebook of a test's own into the folder that JupyterLab shows."""

import json
from pathlib import Path

from playwright.sync_api import expect

from browser.lab_page import LabPage
from browser.lab_server import Lab


def write_notebook(lab: Lab, name: str, *cells: str) -> str:
    """Write a notebook with these code cells, and return its path for JupyterLab."""
    folder = lab.log.parent / "notebooks"
    written = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    content = {"cells": written, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    Path(folder, name).write_text(json.dumps(content))
    return name


def upload_template(page: LabPage, path: Path, content: bytes, *, seconds: float) -> None:
    """Upload a Word file in the form as a template, by its path; it is chosen then."""
    path.write_bytes(content)
    form = page.form
    form.get_by_role("button", name="Upload a template").click()
    form.get_by_label("Or its path").first.fill(str(path))
    page.page.keyboard.press("Tab")
    button = form.get_by_role("button", name="Upload as template")
    button.click()
    expect(form.get_by_label("File name")).to_have_value(path.stem, timeout=seconds * 1000)
    form.get_by_role("button", name="Upload a template").click()
