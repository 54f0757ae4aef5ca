"""Conversion of a table to the data of documents.

Columns with dotted names become objects, and rows that share their other values become lists.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from docgen_nb.errors import UnreadableData
from docgen_nb.request.cell_values import column_values, element_of
from docgen_nb.request.column_formats import (
    DECIMALS,
    NAMES,
    ambiguity,
    format_of,
    is_in_another_format,
)
from docgen_nb.request.date_texts import ORDERS
from docgen_nb.schema import Field, fields
from docgen_nb.schema.field import outer_paths

Tags = Sequence[Mapping[str, Any]]
Row = dict[str, Any]  # a value by its path
Formats = str | Mapping[str, str] | None  # of the texts of all columns, or by column


def rows_from_table(
    table: pd.DataFrame,
    *,
    tags: Tags,
    columns: Mapping[str, str | None] | None = None,
    group_by: str | Sequence[str] | None = None,
    dates: Formats = None,
    decimal: Formats = None,
) -> list[dict[str, Any]]:
    """Return the ``user_input`` of each document in a table.

    One dict per row of the table. If some columns belong to a list of the template, one dict per
    group of rows, and the rows of the group are the elements of the list.

    Parameters
    ----------
    table : DataFrame
        One column per path of the template, such as ``order.vendor.company``. The path of a value
        in a list starts with the path of the list: ``order.products.name``.
    tags : sequence of mappings
        As returned by `Client.list_tags` or `Template.tags`. They define which paths are lists,
        numbers and booleans.
    columns : mapping, optional
        The path of each column whose name differs from it; None leaves the column out. By default
        a column belongs to the path of the same name, ignoring case, spaces and punctuation, or
        else to a new path of that name.
    group_by : str or list of str, optional
        The columns whose values identify a document. By default all columns outside of lists.
    dates : str or mapping, optional
        The order of day, month and year in texts such as ``03/04/2026``: ``dmy``, ``mdy`` or
        ``ymd``; for all columns, or by the name of the column. By default the values of a column
        decide: one ``13/04/2026`` shows that the day is first. Dates in ISO, and with a month in
        English words, need no order.
    decimal : str or mapping, optional
        The decimal sign in texts such as ``1.250``: ``.`` or ``,``; given and decided in the same
        way.

    Returns
    -------
    list of dicts
        JSON values: numbers with all their digits, dates as ``2026-03-31``, times as ``09:30``. A
        percentage of a spreadsheet is 0.25 in a number field and ``25%`` elsewhere. An empty cell
        gives no key. A text that is no date or number stays as it is; `BatchRequest.problems`
        reports it. A list without rows is empty, not missing.

    Raises
    ------
    ValueError
        If `columns`, `group_by`, `dates` or `decimal` names a column that the table does not have,
        or `dates` or `decimal` is none of the values above.
    UnreadableData
        If two columns have the same path, or one has a path within that of another; if the rows of
        one document differ in a column outside of lists; or if the values of a column do not
        decide the order of its dates or its decimal sign, or contradict the one given.

    Examples
    --------
    >>> tags = [
    ...     {"tag_content": "{{id}}", "tag_type": "text", "json_paths": ["id"]},
    ...     {"tag_content": "{{tablerow item in items}}", "tag_type": "table-loop",
    ...      "json_paths": ["items"]},
    ...     {"tag_content": "{{item.name}}", "tag_type": "text",
    ...      "json_paths": ["items", "items.name"]},
    ... ]
    >>> table = pd.DataFrame({"ID": [1, 1, 2], "items.name": ["Pen", "Ink", None]})
    >>> rows_from_table(table, tags=tags)
    [{'id': 1, 'items': [{'name': 'Pen'}, {'name': 'Ink'}]}, {'id': 2, 'items': []}]
    >>> day = {"tag_content": "{{day :: format('d-m-yyyy')}}", "tag_type": "text",
    ...        "json_paths": ["day"]}
    >>> rows_from_table(pd.DataFrame({"Day": ["4/3/2026"]}), tags=[day], dates="mdy")
    [{'day': '2026-04-03'}]
    """
    known = fields_by_path(tags)
    paths = _paths(table, columns or {}, known)
    check_paths(paths)
    formats = _formats(table, dates=dates, decimal=decimal)
    flat = list(_flat(table, paths, known, formats))
    lists = lists_of(paths.values(), known)
    if not lists:
        return documents_of(flat, lists, None)
    return documents_of(flat, lists, _keys(group_by, paths, lists))


def documents_of(
    flat: Iterable[Row], lists: tuple[str, ...], keys: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Return the data of documents from rows with values by path.

    `lists` are the paths of the lists, as from `lists_of`. Rows with equal values of the `keys`
    are one document; without keys each row is one.
    """
    if keys is None:
        groups: Iterable[list[Row]] = ([row] for row in flat)
    else:
        groups = _grouped(flat, keys)
    return [_document(group, lists, keys or ()) for group in groups]


def fields_by_path(tags: Tags) -> dict[str, Field]:
    """Return the fields by path; a list, not its element, where both have the same path."""
    every = [one for top in fields(tags) for one in top.walk()]
    return {one.path: one for one in reversed(every)}


def _paths(
    table: pd.DataFrame, columns: Mapping[str, str | None], known: Mapping[str, Field]
) -> dict[str, str]:
    names = [str(column) for column in table.columns]
    for column in columns:
        if column not in names:
            raise ValueError(f"columns names {column!r}, which is not a column of the table.")
    similar = {_normalized(path): path for path in reversed(list(known))}
    paths: dict[str, str] = {}
    for name in names:
        path = columns[name] if name in columns else similar.get(_normalized(name), name.strip())
        if path is not None:
            paths[name] = name if name in known and name not in columns else path
    return paths


def _normalized(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def check_paths(paths: Mapping[str, str]) -> None:
    """Raise UnreadableData for two columns with one path, or one within that of the other."""
    seen: dict[str, str] = {}
    for column, path in paths.items():
        if path in seen:
            raise UnreadableData(
                f"The columns {seen[path]!r} and {column!r} both have the path {path!r}. Leave one "
                "out with columns={name: None}."
            )
        seen[path] = column
    for path in seen:
        for outer in outer_paths(path)[:-1]:
            if outer in seen:
                raise UnreadableData(
                    f"The path of the column {seen[path]!r} is within that of the column "
                    f"{seen[outer]!r}. Leave one of them out."
                )


def _formats(
    table: pd.DataFrame, *, dates: Formats, decimal: Formats
) -> Mapping[str, Mapping[str, str]]:
    """Return the formats that were given, by kind of field and then by column."""
    options = {"date": ("dates", dates, ORDERS), "number": ("decimal", decimal, DECIMALS)}
    return {kind: _by_column(table, *option) for kind, option in options.items()}


def _by_column(
    table: pd.DataFrame, option: str, given: Formats, known: Sequence[str]
) -> Mapping[str, str]:
    names = [str(column) for column in table.columns]
    if given is None:
        return {}
    by_column = dict.fromkeys(names, given) if isinstance(given, str) else dict(given)
    for name, one in by_column.items():
        if name not in names:
            raise ValueError(f"{option} names {name!r}, which is not a column of the table.")
        if one not in known:
            raise ValueError(f"{option} is {one!r}; it must be {' or '.join(map(repr, known))}.")
    return by_column


def _flat(
    table: pd.DataFrame,
    paths: Mapping[str, str],
    known: Mapping[str, Field],
    formats: Mapping[str, Mapping[str, str]],
) -> Iterator[Row]:
    """Yield the values of each row of the table by path, without missing ones."""
    columns = {str(column): table.iloc[:, at] for at, column in enumerate(table.columns)}
    cells = {}
    for name, path in paths.items():
        field = element_of(known.get(path))
        given = formats.get(field.kind, {}).get(name, "") if field else ""
        chosen = _chosen(name, columns[name], field, given)
        cells[path] = [value for value, _ in column_values(columns[name], field, chosen)]
    for at in range(len(table)):
        row = {path: values[at] for path, values in cells.items()}
        yield {path: value for path, value in row.items() if value is not None}


def _chosen(name: str, cells: Iterable[Any], field: Field | None, given: str) -> str:
    """Return the format of a column; UnreadableData if its values contradict it or each other."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    if not given:
        found = format_of(field, texts)
        if found.choices:
            raise ambiguity(name, found)
        return found.chosen
    wrong = next((text for text in texts if is_in_another_format(field, text, given)), None)
    if wrong is not None:
        raise UnreadableData(
            f"The column {name!r} has the value {wrong!r}, which cannot be read with the "
            f"{NAMES[given]}. Correct it, or pass another order or sign."
        )
    return given


def lists_of(paths: Iterable[str], known: Mapping[str, Field]) -> tuple[str, ...]:
    """Return the paths of the lists that columns belong to, outer lists first."""
    kinds = {path: field.kind for path, field in known.items()}
    lists = dict.fromkeys(
        outer
        for path in paths
        for outer in outer_paths(path)
        if kinds.get(outer) in ("records", "list")
    )
    return tuple(sorted(lists, key=lambda path: path.count(".")))


@lru_cache(maxsize=10_000)  # asked for each value of a table
def list_of(path: str, lists: tuple[str, ...]) -> str:
    """Return the innermost list that a path is or belongs to; "" for none."""
    return next((one for one in reversed(lists) if _is_in(path, one)), "")


def _keys(
    group_by: str | Sequence[str] | None, paths: Mapping[str, str], lists: tuple[str, ...]
) -> list[str]:
    if group_by is None:
        return [path for path in paths.values() if not list_of(path, lists)]
    keys = []
    for name in [group_by] if isinstance(group_by, str) else group_by:
        if name not in paths and name not in paths.values():
            raise ValueError(f"group_by names {name!r}, which is not a column of the table.")
        keys.append(paths.get(name, name))
    return keys


def _grouped(flat: Iterable[Row], keys: Sequence[str]) -> Iterator[list[Row]]:
    """Yield the rows with equal values of some paths, in the order of the first of each group."""
    groups: dict[str, list[Row]] = {}
    for row in flat:
        key_text = repr([row.get(key) for key in keys])  # lists and dicts cannot be keys
        groups.setdefault(key_text, []).append(row)
    yield from groups.values()


def _document(group: list[Row], lists: tuple[str, ...], keys: Sequence[str]) -> dict[str, Any]:
    own: Row = {}
    for row in group:
        for path, value in row.items():
            if list_of(path, lists):
                continue
            if path in own and own[path] != value:
                which = ", ".join(f"{key} {group[0].get(key)!r}" for key in keys)
                raise UnreadableData(
                    f"The rows of {which} differ in {path!r}: {own[path]!r} and {value!r}. Choose "
                    'a column under "One document per", or pass group_by=.'
                )
            own[path] = value
    values = [*own.items(), *_elements(group, "", lists)]
    return _nested(values)


def _elements(
    group: list[Row], outer: str, lists: tuple[str, ...]
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists directly within a list (or the document), each with its elements."""
    for path in lists:
        if path == outer or list_of(path.rpartition(".")[0], lists) != outer:
            continue
        inner = [row for row in group if any(_is_in(name, path) for name in row)]
        yield path, list(_records(inner, path, lists))


def _is_in(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _records(group: list[Row], path: str, lists: tuple[str, ...]) -> Iterator[Any]:
    if any(_is_in(one, path) and one != path for one in lists):
        own = [name for row in group for name in row if list_of(name, lists) == path]
        parts = list(_grouped(group, list(dict.fromkeys(own))))
    else:
        parts = [[row] for row in group]
    for part in parts:
        if path in part[0]:
            value = part[0][path]
            yield from value if isinstance(value, list) else [value]
            continue
        values = [(name, one) for name, one in part[0].items() if list_of(name, lists) == path]
        inside = [*values, *_elements(part, path, lists)]
        yield _nested((name[len(path) + 1 :], one) for name, one in inside)


def _nested(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by dotted path as nested objects."""
    document: dict[str, Any] = {}
    for path, value in values:
        *outer, name = path.split(".")
        target = document
        for key in outer:
            target = target.setdefault(key, {})
        target[name] = value
    return document
