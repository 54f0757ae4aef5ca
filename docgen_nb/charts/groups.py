"""The groups in a table that a metric made with ``by=``: their columns come first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

_NOUNS = {
    "template_id": "template",
    "template_version_id": "template version",
    "output_type": "output type",
    "created_by_id": "user",
    "folder_id": "folder",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONGEST = 40  # characters of a label


@dataclass(frozen=True)
class Groups:
    """The groups of a table in its order, each with its label; one without label if it has none.

    `keys` and `labels` have a value for each row of the table: which group it is in, and how that
    one is called. Different groups may be called alike.
    """

    columns: list[str]
    keys: "pd.Series[int]"
    labels: "pd.Series[str]"
    table: pd.DataFrame

    @property
    def noun(self) -> str:
        """What the groups are."""
        return " and ".join(_NOUNS.get(name, name) for name in self.columns)

    @property
    def by(self) -> str:
        """What the groups are, as the end of a title."""
        return f" by {self.noun}" if self.columns else ""

    @property
    def names(self) -> list[str]:
        """The label of each group."""
        return list(self.labels[~self.keys.duplicated()])

    def __iter__(self) -> Iterator[tuple[str, pd.DataFrame]]:
        for name, (_, rows) in zip(self.names, self.table.groupby(self.keys), strict=True):
            yield name, rows

    def totals(self, values: "pd.Series[Any]") -> "pd.Series[Any]":
        """The sum of a column in each group, for each row of the table."""
        return values.groupby(self.keys).transform("sum")

    def largest(self, sizes: "pd.Series[Any]", most: int) -> tuple["Groups", list[str]]:
        """The groups with the largest size, and a line that says so where others are left out.

        `sizes` has a value for each row of the table; the largest one counts for its group.
        """
        by_group = sizes.groupby(self.keys).max()
        if len(by_group) <= most:
            return self, []
        kept = self.keys.isin(by_group.nlargest(most).index)
        note = f"the {most} of {len(by_group):,} {_plural(self.noun)} with most jobs are shown"
        return Groups(self.columns, self.keys[kept], self.labels[kept], self.table[kept]), [note]


def _plural(noun: str) -> str:
    return " and ".join(f"{word}s" for word in noun.split(" and "))


def grouped(table: pd.DataFrame, *, before: str) -> Groups:
    """The groups of a table whose metric's own columns begin with `before`."""
    columns = list(table.columns[: table.columns.get_loc(before)])
    if not columns:
        nothing = pd.Series("", index=table.index, dtype="str")
        return Groups(columns, pd.Series(0, index=table.index), nothing, table)
    labels = _words(columns[0], table[columns[0]])
    for name in columns[1:]:
        labels = labels + ", " + _words(name, table[name])
    keys = table.groupby(columns, sort=False, dropna=False).ngroup()
    return Groups(columns, keys, labels, table)


def _words(name: str, values: "pd.Series[Any]") -> "pd.Series[str]":
    if name == "weekday":
        return values.map(dict(enumerate(DAYS))).astype("str")
    if name == "hour":
        return values.map("{:02}:00".format).astype("str")
    return values.astype("str").fillna("none").map(_short).astype("str")


def _short(name: str) -> str:
    """The beginning and the end of a name that is too long for a label."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}"
