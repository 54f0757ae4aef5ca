"""Charts of reasons, comparisons, incidents and backlogs, and of tables with groups."""

import pandas as pd
import pytest
from charts.chart_tables import (
    WHEN,
    boxes_of,
    by_template,
    caption,
    comparison_table,
    failure_reasons_table,
    incidents_table,
    legend_of,
    outcomes_table,
    rows_of,
    texts,
    throughput_table,
    title,
    trend_table,
    with_window,
)
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
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
from docgen_nb.charts.canvas.theme import DARK, LIGHT
from docgen_nb.charts.canvas.time_axis import MOST_STEPS

# Failure reasons


def test_each_kind_of_message_is_a_bar_with_its_message_above_and_its_numbers():
    ax = draw_failure_reasons(failure_reasons_table())

    assert [right for _, right, *_ in boxes_of(ax)] == [2, 2, 1]
    assert texts(ax) == [
        *("The tag 'order.requester' was not provided in the input data.", "2"),
        " 50 % · 4 messages",
        *("The document could not be converted to PDF.", "2", " 50 %"),
        *("The tag 'order.curency' was provided but not used in the template.", "1", " 100 %"),
        "Jobs with this message",
    ]
    assert title(ax) == (
        "2 of 4 jobs with errors have the same reason: "
        "The tag 'order.requester' was not provided in the input data."
    )
    assert caption(ax) == (
        f"5 jobs with a message {WHEN} What differs between messages of a kind is replaced. "
        "Shares: of jobs with any message of the same severity."
    )
    assert legend_of(ax) == ["Error", "Warning"]
    first, last = ax.collections
    assert first.get_facecolor().tolist() != last.get_facecolor().tolist()


def test_no_reason_is_named_if_none_has_half_of_the_jobs():
    even = failure_reasons_table().assign(severity="error", share=[0.4, 0.4, 0.2])

    assert title(draw_failure_reasons(even)) == (
        "No single reason stands out: 3 reasons, 1 to 2 jobs each"
    )


def test_at_most_fifteen_kinds_are_drawn_and_the_caption_says_so():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    many.loc[20, "pattern"] = "x " * 300

    ax = draw_failure_reasons(with_window(many.assign(jobs=range(21)), jobs=99))

    assert sorted(right for _, right, *_ in boxes_of(ax)) == list(range(6, 21))
    assert "Shown: the 15 of 21 kinds with the most jobs." in caption(ax)
    assert any(text.endswith("…") for text in texts(ax))
    assert max(map(len, texts(ax))) < 110


def test_a_given_axes_gets_as_many_rows_as_fit():
    many = pd.concat([failure_reasons_table()] * 7, ignore_index=True)
    small, large = (Figure(figsize=(8, height)).add_subplot() for height in (4, 12))

    assert len(boxes_of(draw_failure_reasons(many, ax=small))) == 6
    assert "Shown: the 6 of 21 kinds with the most jobs." in small.get_xlabel()
    assert len(boxes_of(draw_failure_reasons(many, ax=large))) == 15


def test_reasons_by_group_name_their_group():
    ax = draw_failure_reasons(by_template(failure_reasons_table().iloc[[1]]))

    assert texts(ax)[0] == "11: The document could not be converted to PDF."


# Comparisons


def test_a_comparison_marks_before_after_and_interval_on_a_scale_per_row():
    ax = draw_comparison(comparison_table())

    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [round(float(line.get_xdata()[0]), 3) for line in dots[:6]] == [
        *(0.182, 0.727),
        *(0.0, 0.0),
        *(0.8, 0.4),
    ]
    assert rows_of(ax) == ["Failed", "With errors", "Half ready within", "95 % ready within"]
    first = boxes_of(ax)[0]
    assert first[:2] == (pytest.approx(0.06 / 0.11, abs=1e-6), 1.0)


def test_a_comparison_says_what_changed_clearly_and_what_did_not():
    ax = draw_comparison(comparison_table())

    assert title(ax) == "8 % failed after the change, 2 % before"
    said = [text for text in texts(ax) if text.startswith(("No ", "Clearly", "Too few"))]
    assert said == ["Clearly worse", "No clear change", "No clear change", "Too few to say"]
    changes = [text for text in texts(ax) if "more" in text or "longer" in text]
    assert changes == [
        "6.0 points more (4.0 to 9.0)",
        "4.0 less to 2.0 points more",
        "3 s shorter to 1 s longer",
    ]
    assert caption(ax).startswith("100 jobs before and 200 after")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(-3.0, -1.0, "Clearly faster"), (1.0, 3.0, "Clearly slower"), (0.0, 0.0, "No change")],
)
def test_the_verdict_of_a_time(low, high, verdict):
    row = comparison_table().iloc[[2]]
    row = row.assign(difference_low=low, difference_high=high)

    assert verdict in texts(draw_comparison(row))


def test_a_comparison_of_groups_names_the_one_that_changed():
    same = comparison_table().assign(difference_low=-1.0, difference_high=1.0)

    ax = draw_comparison(by_template(same, comparison_table()))

    assert title(ax) == (
        "Template 12: 8 % failed after the change, 2 % before; no other changed clearly"
    )
    assert rows_of(ax)[4] == "12: failed"
    assert caption(ax).startswith("200 jobs before and 400 after")
    assert title(draw_comparison(by_template(same, same))) == "None of 2 templates changed clearly"


# Incidents


def test_an_incident_is_a_marked_span_with_its_share_and_the_usual_one():
    ax = draw_incidents(incidents_table())

    spans = [(left, right) for left, right, *_ in boxes_of(ax)]
    assert [round((right - left) * 86400) for left, right in spans] == [60, 120]
    levels = [line.get_ydata()[0] for line in ax.lines]
    assert levels == [0.4, 0.02, 1.0, 0.025]
    assert texts(ax)[:2] == [
        "  40 % of 50 failed\n  usually 2.0 %; 4 batches, largest 50 %",
        "  100 % of 30 slow for their template\n  usually 2.5 %",
    ]
    assert title(ax) == "20 of 50 jobs failed on Monday 2 March, 09:00 to 09:01"
    assert caption(ax) == f"900 jobs {WHEN} Dashes: usual."


def test_an_incident_is_marked_on_the_curve_of_the_failed_share():
    incident = incidents_table().iloc[[0]]

    ax = draw_incidents(incident, trend=trend_table())

    curve = ax.lines[0]
    assert curve.get_ydata()[0] == 0.02
    assert "Curve: failed share of each step." in caption(ax)


def test_the_largest_incidents_are_labelled_and_the_caption_counts_the_others():
    many = pd.concat([incidents_table()] * 10, ignore_index=True)
    many.attrs = incidents_table().attrs

    ax = draw_incidents(many)

    assert len(boxes_of(ax)) == 20
    assert len(texts(ax)) == 5
    assert "16 smaller spans have no label." in caption(ax)
    assert title(ax) == "20 incidents, the worst on Monday 2 March: 20 of 50 jobs failed"


# Backlog and throughput


def steps(ax):
    return [art for art in ax.get_children() if isinstance(art, StepPatch)]


def test_a_backlog_shows_open_jobs_and_marks_the_highest_number():
    ax = draw_backlog(throughput_table())

    assert [art.get_data().values.tolist() for art in steps(ax)] == [[1, 2, 1, 1]]
    assert title(ax) == "At most 2 jobs were open at once, on Monday 2 March"
    assert caption(ax) == (f"4 jobs {WHEN} End time unknown for 1 job. Grey: not over when read.")
    assert texts(ax) == [
        "2 open, Mon 2 Mar 09:02",
        "Jobs open at the end of each minute",
        "1 at\nthe end",
    ]


def test_a_backlog_without_an_open_job_says_so_instead_of_empty_axes():
    ax = draw_backlog(with_window(throughput_table().assign(open=0), every="1min"))

    assert title(ax) == "No job was open at the end of any minute"
    ended = "Each job ended in the minute in which it was created,\nor at an unknown time."
    assert texts(ax) == [ended]


def test_open_jobs_far_above_the_bars_are_a_note():
    rows = throughput_table().assign(open=[100, 200, 300, 300], finished=0)
    ax = draw_throughput(with_window(rows, every="1min"))

    assert ax.get_ylim()[1] < 4
    assert "No job has a known end. At most 300 jobs open at the end of a step." in caption(ax)


def test_a_backlog_by_the_hour_does_not_say_at_once():
    rows = throughput_table().iloc[:1]
    rows["step_end"] = rows["step_start"] + pd.Timedelta("1h")

    assert title(draw_backlog(with_window(rows, every="1h"))) == (
        "At most 1 job was open at the end of an hour, on Monday 2 March"
    )


def test_open_jobs_are_not_in_the_color_of_failed_ones():
    failed = {LIGHT.failed, LIGHT.failed_text, DARK.failed}
    for style in ("light", "dark"):
        (area,) = steps(draw_backlog(throughput_table(), style=style))
        (line,) = draw_throughput(throughput_table(), style=style).lines
        assert not {to_hex(area.get_facecolor()).upper(), str(line.get_color())} & failed


def test_groups_are_stacked_with_a_key():
    both = by_template(throughput_table(), throughput_table().assign(created=[0, 0, 5, 0]))

    ax = draw_throughput(both)

    bands = [art.get_data() for art in steps(ax)]
    assert [band.values.tolist() for band in bands] == [[3, 1, 0, 0], [3, 1, 5, 0]]
    assert [list(band.baseline) for band in bands] == [[0, 0, 0, 0], [3, 1, 0, 0]]
    assert list(ax.lines[0].get_ydata()) == [2, 4, 2, 2]
    assert legend_of(ax) == ["11", "12"]
    assert "Jobs created a minute by template" in texts(ax)


def test_a_group_without_a_row_for_a_step_counts_as_zero():
    both = by_template(throughput_table(), throughput_table().iloc[[1]])

    bands = [art.get_data().values.tolist() for art in steps(draw_throughput(both))]

    assert bands == [[3, 1, 0, 0], [3, 2, 0, 0]]


def test_smaller_groups_share_one_band():
    many = by_template(*(throughput_table().assign(created=number) for number in range(1, 10)))

    ax = draw_throughput(many)

    assert legend_of(ax) == [*map(str, range(16, 20)), "5 others"]
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
    assert ("Drawn: the highest of every 9 steps." in caption(ax)) == (count > MOST_STEPS)


def test_the_pace_of_box_is_shown_if_steps_come_near_it():
    near = draw_throughput(throughput_table().assign(created=30))
    far = draw_throughput(throughput_table())

    text = "Box's pace for an\nenterprise: 50 to 80\na minute"
    assert text in texts(near)
    assert text not in texts(far)


def daily(counts, finished=None):
    """Return days from Monday 2 March 2026 with these numbers of jobs."""
    days = pd.date_range("2026-03-02", periods=len(counts), tz="UTC", unit="us")
    rows = pd.DataFrame({"step_start": days, "step_end": days + pd.Timedelta("1D")})
    rows = rows.assign(created=counts, finished=counts if finished is None else finished)
    return with_window(rows.assign(open=0, ends_unknown=0, running=False), every="1D")


def test_a_day_of_far_more_jobs_than_a_usual_weekday_is_the_finding():
    busy = draw_throughput(daily([800, 800, 2000, 800, 800, 9, 9, 800]))
    calm = draw_throughput(daily([800, 800, 1100, 800, 800, 9, 9, 800]))

    assert title(busy) == "Wednesday 4 March had 2,000 jobs, 2.5 times a usual weekday"
    assert title(calm) == "5,118 jobs, 800 on a usual weekday"


def test_finished_jobs_are_a_line_only_if_they_differ_from_created_ones():
    counts = [800, 800, 2000, 800, 800, 9, 9, 800]

    same = draw_throughput(daily(counts))
    late = draw_throughput(daily(counts, [*counts[:2], 1000, 1800, *counts[4:]]))

    assert (len(steps(same)), len(steps(late))) == (0, 1)
    assert "As many jobs finished in each step as were created." in caption(same)


def test_jobs_without_a_known_end_are_not_said_to_have_finished():
    days = daily([800, 800], [792, 640]).assign(ends_unknown=[0, 160])

    assert (
        "As many jobs with a known end finished in each step as were created, to 1 %. "
        "End time unknown for 160 jobs."
    ) in caption(draw_throughput(days))


# Outcomes by groups


def test_each_group_is_a_bar_of_what_did_not_complete():
    ax = draw_outcomes(by_template(outcomes_table(), outcomes_table()))

    ends = [(left, right) for left, right, *_ in boxes_of(ax)]
    assert ends == [*[(0.0, 0.1)] * 2, *[(0.1, 0.3)] * 2, *[(0.3, 0.4)] * 2]
    intervals = next(art for art in ax.collections if isinstance(art, LineCollection))
    assert [list(line[:, 0]) for line in intervals.get_segments()] == [[0.02, 0.4]] * 2
    assert texts(ax)[:2] == ["10 % failed of 10"] * 2
    assert rows_of(ax) == ["11", "12"]
    assert legend_of(ax) == ["failed", "with errors", "open"]
    assert title(ax) == "10 % failed; no template fails clearly more than the others"
    assert caption(ax) == f"20 jobs {WHEN} Lines: 95 % intervals."


def shares(failed, low, high, jobs):
    """Return a table of outcomes with these failed jobs and their limits."""
    rows = outcomes_table().set_index("status")
    rows[:] = 0
    rows.loc["failed"] = [failed, failed / jobs, low, high]
    rows.loc["completed"] = [jobs - failed, 1 - failed / jobs, 1 - high, 1 - low]
    return with_window(rows.reset_index().astype({"jobs": "int64"}))


def test_a_group_is_said_to_fail_most_only_if_it_lies_above_all_others_together():
    good, bad = shares(10, 0.0055, 0.0183, 1000), shares(90, 0.0737, 0.1094, 1000)
    near = shares(16, 0.0099, 0.0258, 1000)

    clear = draw_outcomes(by_template(good, bad))
    unclear = draw_outcomes(by_template(good, near))

    assert title(clear) == "Template 12 fails most: 9.0 % of its 1,000 jobs"
    assert rows_of(clear) == ["12", "11"]
    assert title(unclear) == "1.3 % failed; no template fails clearly more than the others"


def test_jobs_of_few_batches_never_make_a_group_the_worst():
    few = shares(9, 0.006, 0.5, 100)

    ax = draw_outcomes(by_template(shares(10, 0.0055, 0.0183, 1000), few))

    assert title(ax) == "1.7 % failed; no template fails clearly more than the others"


def test_hours_and_weekdays_have_names():
    rows = outcomes_table()
    rows.insert(0, "hour", 7)
    rows.insert(0, "weekday", 6)

    assert rows_of(draw_outcomes(rows)) == ["Sun, 07:00"]
    assert "Jobs of each weekday and hour that did not complete, share" in texts(
        draw_outcomes(rows)
    )


def test_jobs_without_a_group_form_one_group():
    rows = by_template(outcomes_table())
    rows["template_id"] = pd.Series([None] * len(rows), dtype="str")

    assert rows_of(draw_outcomes(rows)) == ["none"]


def test_a_long_name_is_shortened_in_the_middle():
    rows = by_template(outcomes_table()).assign(template_id="A very long name of a template" * 9)

    (name,) = rows_of(draw_outcomes(rows))

    assert name == "A very long name of…g\nname of a template"


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
