"""Cells of a table as JSON values."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from docgen_nb.request.column_formats import value_in
from docgen_nb.schema import Field


class Percentage(float):
    """A number that a spreadsheet shows as a percentage.

    >>> Percentage(0.25), str(Percentage(0.075))
    (Percentage(0.25), '7.5%')
    """

    def __repr__(self) -> str:
        return f"Percentage({float(self)!r})"

    def __str__(self) -> str:
        return f"{float(f'{self * 100:.10g}'):g}%"


def element_of(field: Field | None) -> Field | None:
    """Return the field of one cell: that of the elements for a list of plain values."""
    return field.fields[0] if field is not None and field.kind == "list" else field


def cell_value(cell: Any, field: Field | None, chosen: str) -> tuple[Any, str]:
    """Return a cell as a JSON value, and "" or what to enter instead; None for an empty cell.

    `chosen` is the format of the texts of its column, as from `column_formats`.

    >>> cell_value(datetime.time(9, 30), None, ""), cell_value(Percentage(0.25), None, "")
    (('09:30', ''), (0.25, ''))
    """
    if isinstance(cell, str):
        return value_in(field, cell, chosen) if cell else (None, "")
    if isinstance(cell, Mapping | list | tuple):
        return (cell if isinstance(cell, Mapping) else list(cell)), ""
    if pd.isna(cell):
        return None, ""
    return _plain(cell, field), ""


def column_values(cells: Iterable[Any], field: Field | None, chosen: str) -> list[tuple[Any, str]]:
    """Return the cells of a column, each as from `cell_value`."""
    texts: dict[str, tuple[Any, str]] = {}  # a column repeats its texts
    values = []
    for cell in cells:
        if not isinstance(cell, str):
            values.append(cell_value(cell, field, chosen))
            continue
        if cell not in texts:
            texts[cell] = cell_value(cell, field, chosen)
        values.append(texts[cell])
    return values


def _plain(cell: Any, field: Field | None) -> Any:
    if isinstance(cell, Percentage):
        return str(cell) if field is not None and field.kind == "text" else float(cell)
    if isinstance(cell, datetime.date):  # a Timestamp is one
        is_day = not isinstance(cell, datetime.datetime) or cell.time() == datetime.time()
        return cell.isoformat()[:10] if is_day else cell.isoformat()
    if isinstance(cell, datetime.time):
        return cell.isoformat(timespec="auto" if cell.second or cell.microsecond else "minutes")
    if isinstance(cell, datetime.timedelta):
        return _hours(cell)
    # NumPy's numbers become Python's; other objects are rejected later, as not JSON.
    return cell.item() if isinstance(cell, np.generic) else cell


def _hours(duration: datetime.timedelta) -> str:
    """Return a duration as a spreadsheet shows it: hours, also more than 24, and minutes."""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours = f"{minutes // 60}:{minutes % 60:02}"
    return f"{hours}:{seconds:02}" if seconds else hours
