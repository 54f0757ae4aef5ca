"""Charts of reasons, comparisons, incidents and backlogs, and of tables made by groups."""

import pandas as pd
import pytest
from charts.chart_tables import (
    WHEN,
    by_template,
    comparison_table,
    failure_reasons_table,
    incidents_table,
    outcomes_table,
    throughput_table,
    with_window,
)
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from docgen_nb.charts import (
    draw_backlog,
    draw_comparison,
    draw_failure_reasons,
    draw_incidents,
    draw_outcomes,
    draw_throughput,
)
from docgen_nb.charts.time_axis import MOST_STEPS


def words(ax):
    return [text.get_text() for text in ax.texts]


def title(ax):
    return ax.get_title(loc="left").split("\n")


def key(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def rows_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


# Failure reasons


def test_each_kind_of_message_is_a_bar_with_its_numbers():
    ax = draw_failure_reasons(failure_reasons_table())

    assert [bar.get_width() for bar in ax.patches] == [2, 2, 1]
    assert words(ax) == [
        "2 jobs: 50.0%\n(4 messages)",
        "2 jobs: 50.0%\n(2 messages)",
        "1 job: 100.0%\n(1 message)",
    ]
    assert title(ax) == ["3 kinds of messages of 5 jobs", WHEN]
    assert rows_of(ax) == [
        "The tag '<tag>' was not provided in\nthe input data.\n<tag> is order.requester",
        "The document could not be converted to\nPDF.",
        "The tag '<tag>' was provided but not\nused in the template.\n<tag> is order.curency",
    ]
    assert key(ax) == ["error", "warning"]
    assert ax.patches[0].get_hatch() != ax.patches[2].get_hatch()


def test_more_than_fifteen_kinds_are_cut_and_said_to_be():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    many.loc[20, "pattern"] = "x " * 300

    ax = draw_failure_reasons(with_window(many.assign(jobs=range(21)), jobs=99))

    assert [bar.get_width() for bar in ax.patches] == list(range(6, 21))
    assert title(ax)[-1] == "the 15 of 21 kinds with most jobs are shown"
    assert "…" in rows_of(ax)[-1]
    assert len(rows_of(ax)[-1]) < 150


def test_an_axes_that_is_given_gets_as_many_rows_as_it_has_room_for():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    small, large = (Figure(figsize=(8, height)).add_subplot() for height in (4, 12))

    assert len(rows_of(draw_failure_reasons(many, ax=small))) == 6
    assert title(small)[-1] == "the 6 of 21 kinds with most jobs are shown"
    assert len(rows_of(draw_failure_reasons(many, ax=large))) == 15


def test_reasons_of_groups_name_their_group():
    ax = draw_failure_reasons(by_template(failure_reasons_table().iloc[[1]]))

    assert rows_of(ax) == ["11: The document could not be\nconverted to PDF."]


# Comparisons


def test_a_comparison_marks_before_after_and_the_interval_on_a_scale_for_each_row():
    ax = draw_comparison(comparison_table())

    marks = [(line.get_marker(), line.get_xdata()[0]) for line in ax.lines if line.get_marker()]
    known = [(marker, round(float(x), 3)) for marker, x in marks if marker in "os"]
    assert known[:6] == [("o", 0.182), ("s", 0.727), ("o", 0.0), ("s", 0.0), ("o", 0.8), ("s", 0.4)]
    assert rows_of(ax) == [
        "Failed,\nshare of finished",
        "With errors,\nshare of finished",
        "Half within,\nseconds",
        "95% within,\nseconds",
    ]
    assert words(ax) == ["More failed.", "No difference.", "2 s shorter.", "Too few."]
    assert title(ax) == ["Before (100 jobs) and after (200 jobs)"]
    assert ax.get_xlabel() == "Each row on a scale of its own, from 0"
    (interval,) = (line for line in ax.lines[:3] if line.get_linewidth() == 5)
    assert interval.get_xdata() == pytest.approx([0.06 / 0.11, 1.0])


def test_groups_of_a_comparison_add_up_in_the_title():
    ax = draw_comparison(by_template(comparison_table(), comparison_table()))

    assert title(ax) == ["Before (200 jobs) and after (400 jobs) by template"]
    assert rows_of(ax)[4] == "12\nFailed,\nshare of finished"


# Incidents


def test_a_span_is_a_bar_with_what_is_usual():
    ax = draw_incidents(incidents_table())

    assert [round(bar.get_width() * 86400) for bar in ax.patches] == [60, 60, 120, 120]
    assert words(ax) == [
        "40.0% of 50 jobs failed, usually 2.0%",
        "100.0% of 30 jobs slow for their template, usually 2.5%",
    ]
    assert title(ax) == ["2 unusual spans among 900 jobs", WHEN]
    assert key(ax) == ["more failures than usual", "longer waiting than usual"]
    assert rows_of(ax) == ["02 Mar 09:00", "02 Mar 09:00"]


def test_one_span_is_said_as_one_and_many_are_cut():
    assert title(draw_incidents(incidents_table().iloc[:1]))[0] == (
        "One unusual span among 900 jobs"
    )
    many = pd.concat([incidents_table()] * 10, ignore_index=True)
    many.attrs = incidents_table().attrs

    ax = draw_incidents(many)

    assert len(rows_of(ax)) == 15
    assert title(ax)[-1] == "the 15 of 20 spans that affected most jobs are shown"


# Backlog and throughput


def steps(ax):
    return [art for art in ax.get_children() if isinstance(art, StepPatch)]


def test_a_backlog_is_the_open_jobs_with_the_highest_marked():
    ax = draw_backlog(throughput_table())

    assert [art.get_data().values.tolist() for art in steps(ax)] == [[1, 2, 1, 1]] * 2
    assert title(ax) == ["Backlog of 4 jobs", WHEN, "1 ended at a time that Box does not tell"]
    assert sorted(words(ax)) == [
        "1 open at the end,\nat most 2",
        "2 open by 02 Mar 09:02",
        "step not over ",
    ]
    assert ax.get_ylabel() == "Open jobs at the end of each step of 1min"


def test_groups_are_stacked_with_a_legend():
    both = by_template(throughput_table(), throughput_table().assign(created=[0, 0, 5, 0]))

    ax = draw_throughput(both)

    bands = [art.get_data() for art in steps(ax)]
    assert [band.values.tolist() for band in bands] == [[3, 1, 0, 0], [3, 1, 5, 0]]
    assert [list(band.baseline) for band in bands] == [[0, 0, 0, 0], [3, 1, 0, 0]]
    assert list(ax.lines[0].get_ydata()) == [2, 4, 2, 2]
    assert key(ax) == ["11", "12"]
    assert title(ax)[0] == "Throughput of 9 jobs by template"


def test_a_group_without_a_row_for_a_step_has_none_in_it():
    both = by_template(throughput_table(), throughput_table().iloc[[1]])

    bands = [art.get_data().values.tolist() for art in steps(draw_throughput(both))]

    assert bands == [[3, 1, 0, 0], [3, 2, 0, 0]]


def test_smaller_groups_are_one_band_together():
    many = by_template(*(throughput_table().assign(created=number) for number in range(1, 10)))

    ax = draw_throughput(many)

    assert key(ax) == [*map(str, range(13, 20)), "2 others"]
    assert steps(ax)[-1].get_data().values.tolist() == [45] * 4


@pytest.mark.parametrize("count", [MOST_STEPS, 43_000])
def test_of_many_steps_the_highest_of_neighbours_are_drawn(count):
    starts = pd.date_range("2026-03-01", periods=count, freq="1min", tz="UTC", unit="us")
    rows = pd.DataFrame({"step_start": starts, "step_end": starts + pd.Timedelta("1min")})
    rows = rows.assign(created=0, finished=0, open=0, ends_unknown=0, running=False)
    rows.loc[17, "created"] = 99

    ax = draw_throughput(with_window(rows, every="1min"))

    drawn = steps(ax)[0].get_data().values
    assert len(drawn) <= MOST_STEPS
    assert drawn.max() == 99
    note = [] if count <= MOST_STEPS else ["drawn is the highest of every 9 steps"]
    assert title(ax)[2:] == note


def test_the_pace_of_box_is_shown_where_steps_come_near_it():
    near = draw_throughput(throughput_table().assign(created=30))
    far = draw_throughput(throughput_table())

    text = "dotted band: 50 to 80 documents a minute, Box's pace for an enterprise"
    assert text in words(near)
    assert text not in words(far)


# Outcomes by groups


def test_each_group_is_a_bar_with_failed_jobs_first():
    ax = draw_outcomes(by_template(outcomes_table(), outcomes_table()))

    *stacked, intervals = ax.collections
    boxes = [one.get_paths()[1].get_extents() for one in stacked]
    assert [(round(box.x0, 1), round(box.x1, 1)) for box in boxes] == [
        *((0.0, 0.1), (0.1, 0.3), (0.3, 0.9), (0.9, 1.0))
    ]
    assert [list(line[:, 0]) for line in intervals.get_segments()] == [[0.02, 0.4]] * 2
    assert words(ax) == ["failed 10% of 10\n(2% to 40%)"] * 2
    assert rows_of(ax) == ["11", "12"]
    assert key(ax) == ["failed", "completed_with_error", "completed", "submitted"]
    assert title(ax) == ["Outcomes of 20 jobs by template", WHEN]


def test_hours_and_weekdays_have_names():
    rows = outcomes_table()
    rows.insert(0, "hour", 7)
    rows.insert(0, "weekday", 6)

    assert rows_of(draw_outcomes(rows)) == ["Sun, 07:00"]
    assert title(draw_outcomes(rows))[0] == "Outcomes of 10 jobs by weekday and hour"


def test_jobs_without_a_group_are_one():
    rows = by_template(outcomes_table())
    rows["template_id"] = pd.Series([None] * len(rows), dtype="str")

    assert rows_of(draw_outcomes(rows)) == ["none"]


def test_a_long_name_is_cut_in_the_middle():
    rows = by_template(outcomes_table()).assign(template_id="A very long name of a template" * 9)

    (name,) = rows_of(draw_outcomes(rows))

    assert name == "A very long name of…g name of a template"


def test_groups_that_look_alike_stay_apart():
    rows = by_template(outcomes_table(), outcomes_table())
    rows["template_id"] = (
        rows["template_id"].where(rows["template_id"] == "11").replace("11", "none")
    )

    assert rows_of(draw_outcomes(rows)) == ["none", "none"]


@pytest.mark.parametrize("name", ["$x_{", "a $b$ c", "100% <b>&amp;", "\\alpha", ""])
def test_any_name_is_written_as_it_is(name):
    charts = [
        draw_outcomes(by_template(outcomes_table()).assign(template_id=name)),
        draw_throughput(by_template(throughput_table()).assign(template_id=name)),
        draw_failure_reasons(failure_reasons_table().assign(pattern=f"{name} $", tag=name)),
        draw_comparison(
            by_template(comparison_table().assign(sentence=name)).assign(template_id=name)
        ),
        draw_incidents(by_template(incidents_table()).assign(template_id=name)),
    ]

    for ax in charts:
        ax.figure.draw_without_rendering()
    assert rows_of(charts[0]) == [name]
    assert key(charts[1]) == [name]
