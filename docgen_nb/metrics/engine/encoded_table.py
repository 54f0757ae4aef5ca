"""The encoded table: the columns of a table of jobs that a metric counts, as codes and integers.

Columns, each present only where a metric needs it: texts under their own names (in pandas as
codes, -1 where missing); ``created``, ``finished`` and ``read``, int64, microseconds since 1970;
``milliseconds``, int64, the duration; ``state``, int64, the meaning of the status; and ``weight``,
int64, the number of jobs that a row represents. A missing number is -1, and a time before 1970
counts as missing. A duration below zero is -2: its job has an end before its creation.
``within``, int64, tells how far apart the bounds of an observed end are, in seconds rounded up; it
is -1 for other ends and -2 if the upper bound is before the creation.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.errors import EngineCannot

MISSING, BACKWARDS = -1, -2
OPEN, FINISHED, OTHER = 0, 1, 2  # values of the column ``state``
SECOND, HOUR, DAY = 1, 3600, 86400
TIMES = {"created_at": "created", "finished_at": "finished", "read_at": "read"}
TIMES |= {"finished_after": "after", "finished_before": "before"}
RAW = "raw_"  # prefix of an unfilled time on a lazy engine: null where it is missing
DURATION, WEIGHT, WITHIN = "duration_seconds", "jobs", "observed_within_seconds"
BOUNDS = ("finished_source", "finished_after", "finished_before")
LONGEST = 1e12  # seconds; a longer duration, such as infinity, counts as missing
_UNBOUNDED = 1 << 40  # seconds between the bounds of an observed end of which one is missing
_MICROSECONDS = 1_000_000
_ENGINES = {"DUCKDB": "DuckDB", "PYSPARK": "PySpark", "PYSPARK_CONNECT": "PySpark"}

Arrays = dict[str, npt.NDArray[Any]]
Column = Callable[[str], Any]
Where = Callable[[Any, Any, Any], Any]
Expression = Callable[[Column, Where], Any]  # computes a column, from arrays or lazily


@dataclass(frozen=True)
class EncodedTable:
    """The encoded columns, and facts about the table that they come from.

    ``frame`` holds the columns: as arrays for a pandas table, else lazily in their engine.
    ``categories`` maps a text column to the texts that its codes stand for; without an entry, the
    column holds the texts themselves. ``attrs_times`` are the times in the ``attrs`` of the table.
    ``grain`` is the number of seconds to which its times are floored, or 0, and ``duration_error``
    the largest relative error of its durations from 100 s on.
    """

    frame: Arrays | nw.LazyFrame[Any]
    categories: Mapping[str, "pd.Index[Any]"]
    attrs_times: Mapping[str, pd.Timestamp | None]
    function: str
    grain: int = 0
    duration_error: float = 0.0

    @property
    def columns(self) -> list[str]:
        """The names of the encoded columns."""
        frame = self.frame
        return [*frame] if isinstance(frame, dict) else frame.collect_schema().names()

    def with_columns(self, **expressions: Expression) -> "EncodedTable":
        """Return the table with more columns."""
        columns = {name: self._compute(expression) for name, expression in expressions.items()}
        if isinstance(self.frame, dict):
            return replace(self, frame=self.frame | columns)
        return replace(self, frame=self.frame.with_columns(**columns))

    def filter(self, condition: Expression) -> "EncodedTable":
        """Return the table with the rows for which the condition is true."""
        keep = self._compute(condition)
        if isinstance(self.frame, dict):
            return replace(self, frame={name: one[keep] for name, one in self.frame.items()})
        return replace(self, frame=self.frame.filter(keep))

    def with_bounds(self) -> "EncodedTable":
        """Return the table with ``within``, computed from the columns of BOUNDS."""
        source = "finished_source"
        categories = self.categories.get(source)
        observed: Any = "observed"
        if categories is not None:
            observed = int(categories.get_indexer(pd.Index(["observed"]))[0])
            observed = observed if observed >= 0 else len(categories)  # the code of no row

        def within(col: Column, where: Where) -> Any:
            after, before = col("after"), col("before")
            seconds = (before - after + _MICROSECONDS - 1) // _MICROSECONDS
            width = where((after > MISSING) & (before > MISSING), seconds, _UNBOUNDED)
            is_early = (before > MISSING) & (before < col("created"))
            return where(col(source) == observed, where(is_early, BACKWARDS, width), MISSING)

        return self.with_columns(within=within)

    def _compute(self, expression: Expression) -> Any:
        if isinstance(self.frame, dict):
            return expression(self.frame.__getitem__, np.where)
        return expression(nw.col, lambda condition, a, b: nw.when(condition).then(a).otherwise(b))


def collect(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Compute a lazy table and return it in pandas."""
    table: pd.DataFrame = frame.collect().to_pandas()
    return table.reset_index(drop=True)


@contextmanager
def engine_operation(operation: str, *, frame: nw.LazyFrame[Any], function: str) -> Iterator[None]:
    """Raise `EngineCannot`, naming engine and operation, where the engine lacks the operation."""
    try:
        yield
    except (NotImplementedError, nw.exceptions.InvalidOperationError) as error:
        name = frame.implementation.name
        engine = _ENGINES.get(name, name.title())
        raise EngineCannot(operation, engine=engine, function=function) from error


def refuse_durations(dtype: str, *, function: str) -> NoReturn:
    """Raise for durations that are not numbers of seconds, such as timedeltas."""
    raise TypeError(
        f"{function}: the column {DURATION!r} holds {dtype}, not numbers of seconds. "
        "In pandas, convert it with .dt.total_seconds()."
    )


def refuse_weights(*, function: str) -> NoReturn:
    """Raise for a weighted table in which some row has no number of jobs."""
    raise ValueError(
        f"{function}: the column {WEIGHT!r} of this weighted table has missing values. It is to "
        "hold the number of jobs that each row represents."
    )


def refuse_times(column: str, dtype: str, *, is_time: bool, function: str) -> NoReturn:
    """Raise for a column that holds no times, or times without a time zone."""
    if is_time:
        raise ValueError(
            f"{function}: the times in {column!r} have no time zone. Add one, such as UTC."
        )
    raise TypeError(
        f"{function}: the column {column!r} holds {dtype}, not times with a time zone. "
        "In pandas, convert it with pd.to_datetime(..., utc=True)."
    )
