"""Notebooks 04, 05 and 06 show what their text says, and find what is hidden in the history."""

from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from notebooks.notebook_run import printed, run

FOLDER = Path(__file__).parents[2] / "notebooks"
TABLE, FAST, WHY = (
    FOLDER / f"{name}.ipynb"
    for name in ("04-jobs-as-a-table", "05-how-fast-how-often", "06-what-fails-and-why")
)


@pytest.fixture(scope="module")
def shown(ran):
    """Return the standard output of a cell, its value as text, and its value as a table."""

    def of(path, cell):
        notebook, _ = ran(path)
        (outputs,) = (one.outputs for one in notebook.cells if one.id == cell)
        data = [one.data for one in outputs if "data" in one]
        tables = [pd.read_html(StringIO(one["text/html"]))[0] for one in data if "text/html" in one]
        return printed(outputs), "".join(one["text/plain"] for one in data), tables

    return of


# 04: jobs as a table


def test_a_table_has_the_same_columns_with_and_without_jobs(shown):
    assert shown(TABLE, "empty")[1] == "True"


def test_failed_jobs_have_no_end(shown):
    (table,) = shown(TABLE, "ends")[2]
    assert table.iloc[:, 1:].to_numpy().tolist() == [
        [18971, 18971, 18971],
        [287, 287, 287],
        [0, 0, 742],
    ]


def test_the_other_tables_have_rows(shown):
    assert len(shown(TABLE, "templates")[2][0]) == 3
    assert len(shown(TABLE, "tags")[2][0]) == 4
    assert shown(TABLE, "batches")[2][0]["jobs"].is_monotonic_decreasing
    assert "completed_with_error  error       574" in shown(TABLE, "failures")[1]


def test_parquet_keeps_values_and_attrs(shown):
    assert shown(TABLE, "parquet")[1] == "(True, True)"
    for name in ("source", "read_at", "docgen_nb_version", "box_version"):
        assert f"'{name}': " in shown(TABLE, "attrs")[1]


@pytest.mark.parametrize(
    ("cell", "summary"),
    [
        ("ledger", "20000 new, 0 changed, 0 still open; 42 calls>"),
        ("again", "0 new, 0 changed, 0 still open; 1 calls>"),
        ("batch", "6 new, 0 changed, 6 still open; 2 calls>"),
        ("finish", "0 new, 6 changed, 0 still open; 3 calls>"),
    ],
)
def test_a_sync_reads_what_is_new_or_was_open(shown, cell, summary):
    assert shown(TABLE, cell)[1].endswith(f": {summary}")


def test_changes_have_two_readings_around_them(shown):
    (table,) = shown(TABLE, "changes")[2]
    assert set(table["status"]) == {"completed"}
    assert set(table["from_status"]) <= {"pending", "submitted"}
    assert (table["changed_after"] <= table["changed_before"]).all()


def test_a_metric_of_the_ledger_counts_old_and_new_jobs(shown):
    (table,) = shown(TABLE, "metrics")[2]
    assert table["jobs"].sum() == 20_006


def test_only_changed_months_are_written(shown):
    assert "'jobs/month=2025-10/jobs.parquet'" in shown(TABLE, "months")[1]
    assert shown(TABLE, "months-again")[1] == "(0, 20006)"


def test_it_runs_again_in_its_folder(ran):
    _, folder = ran(TABLE)

    run(TABLE, folder=folder)

    assert len(list(folder.glob("history *.sqlite"))) == 2


# 05: how fast, how often


def test_the_end_of_the_month_is_the_peak(shown):
    (table,) = shown(FAST, "days")[2]
    assert [start[:10] for start in table["step_start"]] == [
        *("2025-10-30", "2025-10-31", "2025-10-23")
    ]
    first, second, third = table["created"]
    assert min(first, second) > 1.9 * third


def test_the_largest_backlog_comes_from_one_large_batch(shown):
    (table,) = shown(FAST, "backlog")[2]
    assert table.iloc[0][["created", "open"]].tolist() == [79, 75]


def test_the_month_misses_the_target(shown):
    (table,) = shown(FAST, "quantiles")[2]
    assert table["duration_seconds"].tolist() == [5.0, 24.0, 37.0]
    assert table["unknown"].tolist() == [742] * 3


def test_the_slow_template_is_the_hidden_one(shown):
    assert shown(FAST, "planted")[1] == "'Statement.docx'"


def test_the_bad_day_is_the_hidden_one(shown):
    assert shown(FAST, "incidents")[0] == (
        "121 of the 121 jobs created from 2025-10-24 10:00 to 2025-10-24 13:00 (UTC) took longer "
        "than 95% of the jobs of their template: 100.0%, usually 3.4%. They are in 15 batches, 18% "
        "of them in the largest.\n"
    )
    assert shown(FAST, "planted")[0] == "planted: 24 October 10:00 to 13:00 UTC\n"


def test_open_jobs_make_a_quantile_too_short_unless_they_count(shown):
    (table,) = shown(FAST, "open")[2]
    counts = dict(zip(table["status"], table["jobs"], strict=True))
    assert counts == {
        "pending": 0,
        "submitted": 7,
        "completed": 35,
        "completed_with_error": 1,
        "failed": 20,
    }
    lines = shown(FAST, "open-numbers")[1].splitlines()[:3]
    assert [float(line.split()[-1]) for line in lines] == [42.0, 122.0, 120.0]


# 06: what fails, and why


def test_the_bad_version_is_the_hidden_one(shown):
    (table,) = shown(WHY, "by-version")[2]
    worst = table.sort_values("share").iloc[-1]
    assert worst["share_low"] > 5 * table.sort_values("share")["share_high"].iloc[-3]
    planted, _, (used,) = shown(WHY, "version")
    assert planted == (
        f"planted: version {worst['template_version_id']}, in use since 19 October 12:00 UTC\n"
    )
    assert used.iloc[:, -1].tolist() == [3947, 6225]


def test_the_new_version_fails_more_and_the_others_do_not_once_the_bad_day_is_out(shown):
    assert shown(WHY, "compare")[0].splitlines()[0] == (
        "0.7% of the finished jobs failed before (3,947 jobs in 337 batches) and 9.6% after (6,225 "
        "jobs in 487 batches): 8.9 percentage points more (95% interval: 8.1 more to 9.7 more)."
    )
    assert "0.9 percentage points more (95% interval: 0.2 more" in shown(WHY, "control")[0]
    others, orders = shown(WHY, "without")[0].splitlines()
    assert "which may be chance" in others
    assert orders.endswith("8.7 percentage points more (95% interval: 7.9 more to 9.5 more).")


def test_the_incident_is_the_hidden_one(shown):
    first, second = shown(WHY, "incidents")[0].splitlines()
    span = "created from 2025-10-24 10:00 to 2025-10-24 13:00 (UTC)"
    assert first == (
        f"62 of the 183 finished jobs {span} failed: 33.9%, usually 3.4%. They are in 14 batches, "
        "24% of them in the largest."
    )
    assert span in second
    assert shown(WHY, "planted")[0] == "planted: 24 October 10:00 to 13:00 UTC\n"


def test_the_most_frequent_message_is_about_data(shown):
    (table,) = shown(WHY, "reasons")[2]
    assert table[["tag", "messages", "jobs"]].iloc[0].tolist() == ["order.requester", 574, 287]
    assert table["jobs"].tolist() == [287, 262, 240, 240]
    status, _, message = shown(WHY, "example")[1].partition(",\n ")
    assert status == "('completed_with_error'"
    assert message.count("The tag 'order.requester' was not provided in the input data.") == 2
