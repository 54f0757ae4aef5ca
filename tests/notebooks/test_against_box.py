"""Notebook 09 uses the service for practice without credentials, and each cell says so."""

from pathlib import Path

from notebooks.notebook_run import printed

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "09-against-box.ipynb"


def test_each_cell_says_where_it_ran(ran):
    notebook, _ = ran(NOTEBOOK)
    cells = {cell.id: printed(cell.outputs) for cell in notebook.cells if "outputs" in cell}
    assert [id for id, text in cells.items() if "service for practice" not in text] == []
    assert cells["connect"].startswith("No token for Box")
    assert "1 of 1 document finished: 1 completed." in cells["one"]
    assert "The data is 195 KB as JSON; Box accepts at most 100 KB." in cells["limits"]
