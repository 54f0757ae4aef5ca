"""Tests of the table of batches."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tables import jobs

from docgen_nb.errors import MissingColumn
from docgen_nb.frames import batches_frame, jobs_frame

DTYPES = {
    **dict.fromkeys(("batch_id", "template_id", "template_version_id", "output_type"), "str"),
    **dict.fromkeys(("jobs", "open", "completed", "completed_with_error", "failed"), "int64"),
    "unknown_status": "int64",
    **dict.fromkeys(("created_at", "finished_at"), "datetime64[us, UTC]"),
    "duration_seconds": "float64",
}
JOBS = """
    batch_id  template_id  template_version_id  output_type  status                created_at            finished_at
    4         41           410                  docx         pending               2026-03-02T09:05:00Z  -
    3         41           411                  pdf          completed             2026-03-02T09:00:01Z  2026-03-02T09:00:05Z
    3         41           411                  pdf          completed_with_error  2026-03-02T09:00:00Z  2026-03-02T09:00:09Z
    4         41           410                  docx         completed             2026-03-02T09:05:00Z  2026-03-02T09:05:02Z
    2         42           420                  docx         failed                2026-03-02T08:00:00Z  -
    2         42           420                  docx         paused                2026-03-02T08:00:00Z  2026-03-02T08:00:03Z
    -         -            -                    -            submitted             -                     2026-03-02T08:00:03Z
"""  # noqa: E501


def time(text: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-02T{text}Z")


def test_each_batch_is_a_row_with_its_counts_and_times():
    frame = batches_frame(jobs(JOBS))

    expected = pd.DataFrame(
        {
            "batch_id": ["4", "3", "2", None],
            "template_id": ["41", "41", "42", None],
            "template_version_id": ["410", "411", "420", None],
            "output_type": ["docx", "pdf", "docx", None],
            "jobs": [2, 2, 2, 1],
            "open": [1, 0, 0, 1],
            "completed": [1, 1, 0, 0],
            "completed_with_error": [0, 1, 0, 0],
            "failed": [0, 0, 1, 0],
            "unknown_status": [0, 0, 1, 0],
            "created_at": [time("09:05:00"), time("09:00:00"), time("08:00:00"), pd.NaT],
            "finished_at": [pd.NaT, time("09:00:09"), pd.NaT, pd.NaT],
            "duration_seconds": [None, 9.0, None, None],
        }
    ).astype(DTYPES)
    assert_frame_equal(frame, expected)


def test_batches_of_jobs_without_ends_have_no_end():
    frame = batches_frame(jobs(JOBS).drop(columns="finished_at"))

    assert frame["finished_at"].isna().all()
    assert frame["jobs"].tolist() == [2, 2, 2, 1]


@pytest.mark.parametrize("entries", [[], [{}], [{"batch": {"id": "3"}}]])
def test_columns_and_types_never_depend_on_the_data(entries):
    frame = batches_frame(jobs_frame(entries))

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == DTYPES
    assert list(frame.columns) == list(DTYPES)


def test_the_jobs_are_not_changed_and_their_attrs_are_copied():
    given = jobs_frame([{"batch": {"id": "3"}}]).set_axis(["a"])
    before = given.copy()

    frame = batches_frame(given)

    assert_frame_equal(given, before)
    assert frame.attrs == before.attrs


@pytest.mark.parametrize("column", ["batch_id", "output_type", "status", "created_at"])
def test_batches_need_their_columns(column):
    with pytest.raises(MissingColumn) as caught:
        batches_frame(jobs(JOBS).drop(columns=column))

    assert str(caught.value) == (
        f"batches_frame needs the column {column!r}, which this table lacks."
    )
