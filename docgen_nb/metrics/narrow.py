"""A narrow table: of a table of jobs the texts and whole numbers that a metric counts, no more.

Its columns, where asked for: texts under their own names (in pandas as codes, -1 where missing);
``created``, ``finished`` and ``read``, int64, microseconds since 1970; ``milliseconds``, int64,
the duration; ``state``, int64, what the status means; and ``weight``, int64, how many jobs a row
stands for. Numbers are -1 where they are missing; a time before 1970 counts as missing.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import EngineCannot

MISSING = -1
OPEN, FINISHED, OTHER = 0, 1, 2  # the states
SECOND, HOUR, DAY = 1, 3600, 86400
TIMES = {"created_at": "created", "finished_at": "finished", "read_at": "read"}
DURATION, WEIGHT = "duration_seconds", "jobs"
_ENGINES = {"DUCKDB": "DuckDB", "PYSPARK": "PySpark", "PYSPARK_CONNECT": "PySpark"}
LONGEST = 1e12  # seconds; a duration beyond, such as infinity, is none


@dataclass(frozen=True)
class Narrow:
    """A narrow table, and what is known of the table that it was made of.

    ``values`` tells what the codes of a text column stand for; it has no entry where the column
    holds the texts themselves. ``noted`` are the times that the table carries in ``attrs``, and
    ``grain`` tells to how many seconds its times are floored, 0 if they are not.
    """

    frame: nw.DataFrame[Any] | nw.LazyFrame[Any]
    values: Mapping[str, "pd.Index[Any]"]
    noted: Mapping[str, pd.Timestamp | None]
    function: str
    grain: int = 0

    def with_columns(self, **columns: nw.Expr) -> "Narrow":
        """The same with more columns."""
        frame = self.frame.with_columns(**columns) if columns else self.frame
        return replace(self, frame=frame)


def state(status: str) -> int:
    """What a status means: open, finished, or not known."""
    if status in wire.OPEN:
        return OPEN
    return FINISHED if status in wire.FINISHED else OTHER


def collected(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The table that an engine makes of this, in pandas."""
    table: pd.DataFrame = frame.collect().to_pandas()
    return table.reset_index(drop=True)


@contextmanager
def engine_does(
    operation: str, *, frame: nw.DataFrame[Any] | nw.LazyFrame[Any], function: str
) -> Iterator[None]:
    """Name the engine and the operation where the engine has none."""
    try:
        yield
    except (NotImplementedError, nw.exceptions.InvalidOperationError) as error:
        name = frame.implementation.name
        engine = _ENGINES.get(name, name.title())
        raise EngineCannot(operation, engine=engine, function=function) from error
