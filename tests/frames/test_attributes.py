"""Tests of the attrs of tables, of Parquet files, and of the column of raw entries."""

import json
from importlib.metadata import version

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from docgen_nb import connect, wire
from docgen_nb.frames import failures_frame, jobs_frame, load_failures, load_jobs

NOON = pd.Timestamp("2026-03-02T13:00:00+01:00")
ENTRY = {
    "id": "7",
    "status": "failed",
    "created_at": "2026-03-02T09:00:00Z",
    "failures": {"errors": ["Größe zu groß."], "warnings": []},
    "unknown": [1.5, None],
}


def test_a_table_records_when_and_by_which_version_it_was_read():
    for frame in (jobs_frame([ENTRY], read_at=NOON), failures_frame([ENTRY], read_at=NOON)):
        assert frame.attrs == {
            "source": None,
            "read_at": "2026-03-02T12:00:00+00:00",
            "docgen_nb_version": version("docgen-nb"),
            "box_version": "2025.0",
        }


def test_a_table_of_a_client_names_the_service():
    with connect("local") as box:
        tables = [load_jobs(box), load_failures(box), jobs_frame(box.list_jobs())]

    assert [table.attrs["source"] for table in tables] == [wire.LOCAL_URL] * 3


@pytest.mark.parametrize("make", [jobs_frame, failures_frame])
@pytest.mark.parametrize("entries", [[], [ENTRY], [ENTRY, {}]])
def test_types_and_attrs_survive_parquet(make, entries, tmp_path):
    frame = make(entries)
    path = tmp_path / "table.parquet"

    frame.to_parquet(path)
    restored = pd.read_parquet(path)

    assert_frame_equal(restored, frame)
    assert restored.attrs == frame.attrs


def test_raw_entries_are_an_additional_column():
    frame = jobs_frame([ENTRY, {}], read_at=NOON, raw="entry")

    assert_frame_equal(frame.drop(columns="entry"), jobs_frame([ENTRY, {}], read_at=NOON))
    assert frame["entry"].dtype == "str"
    assert [json.loads(text) for text in frame["entry"]] == [ENTRY, {}]
    assert frame["entry"].tolist()[1] == "{}"
    assert "Größe" in frame["entry"].tolist()[0]


def test_an_empty_table_has_the_column_of_raw_entries():
    assert jobs_frame([], raw="entry").dtypes["entry"] == "str"


def test_raw_cannot_name_an_existing_column():
    with pytest.raises(ValueError) as caught:
        jobs_frame([ENTRY], raw="status")

    assert str(caught.value) == (
        "raw='status' is already a column of the table; choose another name."
    )
