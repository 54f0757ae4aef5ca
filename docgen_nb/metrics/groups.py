"""The groups of ``by=``: split counts by group, and concatenate the results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.calendar import MONTH_STEPS, PERIODS, period_names
from docgen_nb.metrics.engine.counting import Counts, count, count_all
from docgen_nb.metrics.engine.encoded_table import (
    DAY,
    HOUR,
    MISSING,
    Column,
    EncodedTable,
    Expression,
    Where,
)
from docgen_nb.metrics.engine.zones import granularity, is_fixed, offset_changes, validate_zone

By = str | Sequence[str] | None
Key = tuple[Any, ...]
_COLUMNS = {
    "template": "template_id",
    "version": "template_version_id",
    "output_type": "output_type",
    "user": "created_by_id",
    "source": "source",
    "folder": "folder_id",
    **{name: name for name in ("weekday", "hour", "day", "week", "month")},
}
# Of the creation, with their length in seconds; the numbers of periods become their names.
_TIME_PARTS = {"weekday": DAY, "hour": HOUR} | dict.fromkeys(PERIODS, DAY)
DAY_NUMBER = "day_number"
_MICROSECONDS = 1_000_000
_THURSDAY = 3  # 1 January 1970, where Monday is 0


@dataclass(frozen=True)
class Grouping:
    """The columns to group by, in order: texts of the table, or parts of its creation times."""

    columns: tuple[str, ...]
    zone: str | tzinfo

    @property
    def time_parts(self) -> list[str]:
        """The columns that are computed from the creation time."""
        return [name for name in self.columns if name in _TIME_PARTS]

    @property
    def needed(self) -> list[str]:
        """The columns that a table must have for these groups."""
        texts = [name for name in self.columns if name not in _TIME_PARTS]
        return [*texts, *(["created_at"] if self.time_parts else [])]

    @property
    def grain(self) -> int:
        """The coarsest times, in seconds, that can still be grouped; 0 if no times are needed."""
        lengths = [_TIME_PARTS[part] for part in self.time_parts]
        return gcd(*lengths, granularity(self.zone)) if lengths else 0

    @property
    def is_heat_map(self) -> bool:
        """Whether the groups are the hours of the week."""
        return {"weekday", "hour"} <= {*self.columns}

    @property
    def encoded_dtypes(self) -> dict[str, str]:
        """The dtypes of the columns before `with_names`."""
        return {name: "int64" if name in _TIME_PARTS else "str" for name in self.columns}

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtypes of the columns."""
        return {name: "int64" if name in ("weekday", "hour") else "str" for name in self.columns}

    def columns_of(self, rows: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
        """Return the columns for each row of a pandas table."""
        parts: dict[str, Any] = {}
        if self.time_parts:
            # A column without a known time can have any dtype.
            created = pd.to_datetime(rows["created_at"], utc=True).dt.tz_convert(self.zone).dt
            parts = {"weekday": created.day_of_week, "hour": created.hour}
            walls = created.tz_localize(None)
            known = walls[walls.notna()].dt.as_unit("s").astype("int64")
            for name in PERIODS.keys() & set(self.columns):
                parts[name] = period_names(name, PERIODS[name](known)).reindex(rows.index)
        return {name: parts[name] if name in parts else rows[name] for name in self.columns}

    def add_columns(self, table: EncodedTable, keys: Sequence[str] = ()) -> EncodedTable:
        """Return the table with the columns of the groups, and DAY_NUMBER if it is a key.

        A job without a known creation time has no weekday or hour and is left out. The number
        of the day counts from 1970 in the time zone.
        """
        if not self.time_parts:
            return table
        table = table.filter(lambda col, where: col("created") > MISSING)
        offset = _utc_offset(table, self.zone)

        def local_seconds(col: Column, where: Where) -> Any:
            return col("created") // _MICROSECONDS + offset(col, where)

        parts: dict[str, Expression] = {
            "weekday": lambda col, where: (local_seconds(col, where) // DAY + _THURSDAY) % 7,
            "hour": lambda col, where: local_seconds(col, where) // HOUR % 24,
        }
        for name, number in PERIODS.items():
            parts[name] = _expression(number, local_seconds)
        parts[DAY_NUMBER] = parts["day"]
        wanted = [*self.time_parts, *({DAY_NUMBER} & set(keys))]
        if "month" in wanted:
            table = table.with_columns(day_number=parts["day"])
            for name, step in MONTH_STEPS.items():
                table = table.with_columns(**{name: _of_columns(step)})
            wanted.remove("month")
        others = {part: parts[part] for part in wanted}
        return table.with_columns(**others) if others else table

    def count(self, table: EncodedTable, keys: Sequence[str], *, window: bool = True) -> Counts:
        """Count the jobs for each group and each combination of the keys."""
        counts = count(self.add_columns(table, keys), [*self.columns, *keys], window=window)
        return replace(counts, table=self.with_names(counts.table))

    def with_names(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table with names in place of the numbers of days, weeks and months."""
        names = {name: period_names(name, table[name]) for name in self.columns if name in PERIODS}
        return table.assign(**names) if names else table


def _of_columns(step: Callable[[Column], Any]) -> Expression:
    return lambda col, where: step(col)


def _expression(number: Callable[[Any], Any], of: Expression) -> Expression:
    return lambda col, where: number(of(col, where))


def parse_by(by: By, *, time_zone: str | tzinfo) -> Grouping:
    """Return the grouping of ``by=``, or raise if it isn't valid."""
    columns: list[str] = []
    for name in by_names(by):
        column = _COLUMNS.get(name, name)  # column names are valid too
        if column not in _COLUMNS.values():
            raise ValueError(f"by={name!r} is not one of {', '.join(_COLUMNS)}.")
        if column in columns:
            raise ValueError(f"by= names {name!r} twice.")
        columns.append(column)
    return Grouping(tuple(columns), validate_zone(time_zone))


def by_names(by: By) -> list[str]:
    """Return the names in ``by=`` as a list."""
    return [by] if isinstance(by, str) else list(by or ())


def _utc_offset(table: EncodedTable, zone: str | tzinfo) -> Expression:
    """Return an expression for the seconds by which the zone was ahead of UTC at each creation."""
    first = last = pd.Timestamp("2026-01-01", tz="UTC")
    if not is_fixed(zone):
        window = count_all(table).window
        first, last = window["created_from"] or first, window["created_to"] or last
    (_, initial), *changes = offset_changes(zone, first, last)

    def offset(col: Column, where: Where) -> Any:
        ahead: Any = initial
        for second, seconds in changes:
            ahead = where(col("created") >= second * _MICROSECONDS, seconds, ahead)
        return ahead

    return offset


def split(table: pd.DataFrame, grouping: Grouping) -> Iterator[tuple[Key, pd.DataFrame]]:
    """Yield the key and the rows of each group, in order, missing values last.

    Without columns to group by, the table is one group, even if it is empty.
    """
    if not grouping.columns:
        yield (), table
        return
    columns = list(grouping.columns)
    ordered = table.sort_values(columns, na_position="last", kind="stable")
    yield from ordered.groupby(columns, sort=False, dropna=False)


def number_groups(table: pd.DataFrame, grouping: Grouping) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
    """Return the key columns of the groups, in the order of `split`, and the group of each row."""
    if not grouping.columns:
        return pd.DataFrame(index=[0]), np.zeros(len(table), dtype="int64")
    columns = list(grouping.columns)
    ordered = table.sort_values(columns, na_position="last", kind="stable")
    numbers = ordered.groupby(columns, sort=False, dropna=False).ngroup()
    return ordered.loc[~numbers.duplicated(), columns], numbers.reindex(table.index).to_numpy()


def largest_day_shares(counts: pd.DataFrame, cell: npt.NDArray[Any], cells: int) -> Any:
    """Return the share of the jobs of each cell that are of one day, the day with most of them.

    `cell` is the cell of each row. NaN for an empty cell, and for all if jobs were not counted by
    day.
    """
    if DAY_NUMBER not in counts:
        return np.full(cells, np.nan)
    jobs, (days, _) = counts["jobs"].to_numpy(), pd.factorize(counts[DAY_NUMBER])
    codes, pairs = pd.factorize(cell * (days.max(initial=0) + 1) + days)
    of_pair, of_cell = np.bincount(codes, jobs, len(pairs)), np.bincount(cell, jobs, cells)
    largest = np.zeros(cells)
    np.maximum.at(largest, pairs // (days.max(initial=0) + 1), of_pair)
    return np.divide(largest, of_cell, out=np.full(cells, np.nan), where=of_cell > 0)


def concat_groups(
    parts: Sequence[tuple[Key, Mapping[str, Any]]], grouping: Grouping, dtypes: Mapping[str, Any]
) -> pd.DataFrame:
    """Return one table of the columns of all groups, with the columns of the keys first.

    `dtypes` names the columns and gives their dtypes, which an empty table has too.
    """
    lengths = [len(next(iter(columns.values()))) for _, columns in parts]
    table: dict[str, Any] = {}
    for place, (name, dtype) in enumerate(grouping.dtypes.items()):
        keys = pd.Series([key[place] for key, _ in parts], dtype=dtype)
        table[name] = keys.array.repeat(lengths)
    for name, dtype in dtypes.items():
        pieces = [np.asarray(columns[name]) for _, columns in parts]
        values = np.concatenate(pieces) if pieces else np.array([], dtype="int64")
        table[name] = to_column(values, dtype)
    return pd.DataFrame(table)


def to_column(values: Any, dtype: Any) -> Any:
    """Return a column of this dtype; times are given in microseconds since 1970."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(values.astype("datetime64[us]"), tz="UTC").tz_convert(dtype.tz)
    return pd.array(values, dtype="str") if dtype == "str" else np.asarray(values, dtype=dtype)
