"""Owner and modes of the data folder: only its owner may read or write it, whatever the umask."""

import os
import stat
from contextlib import suppress
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600
PARTS = ("contents", "incoming", "sessions")
OWN_NAMES = (*PARTS, "docgen.sqlite", "reserve")  # their beginnings


def foreign_path(folder: Path, database: str) -> Path | None:
    """Return what of a data folder belongs to another user than this one and root, or None.

    Such a user could put links to other folders in it, whose files would be deleted as leftovers.
    """
    if not hasattr(os, "geteuid"):  # Windows
        return None
    own = (os.geteuid(), 0)
    for path in (folder, *(folder / part for part in PARTS), *folder.glob(f"{database}*")):
        with suppress(FileNotFoundError):
            if path.lstat().st_uid not in own:
                return path
    return None


def is_open_to_all(folder: Path) -> bool:
    """Whether other users could exchange the parts of a data folder, which keeps its mode."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX and _is_shared(folder)


def protect(folder: Path, database: str) -> None:
    """Close a data folder and its database to other users.

    The database is created here, because SQLite would use the umask; its -wal and -shm files get
    the mode of the database. A folder with something else in it, such as a home folder, keeps its
    own mode.
    """
    if not _is_shared(folder):
        _set_mode(folder, FOLDER_MODE)
    for part in PARTS:
        _set_mode(folder / part, FOLDER_MODE)
    (folder / database).touch(mode=FILE_MODE)
    for path in folder.glob(f"{database}*"):
        _set_mode(path, FILE_MODE)


def _is_shared(folder: Path) -> bool:
    foreign = (name for name in os.listdir(folder) if not name.startswith(OWN_NAMES))
    return bool(folder.stat().st_mode & stat.S_ISVTX) or any(foreign)


def _set_mode(path: Path, mode: int) -> None:
    # Another user owns a shared folder; another process may just have deleted a -wal file.
    with suppress(FileNotFoundError, PermissionError):
        if stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that other users cannot read."""
    with open(path, "wb", opener=_open_private) as file:
        file.write(content)


def _open_private(name: str, flags: int) -> int:
    return os.open(name, flags, FILE_MODE)
