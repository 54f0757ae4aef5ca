"""Counts of jobs by time, template, user, status and duration, updated with the jobs."""

# ruff: noqa: S608  statements are put together from constants; values are bound

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from docgen_nb.ledger.cell_encoding import Cells, merge_cells, pack, unpack
from docgen_nb.ledger.job_tables import IS_OPEN, SHOWN_STATUS, Database

HOUR, DAY = 3600, 86_400
MISSING, EARLY, NO_NAME = -1, -2, 0
DURATION_ERROR = 0.01  # of durations from 100 s on, see `_bin`
_AT_ONCE = 200_000  # jobs, when all are counted again


class Cube(NamedTuple):
    """One table of counts: its name, its dimensions, and its grain of time in seconds.

    The grain is 0 without a time. Cells whose first dimension divided by `span` is equal are one
    value of the table, so that a sync rewrites only a part of the cube.
    """

    name: str
    dimensions: tuple[str, ...]
    grain: int
    span: int


_ALL = 1 << 62
_ENDS = ("finished_source", "observed_within")
_TEMPLATE = ("template_id", "template_version_id", "output_type", "status")
# The first cube with the requested columns is used, so smaller and finer cubes come first.
CUBES = (
    Cube(
        "rollup_durations",
        ("duration_seconds", "output_type", "status", "finished_source", "observed_within"),
        0,
        _ALL,
    ),
    Cube("rollup_templates", _TEMPLATE, 0, _ALL),
    Cube("rollup_template_durations", (*_TEMPLATE, *_ENDS, "duration_seconds"), 0, 16),
    Cube("rollup_flow", ("created_hour", "finished_hour", "status", "observed_within"), HOUR, 1024),
    Cube(
        "rollup_hours",
        ("created_hour", "finished_hour", "status", *_ENDS, "output_type"),
        HOUR,
        1024,
    ),
    Cube(
        "rollup_hour_durations",
        ("created_hour", "output_type", "status", *_ENDS, "duration_seconds"),
        HOUR,
        168,
    ),
    Cube("rollup_template_days", ("created_day", *_TEMPLATE), DAY, 32),
    Cube("rollup_user_days", ("created_day", "created_by_id", "source", "status"), DAY, 32),
    Cube("rollup_folder_days", ("created_day", "folder_id", "status"), DAY, 32),
)


def _bin() -> str:
    """Return an SQL expression for the bin of a duration, in hundredths of a second.

    Whole seconds below 100 have a bin of their own. Above, the width doubles with the duration, so
    that half of it is at most 1% of each member.
    """
    rungs = [f"WHEN duration_seconds < {100 << n} THEN {_rounded(1 << n)}" for n in range(1, 32)]
    return (
        f"CASE WHEN duration_seconds IS NULL THEN {MISSING} WHEN duration_seconds < 100 "
        "THEN CAST(round(duration_seconds * 100) AS INTEGER) "
        f"{' '.join(rungs)} ELSE {_rounded(1 << 32)} END"
    )


def _rounded(width: int) -> str:
    return f"CAST(duration_seconds / {width}.0 + 0.5 AS INTEGER) * {width * 100}"


def _width() -> str:
    """Return an SQL expression for how far apart the bounds of an observed end are, in seconds.

    Up to a minute they are whole, and then whole hours, both rounded up.
    """
    width = "finished_before - finished_after"
    return (
        f"CASE WHEN finished_source IS NOT 'observed' THEN {MISSING} "
        f"WHEN finished_before < created_at THEN {EARLY} "
        f"WHEN {width} <= 60 THEN CAST({width} + 0.999999 AS INTEGER) "
        f"ELSE CAST(({width} + {HOUR} - 1) / {HOUR} AS INTEGER) * {HOUR} END"
    )


_NUMBERS = {
    "created_hour": f"coalesce(CAST(created_at AS INTEGER) / {HOUR}, {MISSING})",
    "finished_hour": f"coalesce(CAST(finished_at AS INTEGER) / {HOUR}, {MISSING})",
    "created_day": f"coalesce(CAST(created_at AS INTEGER) / {DAY}, {MISSING})",
    "duration_seconds": _bin(),
    "observed_within": _width(),
}
OBSERVED_WITHIN = f"nullif({_width()}, {MISSING})"  # of one job
_NAMES = (
    *("template_id", "template_version_id", "output_type", "status", "finished_source"),
    *("created_by_id", "source", "folder_id"),
)
_DIMENSIONS = {
    **_NUMBERS,
    **{name: f"coalesce({name}, '')" for name in _NAMES},
    "status": f"coalesce({SHOWN_STATUS}, '')",
}
_SHOWN = {"created_hour": "created_at", "finished_hour": "finished_at", "created_day": "created_at"}
_SHOWN["observed_within"] = "observed_within_seconds"
# Names are stored as numbers in the cells, the same in all cubes, and never change.
TABLES = (
    "CREATE TABLE IF NOT EXISTS rollup_names (id INTEGER PRIMARY KEY, name NOT NULL UNIQUE)",
    *(
        f"CREATE TABLE {cube.name} (part INTEGER PRIMARY KEY, packed BLOB NOT NULL)"
        for cube in CUBES
    ),
)
FORMER = (  # the tables of version 2, with one row per count
    *("rollup_template_durations", "rollup_hours", "rollup_hour_durations"),
    *("rollup_template_days", "rollup_user_days", "rollup_folder_days"),
)

_LAST_WRITTEN = "SELECT begun_at FROM polls WHERE written > 0 ORDER BY poll DESC LIMIT 1"
# Open jobs are in no cube: they are few, and are counted when requested.
_CLOSED = f"SELECT ?, {', '.join(_DIMENSIONS.values())} FROM job_records WHERE NOT ({IS_OPEN})"
_MOVES = f"{_CLOSED} AND job_id IN (SELECT job_id FROM incoming)"

Moves = list[tuple[Any, ...]]  # change of the number of jobs, then the dimensions


def take_out(db: Database) -> Moves:
    """Return the changes of removing the jobs in ``incoming`` from their cells."""
    return db.execute(_MOVES, (-1,)).fetchall()


def put_in(db: Database, moves: Moves) -> None:
    """Move the jobs in ``incoming`` from their old cells to their new ones."""
    _move(db, moves + db.execute(_MOVES, (1,)).fetchall())


def rebuild(db: Database) -> None:
    """Count all jobs again."""
    for cube in CUBES:
        db.execute(f"DELETE FROM {cube.name}")
    cursor = db.execute(_CLOSED, (1,))
    while moves := cursor.fetchmany(_AT_ONCE):
        _move(db, moves)


def _move(db: Database, moves: Moves) -> None:
    if moves:
        change, *columns = zip(*moves, strict=True)
        add(db, dict(zip(_DIMENSIONS, columns, strict=True)), change)


def add(db: Database, dimensions: Mapping[str, Sequence[Any]], change: Sequence[int]) -> None:
    """Add jobs to the cells of all cubes: their dimensions and the change of their number."""
    numbers = {
        name: _ids(db, values) if name in _NAMES else np.asarray(values, dtype="int64")
        for name, values in dimensions.items()
    }
    more = np.asarray(change, dtype="int64")
    for cube in CUBES:
        cells = np.stack([*(numbers[name] for name in cube.dimensions), more])
        _add_to(db, cube, merge_cells(cells))


def _ids(db: Database, names: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Return the numbers of names, adding new names."""
    codes, distinct = pd.factorize(np.asarray(names, dtype="object"))
    known = [(name,) for name in distinct if name != ""]
    db.executemany("INSERT OR IGNORE INTO rollup_names (name) VALUES (?)", known)
    sql = "SELECT id FROM rollup_names WHERE name = ?"
    ids = [NO_NAME if name == "" else db.execute(sql, (name,)).fetchone()[0] for name in distinct]
    return np.array(ids, dtype="int64")[codes]


def _add_to(db: Database, cube: Cube, cells: Cells) -> None:
    parts = cells[0] // cube.span
    for part in np.unique(parts).tolist():
        stored = db.execute(f"SELECT packed FROM {cube.name} WHERE part = ?", (part,)).fetchone()
        here = cells[:, parts == part]
        if stored:
            here = merge_cells(np.concatenate([unpack(stored[0]), here], axis=1))
        if here.shape[1]:
            db.execute(
                f"INSERT INTO {cube.name} VALUES (?, ?) "
                "ON CONFLICT (part) DO UPDATE SET packed = excluded.packed",
                (part, pack(here)),
            )
        else:
            db.execute(f"DELETE FROM {cube.name} WHERE part = ?", (part,))


def count_in_folder(db: Database, folder_id: object) -> int:
    """Return the number of known output files of finished jobs in a folder."""
    row = db.execute("SELECT id FROM rollup_names WHERE name = ?", (folder_id,)).fetchone()
    ids, jobs = select_closed(db, CUBES[-1], ["folder_id"])
    return int(jobs[ids == row[0]].sum()) if row else 0


def choose(columns: Collection[str]) -> Cube | None:
    """Return the first cube with these columns of a table of jobs, or None."""
    needed = set(columns) - {"read_at", "jobs"}
    for cube in CUBES:
        if needed <= set(_shown(cube)):
            return cube
    return None


def present(cube: Cube, columns: Collection[str]) -> list[str]:
    """Return the columns that a cube has."""
    shown = _shown(cube)
    return [name for name in columns if name in shown]


def select_closed(db: Database, cube: Cube, columns: Sequence[str]) -> Cells:
    """Return the cells of some columns of a cube: times in hours or days, names as numbers."""
    shown = _shown(cube)
    rows = [*(shown.index(name) for name in columns), len(shown)]
    values = db.execute(f"SELECT packed FROM {cube.name} ORDER BY part").fetchall()
    parts = [unpack(value)[rows] for (value,) in values]
    cells = np.concatenate([np.empty((len(rows), 0), dtype="int64"), *parts], axis=1)
    return cells if len(columns) == len(shown) else merge_cells(cells)


def last_written(db: Database) -> float | None:
    """Return when the last reading that wrote anything began."""
    row = db.execute(_LAST_WRITTEN).fetchone()
    return row[0] if row else None


def names(db: Database, ids: npt.NDArray[np.int64]) -> list[str | None]:
    """Return the names of numbers."""
    sql = "SELECT CAST(name AS TEXT) FROM rollup_names WHERE id = ?"
    return [None if id == NO_NAME else db.execute(sql, (id,)).fetchone()[0] for id in ids.tolist()]


def select_open(cube: Cube, columns: Collection[str]) -> str:
    """Return a query for the same counts of the open jobs, which are in no cube."""
    of_open = {name: name for name in columns} | {_SHOWN["observed_within"]: "NULL"}
    if cube.grain:
        of_open["created_at"] = f"CAST(created_at AS INTEGER) / {cube.grain} * {cube.grain}"
    shown = [f"{of_open[name]} AS {name}" for name in columns]
    return (
        f"SELECT {', '.join([*shown, 'count(*) AS jobs'])} FROM job_records "
        f"WHERE {IS_OPEN} {_groups(columns)}"
    )


def _groups(columns: Collection[str]) -> str:
    positions = ", ".join(str(position) for position in range(1, len(columns) + 1))
    return f"GROUP BY {positions}" if columns else "HAVING count(*) > 0"


def _shown(cube: Cube) -> list[str]:
    """Return the columns of a table of jobs that the dimensions of a cube give."""
    return [_SHOWN.get(name, name) for name in cube.dimensions]
