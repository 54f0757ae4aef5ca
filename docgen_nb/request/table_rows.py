"""A table becomes the data of documents: dotted columns to objects, repeated rows to lists."""

import datetime
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from docgen_nb.errors import UnreadableData
from docgen_nb.request.typed_values import value_of
from docgen_nb.schema import Field, fields

Tags = Sequence[Mapping[str, Any]]
Row = dict[str, Any]  # path, value


def rows_from_table(
    table: pd.DataFrame,
    *,
    tags: Tags,
    columns: Mapping[str, str | None] | None = None,
    group_by: str | Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the ``user_input`` of each document that a table holds.

    One dict per row of the table; or, where columns stand for what is in a list of the template,
    one per group of rows, with the rows of the group as the list.

    Parameters
    ----------
    table : DataFrame
        A column for each path of the template, ``order.vendor.company``. What is in a list has
        the list's path before it, ``order.products.name``.
    tags : sequence of mappings
        As from `Client.list_tags` or `Template.tags`. They tell which paths are lists, numbers,
        or yes or no.
    columns : mapping, optional
        The path that a column stands for, where it is not called so; None leaves a column out. By
        default a column stands for the path of its name, in capitals or with blanks or not, or
        else for what it is called.
    group_by : str or list of str, optional
        The columns whose values tell one document from another. By default all that are in no
        list.

    Returns
    -------
    list of dicts
        JSON values: numbers as numbers with their digits, dates as ``2026-03-31``. Cells without
        a value are no keys; a list without a row is empty, which is not missing.

    Raises
    ------
    ValueError
        If `columns` or `group_by` name a column that the table lacks.
    UnreadableData
        If two columns stand for one path, or for a value and something within it; or if the rows
        of one document differ in a column that is in no list.

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
    """
    known = _known(tags)
    paths = _paths(table, columns or {}, known)
    _check_paths(paths)
    flat = list(_flat(table, paths, known))
    lists = _lists(paths.values(), known)
    if not lists:
        return [_nested(row.items()) for row in flat]
    keys = _keys(group_by, paths, lists)
    return [_document(group, lists, keys) for group in _grouped(flat, keys)]


def paths_of(
    table: pd.DataFrame, tags: Tags, columns: Mapping[str, str | None] | None = None
) -> dict[str, str]:
    """Return the path that each column of a table stands for, as `rows_from_table` takes it."""
    return _paths(table, columns or {}, _known(tags))


def _known(tags: Tags) -> dict[str, Field]:
    """The fields by path; the element of a list has the path of the list, which stands for it."""
    every = [one for top in fields(tags) for one in top.walk()]
    return {one.path: one for one in reversed(every)}


def _paths(
    table: pd.DataFrame, columns: Mapping[str, str | None], known: Mapping[str, Field]
) -> dict[str, str]:
    names = [str(column) for column in table.columns]
    for column in columns:
        if column not in names:
            raise ValueError(f"columns names {column!r}, and there is no such column.")
    alike = {_bare(path): path for path in reversed(list(known))}
    found: dict[str, str] = {}
    for name in names:
        path = columns[name] if name in columns else alike.get(_bare(name), name.strip())
        if path is not None:
            found[name] = name if name in known and name not in columns else path
    return found


def _bare(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _check_paths(paths: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for column, path in paths.items():
        if path in seen:
            raise UnreadableData(
                f"The columns {seen[path]!r} and {column!r} both stand for {path!r}; leave one "
                "out by columns={name: None}."
            )
        seen[path] = column
    for path in seen:
        names = path.split(".")
        for count in range(1, len(names)):
            outer = ".".join(names[:count])
            if outer in seen:
                raise UnreadableData(
                    f"The column {seen[path]!r} stands for something within that of "
                    f"{seen[outer]!r}."
                )


def _flat(
    table: pd.DataFrame, paths: Mapping[str, str], known: Mapping[str, Field]
) -> Iterator[Row]:
    """The values of each row of the table, by path; what is missing is left out."""
    columns = {str(column): table.iloc[:, at] for at, column in enumerate(table.columns)}
    cells = {
        path: [_value(cell, known.get(path)) for cell in columns[name]]
        for name, path in paths.items()
    }
    for at in range(len(table)):
        row = {path: values[at] for path, values in cells.items()}
        yield {path: value for path, value in row.items() if value is not None}


def _value(cell: Any, field: Field | None) -> Any:
    """A cell as a JSON value, or None where there is none."""
    if field is not None and field.kind == "list":
        [field] = field.fields
    if isinstance(cell, Mapping | list | tuple):
        return cell if isinstance(cell, Mapping) else list(cell)
    if pd.isna(cell):
        return None
    if isinstance(cell, str):
        return value_of(field, cell)[0] if field is not None and cell else (cell or None)
    if isinstance(cell, datetime.date):  # a Timestamp is one
        is_day = not isinstance(cell, datetime.datetime) or cell.time() == datetime.time()
        return cell.isoformat()[:10] if is_day else cell.isoformat()
    return _plain_number(cell)


def _plain_number(cell: Any) -> Any:
    """NumPy's numbers as Python's; what is no number is left to be refused as no JSON."""
    if isinstance(cell, bool | Decimal | int | float):
        return cell
    if type(cell).__name__ in ("bool_", "bool"):
        return bool(cell)
    if isinstance(cell, numbers.Integral):
        return int(cell)
    return float(cell) if isinstance(cell, numbers.Real) else cell


def _lists(paths: Iterable[str], known: Mapping[str, Field]) -> list[str]:
    """The paths of the lists that columns are within, the outer ones first."""
    found: dict[str, None] = {}
    for path in paths:
        names = path.split(".")
        for count in range(1, len(names) + 1):
            outer = ".".join(names[:count])
            field = known.get(outer)
            if field is not None and field.kind in ("records", "list"):
                found[outer] = None
    return sorted(found, key=lambda path: path.count("."))


def _home(path: str, lists: Sequence[str]) -> str:
    """The innermost list that a path is within, or is; "" for none."""
    homes = [one for one in lists if path == one or path.startswith(f"{one}.")]
    return homes[-1] if homes else ""


def _keys(
    group_by: str | Sequence[str] | None, paths: Mapping[str, str], lists: Sequence[str]
) -> list[str]:
    if group_by is None:
        return [path for path in paths.values() if not _home(path, lists)]
    found = []
    for name in [group_by] if isinstance(group_by, str) else group_by:
        if name not in paths and name not in paths.values():
            raise ValueError(f"group_by names {name!r}, and there is no such column.")
        found.append(paths.get(name, name))
    return found


def _grouped(flat: Iterable[Row], keys: Sequence[str]) -> Iterator[list[Row]]:
    """The rows that share the values of some paths, in the order of their first."""
    groups: dict[str, list[Row]] = {}
    for row in flat:
        mark = repr([row.get(key) for key in keys])  # lists and dicts cannot be keys
        groups.setdefault(mark, []).append(row)
    yield from groups.values()


def _document(group: list[Row], lists: Sequence[str], keys: Sequence[str]) -> dict[str, Any]:
    own: Row = {}
    for row in group:
        for path, value in row.items():
            if _home(path, lists):
                continue
            if path in own and own[path] != value:
                which = ", ".join(f"{key} {group[0].get(key)!r}" for key in keys)
                raise UnreadableData(
                    f"The rows of {which} differ in {path!r}: {own[path]!r} and {value!r}. Name "
                    "what tells documents apart by group_by."
                )
            own[path] = value
    values = [*own.items(), *_elements(group, "", lists)]
    return _nested(values)


def _elements(group: list[Row], home: str, lists: Sequence[str]) -> Iterator[tuple[str, list[Any]]]:
    """The lists right within a list (or the document), each with its elements."""
    for path in lists:
        if path == home or _home(path.rpartition(".")[0], lists) != home:
            continue
        inner = [row for row in group if any(_is_in(name, path) for name in row)]
        yield path, list(_records(inner, path, lists))


def _is_in(name: str, path: str) -> bool:
    return name == path or name.startswith(f"{path}.")


def _records(group: list[Row], path: str, lists: Sequence[str]) -> Iterator[Any]:
    if any(_is_in(one, path) and one != path for one in lists):
        own = [name for row in group for name in row if _home(name, lists) == path]
        parts = list(_grouped(group, list(dict.fromkeys(own))))
    else:
        parts = [[row] for row in group]
    for part in parts:
        if path in part[0]:
            value = part[0][path]
            yield from value if isinstance(value, list) else [value]
            continue
        values = [(name, one) for name, one in part[0].items() if _home(name, lists) == path]
        inside = [*values, *_elements(part, path, lists)]
        yield _nested((name[len(path) + 1 :], one) for name, one in inside)


def _nested(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Dotted paths and their values as objects in objects."""
    found: dict[str, Any] = {}
    for path, value in values:
        *outer, name = path.split(".")
        place = found
        for key in outer:
            place = place.setdefault(key, {})
        place[name] = value
    return found
