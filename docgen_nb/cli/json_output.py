"""JSON on standard output, and tables as records for it."""

import json
from typing import Any

import pandas as pd

from docgen_nb.cli.printable import in_json


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    print(in_json(json.dumps(value, indent=2, ensure_ascii=False)))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one dict per row, with times as ISO 8601 and None for missing values.

    >>> records(pd.DataFrame({"at": [pd.Timestamp("2026-03-02T09:00Z"), None], "n": [1.5, None]}))
    [{'at': '2026-03-02T09:00:00+00:00', 'n': 1.5}, {'at': None, 'n': None}]
    """
    times = table.select_dtypes(["datetime", "datetimetz"])
    texts: dict[str, Any] = {str(name): list(map(_iso, times[name])) for name in times}
    content = table.assign(**texts).to_json(orient="records", double_precision=15)
    rows: list[dict[str, Any]] = json.loads(content)
    return rows


def _iso(moment: pd.Timestamp) -> str | None:
    return None if pd.isna(moment) else moment.isoformat()
