"""The user's file with one login, written by `docgen-nb login`: readable by the user alone."""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from docgen_nb.errors import LoginFileError

VARIABLE = "DOCGEN_NB_LOGIN_FILE"  # another place for the file
SAVED_AT = "saved_at"  # seconds since 1970


def login_file() -> Path:
    """Return the path of the file, which may not exist."""
    given = os.environ.get(VARIABLE)
    return Path(given) if given else user_config_path("docgen-nb") / "login.json"


def read_login(path: Path) -> dict[str, Any] | None:
    """Return the settings in a file by the names of their environment variables, None without one.

    LoginFileError if other users can read the file or own it, or if it cannot be read.
    """
    try:
        with open(path, encoding="utf-8") as file:
            _refuse_readable_by_others(path, os.fstat(file.fileno()))
            content = json.load(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LoginFileError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError:  # not chained: the text of the error may quote a secret
        content = None
    if not isinstance(content, dict):
        raise LoginFileError(f"{path} is damaged. Run docgen-nb login to write it again.")
    return content


def _refuse_readable_by_others(path: Path, status: os.stat_result) -> None:
    if not hasattr(os, "getuid"):  # Windows: a user's folders are private
        return
    if status.st_uid != os.getuid():
        raise LoginFileError(f"{path} belongs to another user, so it is not used. Delete it.")
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise LoginFileError(
            f"{path} holds a secret and other users can use it (mode {mode:04o}). "
            f"Run: chmod 600 {path}"
        )


def write_login(path: Path, settings: Mapping[str, Any]) -> None:
    """Write the file, as a whole or not at all, with mode 0600. LoginFileError if it can't be."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(dict(settings), file, indent=2)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise LoginFileError(f"Cannot write {path}: {error.strerror}.") from error
