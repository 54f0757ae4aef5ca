"""Charts: the numbers and texts of their artists, and no side effects.

Charts of durations, reasons, comparisons and incidents, and of groups, have their own modules.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import matplotlib
import pandas as pd
import pytest
from charts.chart_tables import (
    WHEN,
    WINDOW,
    by_template,
    comparison_table,
    duration_quantiles_table,
    durations_table,
    failure_heatmap_table,
    failure_reasons_table,
    incidents_table,
    kaplan_meier_table,
    outcomes_table,
    slow_hours_table,
    throughput_table,
    timeline_table,
    trend_table,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from tables import table

import docgen_nb.charts
from docgen_nb import wire
from docgen_nb.charts import (
    draw_backlog,
    draw_comparison,
    draw_duration_quantiles,
    draw_durations,
    draw_failure_heatmap,
    draw_failure_reasons,
    draw_incidents,
    draw_kaplan_meier,
    draw_outcomes,
    draw_slow_hours,
    draw_throughput,
    draw_timeline,
    draw_trend,
)
from docgen_nb.errors import MissingColumn

CHARTS = [
    (draw_outcomes, outcomes_table),
    (draw_throughput, throughput_table),
    (draw_backlog, throughput_table),
    (draw_durations, durations_table),
    (draw_kaplan_meier, kaplan_meier_table),
    (draw_duration_quantiles, duration_quantiles_table),
    (draw_slow_hours, slow_hours_table),
    (draw_failure_heatmap, failure_heatmap_table),
    (draw_failure_reasons, failure_reasons_table),
    (draw_comparison, comparison_table),
    (draw_incidents, incidents_table),
    (draw_timeline, timeline_table),
    (draw_trend, trend_table),
]
NOT_KNOWN = (
    "No duration is known: Box doesn't report when a job ended,\n"
    "and a failed job has no output file."
)
NO_TIMES = "No job in this table has a known time."
UNUSED = {  # columns of a metric that its chart does not use
    draw_slow_hours: {"duration_high_seconds"},
    draw_failure_heatmap: {"share_high"},
    draw_comparison: {"difference"},
    draw_trend: {"completed_with_error"},
}
EACH = pytest.mark.parametrize(("draw", "make"), CHARTS, ids=lambda value: value.__name__)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def clock(days: Any) -> list[str]:
    """Return the times at these positions of a time axis, in days since 1970."""
    return list(pd.to_datetime(days, unit="D").round("s").strftime("%H:%M:%S"))


def title(ax: Axes) -> list[str]:
    return ax.get_title(loc="left").split("\n")


# Outcomes


def test_outcomes_are_bars_with_an_interval():
    ax = draw_outcomes(outcomes_table())

    filled = [bar for bar in ax.patches if bar.get_facecolor()[3] > 0]
    assert [bar.get_width() for bar in filled] == [0.0, 0.1, 0.6, 0.2, 0.1]
    assert [list(line.get_xdata()) for line in ax.lines] == [
        [0.0, 0.28],
        [0.02, 0.40],
        [0.31, 0.83],
        [0.06, 0.51],
        [0.02, 0.40],
    ]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(wire.STATUSES)
    assert ax.yaxis_inverted()


def test_outcomes_label_each_number_with_its_denominator():
    ax = draw_outcomes(outcomes_table())

    assert title(ax) == ["Outcomes of 10 jobs", WHEN]
    assert ax.get_xlabel() == "Share of all jobs (bar), with its 95% interval (line)"
    assert texts(ax) == [
        "0 of 10: 0%\n(0% to 28%)",
        "1 of 10: 10%\n(2% to 40%)",
        "6 of 10: 60%\n(31% to 83%)",
        "2 of 10: 20%\n(6% to 51%)",
        "1 of 10: 10%\n(2% to 40%)",
    ]


def test_each_status_has_its_own_color_and_hatch():
    ax = draw_outcomes(outcomes_table())

    filled = [bar for bar in ax.patches if bar.get_facecolor()[3] > 0]
    assert len({bar.get_facecolor() for bar in filled}) == 5
    assert len({bar.get_hatch() for bar in filled}) == 5


def test_unknown_and_missing_statuses_are_drawn():
    rows = table("status jobs share share_low share_high\npaused 1 0.5 0.1 0.9\n- 1 0.5 0.1 0.9")

    ax = draw_outcomes(rows)

    assert [label.get_text() for label in ax.get_yticklabels()] == ["paused", "no status"]
    assert title(ax) == ["Outcomes of 2 jobs"]


# Throughput


def test_throughput_draws_the_counts_over_their_steps():
    ax = draw_throughput(throughput_table())

    steps = [patch.get_data() for patch in ax.patches if isinstance(patch, StepPatch)]
    assert [data.values.tolist() for data in steps] == [[3, 1, 0, 0], [3, 1, 0, 0], [1, 0, 1, 0]]
    assert clock(steps[0].edges) == ["09:00:00", "09:01:00", "09:02:00", "09:03:00", "09:04:00"]


def test_open_jobs_are_drawn_at_the_end_of_each_step():
    ax = draw_throughput(throughput_table())

    [line] = ax.lines
    assert line.get_ydata().tolist() == [1, 2, 1, 1]
    assert clock(line.get_xdata()) == ["09:01:00", "09:02:00", "09:03:00", "09:04:00"]


def test_throughput_labels_its_counts_and_notes_unknown_end_times():
    ax = draw_throughput(throughput_table())

    assert title(ax) == [
        "Throughput of 4 jobs",
        WHEN,
        "end time unknown for 1 job",
    ]
    assert ax.get_xlabel() == "Time (UTC)"
    assert ax.get_ylabel() == "Jobs (created and finished per 1min step)"
    assert sorted(texts(ax)) == [
        "1 open at the end,\nat most 2\n(dashed)",
        "2 finished\n(solid line)",
        "4 created\n(hatched)",
        "step in progress ",
    ]


def test_the_title_has_the_notes_of_the_metric_in_lines_that_fit():
    rows = throughput_table().assign(ends_unknown=0)
    rows.attrs["notes"] = ["3 ends count as unknown because " + "long " * 14, "another"]

    lines = title(draw_throughput(rows))

    assert lines[2:] == [
        "3 ends count as unknown because long long long long long long long long long",
        "long long long long long",
        "another",
    ]


@pytest.mark.parametrize(("every", "step"), [("W-SUN", "week from Sun"), ("1h", "1h step")])
def test_the_axis_says_on_which_day_a_week_begins(every, step):
    rows = throughput_table()
    rows.attrs["every"] = every

    assert draw_throughput(rows).get_ylabel() == f"Jobs (created and finished per {step})"
    assert draw_backlog(rows).get_ylabel() == f"Open jobs at the end of each {step}"


def test_throughput_has_no_note_if_every_end_time_is_known():
    ax = draw_throughput(throughput_table().assign(ends_unknown=0))

    assert title(ax) == ["Throughput of 4 jobs", WHEN]


def test_the_title_has_one_creation_time_and_the_day_of_reading_if_that_is_enough():
    rows = outcomes_table()
    rows.attrs |= {
        "created_to": WINDOW["created_from"],
        "read_at": "2026-03-03T00:00:00+00:00",
    }

    assert title(draw_outcomes(rows))[1] == (
        "created 2026-03-02 09:00:10, read 2026-03-03 00:00:00 UTC"
    )


def test_a_long_window_takes_two_lines():
    rows = outcomes_table()
    rows.attrs |= {
        "created_to": "2026-03-30T09:00:00+00:00",
        "read_at": "2026-03-30T10:00:00+00:00",
    }

    assert title(draw_outcomes(rows))[1:] == [
        "created 2026-03-02 09:00:10 to 2026-03-30 09:00:00 UTC",
        "read 2026-03-30 10:00:00",
    ]


def test_labels_do_not_overlap_and_stay_beside_the_axes():
    ax = draw_throughput(throughput_table())
    ax.figure.draw_without_rendering()

    labels = [text for text in ax.texts if "step" not in text.get_text()]
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
    assert all(box.x0 > ax.bbox.x1 for box in boxes)


def test_a_time_axis_shows_the_zone_of_its_table():
    berlin = throughput_table()
    for column in ("step_start", "step_end"):
        berlin[column] = berlin[column].dt.tz_convert("Europe/Berlin")
    berlin.attrs = {"time_zone": "Europe/Berlin", "every": "1min"}

    ax = draw_throughput(berlin)
    ax.figure.draw_without_rendering()

    assert ax.get_xlabel() == "Time (Europe/Berlin)"
    assert ax.get_xticklabels()[0].get_text() == "10:00:00"


@pytest.mark.parametrize(
    ("first", "days", "corner"),
    [
        ("2026-03-03T00:00Z", 20, "Mar 2026"),
        ("2026-03-20T00:00Z", 20, "Mar to Apr 2026"),
        ("2025-12-20T00:00Z", 20, "Dec 2025 to Jan 2026"),
        ("2026-03-31T18:00Z", 0.3, "31 Mar to 01 Apr 2026"),
    ],
)
def test_the_offset_text_of_a_time_axis_names_its_first_and_last_tick(first, days, corner):
    starts = pd.date_range(first, periods=20, freq=pd.Timedelta(days=days) / 20)
    rows = pd.concat([throughput_table().iloc[[0]]] * 20, ignore_index=True)
    rows["step_start"], rows["step_end"] = starts, starts + pd.Timedelta(days=days) / 20

    ax = draw_throughput(rows)
    ax.figure.draw_without_rendering()

    assert ax.xaxis.get_offset_text().get_text() == corner


LONG = "Agreement on the processing of personal data, annex"


def test_a_legend_of_long_names_leaves_room_for_the_chart():
    parts = by_template(*[throughput_table()] * 24)
    parts["template_id"] = f"{LONG} " + parts["template_id"]

    ax = draw_throughput(parts)
    ax.figure.draw_without_rendering()

    figure = ax.get_figure(root=True)
    legend = ax.get_legend().get_window_extent()
    assert legend.x1 <= figure.bbox.x1
    assert legend.y0 >= figure.bbox.y0
    assert ax.get_window_extent().height > 100


@pytest.mark.parametrize("draw", [draw_durations, draw_kaplan_meier])
def test_texts_beside_a_chart_do_not_overlap_its_legend(draw):
    make = {draw_durations: durations_table, draw_kaplan_meier: kaplan_meier_table}[draw]

    ax = draw(by_template(*[make()] * 7))
    ax.figure.draw_without_rendering()

    lowest = ax.get_legend().get_window_extent().y0
    beside = [text for text in ax.texts if text.get_rotation() == 0]
    assert beside
    assert all(text.get_window_extent().y1 <= lowest for text in beside)


def test_a_legend_below_long_names_of_rows_stays_within_the_figure():
    parts = by_template(outcomes_table(), outcomes_table())
    parts["template_id"] = f"{LONG} " + parts["template_id"]

    ax = draw_outcomes(parts)
    ax.figure.draw_without_rendering()

    assert ax.get_legend().get_window_extent().x1 <= ax.get_figure(root=True).bbox.x1


# Durations


def test_durations_rise_by_one_ended_job_at_a_time():
    ax = draw_durations(durations_table())

    line = ax.lines[0]
    assert list(line.get_xdata()) == [0.0, 4.0, 4.0, 8.0, 40.0]
    assert list(line.get_ydata()) == pytest.approx([0, 0, 1 / 3, 1, 1])


def test_open_jobs_are_marked_below_the_line():
    ax = draw_durations(durations_table())

    marks = ax.lines[1]
    assert (list(marks.get_xdata()), list(marks.get_ydata())) == ([20.0], [-0.07])
    assert marks.get_marker() == ">"


def test_the_target_is_95_percent_within_15_seconds():
    ax = draw_durations(durations_table())

    star = ax.lines[-1]
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([15], [0.95])
    assert ax.get_xlim()[1] > 15


def test_durations_name_their_sources_and_count_unknown_ones():
    ax = draw_durations(durations_table())

    assert title(ax) == ["Durations of 5 jobs", WHEN, "duration unknown for 1 job"]
    assert ax.get_xlabel() == "Duration in seconds (accurate to 1 s)"
    assert ax.get_ylabel() == "Share of jobs with a known end time"
    assert texts(ax) == [
        "2 ended\n(by output file)\n1 ended\n(by polling)",
        "1 still open:\nat least this long",
        "Box's target: 95% within 15 s",
    ]


def test_long_durations_get_a_logarithmic_axis_with_round_ticks():
    rows = durations_table()
    rows.loc[3, "duration_seconds"] = 90_000.0

    ax = draw_durations(rows)
    ax.figure.draw_without_rendering()

    assert ax.get_xlabel() == "Duration (accurate to 1 s; log scale above 1 s)"
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        *("0", "1 s", "5 s", "15 s", "1 min", "5 min", "30 min", "2 h", "8 h", "1 day")
    ]


def test_beside_a_legend_long_durations_get_fewer_ticks():
    rows = durations_table()
    rows.loc[3, "duration_seconds"] = 90_000.0

    ax = draw_durations(by_template(rows, rows))
    ax.figure.draw_without_rendering()

    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["0", "1 s", "15 s", "5 min", "2 h", "1 day"]


def test_a_chart_without_a_known_duration_says_why():
    ax = draw_durations(durations_table().iloc[[2]])

    assert title(ax)[0] == "Durations of 1 job"
    assert texts(ax) == [
        "No duration is known: Box doesn't report when a job ended,\n"
        "and a failed job has no output file."
    ]


def test_open_jobs_alone_are_drawn_without_a_line():
    ax = draw_durations(durations_table().iloc[[3]])

    assert texts(ax)[0] == "1 still open:\nat least this long"
    assert list(ax.lines[0].get_xdata()) == [20.0]


# Trends


@pytest.mark.parametrize(
    ("measure", "heading", "points"),
    [
        ("failed_share", "5.0% of 600 jobs failed", [0.02, 0.1]),
        ("p95_seconds", "95% ended within 12 to 31 s", [12.0, 31.0]),
    ],
)
def test_a_trend_marks_each_step_that_has_a_number(measure, heading, points):
    ax = draw_trend(trend_table(), measure=measure)

    marks = [line for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata()) == 1]
    assert title(ax)[0] == heading
    assert [float(line.get_ydata()[0]) for line in marks] == points
    assert [line.get_alpha() for line in marks] == [1.0, 0.35]  # few jobs are pale
    assert "step in progress " in texts(ax)


def test_a_trend_of_groups_or_of_another_measure_is_refused():
    with pytest.raises(ValueError, match="choose one template_id"):
        draw_trend(trend_table().assign(template_id="7")[["template_id", *trend_table()]])
    with pytest.raises(ValueError, match="is not one of failed_share, p95_seconds, jobs"):
        draw_trend(trend_table(), measure="speed")


# All


def test_every_chart_is_tested_here():
    names = {name for name in vars(docgen_nb.charts) if name.startswith("draw_")}
    assert names == {draw.__name__ for draw, _ in CHARTS}


@pytest.mark.parametrize(
    ("draw", "make", "text", "heading"),
    [
        (draw_outcomes, outcomes_table, "No jobs in this table.", "Outcomes of 0 jobs"),
        (draw_throughput, throughput_table, NO_TIMES, "Throughput of 0 jobs"),
        (draw_backlog, throughput_table, NO_TIMES, "Backlog of 0 jobs"),
        (draw_durations, durations_table, "No jobs in this table.", "Durations of 0 jobs"),
        (draw_kaplan_meier, kaplan_meier_table, NOT_KNOWN, "Time to finish for 0 jobs"),
        (draw_duration_quantiles, duration_quantiles_table, NOT_KNOWN, "Durations of 0 jobs"),
        (
            draw_slow_hours,
            slow_hours_table,
            "No jobs in this table.",
            "Time within which 95% of 0 jobs ended",
        ),
        (
            draw_failure_heatmap,
            failure_heatmap_table,
            "No jobs in this table.",
            "Failed jobs by hour of the week (0 jobs)",
        ),
        (
            draw_failure_reasons,
            failure_reasons_table,
            "No job in this table has a message.",
            "0 kinds of message from 5 jobs",
        ),
        (draw_comparison, comparison_table, "No jobs to compare.", "Before and after"),
        (
            *(draw_trend, trend_table, "No chart: no job of this period has ended."),
            "Trend of 0 jobs",
        ),
        (
            draw_incidents,
            incidents_table,
            "No incidents.",
            "0 incidents among 900 jobs",
        ),
        (draw_timeline, timeline_table, NO_TIMES, "Timeline of 0 jobs"),
    ],
)
def test_an_empty_chart_says_why(draw, make, text, heading):
    ax = draw(make().iloc[:0])
    ax.figure.draw_without_rendering()

    assert (texts(ax), title(ax)[0]) == ([text], heading)


@EACH
def test_a_chart_draws_only_on_the_given_axes(draw, make):
    figure = Figure()
    left, right = figure.subplots(1, 2)

    assert draw(make(), ax=right) is right
    assert figure.axes == [left, right]
    assert right.has_data()
    assert not left.has_data()
    assert left.get_title(loc="left") == ""


@EACH
def test_a_chart_leaves_no_figure_open_and_no_setting_changed(draw, make):
    before = dict(matplotlib.rcParams)

    draw(make())

    assert dict(matplotlib.rcParams) == before
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []


@EACH
def test_a_chart_does_not_change_its_table(draw, make):
    rows = make()

    draw(rows)

    pd.testing.assert_frame_equal(rows, make())


@pytest.mark.slow
@EACH
def test_a_notebook_shows_the_axes_and_the_figure_as_a_picture(draw, make):
    ax: Any = draw(make())

    assert ax._repr_png_().startswith(b"\x89PNG")
    assert ax.figure._repr_png_().startswith(b"\x89PNG")


@EACH
def test_all_text_is_inside_the_picture(draw, make):
    figure = draw(make()).figure
    figure.draw_without_rendering()

    inside = figure.get_tightbbox().padded(-0.02)
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= figure.get_figwidth()
    assert inside.y1 <= figure.get_figheight()


@pytest.mark.slow
@EACH
def test_threads_draw_side_by_side(draw, make):
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda _: draw(make())._repr_png_(), range(4)))

    assert len(set(pictures)) == 1


METRIC = {
    draw_outcomes: "outcomes(jobs)",
    draw_throughput: "throughput(jobs)",
    draw_backlog: "throughput(jobs)",
    draw_durations: "durations(jobs)",
    draw_kaplan_meier: "kaplan_meier(jobs)",
    draw_duration_quantiles: "duration_quantiles(jobs)",
    draw_slow_hours: "slow_hours(jobs)",
    draw_failure_heatmap: 'outcomes(jobs, by=["weekday", "hour"])',
    draw_failure_reasons: "failure_reasons(failures)",
    draw_comparison: "compare_jobs(before, after)",
    draw_incidents: "find_incidents(jobs)",
    draw_trend: "trend(jobs)",
}
END_TIMES = " Add end times with add_output_times, or use the jobs of a Ledger."
TIMELINE_HINTS = {
    "finished_at": END_TIMES,
    "finished_source": END_TIMES,
    "read_at": " read_at is the time when the jobs were read.",
}


@EACH
def test_a_chart_names_a_missing_column(draw, make):
    for column in set(make().columns) - UNUSED.get(draw, set()):
        with pytest.raises(MissingColumn) as caught:
            draw(make().drop(columns=column))

        hint = f" Pass the result of {METRIC[draw]}." if draw in METRIC else ""
        hint = hint or TIMELINE_HINTS.get(column, "")
        assert str(caught.value) == (
            f"{draw.__name__} needs the column {column!r}, which this table lacks.{hint}"
        )
