"""Tables as files: times, formulas and characters of others in a workbook."""

import pandas as pd
import pytest
from openpyxl import load_workbook

from docgen_nb.frames import jobs_frame, write_table


def test_a_message_is_no_formula_and_no_file_is_left_behind(tmp_path):
    texts = ["=1+1", "@SUM(A1)", "a\x00b", "x" * 40_000, None]
    table = pd.DataFrame({"message": texts, "at": [pd.Timestamp("2026-03-02T09:00+02:00")] * 5})

    path = write_table(table, tmp_path / "messages.xlsx")

    rows = list(load_workbook(path).active.iter_rows())
    assert (rows[1][0].value, rows[1][0].data_type) == ("=1+1", "s")
    assert [row[0].value for row in rows[2:4]] == ["@SUM(A1)", "a\ufffdb"]
    assert rows[0][1].value == "at (UTC)"
    assert str(rows[1][1].value) == "2026-03-02 07:00:00"
    assert len(rows[4][0].value) == 32_767
    assert [one.name for one in tmp_path.iterdir()] == ["messages.xlsx"]


def test_a_table_of_jobs_goes_to_excel_as_a_method(tmp_path):
    jobs = jobs_frame([{"id": "7", "status": "completed", "created_at": "2026-03-02T09:00:00Z"}])

    path = jobs.docgen.to_excel(tmp_path / "jobs.xlsx")

    assert pd.read_excel(path)["created_at (UTC)"][0] == pd.Timestamp("2026-03-02 09:00")


def test_an_unknown_ending_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"jobs\.txt must end with \.csv, \.xlsx or \.parquet"):
        write_table(pd.DataFrame(), tmp_path / "jobs.txt")
