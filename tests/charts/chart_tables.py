"""Tables like those of the metrics, written by hand, for the tests of the charts."""

from itertools import chain, combinations
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from tables import table

WINDOW = {
    "created_from": "2026-03-02T09:00:10+00:00",
    "created_to": "2026-03-02T09:01:00+00:00",
    "read_at": "2026-03-02T09:03:30+00:00",
    "time_zone": "UTC",
}
WHEN = "created 2026-03-02 09:00:10 to 09:01:00 UTC, read 09:03:30 UTC"
NB = "\u00a0"  # between a number and its unit


def with_window(rows: pd.DataFrame, **more: object) -> pd.DataFrame:
    rows.attrs = {**WINDOW, **more}
    return rows


def by_template(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return one table with these tables as the groups of the templates 11, 12, ..."""
    parts = [part.assign(template_id=str(11 + place)) for place, part in enumerate(tables)]
    whole = pd.concat(parts, ignore_index=True).astype({"template_id": "str"})
    whole.attrs = tables[0].attrs
    return whole[["template_id", *tables[0].columns]]


def outcomes_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            status                jobs  share  share_low  share_high
            pending               0     0.0    0.0        0.28
            submitted             1     0.1    0.02       0.40
            completed             6     0.6    0.31       0.83
            completed_with_error  2     0.2    0.06       0.51
            failed                1     0.1    0.02       0.40
            """
        )
    )


def throughput_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            step_start         step_end           created  finished  open  ends_unknown  running
            2026-03-02T09:00Z  2026-03-02T09:01Z  3        1         1     1             no
            2026-03-02T09:01Z  2026-03-02T09:02Z  1        0         2     0             no
            2026-03-02T09:02Z  2026-03-02T09:03Z  0        1         1     0             no
            2026-03-02T09:03Z  2026-03-02T09:04Z  0        0         1     0             yes
            """
        ),
        every="1min",
    )


def durations_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            job_id  duration_seconds  ended  finished_source
            1       4                 yes    output_file
            2       8                 yes    output_file
            3       -                 yes    -
            4       20                no     -
            5       8                 yes    observed
            """
        )
    )


def kaplan_meier_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            duration_seconds  at_risk  censored  unfinished_share
            2                 5        0         0.8
            4                 4        1         0.8
            9                 3        0         0.0
            """
        ).assign(
            ended=[1, 0, 3],
            unfinished_share_low=[0.2, 0.2, None],
            unfinished_share_high=[0.97, 0.97, None],
        )[
            [
                *("duration_seconds", "at_risk", "ended", "censored", "unfinished_share"),
                *("unfinished_share_low", "unfinished_share_high"),
            ]
        ],
        jobs=6,
    )


def duration_quantiles_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            quantile  duration_seconds
            0.5       4
            0.95      30
            0.99      -
            """
        ).assign(
            duration_low_seconds=[2.0, 9.0, 12.0],
            duration_high_seconds=[5.0, None, None],
            ended=8,
            censored=1,
            unknown=1,
        ),
        jobs=10,
    )


def slow_hours_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            weekday  hour  jobs  censored  duration_seconds
            0        9     6     0         4
            0        10    8     1         90
            4        23    2     2         -
            """
        ).assign(
            ended=[6, 7, 0],
            duration_low_seconds=[3.0, 20.0, None],
            duration_high_seconds=None,
            largest_day_share=[0.5, 1.0, None],
        )[
            [
                *("weekday", "hour", "jobs", "ended", "censored", "duration_seconds"),
                *("duration_low_seconds", "duration_high_seconds", "largest_day_share"),
            ]
        ],
        quantile=0.95,
        jobs=16,
    )


def trend_table() -> pd.DataFrame:
    days = pd.date_range("2026-03-02", periods=4, tz="UTC", unit="us")
    none = None
    return with_window(
        pd.DataFrame(
            {
                "step_start": days[:3],
                "step_end": days[1:],
                "jobs": [400, 0, 200],
                "finished": [400, 0, 199],
                "failed": [8, 0, 22],
                "completed_with_error": [0, 0, 1],
                "failed_share": [0.02, none, 0.1],
                "failed_share_low": [0.01, none, 0.07],
                "failed_share_high": [0.04, none, 0.15],
                "median_seconds": [4.0, none, 6.0],
                "p95_seconds": [12.0, none, 31.0],
                "p95_seconds_low": [10.0, none, 20.0],
                "p95_seconds_high": [15.0, none, none],
                "running": [False, False, True],
            }
        ),
        every="1D",
    )


def failure_heatmap_table() -> pd.DataFrame:
    return with_window(
        table(
            """
            weekday  hour  status     jobs  share  share_low  share_high  largest_day_share
            0        9     completed  90    0.9    0.83       0.94        0.25
            0        9     failed     10    0.1    0.06       0.17        0.3
            6        0     completed  99    0.99   0.95       1.0         0.25
            6        0     failed     1     0.01   0.0        0.05        1
            """
        )
    )


def failure_reasons_table() -> pd.DataFrame:
    rows = table(
        """
        tag              severity  messages  jobs  share
        order.requester  error     4         2     0.5
        -                error     2         2     0.5
        order.curency    warning   1         1     1.0
        """
    )
    patterns = [
        "The tag '<tag>' was not provided in the input data.",
        "The document could not be converted to PDF.",
        "The tag '<tag>' was provided but not used in the template.",
    ]
    rows.insert(0, "pattern", pd.Series(patterns, dtype="str"))
    return with_window(rows, jobs=5)


def comparison_table() -> pd.DataFrame:
    rows = [
        ("failed_share", 0.02, 0.08, 0.06, 0.04, 0.09, 100, 200, "More failed."),
        ("completed_with_error_share", 0.0, 0.0, 0.0, -0.04, 0.02, 100, 200, "No difference."),
        ("duration_median_seconds", 4.0, 2.0, -2.0, -3.0, 1.0, 98, 184, "2 s shorter."),
        ("duration_p95_seconds", None, 9.0, None, None, None, 98, 184, "Too few."),
    ]
    names = ["measure", "before", "after", "difference", "difference_low", "difference_high"]
    return pd.DataFrame(rows, columns=[*names, "before_jobs", "after_jobs", "sentence"])


def incidents_table() -> pd.DataFrame:
    rows = table(
        """
        kind      start              end                jobs  affected  share  usual_share  batches  largest_batch_share
        failures  2026-03-02T09:00Z  2026-03-02T09:01Z  50    20        0.4    0.02         4        0.5
        waiting   2026-03-02T09:00Z  2026-03-02T09:02Z  30    30        1.0    0.025        0        -
        """  # noqa: E501
    )
    return with_window(rows, jobs=900)


def timeline_table() -> pd.DataFrame:
    return table(
        """
        status     created_at            finished_at           read_at
        completed  2026-03-02T09:00:00Z  2026-03-02T09:00:04Z  2026-03-02T09:01Z
        completed  2026-03-02T09:00:00Z  2026-03-02T09:00:06Z  2026-03-02T09:01Z
        failed     2026-03-02T09:00:00Z  -                     2026-03-02T09:01Z
        submitted  2026-03-02T09:00:02Z  -                     2026-03-02T09:01Z
        """
    )


def texts(ax):
    return [text.get_text().replace(NB, " ") for text in ax.texts]


def title(ax):
    return ax.get_title(loc="left").replace("\n", " ").replace(NB, " ")


def caption(ax):
    """Return the caption of the chart on its own figure, as one line."""
    return ax.figure.get_supxlabel().replace("\n", " ").replace(NB, " ")


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def rows_of(ax):
    return [label.get_text().replace(NB, " ") for label in ax.get_yticklabels()]


def boxes_of(ax):
    """Return the corners of each bar, as left, right, low and high."""
    boxes = []
    for art in ax.collections:
        if isinstance(art, PolyCollection):
            for path in art.get_paths():
                box = path.get_extents()
                corners = (box.x0, box.x1, box.y0, box.y1)
                boxes.append(tuple(round(float(value), 6) for value in corners))
    return boxes


def labels_in_view(axis: Any) -> list[Any]:
    low, high = sorted(axis.get_view_interval())
    places = axis.get_major_locator()()
    shown = zip(places, axis.get_ticklabels(), strict=False)
    return [label for place, label in shown if low - 1e-9 <= place <= high + 1e-9]


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Return the pairs of texts of a chart that cover each other."""
    figure = ax.get_figure(root=True)
    figure.draw_without_rendering()
    axes = (labels_in_view(ax.xaxis), labels_in_view(ax.yaxis), [ax.xaxis.label])
    legend = ax.get_legend()
    more = [] if legend is None else [*legend.get_texts(), legend.get_title()]
    heading = next(one for one in ax.get_children() if one.get_gid() == "title")
    every = [*ax.texts, *chain(*axes), *more, *figure.texts, heading]
    drawn = [one for one in every if one.get_visible() and one.get_text().strip()]
    boxes = [(one.get_text(), one.get_window_extent().padded(-1.5)) for one in drawn]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def assert_inside(figure: Any) -> None:
    """Check that all that is drawn lies within the picture."""
    figure.draw_without_rendering()
    inside = figure.get_tightbbox().padded(-0.02)
    assert inside.x0 >= 0
    assert inside.y0 >= 0
    assert inside.x1 <= figure.get_figwidth()
    assert inside.y1 <= figure.get_figheight()
