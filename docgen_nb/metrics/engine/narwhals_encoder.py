"""A table of another engine becomes a narrow one, lazily: nothing is read before it is counted."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from docgen_nb import wire
from docgen_nb.metrics.engine.encoded_table import (
    DURATION,
    FINISHED,
    LONGEST,
    MISSING,
    OPEN,
    OTHER,
    RAW,
    TIMES,
    WEIGHT,
    collected,
    engine_does,
)
from docgen_nb.metrics.engine.pandas_encoder import raise_for_time

Lazy = nw.LazyFrame[Any]

# Engines for which narwhals has no time as a number, and their own words for it. The words leave
# the time zone of the session out, in which both would else cut days and hours.
_SQL = {
    nw.Implementation.DUCKDB: ("project", 'epoch_us("{0}") AS "{1}"'),
    nw.Implementation.PYSPARK: ("selectExpr", "unix_micros(`{0}`) AS `{1}`"),
    nw.Implementation.PYSPARK_CONNECT: ("selectExpr", "unix_micros(`{0}`) AS `{1}`"),
}


def columns_of(frame: Lazy, names: Iterable[str], *, function: str) -> Lazy:
    """The narrow columns for the columns named."""
    names = list(names)
    filled, empty = _filled_times(frame, [name for name in names if name in TIMES], function)
    with engine_does("a time as a number", frame=frame, function=function):
        frame = _with_microseconds(frame, filled)
    columns = [
        nw.lit(MISSING).cast(nw.Int64).alias(prefix + TIMES[name])
        for name in empty
        for prefix in ("", RAW)
    ]
    for name in names:
        if name in filled:
            # For the window of the jobs as it is: to look for the least costs less than to count.
            columns.append(nw.col(TIMES[name]).alias(RAW + TIMES[name]))
            columns.append(_not_negative(nw.col(TIMES[name])).alias(TIMES[name]))
        elif name == DURATION:
            columns.append(_milliseconds().alias("milliseconds"))
        elif name == WEIGHT:
            columns.append(nw.col(name).cast(nw.Int64).alias("weight"))
        elif name not in TIMES:
            columns.append(nw.col(name).cast(nw.String).alias(name))
    if "status" in names:
        columns.append(_state())
    return frame.select(*columns)


def _filled_times(frame: Lazy, names: list[str], function: str) -> tuple[list[str], list[str]]:
    """Which of these columns hold times, and which hold nothing; any other is refused."""
    schema = frame.collect_schema()
    filled, empty = [], []
    for name in names:
        kind = schema[name]
        if isinstance(kind, nw.Datetime) and kind.time_zone is not None:
            filled.append(name)
        elif collected(frame.select(nw.col(name).count())).iloc[0, 0] == 0:
            empty.append(name)
        else:
            raise_for_time(name, str(kind), is_time=isinstance(kind, nw.Datetime), of=function)
    return filled, empty


def _with_microseconds(frame: Lazy, names: list[str]) -> Lazy:
    if not names:
        return frame
    if frame.implementation in _SQL:
        method, words = _SQL[frame.implementation]
        wanted = [words.format(name, TIMES[name]) for name in names]
        project: Any = getattr(frame.to_native(), method)
        parts = ["*", *wanted]
        found: Lazy = nw.from_native(
            project(", ".join(parts)) if method == "project" else project(*parts)
        )
        return found
    return frame.with_columns(**{TIMES[name]: nw.col(name).dt.timestamp("us") for name in names})


def _not_negative(number: nw.Expr) -> nw.Expr:
    return nw.when(number >= 0).then(number).otherwise(MISSING).cast(nw.Int64)


def _milliseconds() -> nw.Expr:
    """Rounded to the nearest, by steps that no engine understands in its own way.

    A cast to whole numbers rounds on one engine and cuts on another, and where NaN is compared,
    some take it for more than any number.
    """
    seconds = nw.col(DURATION).cast(nw.Float64)
    positive = nw.when(seconds > 0).then(seconds).otherwise(0.0)
    known = (seconds > -LONGEST) & (seconds < LONGEST)
    rounded = nw.when(known).then((positive * 1000 + 0.5) // 1)
    return rounded.otherwise(float(MISSING)).cast(nw.Int64)


def _state() -> nw.Expr:
    status = nw.col("status").cast(nw.String)
    finished = nw.when(status.is_in(wire.FINISHED)).then(FINISHED).otherwise(OTHER)
    return (
        nw.when(status.is_in(wire.OPEN))
        .then(OPEN)
        .otherwise(finished)
        .cast(nw.Int64)
        .alias("state")
    )
