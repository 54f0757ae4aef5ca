"""Tests that the stored counts match the jobs after any sequence of syncs."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger.fake_client import Box, Clock
from ledger.former_version import to_version_8
from pandas.testing import assert_frame_equal
from tables import table

from docgen_nb import wire
from docgen_nb.errors import LedgerError
from docgen_nb.ledger import Ledger, migrations
from docgen_nb.ledger.cell_encoding import merge_cells
from docgen_nb.ledger.rollups import CUBES, choose
from docgen_nb.metrics import duration_quantiles, outcomes, throughput

DAY = "2026-03-02T"
ALL = [
    *("created_at", "finished_at", "status", "output_type", "template_id", "template_version_id"),
    *("created_by_id", "source", "folder_id", "finished_source", "duration_seconds"),
]


def cells(ledger):
    return {
        cube.name: sorted(ledger.file.all(f"SELECT * FROM {cube.name}"), key=repr) for cube in CUBES
    }


def a_few_jobs(ledger):
    """Sync two finished jobs with a document, one that failed between readings, two open ones."""
    box, clock = Box(), Clock("2026-03-02T10:00")
    ledger.sync(box, clock=clock)
    clock.to("11:00")
    for id, template in (("1", "41"), ("2", "41"), ("3", "42"), ("4", "42"), ("5", "42")):
        box.add(id, "pending", DAY + "10:59:50Z", template=template)
    ledger.sync(box, clock=clock)
    clock.to("12:00")
    box.end("1", "completed", file="71", at=DAY + "10:59:58Z")
    box.end("2", "completed", file="72", at=DAY + "11:05:51Z")
    box.end("3", "failed")
    ledger.sync(box, clock=clock)
    return box, clock


def test_a_rollup_counts_finished_and_open_jobs(ledger):
    a_few_jobs(ledger)

    counts = ledger.rollup(["created_at", "finished_at", "status", "finished_source"])

    expected = table(
        """
        created_at         finished_at        status     finished_source  jobs
        2026-03-02T10:00Z  2026-03-02T10:00Z  completed  output_file      1
        2026-03-02T10:00Z  2026-03-02T11:00Z  completed  output_file      1
        2026-03-02T10:00Z  2026-03-02T12:00Z  failed     observed         1
        2026-03-02T10:00Z  -                  pending    -                2
        """
    )
    assert_frame_equal(counts.sort_values(["status", "finished_at"], ignore_index=True), expected)
    assert counts.attrs == {
        "source": "https://box.example",
        "read_at": "2026-03-02T12:00:00+00:00",
        "docgen_nb_version": "0.1.0",
        "box_version": "2025.0",
        "created_from": "2026-03-02T10:59:50+00:00",
        "created_to": "2026-03-02T10:59:50+00:00",
        "grain": "1h",
    }


def test_durations_are_exact_or_within_their_bin_and_open_jobs_keep_their_times(ledger):
    a_few_jobs(ledger)

    counts = ledger.rollup(["template_id", "status", "duration_seconds"])

    expected = table(
        """
        template_id  status     duration_seconds  created_at            read_at               jobs
        41           completed  8                 -                     2026-03-02T12:00:00Z  1
        41           completed  360               -                     2026-03-02T12:00:00Z  1
        42           failed     3584              -                     2026-03-02T12:00:00Z  1
        42           pending    -                 2026-03-02T10:59:50Z  2026-03-02T12:00:00Z  2
        """
    )
    assert_frame_equal(counts, expected)
    assert "grain" not in counts.attrs


def test_metrics_of_a_rollup_say_that_long_durations_are_binned(ledger):
    a_few_jobs(ledger)
    note = (
        "Durations from 100 s on are within 1% of the true ones, because a ledger counts them in "
        "bins"
    )

    rollup = ledger.rollup(["status", "duration_seconds", "observed_within_seconds"])
    assert note in duration_quantiles(rollup).attrs["notes"]
    for exact in (ledger, ledger.jobs()):  # whose batches are counted
        assert note not in duration_quantiles(exact).attrs["notes"]


def test_durations_are_counted_by_hour(ledger):
    a_few_jobs(ledger)

    counts = ledger.rollup(["created_at", "status", "output_type", "duration_seconds"])

    expected = table(
        """
        created_at         status     output_type  duration_seconds  jobs
        2026-03-02T10:00Z  completed  docx         8                 1
        2026-03-02T10:00Z  completed  docx         360               1
        2026-03-02T10:00Z  failed     docx         3584              1
        2026-03-02T10:00Z  pending    docx         -                 2
        """
    )
    assert_frame_equal(counts, expected)
    assert counts.attrs["grain"] == "1h"


def test_columns_without_hours_are_counted_by_day(ledger):
    a_few_jobs(ledger)

    counts = ledger.rollup(["created_at", "template_id"])
    folders = ledger.rollup(["folder_id"])

    expected = table(
        """
        created_at         template_id  jobs
        2026-03-02T00:00Z  41           2
        2026-03-02T00:00Z  42           1
        2026-03-02T00:00Z  42           2
        """
    )
    assert_frame_equal(counts, expected)
    assert counts.attrs["grain"] == "1D"
    assert_frame_equal(folders, table("folder_id jobs\n- 1\n5 2\n- 2"))


@pytest.mark.parametrize(
    "columns", [["job_id"], ["created_at", "errors"], ["folder_id", "template_id"], ALL]
)
def test_columns_without_counts_give_none(ledger, columns):
    assert ledger.rollup(columns) is None


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ([], "rollup_durations"),
        (["status"], "rollup_durations"),
        (["output_type", "status", "duration_seconds"], "rollup_durations"),
        (["template_id", "status"], "rollup_templates"),
        (["template_id", "duration_seconds"], "rollup_template_durations"),
        (["status", "created_at", "finished_at", "read_at"], "rollup_flow"),
        (["created_at", "output_type"], "rollup_hours"),
        (["created_at", "duration_seconds"], "rollup_hour_durations"),
        (["created_at", "template_id"], "rollup_template_days"),
        (["created_by_id"], "rollup_user_days"),
        (["folder_id", "status"], "rollup_folder_days"),
    ],
)
def test_the_smallest_cube_that_has_the_columns_is_read(columns, name):
    assert choose(columns).name == name


def test_a_damaged_rollup_raises_an_error_that_says_what_to_do(ledger):
    a_few_jobs(ledger)
    with ledger.file.write() as db:
        db.execute("UPDATE rollup_durations SET packed = x'00'")

    with pytest.raises(LedgerError) as caught:
        ledger.rollup("status")

    assert str(caught.value) == (
        f"{ledger.file.path} is damaged (its rollups cannot be read). Repair it with: "
        "ledger.rebuild_rollups()"
    )
    ledger.rebuild_rollups()
    assert ledger.rollup("status")["jobs"].sum() == 5


def test_keys_too_far_apart_for_one_number_are_merged_in_the_same_way():
    cells = np.array([[1 << 40, 0, 1 << 40, 0], [1 << 30, 5, 1 << 30, 4], [2, 3, 4, 5]])

    assert merge_cells(cells).tolist() == [[0, 0, 1 << 40], [4, 5, 1 << 30], [5, 3, 6]]


@pytest.mark.parametrize("columns", [[], ["status"], ["created_at", "duration_seconds"]])
def test_an_empty_rollup_has_its_columns(ledger, columns):
    counts = ledger.rollup(columns)

    assert list(counts) == [*columns, "jobs"]
    assert len(counts) == 0


def test_the_number_of_jobs_alone(ledger):
    a_few_jobs(ledger)

    assert ledger.rollup([])["jobs"].tolist() == [3, 2]


def test_one_column_may_be_named_alone(ledger):
    a_few_jobs(ledger)

    assert_frame_equal(ledger.rollup("status"), ledger.rollup(["status"]))


def test_metrics_of_a_ledger_are_those_of_its_jobs(ledger):
    a_few_jobs(ledger)
    jobs = ledger.jobs()

    for by in (None, "template", "output_type", "user", "source", "folder", "weekday"):
        assert_frame_equal(outcomes(ledger, by=by), outcomes(jobs, by=by))
    assert_frame_equal(throughput(ledger, every="1h"), throughput(jobs, every="1h"))
    quantiles = duration_quantiles(ledger, quantiles=[0.2], by="template")
    expected = duration_quantiles(jobs, quantiles=[0.2], by="template")
    assert_frame_equal(quantiles, expected, rtol=0.01)


def test_a_bin_of_durations_is_within_one_percent_of_each(ledger):
    exact = [*range(100), *range(100, 5000), *(int(1.013**n) for n in range(620, 1600))]
    rows = [(n, seconds, "completed") for n, seconds in enumerate(exact)]
    with ledger.file.write() as db:
        db.executemany(
            "INSERT INTO job_records (job_id, created_at, output_at, status, external_id, errors, "
            "warnings, read_at, poll) VALUES (?1, 0, ?2, ?3, ?2, 0, 0, 0, 0)",
            rows,
        )
    ledger.rebuild_rollups()

    counts = ledger.rollup(["duration_seconds"])
    bins = counts["duration_seconds"].to_numpy()

    assert counts["jobs"].sum() == len(exact)
    assert set(range(100)) <= set(bins)
    ordered = sorted(exact)
    position = 0
    for value, jobs in counts.sort_values("duration_seconds")[["duration_seconds", "jobs"]].values:
        members = ordered[position : position + int(jobs)]
        position += int(jobs)
        assert all(abs(value - member) <= 0.01 * member for member in members), value


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_history_of_an_older_version_is_migrated(tmp_path, version):
    path = tmp_path / "history.sqlite"
    with Ledger(path) as ledger:
        a_few_jobs(ledger)
        before = cells(ledger)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        to_version_8(db)
        db.execute("DROP INDEX jobs_missing")
        for column in ("missing_at", "asked_at"):
            db.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
        db.execute("DELETE FROM settings WHERE name = 'account'")
        for cube in CUBES if version < 3 else ():
            db.execute(f"DROP TABLE {cube.name}")
        if version == 2:  # which had a row for each count
            db.execute("CREATE TABLE rollup_hours (created_hour, status, jobs)")
            db.execute("INSERT INTO rollup_hours VALUES (492000, 'failed', 9)")
        db.execute(f"PRAGMA user_version={version}")

    with pytest.warns(UserWarning) as warned:  # noqa: PT030  the whole message is compared
        ledger = Ledger(path)

    with ledger:
        assert cells(ledger) == before
    assert [str(warning.message) for warning in warned] == [
        f"{path} was migrated from history version {version} to {migrations.VERSION}. Older "
        "versions of docgen-nb can no longer read it. To upgrade them, run: "
        "pip install --upgrade docgen-nb"
    ]
    with Ledger(path) as again:  # without a warning
        assert cells(again) == before


def test_a_history_of_version_4_loses_ends_of_jobs_that_were_open_before_the_first_sync(tmp_path):
    path = tmp_path / "history.sqlite"
    with Ledger(path) as ledger:
        a_few_jobs(ledger)
        before = cells(ledger)
        ends = ledger.jobs()[["job_id", "finished_before"]]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        to_version_8(db)
        db.execute("UPDATE polls SET begun_at = begun_at - 1 WHERE poll = 1")
        db.execute("DELETE FROM rollup_flow")
        db.execute(
            "INSERT INTO jobs (job_id, status, created_at, errors, warnings, read_at, poll, "
            "finished_after, finished_before) "
            "SELECT 99, 'failed', begun_at - 60, 0, 0, begun_at, 1, begun_at, begun_at + 60 "
            "FROM polls WHERE poll = 1"
        )
        db.execute("PRAGMA user_version=4")

    with pytest.warns(UserWarning, match="was migrated from history version 4"):
        ledger = Ledger(path)

    with ledger:
        jobs = ledger.jobs()
        assert_frame_equal(jobs[["job_id", "finished_before"]].iloc[:-1], ends)
        assert jobs[["finished_at", "finished_after", "finished_before"]].iloc[-1].isna().all()
        assert ledger.rollup(["finished_source"])["jobs"].sum() == len(jobs)
        assert cells(ledger).keys() == before.keys()


JOBS = st.fixed_dictionaries(
    {
        "status": st.sampled_from([*wire.STATUSES, "queued"]),
        "minute": st.integers(0, 50),
        "template": st.sampled_from(["41", "42", "x"]),
        "batch": st.sampled_from(["1", "2"]),
        "output_type": st.sampled_from(wire.OUTPUT_TYPES),
    }
)
ENDS = st.tuples(st.integers(0, 15), st.sampled_from(wire.STATUSES), st.booleans())
STEPS = st.one_of(
    st.tuples(st.just("add"), JOBS),
    st.tuples(st.just("end"), ENDS),
    st.tuples(st.just("vanish"), st.integers(0, 15)),
    st.tuples(st.just("webhook"), st.integers(0, 15)),
    st.tuples(st.just("sync"), st.booleans()),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=25), page_size=st.integers(1, 6))
def test_after_any_syncs_the_rollups_equal_a_new_count(tmp_path_factory, steps, page_size):
    folder = tmp_path_factory.mktemp("any")
    box, clock = Box(page_size=page_size), Clock("2026-03-02T12:00")
    with Ledger(folder / "history.sqlite") as ledger:
        for number, (kind, given_) in enumerate([*steps, ("sync", False)]):
            take(kind, given_, number, box, ledger, clock)

        kept, jobs = cells(ledger), ledger.jobs()
        ledger.rebuild_rollups()

        assert cells(ledger) == kept
        assert all(row[-1] not in (0, b"") for rows in kept.values() for row in rows)
        for columns in (
            ["status"],
            ["folder_id"],
            ["template_id", "output_type", "finished_source"],
        ):
            assert_frame_equal(counted(ledger.rollup(columns), columns), of(jobs, columns))


def take(kind, given_, number, box, ledger, clock):
    if kind == "add":
        minute = given_.pop("minute")
        box.add(str(number), given_.pop("status"), DAY + f"11:{minute:02}:00Z", **given_)
    elif kind == "sync":
        clock.now += 60 * number + 5
        ledger.sync(box, whole=given_, clock=clock)
    elif kind == "webhook" and given_ < len(ledger.jobs()):
        ledger.add_webhook_times({ledger.jobs()["job_id"][given_]: DAY + "11:50:00Z"})
    elif kind == "vanish" and given_ < len(box.jobs):
        del box.jobs[given_]
    elif kind == "end" and given_[0] < len(box.jobs):
        entry = box.jobs[given_[0]]
        file = f"7{number}" if given_[2] else None
        box.end(entry["id"], given_[1], file=file, at=DAY + "11:59:00Z")


def rounded(jobs):
    """Round durations to their bins, as rollups do from 100 seconds on."""
    seconds = jobs["duration_seconds"]
    for width in (2, 4, 8, 16, 32, 64):
        seconds = seconds.where(seconds < 50 * width, (seconds / width + 0.5) // 1 * width)
    return jobs.assign(duration_seconds=seconds)


def counted(counts, columns):
    return counts.groupby(columns, dropna=False)["jobs"].sum().reset_index()


def of(jobs, columns):
    return jobs.groupby(columns, dropna=False).size().rename("jobs").reset_index()
