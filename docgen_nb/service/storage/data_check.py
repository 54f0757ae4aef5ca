"""What is wrong with a data folder and what can be done; nothing is written to it."""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from shlex import quote

from docgen_nb.errors import ServiceError
from docgen_nb.service.storage.contents import Contents
from docgen_nb.service.storage.migrations import VERSION

DATABASE = "docgen.sqlite"
QUICK_BYTES = 64 << 20  # a start checks every page of a database up to this size: 0.2 s
SHOWN = 5  # names in a list
NAMED = "SELECT sha256, max(size) FROM versions WHERE sha256 != '' GROUP BY sha256"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a data folder, and what to do about it."""

    message: str
    remedy: str
    severe: bool = True


def schema() -> list[str]:
    """Return the statements that create the tables."""
    text = files(__package__).joinpath("schema.sql").read_text(encoding="utf-8")
    return text.split(";")


def database_problem(folder: Path, *, whole: bool = False) -> Problem | None:
    """Return why the database of a folder can't be used, or None; also None for a new folder.

    A start reads all of a small database; with `whole` every page and index is checked.
    """
    path = folder / DATABASE
    missing = not path.exists()
    if missing or not path.stat().st_size:
        if not _has_contents(folder):
            return None
        state = "missing" if missing else "empty"
        return Problem(f"{path} is {state}, but there are contents beside it.", _lost(folder))
    unused = not _log_of(path).exists()
    problem = _read_problem(folder, whole=whole)
    if problem is not None and unused and _log_of(path).exists():
        # A service started meanwhile and changed what was read as if nobody could.
        problem = _read_problem(folder, whole=whole)
    return problem


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _read_problem(folder: Path, *, whole: bool) -> Problem | None:
    path = folder / DATABASE
    try:
        with closing(open_readonly(path)) as db:
            return _inner_problem(db, folder, whole=whole)
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            return None  # another service is at work on it
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_PERM):
            remedy = "Check that it is a file, and its permissions and those of the folder."
            return Problem(f"{path} cannot be read ({error}).", remedy)
        return Problem(f"{path} is damaged ({error}).", _recovery(folder))


def open_readonly(path: Path) -> sqlite3.Connection:
    """Open a database without changing it; a log beside it is read, too, else no file is added."""
    immutable = "" if _log_of(path).exists() else "&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{immutable}", uri=True)


def _has_contents(folder: Path) -> bool:
    return any((folder / "contents").glob("*/*"))


def _inner_problem(db: sqlite3.Connection, folder: Path, *, whole: bool) -> Problem | None:
    path = folder / DATABASE
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    expected = set(re.findall(r"CREATE TABLE (\w+)", ";".join(schema())))
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if not tables and not version:
        if not _has_contents(folder):
            return None
        return Problem(f"{path} has no tables, but there are contents beside it.", _lost(folder))
    if version > VERSION:
        return None  # of a newer docgen-nb, which the store refuses
    if not expected <= tables:
        message = f"{path} is not a database of this service: it lacks the table "
        return Problem(message + f"{min(expected - tables)}.", "Choose another folder.")
    if db.execute("SELECT 1 FROM settings WHERE name = 'secret'").fetchone() is None:
        return Problem(f"{path} is damaged (its secret is missing).", _recovery(folder))
    if not whole and path.stat().st_size > QUICK_BYTES:
        return None
    check = "integrity_check" if whole else "quick_check"
    lines = [line for (line,) in db.execute(f"PRAGMA {check}(1)")]
    if lines == ["ok"]:
        return None
    first = lines[0].replace("*** in database main ***\n", "").strip()
    return Problem(f"{path} is damaged ({first}).", _recovery(folder))


def _lost(folder: Path) -> str:
    contents = quote(str(folder / "contents"))
    return (
        f"Restore {DATABASE} from a backup: only it knows the names of the contents. To start "
        f"anew and keep the contents for later, run: mv {contents} {contents}.old"
    )


def _recovery(folder: Path) -> str:
    path, saved = quote(str(folder / DATABASE)), quote(str(folder / "recovered.sqlite"))
    return (
        f"Stop the service, make a copy of the folder, and restore {DATABASE} from a backup. "
        f"Without one, save what is readable: sqlite3 {path} .recover | sqlite3 {saved}. "
        f"Then move {DATABASE} and its files -wal and -shm away, give recovered.sqlite the name "
        f"{DATABASE}, and check again."
    )


def check_data(folder: Path) -> list[Problem]:
    """Return all that is wrong with a data folder: its database, then the contents.

    Reads every page of the database and every content. Safe while a service uses the folder,
    whose uploads of that moment may then count as named by no version.

    Raises ServiceError if the folder or its database can't be read.
    """
    try:
        problem = database_problem(folder, whole=True)
        if problem is not None:
            return [problem]
        if not folder.is_dir() or not (folder / DATABASE).exists():
            raise ServiceError(f"There is no data of a service in {folder}. Check the path.")
        return list(_content_problems(folder))
    except OSError as error:
        raise ServiceError(f"Cannot read {error.filename}: {error.strerror}.") from error


def _content_problems(folder: Path) -> Iterator[Problem]:
    contents = Contents(folder)
    with closing(open_readonly(folder / DATABASE)) as db:
        named: dict[str, int] = dict(db.execute(NAMED))
    if not (folder / "contents").is_dir():
        message = f"The folder {folder / 'contents'} is missing."
        yield Problem(message, "Restore it from a backup.")
        return
    present = {name for _, names in contents.groups() for name in names}
    missing = sorted(named.keys() - present)
    changed = sorted(name for name in named.keys() & present if _changed(contents, name))
    remedy = (
        "Restore them from a backup of the folder contents. Until then, downloads of these "
        "versions fail, and so do jobs if it is a template."
    )
    if missing:
        yield Problem(f"Missing contents: {len(missing):,} ({_listed(missing)}).", remedy)
    if changed:
        yield Problem(f"Changed or cut contents: {len(changed):,} ({_listed(changed)}).", remedy)
    unnamed = present - named.keys()
    if unnamed:
        paths = [path for path in (folder / "contents").glob("*/*") if path.name in unnamed]
        size = sum(path.stat().st_size for path in paths)
        message = f"Contents that no version names: {len(unnamed):,}, {size:,} bytes."
        yield Problem(message, "Nothing to do: the next start deletes them.", severe=False)


def _changed(contents: Contents, name: str) -> bool:
    with contents.path(name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() != name


def _listed(names: list[str]) -> str:
    more = ", ..." if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
