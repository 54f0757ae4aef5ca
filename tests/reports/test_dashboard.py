"""The dashboard: four charts in one figure."""

import pandas as pd
import pytest
from charts.chart_tables import NB, assert_inside, overlaps
from matplotlib import pyplot
from matplotlib.colors import to_hex
from tables import table

from docgen_nb.charts.canvas.theme import DARK
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
    return [ax.get_title(loc="left").replace("\n", " ").replace(NB, " ") for ax in figure.axes]


def test_the_dashboard_shows_outcomes_throughput_durations_and_failures(jobs):
    figure = dashboard(jobs)

    assert titles(figure) == [
        "33 % of 3 jobs completed without errors; 1 still open",
        "3 jobs, at most 2 in 15 seconds",
        "After 15 s, none is ready; Box's yardstick is 5 % left",
        "No hour stands out: 33 % failed",
    ]
    data, _ = figure._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert [data["text/plain"].count(kind) for kind in ("Bars:", "Curves:", "Heat map:")] == [1] * 3
    assert pyplot.get_fignums() == []


def test_with_messages_the_dashboard_shows_the_reasons(jobs):
    failures = jobs.iloc[[1]].assign(severity="error", message="It broke.")

    assert titles(dashboard(jobs, failures=failures))[3] == "One reason for 1 job: It broke."


def test_a_dark_dashboard_is_dark_in_all_its_charts(jobs):
    figure = dashboard(jobs, style="dark")

    colors = {to_hex(one.get_facecolor()).upper() for one in (figure, *figure.axes)}
    assert colors == {DARK.ground}


def test_texts_are_inside_the_picture_and_apart(jobs):
    failures = jobs.iloc[[1]].assign(severity="error", message="It broke, again and again. " * 9)
    figure = dashboard(jobs, failures=failures)

    assert [overlaps(ax) for ax in figure.axes] == [[]] * 4
    assert_inside(figure)


@pytest.mark.parametrize(
    ("last", "step"),
    [
        ("2026-03-02T09:00:30Z", "a second"),
        ("2026-03-02T09:30Z", "in 15 seconds"),
        ("2026-03-02T11:00Z", "a minute"),
        ("2026-03-09T00:00Z", "in 6 hours"),
        ("2026-04-01T00:00Z", "in 6 hours"),
        ("2026-06-01T00:00Z", "a day"),
        ("2028-03-01T00:00Z", "a week from Monday"),
        ("2036-03-01T00:00Z", "a month"),
        ("2226-03-01T00:00Z", "a year"),
    ],
)
def test_the_default_step_makes_at_most_150_steps(jobs, last, step):
    jobs.loc[2, "created_at"] = pd.Timestamp(last)
    figure = dashboard(jobs.assign(read_at=pd.Timestamp(last)))

    assert f"Jobs created {step}" in [text.get_text() for text in figure.axes[1].texts]


def test_a_step_and_a_time_zone_can_be_given(jobs):
    figure = dashboard(jobs, every="1D", time_zone="Europe/Berlin")

    assert "Jobs created a day" in [text.get_text() for text in figure.axes[1].texts]
    assert figure.axes[1].get_xlabel().startswith("Time, Europe/Berlin\n3 jobs created")
    assert "10:00:00" in figure.axes[0].get_xlabel()


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
