"""Charts of how long jobs take: curves, quantiles, timelines, and the hours of the week."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from charts.chart_tables import (
    WHEN,
    by_template,
    duration_quantiles_table,
    durations_table,
    failure_heatmap_table,
    kaplan_meier_table,
    slow_hours_table,
    timeline_table,
    with_window,
)
from matplotlib.collections import PolyCollection, QuadMesh
from tables import table

from docgen_nb.charts import (
    draw_duration_quantiles,
    draw_durations,
    draw_failure_heatmap,
    draw_kaplan_meier,
    draw_slow_hours,
    draw_timeline,
)
from docgen_nb.charts.duration import MOST_POINTS


def words(ax):
    return [text.get_text() for text in ax.texts]


def title(ax):
    return ax.get_title(loc="left").split("\n")


def lines(ax):
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]


# Kaplan and Meier


def test_the_curve_falls_from_all_jobs_by_those_that_end():
    ax = draw_kaplan_meier(kaplan_meier_table())

    assert lines(ax)[0] == ([0.0, 2.0, 4.0, 9.0], [1.0, 0.8, 0.8, 0.0])
    assert ax.lines[0].get_drawstyle() == "steps-post"
    assert ax.get_xlabel() == "Duration in seconds, good to 1 s"
    assert ax.get_ylabel() == "Share of the jobs not over yet"


def test_open_jobs_are_ticks_on_the_curve_and_are_counted():
    ax = draw_kaplan_meier(kaplan_meier_table())

    assert lines(ax)[1] == ([4.0], [0.8])
    assert title(ax) == ["Time to the end of 5 jobs", WHEN, "4 ended, 1 still open (ticks)"]


def test_jobs_of_no_known_duration_are_told_of():
    table = kaplan_meier_table()
    table.attrs["unknown"] = 1200

    ax = draw_kaplan_meier(table)

    assert title(ax)[-1] == ("4 ended, 1 still open (ticks), 1,200 left out: duration not known")


def test_the_band_closes_where_no_limit_is_known():
    ax = draw_kaplan_meier(kaplan_meier_table())

    (band,) = (found for found in ax.collections)
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.round(2)}
    assert {(2.0, 0.2), (2.0, 0.97), (9.0, 0.0)} <= corners


def test_the_yardstick_of_a_falling_curve_is_5_percent_after_15_seconds():
    ax = draw_kaplan_meier(kaplan_meier_table())

    star = ax.lines[-1]
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([15], [pytest.approx(0.05)])


def test_the_yardstick_is_named_beside_the_falling_curves():
    ax = draw_kaplan_meier(kaplan_meier_table())

    (name,) = ax.texts
    assert name.get_text() == "Box's yardstick:\n95% within 15 s"
    assert name.get_position() == (1.02, pytest.approx(0.05))


# Quantiles


def test_each_quantile_is_a_mark_on_its_interval():
    ax = draw_duration_quantiles(duration_quantiles_table())

    assert lines(ax)[:2] == [([2.0, 5.0], [0, 0]), ([4.0], [0])]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        *("50% within", "95% within", "99% within")
    ]
    assert title(ax) == [
        "Durations of 9 jobs",
        WHEN,
        "8 ended, 1 still open, 1 left out: duration not known",
    ]
    assert words(ax) == [
        "4 s\n(from 2 s, to 5 s)",
        "30 s\n(from 9 s, no upper limit known)",
        "not reached:\ntoo few have ended",
        " Box's yardstick: 95% within 15 s",
    ]


def test_what_is_not_reached_is_an_arrow_to_the_right():
    ax = draw_duration_quantiles(duration_quantiles_table())

    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in arrows] == [
        ([31.5], [1]),
        ([31.5], [2]),
    ]


def test_groups_are_rows_with_a_mark_for_each_quantile():
    quick = duration_quantiles_table().iloc[:2]
    slow = quick.assign(duration_seconds=[400.0, 900.0], duration_high_seconds=[500.0, 1000.0])

    ax = draw_duration_quantiles(by_template(quick, slow))

    assert title(ax)[0] == "Durations of 18 jobs by template"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["11", "12"]
    assert ax.get_ylabel() == "Template"
    marks = [(x, y) for x, y in lines(ax) if len(x) == 1 and y[0] != 31.5]
    assert ([400.0], [pytest.approx(0.85)]) in marks
    assert ([900.0], [pytest.approx(1.15)]) in marks
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["50% within", "95% within"]
    assert ax.get_xscale() == "symlog"


def test_most_ended_jobs_come_first_where_groups_are_many():
    one = duration_quantiles_table().iloc[[0]]
    many = by_template(*(one.assign(ended=number) for number in range(30)))

    ax = draw_duration_quantiles(many)

    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == [str(11 + number) for number in range(6, 30)]
    assert title(ax)[-1] == "the 24 of 30 templates with most jobs are shown"


# Durations of single jobs


def test_each_group_of_durations_is_a_line_with_dashes_of_its_own():
    ax = draw_durations(by_template(durations_table(), durations_table().iloc[:2]))

    assert lines(ax)[1] == ([0.0, 4.0, 4.0, 8.0, 40.0], [0.0, 0.0, 0.5, 1.0, 1.0])
    looks = {(line.get_color(), str(line.get_linestyle())) for line in ax.lines[:2]}
    assert len(looks) == 2
    legend = ax.get_legend()
    assert legend.get_title().get_text() == "Template"
    assert [text.get_text() for text in legend.get_texts()] == ["11\n(3 ended)", "12\n(2 ended)"]


def test_a_line_of_many_durations_has_no_more_points_than_a_picture_shows():
    seconds = np.arange(100_000) / 1000
    rows = pd.DataFrame({"job_id": "1", "duration_seconds": seconds, "ended": True})

    ax = draw_durations(rows.assign(finished_source="observed"))

    x, y = lines(ax)[0]
    assert len(x) <= MOST_POINTS + 3
    assert (x[-2], y[-2]) == (99.999, 1.0)
    assert all(low <= high for low, high in pairwise(y))


# The hours of the week


def cells(ax):
    (mesh,) = (found for found in ax.collections if isinstance(found, QuadMesh))
    values = mesh.get_array().reshape(7, 24)
    known = zip(*np.nonzero(~values.mask), strict=True)
    return {(int(day), int(hour)): float(values[day, hour]) for day, hour in known}


def hatched(ax):
    (found,) = (one for one in ax.collections if one.get_hatch())
    boxes = [path.get_extents() for path in found.get_paths()]
    return [(int(box.y0), int(box.x0)) for box in boxes]


def test_a_slow_hour_is_a_cell_with_its_seconds():
    ax = draw_slow_hours(slow_hours_table())

    assert cells(ax) == {(0, 9): 4.0, (0, 10): 90.0}
    assert hatched(ax) == [(0, 10)]
    assert words(ax) == ["4", "2m", "?"]
    assert ax.texts[-1].get_position() == (23.5, 4.5)
    assert title(ax) == [
        "Time within which 95% of 16 jobs ended",
        WHEN,
        "13 ended, 3 still open; hatched: longer than 15 s",
    ]
    assert ax.get_xlabel() == "Hour in which the jobs were created (UTC); in cells: seconds"


def test_jobs_of_no_known_duration_are_counted_above_the_hours():
    more = slow_hours_table()
    more.loc[0, "jobs"] += 2

    assert title(draw_slow_hours(more))[-1] == (
        "13 ended, 3 still open, 2 left out: duration not known; hatched: longer than 15 s"
    )


def test_numbers_in_hatched_cells_have_a_rim():
    ax = draw_slow_hours(slow_hours_table())

    assert [bool(text.get_path_effects()) for text in ax.texts] == [False, True, False]


def test_failures_of_an_hour_are_hatched_if_the_whole_interval_lies_above_all_jobs():
    ax = draw_failure_heatmap(failure_heatmap_table())

    assert cells(ax) == {(0, 9): 0.1, (6, 0): 0.01}
    assert hatched(ax) == [(0, 9)]
    assert words(ax) == ["10", "1.0"]
    assert title(ax) == [
        "Failed jobs by hour of the week, of 200 jobs",
        WHEN,
        "11 failed (5.50%); hatched: more than that by the whole 95% interval",
    ]


@pytest.mark.parametrize(
    ("draw", "make"),
    [(draw_slow_hours, slow_hours_table), (draw_failure_heatmap, failure_heatmap_table)],
)
def test_a_week_is_of_one_group(draw, make):
    with pytest.raises(ValueError) as refused:
        draw(by_template(make(), make()))

    assert str(refused.value) == (
        f"{draw.__name__} draws one group, and this table holds 2: choose one, such as "
        "table[table['template_id'] == '11']."
    )


def test_a_week_of_one_group_names_it():
    slow = draw_slow_hours(by_template(slow_hours_table()))
    failed = draw_failure_heatmap(by_template(failure_heatmap_table()))

    assert title(slow)[0] == "Time within which 95% of 16 jobs ended, template 11"
    assert title(failed)[0] == "Failed jobs by hour of the week, of 200 jobs, template 11"


# Timelines


def test_a_timeline_has_a_bar_from_the_creation_to_the_end_of_each_job():
    rows = timeline_table()

    ax = draw_timeline(rows)

    spans = [
        round(float(np.ptp(path.vertices[:, 0])) * 86400)
        for art in ax.collections
        if isinstance(art, PolyCollection)
        for path in art.get_paths()
    ]
    assert sorted(set(spans)) == [4, 6, 58]
    assert title(ax) == [
        "Timeline of 4 jobs",
        "created 2026-03-02 09:00:00 to 09:00:02, read 09:01:00 UTC",
    ]
    assert ax.get_ylabel() == "Job, by its place in the table"


def test_a_timeline_says_which_ends_are_not_known_and_which_jobs_are_open():
    legend = draw_timeline(timeline_table()).get_legend()

    assert [text.get_text() for text in legend.get_texts()] == [
        *("submitted", "completed", "failed", "still open at the reading", "end not known")
    ]


def test_an_end_seen_between_two_polls_alone_is_a_span():
    rows = timeline_table().iloc[:2]
    rows = rows.assign(
        finished_source=["observed", "output_file"],
        finished_after=pd.Timestamp("2026-03-02T08:59:03Z"),
        finished_before=pd.Timestamp("2026-03-02T09:00:07Z"),
    )

    ax = draw_timeline(rows)

    (spans,) = (art for art in ax.collections if not isinstance(art, PolyCollection))
    (span,) = spans.get_segments()
    assert span[:, 1].tolist() == [0, 0]
    assert round(float(np.ptp(span[:, 0])) * 86400) == 64
    assert ax.get_xlim()[0] < span[0, 0] < span[1, 0] < ax.get_xlim()[1]


def test_a_timeline_draws_the_first_400_jobs_and_says_what_it_leaves_out():
    rows = pd.concat([timeline_table().iloc[:1]] * 500, ignore_index=True)
    rows.loc[3, "created_at"] = pd.NaT

    ax = draw_timeline(rows)

    assert title(ax) == [
        "Timeline of 500 jobs",
        "created 2026-03-02 09:00:00, read 09:01:00 UTC",
        "the first 400 of them are shown",
        "1 job without a time of creation left out",
    ]


def test_jobs_of_one_moment_and_no_end_are_drawn():
    ax = draw_timeline(timeline_table().iloc[[2]])

    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_the_longest_durations_still_have_names_on_their_axis():
    rows = kaplan_meier_table().assign(duration_seconds=[2.0, 4.0, 9e7])

    ax = draw_kaplan_meier(rows)
    ax.figure.draw_without_rendering()

    assert ax.get_xticklabels()[-1].get_text() == "100 days"


def test_a_table_without_limits_says_only_what_it_knows():
    rows = with_window(
        table("quantile duration_seconds\n0.5 4").assign(
            duration_low_seconds=np.nan,
            duration_high_seconds=np.nan,
            ended=1,
            censored=0,
            unknown=0,
        )
    )

    assert words(draw_duration_quantiles(rows))[0] == "4 s\n(no upper limit known)"
