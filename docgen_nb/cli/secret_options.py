"""Options for secrets: from a file or the environment, or on the command line.

Any user of the machine can read the command line of a process, with `ps` for example.
"""

import argparse
import os
from pathlib import Path

from docgen_nb.errors import ServiceError

ADVICE = "other users of this machine can read a command line, so prefer a file or the environment"


def add_secret(
    parser: argparse.ArgumentParser, name: str, *, help: str, variable: str = "", keys: int = 1
) -> None:
    """Add the options `--NAME` and `--NAME-file`; `variable` is named in the help.

    The secret has so many `keys`, separated by white space in a file or variable.
    """
    group = parser.add_mutually_exclusive_group()
    if keys == 1:
        group.add_argument(f"--{name}", type=_not_empty, help=help)
    else:
        metavars = ("PRIMARY", "SECONDARY")
        group.add_argument(f"--{name}", nargs=keys, type=_not_empty, metavar=metavars, help=help)
    other = f", or set {variable}" if variable else ""
    file_help = f"file with the {name.replace('-', ' ')}{other}"
    group.add_argument(f"--{name}-file", metavar="FILE", type=Path, help=file_help)


def _not_empty(text: str) -> str:
    """Read a secret. An empty one is usually a variable that is not set."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the token is empty")
    return text


def read_secret(
    arguments: argparse.Namespace, name: str, *, variable: str = "", keys: int = 1
) -> list[str]:
    """Return the keys of a secret, an empty list for none.

    ServiceError if the file can't be read, or if file or variable have another number of keys.
    """
    field = name.replace("-", "_")
    value, file = getattr(arguments, field), getattr(arguments, f"{field}_file")
    if value is not None:
        return [value] if keys == 1 else list(value)
    if file is not None:
        return _split(_content(file), source=str(file), keys=keys)
    if variable and variable in os.environ:
        return _split(os.environ[variable], source=variable, keys=keys)
    return []


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ServiceError(f"Cannot read {file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ServiceError(f"{file} is not a text file.") from error


def _split(text: str, *, source: str, keys: int) -> list[str]:
    words = text.split()
    if len(words) != keys:
        expected = "one word" if keys == 1 else f"{keys} words"
        raise ServiceError(f"{source} must contain {expected}, not {len(words)}.")
    return words
