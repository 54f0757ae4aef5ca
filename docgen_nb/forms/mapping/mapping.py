"""The columns of a table, the fields that they fill, and the documents that come of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from docgen_nb.errors import UnreadableData
from docgen_nb.forms.data_paths import ABSENT, value_at
from docgen_nb.forms.display import counted, in_documents
from docgen_nb.forms.mapping.field_labels import is_key, labels_of, leaves_of, names_of
from docgen_nb.forms.mapping.mapped_column import CHOSEN, MappedColumn, new_column
from docgen_nb.request import same_name
from docgen_nb.request.cell_values import column_values
from docgen_nb.request.column_matching import match_columns
from docgen_nb.request.table_rows import check_paths, documents_of, fields_by_path, lists_of
from docgen_nb.schema import Field, fields
from docgen_nb.schema.field import outer_paths

Tags = Sequence[Mapping[str, Any]]
ROW = ""  # in place of a column: one document per row
_KEY = "\0"  # in place of a path: the values of a column that fills no field
_MOST_NAMED = 4  # fields in one line
_LOOKED_AT = 50  # values, to see whether they fit a field


@dataclass(frozen=True)
class Grouping:
    """What one document per row, or per value of a column, comes to."""

    column: str
    text: str
    conflict: str = ""  # a column that differs within a document


class TableMapping:
    """What a person chooses about a table, and the data that follows from it.

    Parameters
    ----------
    table : DataFrame
        As from `read_table`.
    tags : sequence of mappings
        Of the template.

    Attributes
    ----------
    columns : dict of MappedColumn
        By name, in the order of the table.
    common : dict
        Data that is the same for all documents.
    """

    def __init__(self, table: pd.DataFrame, tags: Tags) -> None:
        self.table, self._known = table, fields_by_path(tags)
        self.fields = fields(tags)
        self.leaves = leaves_of(self.fields)
        self.labels, self._names = labels_of(self.fields), names_of(self.fields)
        cells = {str(name): table[name].tolist() for name in table.columns}
        found = match_columns({name: own[:_LOOKED_AT] for name, own in cells.items()}, self.fields)
        self.columns = {
            name: new_column(name, own, found[name], self._known.get(found[name].path or ""))
            for name, own in cells.items()
        }
        self.common: dict[str, Any] = {}
        self._group: str | None = None  # as a person chose it

    # Choices

    def choose(self, name: str, path: str | None) -> None:
        """Let a column fill a field, or none; another column that fills it is left out."""
        for other in self.columns.values():
            if path is not None and other.path == path and other.name != name:
                other.choose(None, None)
        self.columns[name].choose(path, self._known.get(path or ""))
        self._forget()

    def accept(self, name: str) -> None:
        """Accept a suggestion."""
        self.choose(name, self.columns[name].path)

    def answer(self, name: str, chosen: str) -> None:
        """Read the texts of a column in a format."""
        self.columns[name].read_as(chosen)
        self._forget()

    def group_by(self, column: str) -> None:
        """Make one document per value of a column, or per `ROW`."""
        self._group = column
        self._forget()

    def follow(self, before: "TableMapping") -> None:
        """Choose for columns what a person chose for those of the same name in another table."""
        for name, one in before.columns.items():
            if name not in self.columns:
                continue
            if one.certainty == CHOSEN and (one.path is None or one.path in self.labels):
                self.choose(name, one.path)
            if one.answer in self.columns[name].format.choices:
                self.answer(name, one.answer)
        self._group = before._group

    def set_common(self, common: Mapping[str, Any]) -> None:
        """Set the data that is the same for all documents."""
        self.common = dict(common)
        self.__dict__.pop("gaps", None)

    def _forget(self) -> None:
        for name in ("paths", "_flat", "groupings", "rows", "gaps"):
            self.__dict__.pop(name, None)

    # What follows from them

    @cached_property
    def paths(self) -> dict[str, str]:
        """The path that each used column fills."""
        used = ((one.name, one.filled_path) for one in self.columns.values())
        return {name: path for name, path in used if path is not None}

    @property
    def lists(self) -> tuple[str, ...]:
        """The paths of the lists that columns belong to."""
        return lists_of(self.paths.values(), self._known)

    @property
    def questions(self) -> list[str]:
        """The columns about which something has to be answered."""
        return [one.name for one in self.columns.values() if one.path and one.asks]

    @cached_property
    def _flat(self) -> list[dict[str, Any]]:
        values = {path: self.columns[name].read[0] for name, path in self.paths.items()}
        if self.group and self.group not in self.paths:
            values[_KEY] = self._texts_of(self.group)
        return [
            {path: own[at] for path, own in values.items() if own[at] is not None}
            for at in range(len(self.table))
        ]

    def _texts_of(self, name: str) -> list[Any]:
        """Return the values of a column, as they are without a field."""
        return [value for value, _ in column_values(self.columns[name].cells, None, "")]

    @cached_property
    def groupings(self) -> list[Grouping]:
        """One document per row, and per each column outside of lists, with the count of each.

        Columns that fill a field come first.
        """
        if not self.lists:
            return [Grouping(ROW, counted(len(self.table), "document"))]
        outside = [name for name, path in self.paths.items() if not self._is_in_list(path)]
        values = {name: _codes(self.columns[name].read[0]) for name in outside}
        unit = self._unit()
        each = f", 1 {unit} each" if unit else ""
        found = [Grouping(ROW, f"{counted(len(self.table), 'document')}{each}")]
        for name in outside:
            others = {other: own for other, own in values.items() if other != name}
            found += self._grouping(name, values[name], others, unit)
        for name in [name for name in self.columns if name not in self.paths]:
            found += self._grouping(name, _codes(self._texts_of(name)), values, unit)
        return found

    def _grouping(
        self, name: str, keys: pd.Series, others: Mapping[str, pd.Series], unit: str
    ) -> list[Grouping]:
        sizes = keys.value_counts()
        if len(sizes) == len(keys):
            return []  # each row is one document
        least, most = int(sizes.min()), int(sizes.max())
        count = f"{least} to {counted(most, unit)}" if least < most else counted(most, unit)
        conflict = next((other for other, own in others.items() if _differ(own, keys)), "")
        text = f"{counted(len(sizes), 'document')}, {count} each"
        return [Grouping(name, text, conflict)]

    def _is_in_list(self, path: str) -> bool:
        return any(one in self.lists for one in outer_paths(path))

    def _unit(self) -> str:
        """Return what a row is within a document: "product" for ``order.products``."""
        name = self.lists[0].rpartition(".")[2].casefold()
        return name[:-1] if name.endswith("s") and len(name) > 3 else "row"

    @property
    def group(self) -> str:
        """The column whose values tell documents apart; `ROW` if each row is one."""
        possible = [one.column for one in self.groupings if not one.conflict]
        if self._group in possible:
            return self._group
        filling = [name for name in possible if name in self.paths]
        keys = (name for name in filling if is_key(self.paths[name]))
        return next(keys, filling[0] if filling else ROW)

    def _refused_key(self) -> Grouping | None:
        """Return the key that would tell documents apart, if its rows did not differ elsewhere."""
        refused = [one for one in self.groupings if one.conflict and one.column in self.paths]
        keys = (one for one in refused if is_key(self.paths[one.column]))
        return next(keys, None) if self.group == ROW else None

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The own data of each document. UnreadableData if columns contradict each other."""
        check_paths(self.paths)
        keys = [self.paths.get(self.group, _KEY)] if self.group else None
        rows = documents_of(self._flat, self.lists, keys)
        for row in rows:
            row.pop(_KEY, None)
        return rows

    @property
    def distinct_path(self) -> str:
        """The path of a column whose values tell all documents apart, for their names, or ""."""
        outside = {path: name for name, path in self.paths.items() if path in self._names}
        ranked = sorted(outside, key=lambda path: (outside[path] != self.group, not is_key(path)))
        return next((path for path in ranked if self._is_distinct(path)), "")

    def _is_distinct(self, path: str) -> bool:
        texts = {same_name(str(value_at(row, path))) for row in self.rows}
        return len(texts) == len(self.rows) and not self._empty(path)

    @cached_property
    def gaps(self) -> dict[str, int]:
        """In how many documents a required field is empty, by path; none for fields in lists."""
        wanted = [leaf.path for leaf in self.leaves if leaf.required]
        outside = [
            path
            for path in wanted
            if not self._is_within_records(path) and is_empty(value_at(self.common, path))
        ]
        filled, total = set(self.paths.values()), len(self.rows)
        counts = {path: self._empty(path) if path in filled else total for path in outside}
        return {path: count for path, count in counts.items() if count}

    def _empty(self, path: str) -> int:
        return len(self._empty_at(path))

    def _empty_at(self, path: str) -> list[int]:
        """Return the positions of the documents in which a field is empty."""
        return [at for at, row in enumerate(self.rows) if is_empty(value_at(row, path))]

    def _is_within_records(self, path: str) -> bool:
        outer = outer_paths(path)
        return any((one := self._known.get(p)) and one.kind in ("records", "list") for p in outer)

    def uncovered(self) -> list[Field]:
        """Return the required fields outside of lists that no column fills."""
        used = set(self.paths.values())
        return [
            leaf
            for leaf in self.leaves
            if leaf.required and leaf.path not in used and not self._is_within_records(leaf.path)
        ]

    def uncovered_in_lists(self) -> list[Field]:
        """Return the required fields, of lists that columns fill, that no column fills."""
        used, lists = set(self.paths.values()), set(self.lists)
        return [
            leaf
            for leaf in self.leaves
            if leaf.required and leaf.path not in used and lists & set(outer_paths(leaf.path)[:-1])
        ]

    def can_be_common(self) -> list[Field]:
        """Return the fields outside of lists."""
        return [leaf for leaf in self.leaves if not self._is_within_records(leaf.path)]

    def gap_of(self, column: MappedColumn) -> str:
        """Return in how many documents, or rows, the field of a column is empty, or ""."""
        path = column.path
        if path is None or column.target is None or not column.target.required:
            return ""
        if self._is_within_records(path):
            count, what = sum(value is None for value in column.read[0]), "row"
        elif column.is_suggestion:
            return ""
        else:
            count, what = self.gaps.get(path, 0), "document"
        return f"Empty in {counted(count, what)}" if count else ""

    def problems(self) -> list[str]:
        """Return a line for each gap that documents share, and for values that do not fit."""
        total, lines = len(self.rows), []
        if (key := self._refused_key()) and self._group is None:
            name, other = key.column, key.conflict
            lines.append(
                f"{name} repeats, but its rows differ in {other}, so each row makes its own "
                f"document. To make one document per {name}, change the field of {other} or leave "
                "it out."
            )
        everywhere = [self.labels[path] for path, count in self.gaps.items() if count == total]
        lines += [_everywhere(everywhere, total)] if everywhere else []
        lines += [
            f"{self.labels[path]} is empty in {in_documents(self._empty_at(path), total)}"
            for path, count in self.gaps.items()
            if count < total
        ]
        if inner := [self.labels[field.path] for field in self.uncovered_in_lists()]:
            verb, it = ("is", "it") if len(inner) == 1 else ("are", "them")
            lines.append(f"{_named(inner)} {verb} empty in all rows: no column fills {it}")
        for name, path in self.paths.items():
            if wrong := self.columns[name].wrong():
                lines.append(f"{self.labels.get(path, path)}: {wrong}")
        return lines


def _codes(values: Sequence[Any]) -> pd.Series:
    """Return values as numbers that are equal where they are; -1 for None."""
    texts = [None if value is None else repr(value) for value in values]
    return pd.Series(pd.factorize(pd.Series(texts, dtype="object"))[0])


def _differ(codes: pd.Series, keys: pd.Series) -> bool:
    """Return whether rows with the same key have different codes; -1 differs from none."""
    codes = codes[codes >= 0]
    keys = keys[codes.index]
    pairs = keys * (len(codes) + 1) + codes
    return bool(pairs.nunique() > keys.nunique())


def _everywhere(labels: Sequence[str], total: int) -> str:
    """Return the line about fields that are empty in all documents."""
    verb = "is" if len(labels) == 1 else "are"
    where = f"all {total:,} documents" if total > 1 else "the document"
    return f"{_named(labels)} {verb} empty in {where}"


def _named(labels: Sequence[str]) -> str:
    more = len(labels) - _MOST_NAMED
    return _listed([*labels[:_MOST_NAMED], f"{more} more"] if more > 1 else labels)


def is_empty(value: Any) -> bool:
    """Return whether a document lacks a value."""
    return value is ABSENT or value is None or value == ""


def _listed(labels: Sequence[str]) -> str:
    """Return names as in a sentence: the first with a capital letter.

    >>> _listed(["Order approver", "Vendor address, street", "VAT"])
    'Order approver, vendor address, street and VAT'
    """
    rest = [one if one[1:2].isupper() else one[:1].lower() + one[1:] for one in labels[1:]]
    return " and ".join([", ".join([labels[0], *rest[:-1]]), rest[-1]]) if rest else labels[0]


def try_rows(mapping: TableMapping) -> tuple[list[dict[str, Any]], str]:
    """Return the data of the documents, and "" or why there is none."""
    try:
        return mapping.rows, ""
    except UnreadableData as error:
        return [], str(error)
