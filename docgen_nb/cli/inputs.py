"""The inputs of the template commands: the template file, and data as JSON."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from docgen_nb import exact_json
from docgen_nb.errors import UnreadableData, UnreadableTemplate
from docgen_nb.template import Template

Row = dict[str, Any]
STANDARD_INPUT = "-"
DATA_HELP = (
    "JSON file with an object, or with a list of objects for many documents; - reads standard input"
)


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the argument for the template file, and --json."""
    parser.add_argument("file", metavar="FILE", type=Path, help="template (.docx)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def open_template(path: Path) -> Template:
    """Open a template file. The message of an error starts with its path."""
    try:
        return Template(path)
    except UnreadableTemplate as error:
        raise UnreadableTemplate(error.code, f"{path}: {error}") from error
    except OSError as error:
        raise UnreadableTemplate("not_read", f"Cannot read {path}: {error.strerror}.") from error


def read_rows(name: str) -> tuple[list[Row], bool]:
    """Return the rows of a JSON file, and whether it contains a list of rows."""
    data = _read_json(name)
    rows = data if isinstance(data, list) else [data]
    if not rows:
        raise UnreadableData(f"{_called(name)} contains an empty list. Add at least one object.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            which = f"{_called(name)}, row {number}" if isinstance(data, list) else _called(name)
            raise UnreadableData(f"{which}: expected an object, not {_kind(row)}.")
    return rows, isinstance(data, list)


def _kind(value: Any) -> str:
    words = {str: "a string", bool: "a boolean", list: "a list", type(None): "null"}
    return words.get(type(value), "a number")


def _read_json(name: str) -> Any:
    """Return the value of a JSON file; numbers keep their digits."""
    try:
        content = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableData(f"Cannot read {name}: {error.strerror}.") from error
    try:
        return exact_json.decode(content, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableData(
            f"{_called(name)} is not valid JSON: {error.msg} ({place})."
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableData(f"{_called(name)} is not valid JSON: it is not UTF-8.") from error
    except RecursionError as error:
        raise UnreadableData(f"{_called(name)} is nested too deeply.") from error
    except ValueError as error:
        raise UnreadableData(f"{_called(name)} is not valid JSON: {error}.") from error


def _called(name: str) -> str:
    return "Standard input" if name == STANDARD_INPUT else name


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no number {name}")
