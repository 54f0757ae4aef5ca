"""Counts of jobs by time, template, user, status and duration, kept in step with the jobs."""

# ruff: noqa: S608  statements are put together from constants; values are bound

from collections.abc import Collection
from typing import NamedTuple

from docgen_nb.ledger import packed
from docgen_nb.ledger.layout import IS_OPEN, Database

HOUR, DAY = 3600, 86_400


class Cube(NamedTuple):
    """One table of counts: its name, its dimensions, and its grain of time in seconds.

    The grain is 0 where it has no time.
    """

    name: str
    dimensions: tuple[str, ...]
    grain: int


# The first one that has what is asked for is read, so the smaller and finer ones come first.
CUBES = (
    Cube(
        "rollup_template_durations",
        (
            *("template_id", "template_version_id", "output_type", "status"),
            *("finished_source", "duration_seconds"),
        ),
        0,
    ),
    Cube(
        "rollup_hours",
        ("created_hour", "finished_hour", "status", "finished_source", "output_type"),
        HOUR,
    ),
    Cube(packed.NAME, (*packed.KEY, "duration_seconds"), HOUR),
    Cube(
        "rollup_template_days",
        ("created_day", "template_id", "template_version_id", "output_type", "status"),
        DAY,
    ),
    Cube("rollup_user_days", ("created_day", "created_by_id", "source", "status"), DAY),
    Cube("rollup_folder_days", ("folder_id", "created_day", "status"), DAY),
)


def _bin() -> str:
    """Words that give the bin of a duration.

    Whole seconds below 100 are their own bin; above, the width doubles whenever the duration does,
    so that half of it is at most 1 % of each member.
    """
    rungs = [f"WHEN duration_seconds < {100 << n} THEN {_rounded(1 << n)}" for n in range(1, 32)]
    whole = "duration_seconds = CAST(duration_seconds AS INTEGER)"
    return (
        f"CASE WHEN duration_seconds IS NULL THEN '' WHEN duration_seconds < 100 AND {whole} "
        f"THEN CAST(duration_seconds AS INTEGER) WHEN duration_seconds < 100 "
        f"THEN round(duration_seconds, 2) {' '.join(rungs)} ELSE {_rounded(1 << 32)} END"
    )


def _rounded(width: int) -> str:
    return f"CAST(duration_seconds / {width}.0 + 0.5 AS INTEGER) * {width}"


# What is missing is '', for a key has no NULL.
_DIMENSIONS = {
    "created_hour": f"coalesce(CAST(created_at AS INTEGER) / {HOUR}, '')",
    "finished_hour": f"coalesce(CAST(finished_at AS INTEGER) / {HOUR}, '')",
    "created_day": f"coalesce(CAST(created_at AS INTEGER) / {DAY}, '')",
    "duration_seconds": _bin(),
    **{
        name: f"coalesce({name}, '')"
        for name in (
            *("template_id", "template_version_id", "output_type", "status", "finished_source"),
            *("created_by_id", "source", "folder_id"),
        )
    },
}
_PLAIN = [cube for cube in CUBES if cube.name != packed.NAME]
TABLES = (
    packed.TABLE,
    *(
        f"CREATE TABLE {cube.name} ({', '.join(cube.dimensions)}, jobs INTEGER NOT NULL, "
        f"PRIMARY KEY ({', '.join(cube.dimensions)})) WITHOUT ROWID"
        for cube in _PLAIN
    ),
)

_LAST_WRITTEN = "SELECT begun_at FROM polls WHERE written > 0 ORDER BY poll DESC LIMIT 1"

_TEMPORARY = (
    f"CREATE TEMP TABLE IF NOT EXISTS moves (change, {', '.join(_DIMENSIONS)})",
    "DELETE FROM moves",
)
# Open jobs are in no cube: they are few, and are counted from their index when asked for.
_MOVES = f"""
INSERT INTO moves SELECT ?, {", ".join(_DIMENSIONS.values())} FROM jobs
WHERE job_id IN (SELECT job_id FROM incoming) AND NOT ({IS_OPEN})
"""


def take_out(db: Database) -> None:
    """Note that the jobs in ``incoming`` leave their cells, before they are changed."""
    for statement in _TEMPORARY:
        db.execute(statement)
    db.execute(_MOVES, (-1,))


def put_in(db: Database) -> None:
    """Let the jobs in ``incoming`` enter their cells, after they were changed."""
    some_left = db.execute("SELECT 1 FROM moves").fetchone() is not None
    db.execute(_MOVES, (1,))
    packed.apply_moves(db)
    for cube in _PLAIN:
        names = ", ".join(cube.dimensions)
        db.execute(
            f"INSERT INTO {cube.name} SELECT {names}, sum(change) AS moved FROM moves "
            f"GROUP BY {names} HAVING moved != 0 "
            f"ON CONFLICT ({names}) DO UPDATE SET jobs = jobs + excluded.jobs"
        )
        if some_left:
            db.execute(
                f"DELETE FROM {cube.name} WHERE jobs = 0 AND ({names}) IN "
                f"(SELECT {names} FROM moves WHERE change < 0)"
            )


def rebuild(db: Database) -> None:
    """Count all jobs anew."""
    of_each = ", ".join(
        f"{_DIMENSIONS[name]} AS {name}" for name in (*packed.KEY, "duration_seconds")
    )
    packed.rebuild(db, of_each=of_each, where=f"NOT ({IS_OPEN})")
    for cube in _PLAIN:
        names = ", ".join(cube.dimensions)
        values = ", ".join(_DIMENSIONS[name] for name in cube.dimensions)
        places = ", ".join(str(place) for place in range(1, len(cube.dimensions) + 1))
        db.execute(f"DELETE FROM {cube.name}")
        db.execute(
            f"INSERT INTO {cube.name} ({names}, jobs) SELECT {values}, count(*) FROM jobs "
            f"WHERE NOT ({IS_OPEN}) GROUP BY {places}"
        )


def count_in_folder(db: Database, folder_id: object) -> int:
    """Return how many output files of finished jobs are known to lie in a folder."""
    sql = "SELECT coalesce(sum(jobs), 0) FROM rollup_folder_days WHERE folder_id = ?"
    return int(db.execute(sql, (folder_id,)).fetchone()[0])


def choose(columns: Collection[str]) -> Cube | None:
    """Return the first cube that has these columns of a table of jobs, None if none has."""
    needed = set(columns) - {"read_at", "jobs"}
    for cube in CUBES:
        if needed <= set(_shown(cube)):
            return cube
    return None


def select_closed(cube: Cube, columns: Collection[str]) -> str:
    """Return a query for some columns of a cube, and the jobs in each of its cells."""
    of_cube = _shown(cube) | {"read_at": f"({_LAST_WRITTEN})"}
    shown = [f"{of_cube.get(name, 'NULL')} AS {name}" for name in columns]
    if cube.name == packed.NAME:
        return f"SELECT {', '.join([*shown, 'packed'])} FROM {cube.name}"
    return f"SELECT {', '.join([*shown, 'sum(jobs) AS jobs'])} FROM {cube.name} {_groups(columns)}"


def select_open(cube: Cube, columns: Collection[str]) -> str:
    """Return a query for the same of the jobs that are open, which are in no cube."""
    of_open = {name: name for name in columns}
    if cube.grain:
        of_open["created_at"] = f"CAST(created_at AS INTEGER) / {cube.grain} * {cube.grain}"
    shown = [f"{of_open[name]} AS {name}" for name in columns]
    return (
        f"SELECT {', '.join([*shown, 'count(*) AS jobs'])} FROM jobs "
        f"WHERE {IS_OPEN} {_groups(columns)}"
    )


def _groups(columns: Collection[str]) -> str:
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    return f"GROUP BY {places}" if columns else "HAVING count(*) > 0"


def _shown(cube: Cube) -> dict[str, str]:
    """What a cube has of the columns of a table of jobs: times in seconds, NULL if missing."""
    found = {}
    for name in cube.dimensions:
        if name.endswith("_hour"):
            found[name.replace("_hour", "_at")] = f"nullif({name}, '') * {HOUR}"
        elif name.endswith("_day"):
            found[name.replace("_day", "_at")] = f"nullif({name}, '') * {DAY}"
        else:
            found[name] = f"nullif({name}, '')"
    return found
