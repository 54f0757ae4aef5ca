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


def texts(ax):
    return [text.get_text() for text in ax.texts]


def title(ax):
    return ax.get_title(loc="left").split("\n")


def lines(ax):
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]


# Kaplan and Meier


def test_the_curve_falls_as_jobs_end():
    ax = draw_kaplan_meier(kaplan_meier_table())

    assert lines(ax)[0] == ([0.0, 2.0, 4.0, 9.0], [1.0, 0.8, 0.8, 0.0])
    assert ax.lines[0].get_drawstyle() == "steps-post"
    assert ax.get_xlabel() == "Duration in seconds (accurate to 1 s); band: 95% interval"
    assert ax.get_ylabel() == "Share of jobs not finished yet"


def test_open_jobs_are_ticks_on_the_curve_and_counted():
    ax = draw_kaplan_meier(kaplan_meier_table())

    assert lines(ax)[1] == ([4.0], [0.8])
    assert title(ax) == ["Time to finish for 5 jobs", WHEN, "4 ended, 1 still open (ticks)"]


def test_jobs_with_an_unknown_duration_are_counted_in_the_title():
    table = kaplan_meier_table()
    table.attrs["unknown"] = 1200

    ax = draw_kaplan_meier(table)

    assert title(ax)[-1] == ("4 ended, 1 still open (ticks), 1,200 left out (duration unknown)")


def test_the_band_closes_where_limits_are_unknown():
    ax = draw_kaplan_meier(kaplan_meier_table())

    (band,) = ax.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.round(2)}
    assert {(2.0, 0.2), (2.0, 0.97), (9.0, 0.0)} <= corners


def test_the_target_of_a_falling_curve_is_5_percent_after_15_seconds():
    ax = draw_kaplan_meier(kaplan_meier_table())

    star = ax.lines[-1]
    assert (list(star.get_xdata()), list(star.get_ydata())) == ([15], [pytest.approx(0.05)])


def test_the_target_is_named_beside_the_falling_curves():
    ax = draw_kaplan_meier(kaplan_meier_table())

    (name,) = ax.texts
    assert name.get_text() == "Box's target:\n95% within 15 s"
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
        "8 ended, 1 still open, 1 left out (duration unknown)",
    ]
    assert texts(ax) == [
        "4 s\n(2 s to 5 s)",
        "30 s\n(from 9 s, no upper limit)",
        "not reached:\ntoo few have ended",
        " Box's target: 95% within 15 s",
    ]


def test_a_quantile_that_is_not_reached_is_an_arrow_to_the_right():
    ax = draw_duration_quantiles(duration_quantiles_table())

    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in arrows] == [
        ([31.5], [1]),
        ([31.5], [2]),
    ]


def test_each_group_is_a_row_with_a_mark_per_quantile():
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


def test_of_many_groups_those_with_the_most_ended_jobs_are_drawn():
    one = duration_quantiles_table().iloc[[0]]
    many = by_template(*(one.assign(ended=number) for number in range(30)))

    ax = draw_duration_quantiles(many)

    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert shown == [str(11 + number) for number in range(6, 30)]
    assert title(ax)[-1] == "showing the 24 of 30 templates with the most jobs"


# Durations of single jobs


def test_each_group_of_durations_is_a_line_with_its_own_dashes():
    ax = draw_durations(by_template(durations_table(), durations_table().iloc[:2]))

    assert lines(ax)[1] == ([0.0, 4.0, 4.0, 8.0, 40.0], [0.0, 0.0, 0.5, 1.0, 1.0])
    styles = {(line.get_color(), str(line.get_linestyle())) for line in ax.lines[:2]}
    assert len(styles) == 2
    legend = ax.get_legend()
    assert legend.get_title().get_text() == "Template"
    assert [text.get_text() for text in legend.get_texts()] == ["11\n(3 ended)", "12\n(2 ended)"]


def test_a_line_of_many_durations_is_thinned_out():
    seconds = np.arange(100_000) / 1000
    rows = pd.DataFrame({"job_id": "1", "duration_seconds": seconds, "ended": True})

    ax = draw_durations(rows.assign(finished_source="observed"))

    x, y = lines(ax)[0]
    assert len(x) <= MOST_POINTS + 3
    assert (x[-2], y[-2]) == (99.999, 1.0)
    assert all(low <= high for low, high in pairwise(y))


# The hours of the week


def cells(ax):
    (mesh,) = (artist for artist in ax.collections if isinstance(artist, QuadMesh))
    values = mesh.get_array().reshape(7, 24)
    drawn = zip(*np.nonzero(~values.mask), strict=True)
    return {(int(day), int(hour)): float(values[day, hour]) for day, hour in drawn}


def hatched(ax):
    (bars,) = (artist for artist in ax.collections if artist.get_hatch())
    boxes = [path.get_extents() for path in bars.get_paths()]
    return [(int(box.y0), int(box.x0)) for box in boxes]


def test_a_slow_hour_is_a_cell_with_its_seconds():
    ax = draw_slow_hours(slow_hours_table())

    assert cells(ax) == {(0, 9): 4.0, (0, 10): 90.0}
    assert hatched(ax) == [(0, 10)]
    assert texts(ax) == ["4", "2m*", "?"]
    assert ax.texts[-1].get_position() == (23.5, 4.5)
    assert title(ax) == [
        "Time within which 95% of 16 jobs ended",
        WHEN,
        "13 ended, 3 still open",
        "hatched (1 of 3): longer than 15 s, corrected for their number",
        "*: more than half of that on one day",
    ]
    assert ax.get_xlabel() == "Hour of creation (UTC); in cells: seconds"


def test_the_title_of_slow_hours_counts_unknown_durations():
    more = slow_hours_table()
    more.loc[0, "jobs"] += 2

    assert title(draw_slow_hours(more))[-3] == (
        "13 ended, 3 still open, 2 left out (duration unknown)"
    )


def test_a_slow_hour_that_may_be_chance_is_not_hatched():
    rows = slow_hours_table().assign(duration_low_seconds=[3.0, 14.0, None])

    ax = draw_slow_hours(rows)

    assert not any(artist.get_hatch() for artist in ax.collections)
    assert texts(ax) == ["4", "2m", "?"]
    expected = "hatched (0 of 3): longer than 15 s, corrected for their number"
    assert title(ax)[-1] == expected


def test_numbers_in_hatched_cells_have_a_rim():
    ax = draw_slow_hours(slow_hours_table())

    assert [bool(text.get_path_effects()) for text in ax.texts] == [False, True, False]


def test_failures_are_hatched_if_they_are_more_than_chance_gives_in_any_cell():
    rows = failure_heatmap_table()
    rows["jobs"] = [74, 26, 99, 1]
    rows["share"] = [0.74, 0.26, 0.99, 0.01]
    rows["share_low"] = [0.65, 0.184047, 0.95, 0.0]
    rows["share_high"] = [0.82, 0.353710, 1.0, 0.05]

    ax = draw_failure_heatmap(rows)

    assert cells(ax) == {(0, 9): 0.26, (6, 0): 0.01}
    assert hatched(ax) == [(0, 9)]
    assert texts(ax) == ["26", "1.0"]
    assert title(ax) == [
        "Failed jobs by hour of the week (200 jobs)",
        WHEN,
        "27 failed (13.50%)",
        "hatched (1 of 2): above that, corrected for their number",
    ]


def test_a_cell_is_hatched_only_if_it_is_high_among_that_many():
    ax = draw_failure_heatmap(failure_heatmap_table())

    assert not any(artist.get_hatch() for artist in ax.collections)


def test_cells_without_jobs_are_not_white_like_cells_without_failures():
    ax = draw_failure_heatmap(failure_heatmap_table())

    assert ax.get_facecolor()[:3] != ax.collections[0].get_cmap()(0.0)[:3]


@pytest.mark.parametrize(
    ("draw", "make"),
    [(draw_slow_hours, slow_hours_table), (draw_failure_heatmap, failure_heatmap_table)],
)
def test_a_heat_map_shows_one_group(draw, make):
    with pytest.raises(ValueError) as refused:
        draw(by_template(make(), make()))

    assert str(refused.value) == (
        f"{draw.__name__} draws one group, but this table has 2. Select one, for example "
        "table[table['template_id'] == '11']."
    )


def test_a_heat_map_names_its_group():
    slow = draw_slow_hours(by_template(slow_hours_table()))
    failed = draw_failure_heatmap(by_template(failure_heatmap_table()))

    assert title(slow)[0] == "Time within which 95% of 16 jobs ended, template 11"
    assert title(failed)[0] == "Failed jobs by hour of the week (200 jobs), template 11"


# Timelines


def test_a_timeline_has_a_bar_from_creation_to_end_for_each_job():
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
    assert ax.get_ylabel() == "Row in the table"


def test_a_timeline_marks_unknown_end_times_and_open_jobs():
    legend = draw_timeline(timeline_table()).get_legend()

    assert [text.get_text() for text in legend.get_texts()] == [
        *("submitted", "completed", "failed", "still open when read", "end time unknown")
    ]


def test_an_end_known_only_from_two_polls_is_a_span():
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


def test_a_timeline_draws_the_first_400_jobs_and_the_title_says_so():
    rows = pd.concat([timeline_table().iloc[:1]] * 500, ignore_index=True)
    rows.loc[3, "created_at"] = pd.NaT

    ax = draw_timeline(rows)

    assert title(ax) == [
        "Timeline of 500 jobs",
        "created 2026-03-02 09:00:00, read 09:01:00 UTC",
        "showing the first 400",
        "1 job without a creation time left out",
    ]


def test_a_single_job_without_an_end_time_is_drawn():
    ax = draw_timeline(timeline_table().iloc[[2]])

    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_the_longest_durations_have_ticks_on_their_axis():
    rows = kaplan_meier_table().assign(duration_seconds=[2.0, 4.0, 9e7])

    ax = draw_kaplan_meier(rows)
    ax.figure.draw_without_rendering()

    assert ax.get_xticklabels()[-1].get_text() == "100 days"


def test_a_quantile_without_limits_is_labelled_so():
    rows = with_window(
        table("quantile duration_seconds\n0.5 4").assign(
            duration_low_seconds=np.nan,
            duration_high_seconds=np.nan,
            ended=1,
            censored=0,
            unknown=0,
        )
    )

    assert texts(draw_duration_quantiles(rows))[0] == "4 s\n(no limits)"
