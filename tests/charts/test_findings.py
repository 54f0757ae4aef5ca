"""Charts of reasons, comparisons, incidents and backlogs, and of tables with groups."""

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


def texts(ax):
    return [text.get_text() for text in ax.texts]


def title(ax):
    return ax.get_title(loc="left").split("\n")


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def rows_of(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


# Failure reasons


def test_each_kind_of_message_is_a_bar_with_its_numbers():
    ax = draw_failure_reasons(failure_reasons_table())

    assert [bar.get_width() for bar in ax.patches] == [2, 2, 1]
    assert texts(ax) == [
        "2 jobs: 50.0%\n(4 messages)",
        "2 jobs: 50.0%\n(2 messages)",
        "1 job: 100.0%\n(1 message)",
    ]
    assert title(ax) == ["3 kinds of message from 5 jobs", WHEN]
    assert rows_of(ax) == [
        "The tag '<tag>' was not provided in\nthe input data.\n<tag> is order.requester",
        "The document could not be converted to\nPDF.",
        "The tag '<tag>' was provided but not\nused in the template.\n<tag> is order.curency",
    ]
    assert legend_of(ax) == ["error", "warning"]
    assert ax.patches[0].get_hatch() != ax.patches[2].get_hatch()


def test_at_most_fifteen_kinds_are_drawn_and_the_title_says_so():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    many.loc[20, "pattern"] = "x " * 300

    ax = draw_failure_reasons(with_window(many.assign(jobs=range(21)), jobs=99))

    assert [bar.get_width() for bar in ax.patches] == list(range(6, 21))
    assert title(ax)[-1] == "showing the 15 of 21 kinds with the most jobs"
    assert "…" in rows_of(ax)[-1]
    assert len(rows_of(ax)[-1]) < 150


def test_a_given_axes_gets_as_many_rows_as_fit():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    small, large = (Figure(figsize=(8, height)).add_subplot() for height in (4, 12))

    assert len(rows_of(draw_failure_reasons(many, ax=small))) == 6
    assert title(small)[-1] == "showing the 6 of 21 kinds with the most jobs"
    assert len(rows_of(draw_failure_reasons(many, ax=large))) == 15


def test_reasons_by_group_name_their_group():
    ax = draw_failure_reasons(by_template(failure_reasons_table().iloc[[1]]))

    assert rows_of(ax) == ["11: The document could not be\nconverted to PDF."]


# Comparisons


def test_a_comparison_marks_before_after_and_interval_on_a_scale_per_row():
    ax = draw_comparison(comparison_table())

    marks = [(line.get_marker(), line.get_xdata()[0]) for line in ax.lines if line.get_marker()]
    values = [(marker, round(float(x), 3)) for marker, x in marks if marker in "os"]
    assert values[:6] == [
        ("o", 0.182),
        ("s", 0.727),
        ("o", 0.0),
        ("s", 0.0),
        ("o", 0.8),
        ("s", 0.4),
    ]
    assert rows_of(ax) == [
        "Failed,\nshare of finished",
        "With errors,\nshare of finished",
        "Half within,\nseconds",
        "95% within,\nseconds",
    ]
    assert texts(ax) == ["More failed.", "No difference.", "2 s shorter.", "Too few."]
    assert title(ax) == ["Before (100 jobs) and after (200 jobs)"]
    assert ax.get_xlabel() == "Each row has its own scale, starting at 0"
    (interval,) = (line for line in ax.lines[:3] if line.get_linewidth() == 5)
    assert interval.get_xdata() == pytest.approx([0.06 / 0.11, 1.0])


def test_groups_of_a_comparison_add_up_in_the_title():
    ax = draw_comparison(by_template(comparison_table(), comparison_table()))

    assert title(ax) == ["Before (200 jobs) and after (400 jobs) by template"]
    assert rows_of(ax)[4] == "12\nFailed,\nshare of finished"


# Incidents


def test_an_incident_is_a_bar_with_its_share_and_the_usual_one():
    ax = draw_incidents(incidents_table())

    assert [round(bar.get_width() * 86400) for bar in ax.patches] == [60, 60, 120, 120]
    assert texts(ax) == [
        "40.0% of 50 failed, usually 2.0%; 4 batches, largest 50%",
        "100.0% of 30 slow for their template, usually 2.5%",
    ]
    assert title(ax) == ["2 incidents among 900 jobs", WHEN]
    assert legend_of(ax) == ["more failures than usual", "longer waits than usual"]
    assert rows_of(ax) == ["02 Mar 09:00", "02 Mar 09:00"]


def test_at_most_fifteen_incidents_are_drawn_and_the_title_says_so():
    assert title(draw_incidents(incidents_table().iloc[:1]))[0] == "1 incident among 900 jobs"
    many = pd.concat([incidents_table()] * 10, ignore_index=True)
    many.attrs = incidents_table().attrs

    ax = draw_incidents(many)

    assert len(rows_of(ax)) == 15
    assert title(ax)[-1] == "showing the 15 of 20 incidents with the most affected jobs"


# Backlog and throughput


def steps(ax):
    return [art for art in ax.get_children() if isinstance(art, StepPatch)]


def test_a_backlog_shows_open_jobs_and_marks_the_highest_number():
    ax = draw_backlog(throughput_table())

    assert [art.get_data().values.tolist() for art in steps(ax)] == [[1, 2, 1, 1]] * 2
    assert title(ax) == ["Backlog of 4 jobs", WHEN, "end time unknown for 1 job"]
    assert sorted(texts(ax)) == [
        "1 open at the end,\nat most 2",
        "2 open at 02 Mar 09:02",
        "step in progress ",
    ]
    assert ax.get_ylabel() == "Open jobs at the end of each 1min step"


def test_groups_are_stacked_with_a_legend():
    both = by_template(throughput_table(), throughput_table().assign(created=[0, 0, 5, 0]))

    ax = draw_throughput(both)

    bands = [art.get_data() for art in steps(ax)]
    assert [band.values.tolist() for band in bands] == [[3, 1, 0, 0], [3, 1, 5, 0]]
    assert [list(band.baseline) for band in bands] == [[0, 0, 0, 0], [3, 1, 0, 0]]
    assert list(ax.lines[0].get_ydata()) == [2, 4, 2, 2]
    assert legend_of(ax) == ["11", "12"]
    assert title(ax)[0] == "Throughput of 9 jobs by template"


def test_a_group_without_a_row_for_a_step_counts_as_zero():
    both = by_template(throughput_table(), throughput_table().iloc[[1]])

    bands = [art.get_data().values.tolist() for art in steps(draw_throughput(both))]

    assert bands == [[3, 1, 0, 0], [3, 2, 0, 0]]


def test_smaller_groups_share_one_band():
    many = by_template(*(throughput_table().assign(created=number) for number in range(1, 10)))

    ax = draw_throughput(many)

    assert legend_of(ax) == [*map(str, range(13, 20)), "2 others"]
    assert steps(ax)[-1].get_data().values.tolist() == [45] * 4


@pytest.mark.parametrize("count", [MOST_STEPS, 43_000])
def test_of_many_steps_the_highest_of_neighboring_steps_is_drawn(count):
    starts = pd.date_range("2026-03-01", periods=count, freq="1min", tz="UTC", unit="us")
    rows = pd.DataFrame({"step_start": starts, "step_end": starts + pd.Timedelta("1min")})
    rows = rows.assign(created=0, finished=0, open=0, ends_unknown=0, running=False)
    rows.loc[17, "created"] = 99

    ax = draw_throughput(with_window(rows, every="1min"))

    drawn = steps(ax)[0].get_data().values
    assert len(drawn) <= MOST_STEPS
    assert drawn.max() == 99
    note = [] if count <= MOST_STEPS else ["showing the highest of every 9 steps"]
    assert title(ax)[2:] == note


def test_the_rate_of_box_is_shown_if_steps_come_near_it():
    near = draw_throughput(throughput_table().assign(created=30))
    far = draw_throughput(throughput_table())

    text = "dotted band: 50 to 80 documents a minute, Box's rate for an enterprise"
    assert text in texts(near)
    assert text not in texts(far)


# Outcomes by groups


def test_each_group_is_a_bar_that_starts_with_failed_jobs():
    ax = draw_outcomes(by_template(outcomes_table(), outcomes_table()))

    *stacked, intervals = ax.collections
    boxes = [one.get_paths()[1].get_extents() for one in stacked]
    assert [(round(box.x0, 1), round(box.x1, 1)) for box in boxes] == [
        *((0.0, 0.1), (0.1, 0.3), (0.3, 0.9), (0.9, 1.0))
    ]
    assert [list(line[:, 0]) for line in intervals.get_segments()] == [[0.02, 0.4]] * 2
    assert texts(ax) == ["failed 10% of 10\n(2% to 40%)"] * 2
    assert rows_of(ax) == ["11", "12"]
    assert legend_of(ax) == ["failed", "completed_with_error", "completed", "submitted"]
    assert title(ax) == ["Outcomes of 20 jobs by template", WHEN]


def test_hours_and_weekdays_have_names():
    rows = outcomes_table()
    rows.insert(0, "hour", 7)
    rows.insert(0, "weekday", 6)

    assert rows_of(draw_outcomes(rows)) == ["Sun, 07:00"]
    assert title(draw_outcomes(rows))[0] == "Outcomes of 10 jobs by weekday and hour"


def test_jobs_without_a_group_form_one_group():
    rows = by_template(outcomes_table())
    rows["template_id"] = pd.Series([None] * len(rows), dtype="str")

    assert rows_of(draw_outcomes(rows)) == ["none"]


def test_a_long_name_is_shortened_in_the_middle():
    rows = by_template(outcomes_table()).assign(template_id="A very long name of a template" * 9)

    (name,) = rows_of(draw_outcomes(rows))

    assert name == "A very long name of…g name of a template"


def test_groups_with_the_same_label_stay_separate():
    rows = by_template(outcomes_table(), outcomes_table())
    rows["template_id"] = (
        rows["template_id"].where(rows["template_id"] == "11").replace("11", "none")
    )

    assert rows_of(draw_outcomes(rows)) == ["none", "none"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["$x_{", "a $b$ c", "100% <b>&amp;", "\\alpha", ""])
def test_any_name_is_shown_verbatim(name):
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
    assert legend_of(charts[1]) == [name]
