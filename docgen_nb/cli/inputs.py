"""What the commands for a template file are given: the file, and data in JSON."""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from docgen_nb.errors import UnreadableData, UnreadableTemplate
from docgen_nb.template import Template

Row = dict[str, Any]
STANDARD_INPUT = "-"
_LONG_FOR_AN_INT = 4000  # Python refuses more than 4300 digits
DATA_HELP = "JSON file: an object, or a list of them for many documents; - is standard input"


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the template's file, and --json."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the template, a .docx")
    parser.add_argument("--json", action="store_true", help="print JSON")


def opened(path: Path) -> Template:
    """The template, or one line that says why not."""
    try:
        return Template(path)
    except UnreadableTemplate as error:
        raise UnreadableTemplate(error.code, f"{path}: {error}") from error
    except OSError as error:
        raise UnreadableTemplate("not_read", f"Cannot read {path}: {error.strerror}.") from error


def read_rows(name: str) -> tuple[list[Row], bool]:
    """The rows of a JSON file, and whether it holds a list of them rather than one."""
    data = _read_json(name)
    rows = data if isinstance(data, list) else [data]
    if not rows:
        raise UnreadableData(f"{_called(name)} holds an empty list, so there is nothing to do.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            which = f"{_called(name)}, row {number}" if isinstance(data, list) else _called(name)
            raise UnreadableData(f"{which} holds {_kind(row)}, where an object is needed.")
    return rows, isinstance(data, list)


def _kind(value: Any) -> str:
    words = {str: "a text", bool: "true or false", list: "a list", type(None): "null"}
    return words.get(type(value), "a number")


def _read_json(name: str) -> Any:
    """JSON whose numbers keep their digits."""
    try:
        content = sys.stdin.buffer.read() if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableData(f"Cannot read {name}: {error.strerror}.") from error
    try:
        return json.loads(
            content, parse_float=Decimal, parse_int=_integer, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableData(f"{_called(name)} is no JSON: {error.msg} ({place}).") from error
    except UnicodeDecodeError as error:
        raise UnreadableData(f"{_called(name)} is no JSON: it is not in UTF-8.") from error
    except RecursionError as error:
        raise UnreadableData(f"{_called(name)} is nested too deep.") from error
    except ValueError as error:
        raise UnreadableData(f"{_called(name)} is no JSON: {error}.") from error


def _called(name: str) -> str:
    return "Standard input" if name == STANDARD_INPUT else name


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONG_FOR_AN_INT else Decimal(digits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def print_json(value: Any) -> None:
    """Print JSON for people and programs."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
