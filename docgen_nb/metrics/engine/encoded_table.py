"""A narrow table: of a table of jobs the texts and whole numbers that a metric counts, no more.

Its columns, where asked for: texts under their own names (in pandas as codes, -1 where missing);
``created``, ``finished`` and ``read``, int64, microseconds since 1970; ``milliseconds``, int64,
the duration; ``state``, int64, what the status means; and ``weight``, int64, how many jobs a row
stands for. Numbers are -1 where they are missing; a time before 1970 counts as missing.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.errors import EngineCannot

MISSING = -1
OPEN, FINISHED, OTHER = 0, 1, 2  # the states
SECOND, HOUR, DAY = 1, 3600, 86400
TIMES = {"created_at": "created", "finished_at": "finished", "read_at": "read"}
RAW = "raw_"  # before a time of another engine, as it is there: null where it is missing
DURATION, WEIGHT = "duration_seconds", "jobs"
_ENGINES = {"DUCKDB": "DuckDB", "PYSPARK": "PySpark", "PYSPARK_CONNECT": "PySpark"}
LONGEST = 1e12  # seconds; a duration beyond, such as infinity, is none


Here = dict[str, npt.NDArray[Any]]
Column = Callable[[str], Any]
Where = Callable[[Any, Any, Any], Any]
Made = Callable[[Column, Where], Any]  # makes a column, of arrays as of what stands for them


def _there(condition: nw.Expr, then: Any, otherwise: Any) -> nw.Expr:
    return nw.when(condition).then(then).otherwise(otherwise)


@dataclass(frozen=True)
class Narrow:
    """A narrow table, and what is known of the table that it was made of.

    ``frame`` holds the columns: as arrays, of a table in pandas, or lazily in their engine.

    ``values`` tells what the codes of a text column stand for; it has no entry where the column
    holds the texts themselves. ``noted`` are the times that the table carries in ``attrs``, and
    ``grain`` tells to how many seconds its times are floored, 0 if they are not.
    """

    frame: Here | nw.LazyFrame[Any]
    values: Mapping[str, "pd.Index[Any]"]
    noted: Mapping[str, pd.Timestamp | None]
    function: str
    grain: int = 0

    def with_columns(self, **made: Made) -> "Narrow":
        """The same with more columns."""
        if isinstance(self.frame, dict):
            arrays = {name: make(self.frame.__getitem__, np.where) for name, make in made.items()}
            return replace(self, frame=self.frame | arrays)
        exprs = {name: make(nw.col, _there) for name, make in made.items()}
        return replace(self, frame=self.frame.with_columns(**exprs))

    def filtered(self, chosen: Made) -> "Narrow":
        """The same without some of the rows."""
        if isinstance(self.frame, dict):
            keep = chosen(self.frame.__getitem__, np.where)
            return replace(self, frame={name: one[keep] for name, one in self.frame.items()})
        return replace(self, frame=self.frame.filter(chosen(nw.col, _there)))


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
def engine_does(operation: str, *, frame: nw.LazyFrame[Any], function: str) -> Iterator[None]:
    """Name the engine and the operation where the engine has none."""
    try:
        yield
    except (NotImplementedError, nw.exceptions.InvalidOperationError) as error:
        name = frame.implementation.name
        engine = _ENGINES.get(name, name.title())
        raise EngineCannot(operation, engine=engine, function=function) from error
