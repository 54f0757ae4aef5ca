"""Writes a notebook of a test's own into the folder that JupyterLab shows."""

import json
from pathlib import Path

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
