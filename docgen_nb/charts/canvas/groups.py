"""The groups in the table of a metric with ``by=``, whose columns come first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from docgen_nb.charts.canvas.frame import showing
from docgen_nb.errors import MissingColumn

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
    """The groups of a table in order; a table without groups is one group without a label.

    `keys` and `labels` give the group of each row and its label. Different groups may have the
    same label.
    """

    columns: list[str]
    keys: "pd.Series[int]"
    labels: "pd.Series[str]"
    table: pd.DataFrame

    @property
    def noun(self) -> str:
        """What a group is, such as "template"."""
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
        """Return the sum of a column in its group, for each row of the table."""
        return values.groupby(self.keys).transform("sum")

    def largest(self, sizes: "pd.Series[Any]", most: int) -> tuple["Groups", list[str]]:
        """Return the largest groups, and a note if others are left out.

        The size of a group is the largest of the `sizes` of its rows.
        """
        by_group = sizes.groupby(self.keys).max()
        if len(by_group) <= most:
            return self, []
        kept = self.keys.isin(by_group.nlargest(most).index)
        groups = Groups(self.columns, self.keys[kept], self.labels[kept], self.table[kept])
        nouns = " and ".join(f"{word}s" for word in self.noun.split(" and "))
        return groups, showing(most, len(by_group), f"{nouns} with the most jobs")


def group_table(table: pd.DataFrame, columns: list[str], *, function: str) -> Groups:
    """Return the groups of a table of these columns, or raise if it lacks one of them.

    The columns to the left of the first one are those of the groups.
    """
    MissingColumn.check(table.columns, needed=columns, function=function)
    keys = list(table.columns[: table.columns.get_loc(columns[0])])
    if not keys:
        labels = pd.Series("", index=table.index, dtype="str")
        return Groups(keys, pd.Series(0, index=table.index), labels, table)
    labels = _labels(keys[0], table[keys[0]])
    for name in keys[1:]:
        labels = labels + ", " + _labels(name, table[name])
    return Groups(keys, table.groupby(keys, sort=False, dropna=False).ngroup(), labels, table)


def _labels(name: str, values: "pd.Series[Any]") -> "pd.Series[str]":
    if name == "weekday":
        return values.map(dict(enumerate(DAYS))).astype("str")
    if name == "hour":
        return values.map("{:02}:00".format).astype("str")
    return values.astype("str").fillna("none").map(_shorten).astype("str")


def _shorten(name: str) -> str:
    """Shorten the middle of a name that is too long for a label."""
    half = _LONGEST // 2
    return name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}"
