"""Encode a pandas table: texts as codes, times and durations as integers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb import wire
from docgen_nb.metrics.engine.encoded_table import (
    BACKWARDS,
    DURATION,
    FINISHED,
    LONGEST,
    MISSING,
    OPEN,
    OTHER,
    TIMES,
    WEIGHT,
    WITHIN,
    Arrays,
    refuse_durations,
    refuse_times,
    refuse_weights,
)

Integers = npt.NDArray[np.int64]


def encode_columns(
    table: pd.DataFrame, names: Iterable[str], *, function: str
) -> tuple[Arrays, dict[str, "pd.Index[Any]"]]:
    """Return the encoded columns, and the categories of those that hold texts."""
    columns: Arrays = {}
    categories: dict[str, pd.Index[Any]] = {}
    for name in names:
        if name in TIMES:
            columns[TIMES[name]] = _microseconds(table[name], function=function)
        elif name == DURATION:
            columns["milliseconds"] = _milliseconds(table[name], function=function)
        elif name == WITHIN:
            columns["within"] = _within(table[name])
        elif name == WEIGHT:
            if table[name].hasnans:
                refuse_weights(function=function)
            columns["weight"] = table[name].to_numpy("int64")
        else:
            columns[name], categories[name] = _codes(table[name])
            if name == "status":
                columns["state"] = _states(columns[name], categories[name])
    return columns, categories


def _microseconds(times: "pd.Series[Any]", *, function: str) -> Integers:
    dtype: Any = times.dtype
    if isinstance(dtype, pd.ArrowDtype) and getattr(dtype.pyarrow_dtype, "tz", None):
        times = times.astype(pd.DatetimeTZDtype("us", "UTC"))
    array: Any = times.array
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        if times.isna().all():
            return np.full(len(times), MISSING, dtype="int64")
        refuse_times(str(times.name), str(dtype), is_time=dtype.kind == "M", function=function)
    numbers: Integers = array.as_unit("us").asi8
    return np.maximum(numbers, MISSING) if len(numbers) and numbers.min() < MISSING else numbers


def _milliseconds(seconds: "pd.Series[Any]", *, function: str) -> Integers:
    if seconds.dtype.kind == "m":
        refuse_durations(str(seconds.dtype), function=function)
    numbers = seconds.to_numpy("float64", na_value=np.nan)
    rounded = np.floor(numbers * 1000 + 0.5)
    rounded[rounded < 0] = BACKWARDS
    return np.where(np.abs(numbers) < LONGEST, rounded, MISSING).astype("int64")


def _within(seconds: "pd.Series[Any]") -> Integers:
    numbers = seconds.to_numpy("float64", na_value=np.nan)
    known = np.where(numbers < 0, BACKWARDS, np.ceil(numbers))
    return np.where(np.isnan(numbers), MISSING, known).astype("int64")


def _codes(texts: "pd.Series[Any]") -> tuple[npt.NDArray[Any], "pd.Index[Any]"]:
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.codes.to_numpy(), texts.cat.categories
    codes, categories = pd.factorize(texts)
    return codes, pd.Index(categories)


def _states(codes: npt.NDArray[Any], statuses: "pd.Index[Any]") -> Integers:
    states = [
        OPEN if status in wire.OPEN else FINISHED if status in wire.FINISHED else OTHER
        for status in statuses
    ]
    # The code -1, a missing status, takes the last.
    encoded: Integers = np.array([*states, OTHER], dtype="int64")[codes]
    return encoded
