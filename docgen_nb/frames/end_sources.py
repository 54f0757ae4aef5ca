"""The precedence of the sources for the end of a job."""

from typing import Any

import pandas as pd

from docgen_nb.frames.columns import STR, TIME

# The most exact source first; finished_source names the one used.
SOURCES = ("output_file", "webhook", "observed")


def with_ends(jobs: pd.DataFrame, ends: "pd.Series[Any]", *, source: str) -> pd.DataFrame:
    """Return the jobs with these ends, except where a more exact source is already known.

    `ends` has the index of `jobs`; an end before the creation of its job is ignored. Missing
    columns are added, and observed bounds are kept.
    """
    known = _with_columns(jobs)
    possible = ends.where(~(ends < known["created_at"]))
    better = SOURCES[: SOURCES.index(source)]
    taken = possible.notna() & ~known["finished_source"].isin(better)
    finished = possible.where(taken, known["finished_at"]).astype(TIME)
    seconds = (finished - known["created_at"]).dt.total_seconds().astype("float64")
    sources = pd.Series(source, index=jobs.index, dtype=STR)
    return known.assign(
        finished_at=finished,
        finished_source=sources.where(taken, known["finished_source"]),
        duration_seconds=seconds.where(~(finished < known["created_at"])),
    )


def _with_columns(jobs: pd.DataFrame) -> pd.DataFrame:
    kinds: dict[str, Any] = {
        **dict.fromkeys(("finished_at", "finished_after", "finished_before"), TIME),
        "finished_source": STR,
        "duration_seconds": "float64",
        "folder_id": STR,
    }
    absent = {
        name: pd.Series(None, index=jobs.index, dtype=kind)
        for name, kind in kinds.items()
        if name not in jobs
    }
    return jobs.assign(**absent)
