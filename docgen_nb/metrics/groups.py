"""What ``by=`` names: the columns by which a metric is split, and the putting together again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.metrics.engine.counting import Counts, count, total
from docgen_nb.metrics.engine.encoded_table import DAY, HOUR, MISSING, Column, Made, Narrow, Where
from docgen_nb.metrics.engine.zones import changes, checked_zone, granularity, is_fixed

By = str | Sequence[str] | None
Key = tuple[Any, ...]
_COLUMNS = {
    "template": "template_id",
    "version": "template_version_id",
    "output_type": "output_type",
    "user": "created_by_id",
    "source": "source",
    "folder": "folder_id",
    "weekday": "weekday",
    "hour": "hour",
}
_PARTS = {"weekday": DAY, "hour": HOUR}  # of the time of creation; how long one lasts
_MICROSECONDS = 1_000_000
_THURSDAY = 3  # the first of January 1970, where Monday is 0


@dataclass(frozen=True)
class Groups:
    """The columns that ``by=`` stands for, in order: texts of the table, or parts of its times."""

    columns: tuple[str, ...]
    zone: str | tzinfo

    @property
    def parts(self) -> list[str]:
        """The columns that are cut from the time of creation."""
        return [name for name in self.columns if name in _PARTS]

    @property
    def needed(self) -> list[str]:
        """The columns that a table must have for these groups."""
        texts = [name for name in self.columns if name not in _PARTS]
        return [*texts, *(["created_at"] if self.parts else [])]

    @property
    def grain(self) -> int:
        """The coarsest times, in seconds, that still tell the groups apart; 0 if any will do."""
        lengths = [_PARTS[part] for part in self.parts]
        return gcd(*lengths, granularity(self.zone)) if lengths else 0

    @property
    def kinds(self) -> dict[str, str]:
        """The dtypes of the columns."""
        return {name: "int64" if name in _PARTS else "str" for name in self.columns}

    def beside(self, rows: pd.DataFrame) -> dict[str, "pd.Series[Any]"]:
        """The columns for each job of a table in pandas."""
        parts: dict[str, Any] = {}
        if self.parts:
            # A column in which no time is known may be of any dtype.
            created = pd.to_datetime(rows["created_at"], utc=True).dt.tz_convert(self.zone).dt
            parts = {"weekday": created.day_of_week, "hour": created.hour}
        return {name: parts[name] if name in parts else rows[name] for name in self.columns}

    def cut(self, table: Narrow) -> Narrow:
        """The table with the columns of the groups.

        A job whose creation is not known has no weekday and no hour, and is left out by those.
        """
        if not self.parts:
            return table
        table = table.filtered(lambda col, where: col("created") > MISSING)
        ahead = _ahead(table, self.zone)

        def local(col: Column, where: Where) -> Any:
            return col("created") // _MICROSECONDS + ahead(col, where)

        cuts: dict[str, Made] = {
            "weekday": lambda col, where: (local(col, where) // DAY + _THURSDAY) % 7,
            "hour": lambda col, where: local(col, where) // HOUR % 24,
        }
        return table.with_columns(**{part: cuts[part] for part in self.parts})

    def count(self, table: Narrow, keys: Sequence[str], *, window: bool = True) -> Counts:
        """The jobs for each group and each combination of the keys."""
        return count(self.cut(table), [*self.columns, *keys], window=window)


def groups(by: By, *, time_zone: str | tzinfo) -> Groups:
    """The groups that ``by=`` asks for."""
    columns = []
    for name in names_of(by):
        column = _COLUMNS.get(name, name)  # a column's own name will do
        if column not in _COLUMNS.values():
            raise ValueError(f"by={name!r} is none of {', '.join(_COLUMNS)}.")
        if column in columns:
            raise ValueError(f"by= names {name!r} twice.")
        columns.append(column)
    return Groups(tuple(columns), checked_zone(time_zone))


def names_of(by: By) -> list[str]:
    """The names that ``by=`` gives."""
    return [by] if isinstance(by, str) else list(by or ())


def _ahead(table: Narrow, zone: str | tzinfo) -> Made:
    """How many seconds the clocks of the zone were ahead of UTC when each job was created."""
    first = last = pd.Timestamp("2026-01-01", tz="UTC")
    if not is_fixed(zone):
        whole = total(table)
        first, last = whole.created_from or first, whole.created_to or last
    (_, at_first), *others = changes(zone, first, last)

    def ahead(col: Column, where: Where) -> Any:
        found: Any = at_first
        for second, seconds in others:
            found = where(col("created") >= second * _MICROSECONDS, seconds, found)
        return found

    return ahead


def split(table: pd.DataFrame, by: Groups) -> Iterator[tuple[Key, pd.DataFrame]]:
    """Each group and its rows, in the order of the groups, what is missing last.

    Without groups, there is one group of all rows, even of none.
    """
    if not by.columns:
        yield (), table
        return
    columns = list(by.columns)
    ordered = table.sort_values(columns, na_position="last", kind="stable")
    yield from ordered.groupby(columns, sort=False, dropna=False)


def numbered(table: pd.DataFrame, by: Groups) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
    """The columns of each group, in the order of `split`, and the place there of each row."""
    if not by.columns:
        return pd.DataFrame(index=[0]), np.zeros(len(table), dtype="int64")
    columns = list(by.columns)
    ordered = table.sort_values(columns, na_position="last", kind="stable")
    places = ordered.groupby(columns, sort=False, dropna=False).ngroup()
    group = places.reindex(table.index).to_numpy()
    return ordered.loc[~places.duplicated(), columns], group


def joined(
    parts: Sequence[tuple[Key, Mapping[str, Any]]], by: Groups, kinds: Mapping[str, Any]
) -> pd.DataFrame:
    """One table of the columns of each group, the group's own columns first.

    ``kinds`` are the dtypes of the columns, which hold also where there is no group.
    """
    lengths = [len(next(iter(columns.values()))) for _, columns in parts]
    table: dict[str, Any] = {}
    for place, name in enumerate(by.columns):
        own = pd.Series([key[place] for key, _ in parts], dtype=by.kinds[name])
        table[name] = own.repeat(lengths).reset_index(drop=True)
    for name, kind in kinds.items():
        pieces = [np.asarray(columns[name]) for _, columns in parts]
        values = np.concatenate(pieces) if pieces else np.array([], dtype="int64")
        table[name] = column_of(values, kind)
    return pd.DataFrame(table)


def column_of(values: Any, kind: Any) -> Any:
    """A column of a dtype; times are given in microseconds since 1970."""
    if isinstance(kind, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(values.astype("datetime64[us]"), tz="UTC").tz_convert(kind.tz)
    return pd.Series(values, dtype=kind)
