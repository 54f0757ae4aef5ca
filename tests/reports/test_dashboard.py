"""The dashboard: four charts in one figure."""

import pandas as pd
import pytest
from matplotlib import pyplot
from tables import table

from docgen_nb.errors import MissingColumn
from docgen_nb.reports import dashboard

JOBS = """
    job_id  status     template_id  created_at         finished_at        duration_seconds
    1       completed  11           2026-03-02T09:00Z  2026-03-02T09:01Z  60
    2       failed     11           2026-03-02T09:00Z  -                  -
    3       pending    12           2026-03-02T09:05Z  -                  -
"""


@pytest.fixture
def jobs():
    return table(JOBS).assign(read_at=pd.Timestamp("2026-03-02T09:10Z"))


def titles(figure):
    return [ax.get_title(loc="left").split("\n")[0] for ax in figure.axes]


def test_the_dashboard_shows_outcomes_throughput_durations_and_failures(jobs):
    figure = dashboard(jobs)

    assert titles(figure) == [
        "Outcomes of 3 jobs",
        "Throughput of 3 jobs",
        "Time to finish for 2 jobs",
        "Failed jobs by hour of the week (3 jobs)",
    ]
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == []


def test_with_messages_the_dashboard_shows_the_reasons(jobs):
    failures = jobs.iloc[[1]].assign(severity="error", message="It broke.")

    assert titles(dashboard(jobs, failures=failures))[3] == "1 kind of message from 1 job"


def test_all_text_is_inside_the_picture(jobs):
    figure = dashboard(jobs)
    figure.draw_without_rendering()

    inside = figure.get_tightbbox().padded(-0.02)
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= figure.get_figwidth()
    assert inside.y1 <= figure.get_figheight()


@pytest.mark.parametrize(
    ("last", "step"),
    [
        ("2026-03-02T09:00:30Z", "1s step"),
        ("2026-03-02T09:30Z", "15s step"),
        ("2026-03-02T11:00Z", "1min step"),
        ("2026-03-09T00:00Z", "6h step"),
        ("2026-04-01T00:00Z", "6h step"),
        ("2026-06-01T00:00Z", "1D step"),
        ("2028-03-01T00:00Z", "week from Mon"),
        ("2036-03-01T00:00Z", "MS step"),
        ("2226-03-01T00:00Z", "YS-JAN step"),
    ],
)
def test_the_default_step_makes_at_most_150_steps(jobs, last, step):
    jobs.loc[2, "created_at"] = pd.Timestamp(last)
    figure = dashboard(jobs.assign(read_at=pd.Timestamp(last)))

    label = figure.axes[1].get_ylabel()
    assert label == f"Jobs (created and finished per {step})"


def test_a_step_and_a_time_zone_can_be_given(jobs):
    figure = dashboard(jobs, every="1D", time_zone="Europe/Berlin")

    assert figure.axes[1].get_ylabel() == "Jobs (created and finished per 1D step)"
    assert figure.axes[1].get_xlabel() == "Time (Europe/Berlin)"
    assert "10:00:00" in figure.axes[0].get_title(loc="left")


def test_empty_charts_say_why(jobs):
    figure = dashboard(jobs.iloc[:0])

    assert [[text.get_text() for text in ax.texts][:1] for ax in figure.axes] == [
        ["No jobs in this table."],
        ["No job in this table has a known time."],
        [
            "No duration is known: Box doesn't report when a job ended,\n"
            "and a failed job has no output file."
        ],
        ["No jobs in this table."],
    ]


def test_a_missing_column_is_named(jobs):
    with pytest.raises(MissingColumn) as missing:
        dashboard(jobs.drop(columns="finished_at"))

    assert str(missing.value) == (
        "throughput needs the column 'finished_at', which this table lacks. "
        "Add end times with add_output_times, or use the jobs of a Ledger."
    )
