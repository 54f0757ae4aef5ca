"""A pandas table becomes a narrow one: texts become codes, times and durations whole numbers."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.encoded_table import (
    DURATION,
    LONGEST,
    MISSING,
    TIMES,
    WEIGHT,
    Here,
    state,
)

Whole = npt.NDArray[np.int64]


def columns_of(
    table: pd.DataFrame, names: Iterable[str], *, function: str
) -> tuple[Here, dict[str, "pd.Index[Any]"]]:
    """The narrow columns for the columns named, and what the codes of the texts stand for."""
    columns: Here = {}
    values: dict[str, pd.Index[Any]] = {}
    for name in names:
        if name in TIMES:
            columns[TIMES[name]] = microseconds(table[name], function=function)
        elif name == DURATION:
            columns["milliseconds"] = _milliseconds(table[name])
        elif name == WEIGHT:
            columns["weight"] = table[name].to_numpy("int64")
        else:
            columns[name], values[name] = _codes(table[name])
            if name == "status":
                columns["state"] = _states(columns[name], values[name])
    return columns, values


def microseconds(times: "pd.Series[Any]", *, function: str) -> Whole:
    """Times as microseconds since 1970."""
    kind: Any = times.dtype
    if isinstance(kind, pd.ArrowDtype) and getattr(kind.pyarrow_dtype, "tz", None):
        times = times.astype(pd.DatetimeTZDtype("us", "UTC"))
    array: Any = times.array
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        if times.isna().all():
            return np.full(len(times), MISSING, dtype="int64")
        raise_for_time(str(times.name), str(kind), is_time=kind.kind == "M", of=function)
    numbers: Whole = array.as_unit("us").asi8
    return np.maximum(numbers, MISSING) if len(numbers) and numbers.min() < MISSING else numbers


def raise_for_time(name: str, kind: str, *, is_time: bool, of: str) -> None:
    """Refuse a column that holds no times, or times that are of no time zone."""
    if is_time:
        raise ValueError(f"{of}: the times in {name!r} have no time zone; add one, such as UTC.")
    raise TypeError(
        f"{of}: the column {name!r} holds {kind}, where times with a zone are needed; "
        "pandas makes them with pd.to_datetime(..., utc=True)."
    )


def _milliseconds(seconds: "pd.Series[Any]") -> Whole:
    numbers = seconds.to_numpy("float64", na_value=np.nan)
    known = np.abs(numbers) < LONGEST
    rounded = np.floor(np.maximum(numbers, 0) * 1000 + 0.5)
    return np.where(known, rounded, MISSING).astype("int64")


def _codes(texts: "pd.Series[Any]") -> tuple[npt.NDArray[Any], "pd.Index[Any]"]:
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.cat.codes.to_numpy(), texts.cat.categories
    codes, values = pd.factorize(texts)
    return codes, pd.Index(values)


def _states(codes: npt.NDArray[Any], values: Iterable[Any]) -> Whole:
    known: Mapping[int, int] = dict(enumerate(map(state, values)))
    table = np.array([*known.values(), state("")], dtype="int64")
    states: Whole = table[codes]
    return states  # -1, a missing status, takes the last
