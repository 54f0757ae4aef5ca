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
    "source": "source",
    "folder_id": "folder",
    "weekday": "weekday",
    "hour": "hour",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Groups:
    """The groups of a table in its order, each with its label; one without label if it has none."""

    columns: list[str]
    labels: "pd.Series[str]"
    table: pd.DataFrame

    @property
    def noun(self) -> str:
        """What the groups are."""
        return " and ".join(_NOUNS.get(name, name) for name in self.columns)

    @property
    def names(self) -> list[str]:
        """The label of each group."""
        return list(self.labels.unique())

    def __iter__(self) -> Iterator[tuple[str, pd.DataFrame]]:
        return iter(self.table.groupby(self.labels, sort=False))

    def largest(self, sizes: "pd.Series[Any]", most: int) -> tuple["Groups", list[str]]:
        """The groups with the largest size, and a line that says so where others are left out.

        `sizes` has a value for each row of the table; the largest one counts for its group.
        """
        by_group = sizes.groupby(self.labels, sort=False).max()
        if len(by_group) <= most:
            return self, []
        kept = self.labels.isin(by_group.nlargest(most).index)
        note = f"the {most} of {len(by_group):,} {_plural(self.noun)} with most jobs are shown"
        return Groups(self.columns, self.labels[kept], self.table[kept]), [note]


def _plural(noun: str) -> str:
    return " and ".join(f"{word}s" for word in noun.split(" and "))


def grouped(table: pd.DataFrame, *, before: str) -> Groups:
    """The groups of a table whose metric's own columns begin with `before`."""
    columns = list(table.columns[: table.columns.get_loc(before)])
    labels = pd.Series("", index=table.index, dtype="str")
    for name in columns:
        words = _words(name, table[name])
        labels = words if labels.eq("").all() else labels + ", " + words
    return Groups(columns, labels, table)


def _words(name: str, values: "pd.Series[Any]") -> "pd.Series[str]":
    if name == "weekday":
        return values.map(dict(enumerate(DAYS))).astype("str")
    if name == "hour":
        return values.map("{:02}:00".format).astype("str")
    return values.astype("str").fillna("none")
