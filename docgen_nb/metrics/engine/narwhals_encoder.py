"""Encode the table of another engine lazily: nothing is read before it is counted."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from docgen_nb import wire
from docgen_nb.metrics.engine.encoded_table import (
    BACKWARDS,
    DURATION,
    FINISHED,
    LONGEST,
    MISSING,
    OPEN,
    OTHER,
    RAW,
    TIMES,
    WEIGHT,
    WITHIN,
    collect,
    engine_operation,
    refuse_durations,
    refuse_times,
    refuse_weights,
)

Lazy = nw.LazyFrame[Any]

# Engines for which narwhals can't convert a time to an integer, with the method and the expression
# of their own that can. Both ignore the session's time zone, which would shift days and hours.
_SQL = {
    nw.Implementation.DUCKDB: ("project", 'epoch_us("{0}") AS "{1}"'),
    nw.Implementation.PYSPARK: ("selectExpr", "unix_micros(`{0}`) AS `{1}`"),
    nw.Implementation.PYSPARK_CONNECT: ("selectExpr", "unix_micros(`{0}`) AS `{1}`"),
}


def encode_columns(frame: Lazy, names: Iterable[str], *, function: str) -> Lazy:
    """Return the encoded columns."""
    names = list(names)
    _check_numbers(frame, names, function)
    filled, empty = _split_times(frame, [name for name in names if name in TIMES], function)
    with engine_operation("convert times to integers", frame=frame, function=function):
        frame = _with_microseconds(frame, filled)
    columns = [
        nw.lit(MISSING).cast(nw.Int64).alias(prefix + TIMES[name])
        for name in empty
        for prefix in ("", RAW)
    ]
    for name in names:
        if name in filled:
            # The raw column gives the window of the jobs: a minimum costs less than a count.
            columns.append(nw.col(TIMES[name]).alias(RAW + TIMES[name]))
            columns.append(_not_negative(nw.col(TIMES[name])).alias(TIMES[name]))
        elif name == DURATION:
            columns.append(_milliseconds().alias("milliseconds"))
        elif name == WITHIN:
            columns.append(_within().alias("within"))
        elif name == WEIGHT:
            columns.append(nw.col(name).cast(nw.Int64).alias("weight"))
        elif name not in TIMES:
            columns.append(nw.col(name).cast(nw.String).alias(name))
    if "status" in names:
        columns.append(_state())
    return frame.select(*columns)


def _check_numbers(frame: Lazy, names: list[str], function: str) -> None:
    """Refuse durations that are not numbers, and missing weights."""
    dtype = frame.collect_schema()[DURATION] if DURATION in names else nw.Float64()
    if not (dtype.is_numeric() or collect(frame.select(nw.col(DURATION).count())).iloc[0, 0] == 0):
        refuse_durations(str(dtype), function=function)
    if WEIGHT in names:
        weight = nw.col(WEIGHT).cast(nw.Float64)
        is_missing = weight.is_null() | ~(weight < LONGEST)  # NaN is larger, or never less
        if len(collect(frame.filter(is_missing).head(1))):
            refuse_weights(function=function)


def _split_times(frame: Lazy, names: list[str], function: str) -> tuple[list[str], list[str]]:
    """Return which of these columns hold times and which are empty; refuse any other."""
    schema = frame.collect_schema()
    filled, empty = [], []
    for name in names:
        dtype = schema[name]
        if isinstance(dtype, nw.Datetime) and dtype.time_zone is not None:
            filled.append(name)
        elif collect(frame.select(nw.col(name).count())).iloc[0, 0] == 0:
            empty.append(name)
        else:
            is_time = isinstance(dtype, nw.Datetime)
            refuse_times(name, str(dtype), is_time=is_time, function=function)
    return filled, empty


def _with_microseconds(frame: Lazy, names: list[str]) -> Lazy:
    if not names:
        return frame
    if frame.implementation not in _SQL:
        return frame.with_columns(
            **{TIMES[name]: nw.col(name).dt.timestamp("us") for name in names}
        )
    method, expression = _SQL[frame.implementation]
    select: Any = getattr(frame.to_native(), method)
    parts = ["*", *(expression.format(name, TIMES[name]) for name in names)]
    converted: Lazy = nw.from_native(
        select(", ".join(parts)) if method == "project" else select(*parts)
    )
    return converted


def _not_negative(number: nw.Expr) -> nw.Expr:
    return nw.when(number >= 0).then(number).otherwise(MISSING).cast(nw.Int64)


def _milliseconds() -> nw.Expr:
    """Return the duration, rounded to the nearest millisecond in the same way on every engine.

    A cast to integers rounds on one engine and truncates on another, and some engines sort NaN
    above every number.
    """
    seconds = nw.col(DURATION).cast(nw.Float64)
    known = (seconds > -LONGEST) & (seconds < LONGEST)
    positive = nw.when(seconds > 0).then(seconds).otherwise(0.0)
    rounded = nw.when(seconds >= -0.0005).then((positive * 1000 + 0.5) // 1)
    milliseconds = nw.when(known).then(rounded.otherwise(float(BACKWARDS)))
    return milliseconds.otherwise(float(MISSING)).cast(nw.Int64)


def _within() -> nw.Expr:
    seconds = nw.col(WITHIN).cast(nw.Float64)
    known = nw.when((seconds >= 0) & (seconds < LONGEST)).then((seconds + 0.999999) // 1)
    early = nw.when(seconds < 0).then(float(BACKWARDS)).otherwise(float(MISSING))
    return known.otherwise(early).cast(nw.Int64)


def _state() -> nw.Expr:
    status = nw.col("status").cast(nw.String)
    finished = nw.when(status.is_in(wire.FINISHED)).then(FINISHED).otherwise(OTHER)
    state = nw.when(status.is_in(wire.OPEN)).then(OPEN).otherwise(finished)
    return state.cast(nw.Int64).alias("state")
