"""Notebook 08: 500 documents, each once, whatever happened on the way."""

from pathlib import Path

import pytest
from notebooks.notebook_run import printed

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "08-many-documents.ipynb"


@pytest.fixture(scope="module")
def shown(ran):
    """Return the standard output and the value of each cell."""
    notebook, _ = ran(NOTEBOOK)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    values = {
        cell.id: "".join(one.data["text/plain"] for one in cell.outputs if "data" in one)
        for cell in cells
    }
    return {cell.id: printed(cell.outputs) + values[cell.id] for cell in cells}


def test_a_row_with_a_gap_stops_all(shown):
    assert "1 of 500 rows have errors; nothing was sent." in shown["refused"]


def test_it_crashes_after_a_lost_reply_and_goes_on(shown):
    assert "400 planned, 50 unsure." in shown["send"]
    assert shown["send"].endswith("Crash: our program broke\n")
    assert shown["resume"] == "<Submission 1: 500 of 500 documents sent in 10 batches.>"
    assert shown["chunks"].count("found by its external ids") == 1


def test_each_row_has_one_job_and_the_failed_ones_are_sent_again(shown):
    assert shown["once"] == "('500 of 500 documents sent in 10 batches.', 500, 492)"
    assert shown["resend"] == "<Submission 2: 8 of 8 documents sent in 1 batch.>"
    assert shown["complete"] == "500"
    assert shown["download"].startswith("(8, 'Invitation ")
