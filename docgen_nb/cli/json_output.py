"""A table becomes records of plain data, as JSON has it."""

import json
from typing import Any

import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a dict for each row: times as ISO 8601, and None for what is missing.

    >>> records(pd.DataFrame({"at": [pd.Timestamp("2026-03-02T09:00Z"), None], "n": [1.5, None]}))
    [{'at': '2026-03-02T09:00:00+00:00', 'n': 1.5}, {'at': None, 'n': None}]
    """
    times = table.select_dtypes(["datetime", "datetimetz"])
    texts: dict[str, Any] = {str(name): list(map(_iso, times[name])) for name in times}
    plain = table.assign(**texts)
    found: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=15))
    return found


def _iso(moment: pd.Timestamp) -> str | None:
    return None if pd.isna(moment) else moment.isoformat()
