"""A small language for tables: names in the first line, one row a line, `-` for what is missing.

The name of a column gives its type, as in the package: `..._id` and words are str, `..._at`
and the like are UTC times, `..._seconds` and shares float64, counts int64, flags bool.
"""

from pathlib import Path

import pandas as pd
from hypothesis.configuration import set_hypothesis_home_dir

# Its usual folder at the top would be an error: pytest warns that norecursedirs does not skip it.
set_hypothesis_home_dir(Path(__file__).parent.parent / ".pytest_cache" / "hypothesis")

TIMES = ("_at", "_after", "_before", "start", "end")
NUMBERS = ("_seconds", "share", "share_low", "share_high", "quantile", "difference")
NUMBERS += ("_share_low", "_share_high", "batch_share", "day_share")
COUNTS = ("errors", "warnings", "jobs", "created", "finished", "open", "ends_unknown")
COUNTS += ("at_risk", "censored", "unknown", "messages", "affected", "weekday", "hour", "batches")
FLAGS = ("ended", "running")  # `ended` is a count where it holds numbers


def jobs(text: str) -> pd.DataFrame:
    """A table of jobs with the columns named in the first line, and no others."""
    return table(text)


def table(text: str, *, time_zone: str = "UTC") -> pd.DataFrame:
    names, *rows = [line.split() for line in text.strip().splitlines()]
    assert all(len(row) == len(names) for row in rows), rows
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    return pd.DataFrame(
        {name: column(name, values, time_zone) for name, values in zip(names, cells, strict=True)}
    )


def column(name: str, values: tuple[str, ...], time_zone: str) -> pd.Series:
    cells = [None if value == "-" else value for value in values]
    if name.endswith(TIMES):
        times = pd.to_datetime(pd.Series(cells, dtype="str"), format="ISO8601", utc=True)
        return times.astype(f"datetime64[us, {time_zone}]")
    if name in COUNTS or (name == "ended" and cells and str(cells[0]).isdigit()):
        return pd.Series(cells, dtype="int64")
    if name in FLAGS:
        return pd.Series([{"yes": True, "no": False}[value] for value in cells], dtype="bool")
    if name.endswith(NUMBERS):
        return pd.Series(cells, dtype="float64")
    return pd.Series(cells, dtype="str")
