"""What the browser shows of a table and its mapping, as JSON."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from docgen_nb.forms.data_paths import value_at
from docgen_nb.forms.display import counted
from docgen_nb.forms.mapping.mapped_column import CHOSEN, MappedColumn
from docgen_nb.forms.mapping.mapping import ROW, Grouping, TableMapping, is_empty, try_rows
from docgen_nb.forms.mapping.table_source import SourceTable
from docgen_nb.request import same_name
from docgen_nb.request.column_matching import CERTAIN, LIKELY, UNSURE

FileNames = Callable[[list[dict[str, Any]], dict[str, Any]], list[str]]  # of rows and common data
_SHOWN = 3  # documents
_MOST_PROBLEMS = 8
# How the name of a column matches its field, in words, and in hundredths for a bar.
_MATCH = {CERTAIN: "Same name", LIKELY: "Similar", UNSURE: "Perhaps", CHOSEN: "Your choice"}
_SHARES = {CERTAIN: 100, LIKELY: 60, UNSURE: 25, CHOSEN: 100}
_CHOICES = 4  # columns that stand beside each other; others are in a list


def columns_state(
    source: SourceTable | None, mapping: TableMapping | None, *, error: str
) -> dict[str, Any]:
    """Return the state of the table of columns; `error` is about the table that was chosen last."""
    if source is None or mapping is None:
        return {"error": error, "columns": []}
    _, conflict = try_rows(mapping)
    return {
        "source": {
            "name": source.name,
            "facts": source.facts,
            "sheets": list(source.sheets),
            "sheet": source.sheet,
            "header_row": source.header_row,
        },
        "notes": list(source.notes),
        "error": error,
        "summary": summary_of(mapping),
        "columns": [
            _column(one, mapping, gaps="" if conflict else mapping.gap_of(one))
            for one in mapping.columns.values()
        ],
    }


def summary_of(mapping: TableMapping) -> list[str]:
    """Return a sign, how many columns are matched, and what else there is to know."""
    columns = mapping.columns.values()
    suggestions = sum(one.is_suggestion for one in columns)
    left_out = sum(one.path is None for one in columns)
    values = (value_at(mapping.common, field.path) for field in mapping.uncovered())
    empty = sum(is_empty(value) for value in values) + len(mapping.uncovered_in_lists())
    others = [f"{counted(suggestions, 'suggestion')} to confirm"] if suggestions else []
    others += [f"{left_out} left out"] if left_out else []
    matched = f"{len(mapping.paths)} of {counted(len(columns), 'column')} matched"
    verb = "is" if empty == 1 else "are"
    text = f"{counted(empty, 'required field')} {verb} still empty." if empty else ""
    sign = "ask" if suggestions or mapping.questions else "ok"
    return [sign, f"{', '.join([matched, *others])}.", text]


def _column(column: MappedColumn, mapping: TableMapping, *, gaps: str) -> dict[str, Any]:
    sign, state = column.state(gaps)
    return {
        "name": column.name,
        "samples": [text[:40] for text in column.samples],
        "path": column.path,
        "label": mapping.labels.get(column.path or "", column.path or ""),
        "match": _match(column),
        "share": _SHARES.get(column.certainty, 0),
        "suggestion": column.is_suggestion,
        "sign": sign,
        "state": state,
        "question": column.question(mapping.columns.values()) if column.path else None,
    }


def _match(column: MappedColumn) -> str:
    """Return how a column matches its field, in words."""
    path = _letters(column.path or "")
    if column.certainty == CERTAIN and not path.endswith(_letters(column.name)):
        return "Same meaning"
    return _MATCH.get(column.certainty, "")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


def documents_state(mapping: TableMapping | None, file_names: FileNames) -> dict[str, Any]:
    """Return the state of what comes of the table."""
    if mapping is None:
        return {}
    rows, error = try_rows(mapping)
    names = file_names(rows, mapping.common) if rows else []
    return {
        "groupings": [
            {
                "column": one.column,
                "label": one.column or "Row",
                "text": one.text,
                "is_other": at > _CHOICES or one.column not in ("", *mapping.paths),
            }
            for at, one in enumerate(mapping.groupings)
            if not one.conflict
        ],
        "impossible": [_impossible(one) for one in mapping.groupings if one.conflict],
        "group": mapping.group if not error else ROW,
        "error": error,
        "documents": _documents(mapping, rows, names),
        "names": _same_names(mapping, names),
        "problems": [] if error else _first(mapping.problems()),
    }


def _impossible(one: Grouping) -> str:
    """Return why a column cannot tell documents apart."""
    name = one.column
    return f"{name}: not possible, because the same {name} has more than one {one.conflict}"


def _first(problems: Sequence[str]) -> list[str]:
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]


def _same_names(mapping: TableMapping, names: Sequence[str]) -> dict[str, str] | None:
    """Return how many documents share a file name, and what can be done; None if none does."""
    counts = Counter(map(same_name, names))
    count, total = sum(n for n in counts.values() if n > 1), len(names)
    if not count:
        return None
    text = f"{count:,} of the {counted(total, 'document')} have the same file name."
    if len(counts) == 1:
        text = f"All {total:,} documents have the file name “{names[0][:60]}”."
    if path := mapping.distinct_path:
        return {"text": text, "offer": f"Add {mapping.labels[path]} to the file name"}
    return {"text": f"{text} Change it at File name below.", "offer": ""}


def _documents(
    mapping: TableMapping, rows: list[dict[str, Any]], names: Sequence[str]
) -> dict[str, Any]:
    shown = rows[:_SHOWN]
    lists = set(mapping.lists)
    outside = [
        path for path in mapping.paths.values() if not any(_within(path, one) for one in lists)
    ]
    texts = outside[:2]
    heads = [mapping.labels.get(path, path) for path in texts]
    heads += [_list_label(one) for one in mapping.lists[:1]]
    return {
        "title": f"What you get: {counted(len(rows), 'document')}",
        "headers": ["Document", *heads],
        "rows": [
            [name, *(_text(value_at(row, path)) for path in texts), *_counts(row, mapping.lists)]
            for name, row in zip(names, shown, strict=False)
        ],
        "more": f"and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else "",
    }


def _within(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _list_label(path: str) -> str:
    return path.rpartition(".")[2].capitalize()


def _counts(row: dict[str, Any], lists: Sequence[str]) -> list[str]:
    elements = [value_at(row, path) for path in lists[:1]]
    return [str(len(one)) if isinstance(one, list) else "0" for one in elements]


def _text(value: Any) -> str:
    return str(value)[:60] if isinstance(value, str | int | float) else ""
