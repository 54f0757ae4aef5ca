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
    NB,
    WHEN,
    WINDOW,
    assert_inside,
    boxes_of,
    by_template,
    caption,
    comparison_table,
    duration_quantiles_table,
    durations_table,
    failure_heatmap_table,
    failure_reasons_table,
    incidents_table,
    kaplan_meier_table,
    labels_in_view,
    outcomes_table,
    overlaps,
    slow_hours_table,
    texts,
    throughput_table,
    timeline_table,
    title,
    trend_table,
    with_window,
)
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from tables import table

import docgen_nb.charts
from docgen_nb.charts import (
    alternative_text,
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
from docgen_nb.charts.canvas.theme import DARK, LIGHT
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
NO_JOBS = "No jobs in this table."
NO_TIMES = "No job in this table has a known time."
UNUSED = {  # columns of a metric that its chart does not use
    draw_slow_hours: {"duration_high_seconds"},
    draw_failure_heatmap: {"share_high"},
    draw_comparison: {"difference"},
    draw_trend: {"completed_with_error"},
}
EACH = pytest.mark.parametrize(("draw", "make"), CHARTS, ids=lambda value: value.__name__)


def clock(days: Any) -> list[str]:
    """Return the times at these positions of a time axis, in days since 1970."""
    return list(pd.to_datetime(days, unit="D").round("s").strftime("%H:%M:%S"))


# Outcomes


def test_outcomes_are_one_bar_with_the_parts_that_did_not_complete_enlarged():
    ax = draw_outcomes(outcomes_table())

    whole = [box[:2] for box in boxes_of(ax) if box[2] < 0]
    assert whole == [(0.0, 0.1), (0.1, 0.3), (0.3, 0.9), (0.9, 1.0)]
    widths = [right - left for left, right, low, _ in boxes_of(ax) if low > 0]
    assert [width / widths[0] for width in widths] == pytest.approx([1, 2, 1], abs=1e-4)
    intervals = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 1.6]
    assert [(right - left) / widths[0] for left, right in intervals] == pytest.approx(
        [3.8, 4.5], abs=1e-4
    )  # that a job is still open is no sample of anything


def test_outcomes_say_how_many_came_out_and_give_the_numbers_of_the_others():
    ax = draw_outcomes(outcomes_table())

    assert title(ax) == "60 % of 10 jobs completed without errors; 1 still open"
    assert caption(ax) == f"10 jobs {WHEN} No job is pending. Lines: 95 % intervals."
    for text in (
        *("Completed: 6 jobs, 60 %", "The 40 % that did not"),
        *("Failed", "no document", "1 · 10 %", "2 to 40 %"),
        *("Completed with errors", "2 · 20 %", "6 to 51 %", "Submitted", "still open"),
    ):
        assert text in texts(ax)


def test_a_perfect_week_is_one_bar():
    rows = outcomes_table().assign(jobs=[0, 0, 12, 0, 0], share=[0.0, 0.0, 1.0, 0.0, 0.0])

    ax = draw_outcomes(rows)

    assert title(ax) == "All 12 jobs completed without errors"
    assert len(boxes_of(ax)) == 1
    assert "No job is pending, submitted, completed with error or failed." in caption(ax)


def test_each_status_has_its_own_color_on_light_and_dark_ground():
    for style, theme in (("light", LIGHT), ("dark", DARK)):
        ax = draw_outcomes(outcomes_table(), style=style)
        colors = {tuple(art.get_facecolor()[0]) for art in ax.collections}
        assert len(colors) == 4
        assert to_hex(ax.figure.get_facecolor()).upper() == theme.ground
        assert to_hex(ax.collections[0].get_facecolor()[0]).upper() == theme.failed


def test_the_style_follows_the_background_of_matplotlib():
    with matplotlib.rc_context({"figure.facecolor": "black"}):
        ax = draw_outcomes(outcomes_table())

    assert to_hex(ax.figure.get_facecolor()).upper() == DARK.ground


@pytest.mark.parametrize(("draw", "make"), [(draw_outcomes, outcomes_table)])
def test_another_style_is_refused(draw, make):
    with pytest.raises(ValueError, match="style='blue' is not 'light' or 'dark'"):
        draw(make(), style="blue")


def test_unknown_and_missing_statuses_are_drawn():
    rows = table("status jobs share share_low share_high\npaused 1 0.5 0.1 0.9\n- 1 0.5 0.1 0.9")

    ax = draw_outcomes(rows)

    assert {"paused", "no status"} <= set(texts(ax))
    assert title(ax) == "0 % of 2 jobs completed without errors"


# Throughput


def test_throughput_draws_created_jobs_as_bars_and_finished_ones_as_a_line():
    ax = draw_throughput(throughput_table())

    bars = [box for box in boxes_of(ax) if box[3] != 1.0 or box[2] != 0.0]
    assert [high for *_, high in boxes_of(ax)[1:]] == [3, 1, 0, 0]
    assert len(bars) >= 1
    (line,) = [patch.get_data() for patch in ax.patches if isinstance(patch, StepPatch)]
    assert line.values.tolist() == [1, 0, 1, 0]
    assert clock(line.edges) == ["09:00:00", "09:01:00", "09:02:00", "09:03:00", "09:04:00"]


def test_open_jobs_are_a_line_at_the_end_of_each_step():
    ax = draw_throughput(throughput_table())

    [line] = ax.lines
    assert line.get_ydata().tolist() == [1, 2, 1, 1]
    assert clock(line.get_xdata()) == ["09:01:00", "09:02:00", "09:03:00", "09:04:00"]


def test_throughput_labels_its_counts_and_notes_unknown_end_times():
    ax = draw_throughput(throughput_table())

    assert title(ax) == "4 jobs, at most 3 a minute"
    assert caption(ax) == (f"4 jobs {WHEN} End time unknown for 1 job. Grey: not over when read.")
    assert ax.get_xlabel() == "Time, UTC"
    assert sorted(texts(ax)) == [
        *("1 open at the end,\nat most 2", "2 finished", "3", "Jobs created a minute")
    ]


def test_the_caption_has_the_notes_of_the_metric_in_lines_that_fit():
    rows = throughput_table().assign(ends_unknown=0, running=False)
    rows.attrs["notes"] = ["3 ends count as unknown because " + "long " * 33 + "long", "another"]

    lines = draw_throughput(rows).figure.get_supxlabel().split("\n")

    assert lines[1].startswith("3 ends count as unknown because long")
    assert lines[2].endswith("long. Another.")
    assert all(len(line) <= 120 for line in lines)


@pytest.mark.parametrize(
    ("every", "step", "each"),
    [
        ("W-SUN", "a week from Sunday", "week from Sunday"),
        ("1h", "an hour", "hour"),
        ("15min", "in 15 minutes", "15 minute"),
        ("MS", "a month", "month"),
    ],
)
def test_the_chart_says_how_long_a_step_is(every, step, each):
    rows = throughput_table()
    rows.attrs["every"] = every

    assert f"Jobs created {step}" in texts(draw_throughput(rows))
    assert f"Jobs open at the end of each {each}" in texts(draw_backlog(rows))


def test_the_caption_has_one_creation_time_and_the_day_of_reading_if_that_is_enough():
    rows = outcomes_table()
    rows.attrs |= {
        "created_to": WINDOW["created_from"],
        "read_at": "2026-03-03T00:00:00+00:00",
    }

    when = "10 jobs created 2026-03-02 09:00:10 UTC, read 2026-03-03 00:00:00 UTC"
    assert caption(draw_outcomes(rows)).startswith(when)


def test_a_long_window_has_no_seconds():
    rows = outcomes_table()
    rows.attrs |= {
        "created_to": "2026-03-30T09:00:00+00:00",
        "read_at": "2026-03-30T10:00:00+00:00",
    }

    when = "10 jobs created 2026-03-02 09:00 to 2026-03-30 09:00 UTC, read 10:00 UTC"
    assert caption(draw_outcomes(rows)).startswith(when)


def test_labels_do_not_overlap_and_stay_beside_the_axes():
    ax = draw_throughput(throughput_table())
    ax.figure.draw_without_rendering()

    labels = [text for text in ax.texts if text.get_text()[2:] > "e"]
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.y0)
    assert len(boxes) == 2
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
    assert all(box.x0 > ax.bbox.x1 for box in boxes)


def test_a_time_axis_shows_the_zone_of_its_table():
    berlin = throughput_table()
    for column in ("step_start", "step_end"):
        berlin[column] = berlin[column].dt.tz_convert("Europe/Berlin")
    berlin.attrs = {"time_zone": "Europe/Berlin", "every": "1min"}

    ax = draw_throughput(berlin)
    ax.figure.draw_without_rendering()

    assert ax.get_xlabel() == "Time, Europe/Berlin"
    assert ax.get_xticklabels()[0].get_text() == "10:00"


@pytest.mark.parametrize("every", ["1s", "1min", "1h"])
@pytest.mark.parametrize("number", [1, 2, 5])
def test_ticks_of_a_few_steps_are_at_their_ends_and_each_has_its_own_label(every, number):
    rows = pd.concat([throughput_table().iloc[[0]]] * number, ignore_index=True)
    rows["step_start"] += pd.to_timedelta(rows.index * pd.Timedelta(every))
    rows["step_end"] = rows["step_start"] + pd.Timedelta(every)
    ax = draw_throughput(with_window(rows, every=every))
    ax.figure.draw_without_rendering()

    labels = [label.get_text() for label in labels_in_view(ax.xaxis)]
    assert len(set(labels)) == len(labels) == number + 1


def test_a_bar_of_a_few_steps_is_not_a_wall():
    ax = draw_throughput(with_window(throughput_table().iloc[:1], every="1min"))
    ((left, right, *_),) = boxes_of(ax)
    first, last = ax.get_xlim()
    assert (right - left) / (last - first) == pytest.approx(0.15, rel=0.01)
    assert left - first == pytest.approx(last - right, rel=0.01)


@pytest.mark.parametrize(
    ("draw", "table"),
    [
        (draw_outcomes, outcomes_table()),
        (draw_outcomes, by_template(outcomes_table())),
        (draw_duration_quantiles, duration_quantiles_table()),
        (draw_comparison, comparison_table()),
    ],
)
def test_a_caption_speaks_of_intervals_only_if_some_are_drawn(draw, table):
    assert "95 % intervals" in caption(draw(table))
    limits = [name for name in table if str(name).endswith(("_low", "_high", "_seconds"))]
    table[[name for name in limits if name != "duration_seconds"]] = float("nan")
    assert "95 % intervals" not in caption(draw(table))


@pytest.mark.parametrize(
    ("first", "days", "corner"),
    [
        ("2026-03-03T00:00Z", 8, "Mar 2026"),
        ("2026-03-28T00:00Z", 8, "Mar to Apr 2026"),
        ("2025-12-28T00:00Z", 8, "Dec 2025 to Jan 2026"),
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


NO_GROUPS = {draw_slow_hours, draw_failure_heatmap, draw_trend, draw_timeline}
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


# Trends


@pytest.mark.parametrize(
    ("measure", "heading", "values"),
    [
        ("failed_share", "5.0 % of 599 finished jobs failed", [0.02, 0.1]),
        (
            *("p95_seconds", "95 % were ready within 12 s to 31 s; Box's yardstick is 15 s"),
            [12.0, 31.0],
        ),
    ],
)
def test_a_trend_marks_each_step_that_has_a_number(measure, heading, values):
    ax = draw_trend(trend_table(), measure=measure)

    dots = [line for line in ax.lines if line.get_marker() == "o"]
    many, few = [line for line in dots if line.get_markersize() == 6]
    assert title(ax) == heading
    assert [float(value) for line in (many, few) for value in line.get_ydata()] == values
    assert [many.get_alpha(), few.get_alpha()] == [1.0, 0.35]
    assert "Pale: under 200 finished jobs. Grey: not over when read." in caption(ax)


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
        (draw_outcomes, outcomes_table, NO_JOBS, "No jobs"),
        (draw_throughput, throughput_table, NO_TIMES, "No jobs"),
        (draw_backlog, throughput_table, NO_TIMES, "No job was open at the end of any minute"),
        (draw_durations, durations_table, NO_JOBS, "No known duration"),
        (draw_kaplan_meier, kaplan_meier_table, NOT_KNOWN, "No known duration"),
        (draw_duration_quantiles, duration_quantiles_table, NOT_KNOWN, "No known duration"),
        (draw_slow_hours, slow_hours_table, NO_JOBS, "No jobs"),
        (draw_failure_heatmap, failure_heatmap_table, NO_JOBS, "No jobs"),
        (
            *(draw_failure_reasons, failure_reasons_table),
            *("No job in this table has a message.", "No messages"),
        ),
        (draw_comparison, comparison_table, "No jobs to compare.", "No jobs to compare"),
        (
            *(draw_trend, trend_table, "No chart: no job of this period has ended."),
            "No job has ended",
        ),
        (draw_incidents, incidents_table, "No incidents.", "No incident"),
        (draw_timeline, timeline_table, NO_TIMES, "No jobs"),
    ],
)
def test_an_empty_chart_says_why(draw, make, text, heading):
    ax = draw(make().iloc[:0])
    ax.figure.draw_without_rendering()

    assert (texts(ax), title(ax)) == ([text], heading)
    assert alternative_text(ax).startswith("No chart: ")


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
def test_a_notebook_shows_the_axes_and_the_figure_as_a_picture_with_a_text(draw, make):
    ax: Any = draw(make())

    for shown in (ax, ax.figure):
        data, notes = shown._repr_mimebundle_()
        assert data["image/png"].startswith(b"\x89PNG")
        assert data["text/plain"] == notes["image/png"]["alt"] == alternative_text(ax)
        assert title(ax) in data["text/plain"].replace(NB, " ")


@pytest.mark.slow
@EACH
def test_texts_never_overlap(draw, make):
    charts = [draw(make())]
    if draw not in NO_GROUPS:
        many = by_template(*[make()] * 9)
        charts.append(draw(many.assign(template_id=f"{LONG} " + many["template_id"])))

    assert [overlaps(ax) for ax in charts] == [[]] * len(charts)


@EACH
def test_all_text_is_inside_the_picture(draw, make):
    assert_inside(draw(make()).figure)


@pytest.mark.slow
def test_threads_draw_the_same_side_by_side_as_alone():
    def picture(chart):
        draw, make = chart
        return draw(make())._repr_mimebundle_()[0]["image/png"]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(picture, CHARTS))

    assert together == [picture(chart) for chart in CHARTS]


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
