"""Which source tells the end of a job, where several do."""

from typing import Any

import pandas as pd

from docgen_nb.frames.columns import STR, TIME

# The more exact one first; the one that was used stands in finished_source.
SOURCES = ("output_file", "webhook", "observed")


def with_ends(jobs: pd.DataFrame, ends: "pd.Series[Any]", *, source: str) -> pd.DataFrame:
    """Return the jobs with these ends, but for those whose end a more exact source tells.

    `ends` has the index of `jobs`; an end before the creation of its job is none. The columns of
    ends are added where they are not there yet; bounds that were observed stay as they are.
    """
    known = _with_columns(jobs)
    found = ends.where(~(ends < known["created_at"]))
    better = SOURCES[: SOURCES.index(source)]
    taken = found.notna() & ~known["finished_source"].isin(better)
    finished = found.where(taken, known["finished_at"]).astype(TIME)
    seconds = (finished - known["created_at"]).dt.total_seconds().astype("float64")
    named = pd.Series(source, index=jobs.index, dtype=STR)
    return known.assign(
        finished_at=finished,
        finished_source=named.where(taken, known["finished_source"]),
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
