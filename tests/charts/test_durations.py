"""Charts of how long jobs take: curves, quantiles, timelines, and the hours of the week."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from charts.chart_tables import (
    WHEN,
    boxes_of,
    by_template,
    caption,
    duration_quantiles_table,
    durations_table,
    failure_heatmap_table,
    kaplan_meier_table,
    legend_of,
    overlaps,
    rows_of,
    slow_hours_table,
    texts,
    timeline_table,
    title,
    with_window,
)
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex
from tables import table

from docgen_nb.charts import (
    draw_duration_quantiles,
    draw_durations,
    draw_failure_heatmap,
    draw_kaplan_meier,
    draw_slow_hours,
    draw_timeline,
)
from docgen_nb.charts.canvas.curves import MOST_POINTS
from docgen_nb.charts.canvas.theme import LIGHT


def lines(ax):
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines]


# Kaplan and Meier


def test_the_curve_falls_as_jobs_end():
    ax = draw_kaplan_meier(kaplan_meier_table())

    x, y = lines(ax)[1]
    assert (x[:4], y[:4]) == ([0.0, 2.0, 4.0, 9.0], [1.0, 0.8, 0.8, 0.0])
    assert ax.lines[1].get_drawstyle() == "steps-post"
    assert ax.get_xlabel() == "Time from request to document"
    assert title(ax) == "After 15 s, all are ready; Box's yardstick is 5 % left"


def test_open_jobs_are_ticks_on_the_curve_and_counted():
    ax = draw_kaplan_meier(kaplan_meier_table())

    assert ([4.0], [0.8]) in lines(ax)
    assert caption(ax) == (
        f"5 jobs {WHEN} 1 job still open when read (ticks). Bands: 95 % intervals."
    )


def test_jobs_with_an_unknown_duration_are_counted_in_the_caption():
    table = kaplan_meier_table()
    table.attrs["unknown"] = 1200

    assert "1,200 jobs left out: end time unknown." in caption(draw_kaplan_meier(table))


def test_the_band_closes_where_limits_are_unknown():
    ax = draw_kaplan_meier(kaplan_meier_table())

    (band,) = ax.collections
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.round(2)}
    assert {(2.0, 0.2), (2.0, 0.97), (9.0, 0.0)} <= corners


def test_the_yardstick_of_a_falling_curve_is_5_percent_after_15_seconds():
    ax = draw_kaplan_meier(kaplan_meier_table())

    diamond = ax.lines[-1]
    assert (list(diamond.get_xdata()), list(diamond.get_ydata())) == ([15], [pytest.approx(0.05)])
    assert " 15 s, Box's yardstick" in texts(ax)


def slow_table():
    """Return jobs of which 70% are left after 10 s, for certain more than half."""
    return kaplan_meier_table().assign(
        duration_seconds=[5.0, 10.0, 40.0],
        unfinished_share=[0.9, 0.7, 0.0],
        unfinished_share_low=[0.8, 0.55, None],
        unfinished_share_high=[0.95, 0.8, None],
    )


def test_a_group_that_is_clearly_slower_is_named_first_and_amber():
    ax = draw_kaplan_meier(by_template(kaplan_meier_table(), slow_table()))

    assert title(ax) == "After 15 s, 70 % of template 12 are not ready; of the others, 0 %"
    assert legend_of(ax) == ["12\n5 documents", "11\n5 documents"]
    colors = [line.get_color() for line in ax.lines[1:3]]
    assert colors[0] == LIGHT.errors_text
    assert colors[1] != LIGHT.errors_text


# Quantiles


def test_each_quantile_is_a_dot_on_its_interval():
    ax = draw_duration_quantiles(duration_quantiles_table())

    assert boxes_of(ax)[0] == (2.0, 5.0, -0.08, 0.08)
    assert lines(ax)[0] == ([4.0], [0])
    assert rows_of(ax) == ["Half within", "95 % within", "99 % within"]
    assert title(ax) == "Half within 4 s, 95 % within 30 s"
    assert caption(ax) == (
        f"9 jobs {WHEN} 1 job still open when read. 1 job left out: end time unknown. "
        "Pale bars: 95 % intervals."
    )
    assert texts(ax)[:3] == [
        "4 s\n(2 s to 5 s)",
        "30 s\n(from 9 s, no upper limit)",
        "not reached: too few have ended",
    ]


def test_a_quantile_that_is_not_reached_is_an_arrow_to_the_right():
    ax = draw_duration_quantiles(duration_quantiles_table())

    arrows = [line for line in ax.lines if line.get_marker() == ">"]
    assert [list(line.get_ydata()) for line in arrows] == [[1], [2]]
    assert all(line.get_xdata()[0] > 30 for line in arrows)


def test_each_group_is_a_row_with_a_dot_per_quantile():
    quick = duration_quantiles_table().iloc[:2]
    quick = quick.assign(duration_seconds=[4.0, 9.0], duration_high_seconds=[5.0, 12.0], ended=1)
    slow = quick.assign(
        duration_seconds=[400.0, 900.0],
        duration_low_seconds=[300.0, 800.0],
        duration_high_seconds=[500.0, 1000.0],
        ended=8,
    )

    ax = draw_duration_quantiles(by_template(quick, slow))

    assert title(ax) == "Template 12 is slow: 95 % within 15 min; the others meet Box's 15 s"
    assert rows_of(ax) == ["11", "12"]
    dots = [(x, y) for x, y in lines(ax) if len(x) == 1]
    assert dots == [([4.0], [0]), ([9.0], [0]), ([400.0], [1]), ([900.0], [1])]
    assert "Large dot: 95 % within; small: half within" in texts(ax)
    assert {"1 document", "8 documents"} <= set(texts(ax))
    assert ax.get_xscale() == "symlog"


def test_templates_that_meet_the_yardstick_are_said_to():
    quick = duration_quantiles_table().iloc[:2]
    quick = quick.assign(duration_seconds=[4.0, 9.0], duration_high_seconds=[5.0, 12.0])

    ax = draw_duration_quantiles(by_template(quick, quick))

    assert title(ax) == "All templates meet Box's 15 s"


def test_of_many_groups_those_with_the_most_ended_jobs_are_drawn():
    one = duration_quantiles_table().iloc[[0]]
    many = by_template(*(one.assign(ended=number) for number in range(30)))

    ax = draw_duration_quantiles(many)

    assert rows_of(ax) == [str(11 + number) for number in range(6, 30)]
    assert "Shown: the 24 of 30 templates with the most jobs." in caption(ax)


# Durations of single jobs


def test_durations_are_counted_in_steps_and_beyond_15_seconds_in_amber():
    rows = pd.DataFrame({"job_id": "1", "duration_seconds": [1.0, 4, 4, 15, 16, 99], "ended": True})

    ax = draw_durations(rows.assign(finished_source="output_file"))

    counted = {right: high for (_, right, _, high) in boxes_of(ax) if high}
    assert sum(counted.values()) == 6
    assert max(counted.values()) == 2
    assert title(ax) == ("67 % of 6 documents were ready within 15 s; Box's yardstick is 95 %")
    assert {"4 documents within 15 s", "2 took longer"} <= set(texts(ax))
    colors = ax.collections[0].get_facecolor()
    assert to_hex(colors[0]).upper() == LIGHT.subject
    assert to_hex(colors[-1]).upper() == LIGHT.errors


@pytest.mark.parametrize(("took", "words"), [(4.0, "was ready"), (99.0, "was not ready")])
def test_a_title_speaks_of_one_document(took, words):
    rows = pd.DataFrame({"job_id": "1", "duration_seconds": [took], "ended": True})

    ax = draw_durations(rows.assign(finished_source="output_file"))

    assert title(ax).startswith(f"1 document {words} within 15 s; ")


def test_durations_name_their_sources_and_count_open_and_unknown_ones():
    ax = draw_durations(durations_table())

    assert title(ax) == "All 3 documents were ready within 15 s; Box's yardstick is 95 %"
    assert caption(ax) == (
        f"5 jobs {WHEN} Ends known from output files and polling, good to 1 s. "
        "1 job still open left out. 1 job left out: end time unknown."
    )


def test_a_chart_without_a_known_duration_says_why():
    ax = draw_durations(durations_table().iloc[[2]])

    assert title(ax) == "No known duration"
    assert texts(ax) == [
        "No duration is known: Box doesn't report when a job ended,\n"
        "and a failed job has no output file."
    ]


def test_each_group_of_durations_is_a_rising_line_with_its_own_dashes():
    ax = draw_durations(by_template(durations_table(), durations_table().iloc[:2]))

    first, second = lines(ax)[1:]
    assert (first[0][:3], second[0][:3]) == ([0.0, 4.0, 8.0], [0.0, 4.0, 8.0])
    assert (first[1][:3], second[1][:3]) == (
        [0.0, pytest.approx(1 / 3), 1.0],
        [0.0, 0.5, 1.0],
    )
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines[1:]}) == 2
    assert legend_of(ax) == ["11\n3 documents", "12\n2 documents"]


def test_a_line_of_many_durations_is_thinned_out():
    seconds = np.arange(100_000) / 1000
    rows = pd.DataFrame({"job_id": "1", "duration_seconds": seconds, "ended": True})
    rows = rows.assign(finished_source="observed")

    x, y = lines(draw_durations(by_template(rows)))[1]

    assert len(x) <= MOST_POINTS + 3
    assert (x[-2], y[-2]) == (99.999, 1.0)
    assert all(low <= high for low, high in pairwise(y))


def test_long_durations_get_a_logarithmic_axis_with_round_ticks():
    rows = duration_quantiles_table().iloc[[1]].assign(duration_seconds=90_000.0)

    ax = draw_duration_quantiles(rows)
    ax.figure.draw_without_rendering()

    assert ax.get_xlabel() == "Time from request to document (log scale above 1\u00a0s)"
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["0", "1 s", "15 s", "5 min", "2 h", "1 day"]


# The hours of the week


def squares(ax):
    """Return the middle and the side of each square: of all hours, of those with jobs, outlined."""
    arts = [art for art in ax.collections if isinstance(art, PolyCollection)]
    found = []
    for art in arts:
        boxes = [path.get_extents() for path in art.get_paths()]
        found.append([(int(box.y0), int(box.x0), round(box.width, 3)) for box in boxes])
    return found


def test_a_slow_hour_is_a_square_of_its_jobs_outlined_if_it_stands_out():
    ax = draw_slow_hours(slow_hours_table())

    every, known, few, outlined, *_ = squares(ax)
    assert len(every) == 7 * 24
    assert known == [(0, 9, 0.402), (0, 10, 0.465)]  # .9 times the roots of 6 / 30 and of 8 / 30
    assert few == [(4, 23, 0.232)]
    assert outlined == [(0, 10, 0.465)]
    assert texts(ax)[0] == "2m*"
    assert ax.texts[0].get_position() == (10.5, 0.5)
    assert title(ax) == "No hour is slow every week: the 1 that stand out had one slow day each"
    assert caption(ax) == (
        f"16 jobs {WHEN} 3 jobs still open when read. "
        "Outlined: longer than 15 s, corrected for 2 hours (*: mostly on one day)."
    )


def test_the_caption_of_slow_hours_counts_unknown_durations():
    more = slow_hours_table()
    more.loc[0, "jobs"] += 2

    assert "2 jobs left out: end time unknown." in caption(draw_slow_hours(more))


def test_a_slow_hour_that_may_be_chance_does_not_stand_out():
    rows = slow_hours_table().assign(duration_low_seconds=[3.0, 14.0, None])

    ax = draw_slow_hours(rows)

    assert not any(text.endswith(("m", "*")) for text in texts(ax))
    assert title(ax) == "No hour is clearly slower than Box's 15 s: 95 % within 4 to 90 s"
    assert "Outlined" not in caption(ax)


def test_failures_stand_out_if_they_are_more_than_chance_gives_in_any_cell():
    rows = failure_heatmap_table()
    rows["jobs"] = [74, 26, 99, 1]
    rows["share"] = [0.74, 0.26, 0.99, 0.01]
    rows["share_low"] = [0.65, 0.184047, 0.95, 0.0]
    rows["share_high"] = [0.82, 0.353710, 1.0, 0.05]

    ax = draw_failure_heatmap(rows)

    _, known, outlined, *_ = squares(ax)
    assert known == [(0, 9, 0.9), (6, 0, 0.9)]
    assert outlined == [(0, 9, 0.9)]
    assert texts(ax)[0] == "26"
    assert title(ax) == "1 of 2 hours fails more than the others"
    assert caption(ax) == (
        f"200 jobs {WHEN} 27 failed (13.5 %). Outlined: more than that, corrected for 2 hours."
    )


def test_a_cell_stands_out_only_if_it_is_high_among_that_many():
    ax = draw_failure_heatmap(failure_heatmap_table())

    assert title(ax) == "No hour stands out: 5.5 % failed"
    assert "Outlined" not in caption(ax)


def test_hours_without_jobs_few_jobs_and_no_failures_look_different():
    rows = failure_heatmap_table()
    rows.loc[rows["status"] == "failed", ["jobs", "share", "share_low"]] = 0
    rows.loc[rows["weekday"] == 6, "jobs"] = [5, 0]

    ax = draw_failure_heatmap(rows)

    (panel, cells) = (art.get_facecolor() for art in ax.collections[:2])
    assert to_hex(panel[0]).upper() == LIGHT.panel
    assert [to_hex(color).upper() for color in cells] == [LIGHT.heat[0]] * 2
    assert [round(float(color[3]), 2) for color in cells] == [0.55, 0.55]


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

    assert title(slow).endswith("(template 11)")
    assert title(failed) == "No hour stands out: 5.5 % failed (template 11)"


# Timelines


def spans_of(ax):
    return [round((right - left) * 86400) for left, right, *_ in boxes_of(ax)]


def test_a_timeline_has_a_bar_from_creation_to_end_for_each_job():
    ax = draw_timeline(timeline_table())

    assert spans_of(ax) == [4, 6, 0, 0, 15, 43]
    assert title(ax) == "2 of 4 documents were ready within 6 s; 1 failed; 1 still open"
    assert caption(ax) == (
        "4 jobs created 2026-03-02 09:00:00 to 09:00:02 UTC, read 09:01:00 UTC "
        "Crosses: Box does not say when the job ended. Arrows: still open when read."
    )
    assert rows_of(ax) == ["2 completed", "1 failed", "1 open"]
    assert ax.get_xlabel() == "Time since 09:00:00, when the first job was created"


def test_a_timeline_marks_unknown_end_times_and_open_jobs():
    ax = draw_timeline(timeline_table())

    arrows, crosses = [art for art in ax.collections if isinstance(art, PathCollection)]
    assert [int(y) for _, y in arrows.get_offsets()] == [3]
    assert [int(y) for _, y in crosses.get_offsets()] == [2]
    assert to_hex(crosses.get_edgecolor()[0]).upper() == LIGHT.failed


def test_jobs_are_in_the_order_of_their_ends():
    rows = timeline_table().iloc[[3, 2, 1, 0]]

    assert spans_of(draw_timeline(rows)) == [4, 6, 0, 0, 15, 43]


def test_an_end_known_only_from_two_polls_is_a_span():
    rows = timeline_table().iloc[:2]
    rows = rows.assign(
        finished_source=["observed", "output_file"],
        finished_after=pd.Timestamp("2026-03-02T08:59:03Z"),
        finished_before=pd.Timestamp("2026-03-02T09:00:07Z"),
    )

    ax = draw_timeline(rows)

    (spans,) = (art for art in ax.collections if isinstance(art, LineCollection))
    (span,) = spans.get_segments()
    assert span[:, 1].tolist() == [0, 0]
    assert round(float(np.ptp(span[:, 0])) * 86400) == 64
    assert ax.get_xlim()[0] < span[0, 0] < span[1, 0] < ax.get_xlim()[1]


def test_a_timeline_draws_the_first_400_jobs_and_the_caption_says_so():
    rows = pd.concat([timeline_table().iloc[:1]] * 500, ignore_index=True)
    rows.loc[3, "created_at"] = pd.NaT

    ax = draw_timeline(rows)

    assert title(ax) == "All 499 documents were ready within 4 s"
    assert caption(ax) == (
        "500 jobs created 2026-03-02 09:00:00 UTC, read 09:01:00 UTC "
        "Shown: the first 400. 1 job without a creation time left out."
    )


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


def test_the_timeline_of_a_month_has_bars_to_see_and_labels_apart():
    start = pd.Timestamp("2026-03-02T09:00Z")
    created = start + pd.to_timedelta([day * 86_400 for day in range(300)], unit="s")
    jobs = pd.DataFrame({"status": ["completed"] * 297 + ["completed_with_error"] * 2 + ["failed"]})
    ended = pd.Series(created).where(jobs["status"] != "failed") + pd.Timedelta("5s")
    rows = jobs.assign(created_at=created, finished_at=ended, read_at=created[-1])
    ax = draw_timeline(rows)

    assert title(ax) == "299 of 300 documents were ready; 1 failed"
    assert all(art.get_linewidths()[0] > 0 for art in ax.collections[:2])
    assert overlaps(ax) == []


def test_long_names_of_many_groups_do_not_cover_each_other():
    name = "Quarterly statement for wholesale customers {:02} (north-west).docx"
    one = duration_quantiles_table()
    parts = [one.assign(template_id=name.format(place)) for place in range(30)]
    table = pd.concat(parts, ignore_index=True)[["template_id", *one.columns]]
    table.attrs = one.attrs

    assert overlaps(draw_duration_quantiles(table)) == []
