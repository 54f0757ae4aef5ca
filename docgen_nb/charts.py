"""A small table becomes one chart, drawn on one Axes and on nothing else.

Without ``ax`` a figure of its own is made, apart from pyplot: nothing stays open, any thread may
draw, and a notebook shows the picture where the Axes, or its ``.figure``, is the last line of a
cell. ``ax.figure.savefig("name.png")`` writes it.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, PercentFormatter

from docgen_nb.errors import MissingColumn

# The colours of Okabe and Ito, which stay apart for colour-blind readers; the hatch is for print.
_LOOKS = {
    "pending": ("#BBBBBB", ".."),
    "submitted": ("#56B4E9", "\\\\"),
    "completed": ("#009E73", ""),
    "completed_with_error": ("#E69F00", "//"),
    "failed": ("#D55E00", "xx"),
}
_UNKNOWN_LOOK = ("#CC79A7", "++")
_BLUE, _GREEN, _RED, _GREY = "#0072B2", "#009E73", "#D55E00", "#666666"

_YARDSTICK_SECONDS, _YARDSTICK_SHARE = 15, 0.95  # Box's help page on Doc Gen limitations
_LONGEST_LINEAR = 120  # seconds; longer ones need an axis that is squeezed
_LONG_TICKS = {0: "0", 1: "1 s", 5: "5 s", 15: "15 s", 60: "1 min", 300: "5 min"}
_LONG_TICKS |= {1800: "30 min", 7200: "2 h", 28800: "8 h", 86400: "1 day", 864000: "10 days"}
_SOURCES = {"output_file": "by output file", "observed": "by polling", "webhook": "by webhook"}


class _ShownFigure(Figure):
    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.savefig(picture, format="png")
        return picture.getvalue()


class _ShownAxes(Axes):
    def _repr_png_(self) -> bytes | None:
        figure = self.figure
        return figure._repr_png_() if isinstance(figure, _ShownFigure) else None


def draw_outcomes(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each status as a bar with its interval.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.outcomes`.
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `table` is not of that form.

    Examples
    --------
    >>> from docgen_nb import outcomes
    >>> ax = draw_outcomes(outcomes(pd.DataFrame({"status": ["completed", "failed"]})))
    >>> ax.get_title(loc="left")
    'Outcomes of 2 jobs'
    """
    MissingColumn.check(
        table.columns,
        needed=["status", "jobs", "share", "share_low", "share_high"],
        function="draw_outcomes",
    )
    total = int(table["jobs"].sum())
    ax = _prepared(ax, title=f"Outcomes of {_jobs(total)}", table=table)
    if total == 0:
        return _say(ax, "No jobs in this table.")
    statuses = table["status"].fillna("no status")
    for place, (status, row) in enumerate(zip(statuses, table.itertuples(), strict=True)):
        _outcome_bar(ax, place, status, row, total)
    ax.set_yticks(range(len(table)), list(statuses))
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("Share of all jobs (bar), with its 95% Wilson interval (line)")
    return ax


def _outcome_bar(ax: Axes, place: int, status: str, row: Any, total: int) -> None:
    colour, hatch = _LOOKS.get(status, _UNKNOWN_LOOK)
    ax.barh(place, row.share, color=colour, hatch=hatch, edgecolor="white", height=0.7)
    ax.barh(place, row.share, facecolor="none", edgecolor="black", linewidth=0.6, height=0.7)
    ax.plot([row.share_low, row.share_high], [place, place], color="black", linewidth=1.5)
    share, low, high = (
        f"{value:.{0 if total < 200 else 1}%}"
        for value in (row.share, row.share_low, row.share_high)
    )
    words = f"{row.jobs} of {total}: {share}\n({low} to {high})"
    ax.text(1.02, place, words, transform=ax.get_yaxis_transform(), va="center", fontsize=9)


def draw_throughput(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many jobs were created and finished in each step, and how many were open.

    The step that was not over at the reading is shaded.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.throughput`.
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `table` is not of that form.
    """
    MissingColumn.check(
        table.columns,
        needed=["step_start", "step_end", "created", "finished", "open", "ends_unknown", "running"],
        function="draw_throughput",
    )
    created, unknown = int(table["created"].sum()), int(table["ends_unknown"].sum())
    note = f"{unknown} ended at a time that Box does not tell" if unknown else ""
    ax = _prepared(ax, title=f"Throughput of {_jobs(created)}", table=table, note=note)
    if table.empty:
        return _say(ax, "No job in this table has a time.")
    _throughput_lines(ax, table)
    _time_axis(ax, table)
    step = table.attrs.get("every", "one step")
    ax.set_ylabel(f"Jobs (created and finished: per step of {step})")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def _throughput_lines(ax: Axes, table: pd.DataFrame) -> None:
    starts, ends = _days(table["step_start"]), _days(table["step_end"])
    edges = [*starts, ends[-1]]
    ax.stairs(table["created"], edges, fill=True, facecolor="#CFE8F7", edgecolor=_BLUE, hatch="///")
    ax.stairs(table["created"], edges, color=_BLUE, linewidth=1)
    ax.stairs(table["finished"], edges, baseline=None, color=_GREEN, linewidth=2.2)
    marker = "o" if len(table) <= 40 else ""
    ax.plot(ends, table["open"], "--", color=_RED, marker=marker, markersize=4, clip_on=False)
    for start, end in zip(starts[table["running"]], ends[table["running"]], strict=True):
        ax.axvspan(start, end, facecolor="#DDDDDD", zorder=0)
        ax.text(
            end, 1.0, "step not over ", transform=ax.get_xaxis_transform(), ha="right", va="top"
        )
    top = max(1, int(table[["created", "finished", "open"]].max().max())) * 1.1
    ax.set_ylim(0, top)
    ax.set_xlim(edges[0], edges[-1])
    last = table.iloc[-1]
    labels = [
        (last["created"], f"{table['created'].sum()} created\n(hatched)", _BLUE),
        (last["finished"], f"{table['finished'].sum()} finished\n(solid line)", _GREEN),
        (
            last["open"],
            f"{last['open']} open at the end,\nat most {table['open'].max()}\n(dashed)",
            _RED,
        ),
    ]
    _label_ends(ax, labels, top)


def _days(times: "pd.Series[Any]") -> Any:
    return date2num(times)  # type: ignore[no-untyped-call]


def _label_ends(ax: Axes, labels: Iterable[tuple[float, str, str]], top: float) -> None:
    """Write each label to the right, as near to the end of its line as the others allow."""
    ordered = sorted(labels, key=lambda label: label[0])
    heights = [0.055 * (words.count("\n") + 1) for _, words, _ in ordered]
    free = 0.0
    for number, (value, words, colour) in enumerate(ordered):
        place = max(free, min(value / top, 1 - sum(heights[number:])))
        ax.text(1.02, place, words, transform=ax.transAxes, color=colour, fontsize=9, va="bottom")
        free = place + heights[number]


def _time_axis(ax: Axes, table: pd.DataFrame) -> None:
    zone = table["step_start"].dt.tz
    locator = AutoDateLocator(tz=zone)  # type: ignore[no-untyped-call]
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        tz=zone,
        formats=["%Y", "%b", "%d", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%b", "%d %b", "%H:%M", "%H:%M:%S"],
        offset_formats=["", "%Y", "%b %Y", "%d %b %Y", "%d %b %Y", "%d %b %Y"],
    )
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(formatter)
    ax.set_xlabel(f"Time ({table.attrs.get('time_zone', zone)})")


def draw_durations(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the ended jobs took how long at most, with open jobs apart from them.

    The line rises by one job at each duration. Below it, a triangle for each job that was open at
    the reading: it takes at least that long. The star is Box's own yardstick: 95 % of documents
    within 15 s, for templates under 1 MB at up to 50 documents a minute.

    Parameters
    ----------
    table : DataFrame
        As from `metrics.durations`.
    ax : Axes, optional
        Where to draw; a figure of its own if not given.

    Returns
    -------
    Axes
        The one drawn on.

    Raises
    ------
    MissingColumn
        If `table` is not of that form.
    """
    MissingColumn.check(
        table.columns,
        needed=["job_id", "duration_seconds", "ended", "finished_source"],
        function="draw_durations",
    )
    unknown = int(table["duration_seconds"].isna().sum())
    note = f"duration not known for {unknown}" if unknown else ""
    ax = _prepared(ax, title=f"Durations of {_jobs(len(table))}", table=table, note=note)
    known = table[table["duration_seconds"].notna()]
    if table.empty:
        return _say(ax, "No jobs in this table.")
    if known.empty:
        return _say(
            ax,
            "No duration is known: Box does not tell when a job ended,\n"
            "and a failed job has no output file.",
        )
    longest = max(float(known["duration_seconds"].max()), _YARDSTICK_SECONDS)
    _ended_line(ax, known[known["ended"]], right=longest * 2)
    _open_marks(ax, known[~known["ended"]])
    _yardstick(ax)
    _seconds_axis(ax, longest=longest)
    ax.set_ylim(-0.14, 1.05)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_ylabel("Share of the jobs with a known end")
    return ax


def _ended_line(ax: Axes, ended: pd.DataFrame, *, right: float) -> None:
    if ended.empty:
        return
    # Weights, because ecdf(compress=True) of matplotlib 3.11 stops at the first of equal values.
    seconds = ended["duration_seconds"].value_counts()
    line = ax.ecdf(seconds.index.to_numpy(), weights=seconds.to_numpy(), color=_BLUE, linewidth=2.2)
    line.set_data(
        [0.0, *np.append(line.get_xdata(), right)], [0.0, *np.append(line.get_ydata(), 1)]
    )
    sources = ended["finished_source"].fillna("by an unknown source").value_counts(sort=False)
    words = [f"{count} ended\n({_SOURCES.get(str(name), name)})" for name, count in sources.items()]
    _beside(ax, 1.0, "\n".join(words), colour=_BLUE, va="top")


def _open_marks(ax: Axes, still_open: pd.DataFrame) -> None:
    if still_open.empty:
        return
    ax.axhspan(-0.14, 0, facecolor="#EEEEEE", zorder=0)
    places = [-0.07] * len(still_open)
    seconds = still_open["duration_seconds"]
    ax.plot(seconds, places, ">", color=_RED, markerfacecolor="none", clip_on=False)
    _beside(ax, -0.07, f"{len(still_open)} still open:\nat least so long", colour=_RED, va="center")


def _beside(ax: Axes, height: float, words: str, *, colour: str, va: str) -> None:
    side = ax.get_yaxis_transform()
    ax.text(1.02, height, words, transform=side, color=colour, va=va, fontsize=9)


def _yardstick(ax: Axes) -> None:
    ax.axvline(_YARDSTICK_SECONDS, color=_GREY, linestyle=":", linewidth=1)
    ax.axhline(_YARDSTICK_SHARE, color=_GREY, linestyle=":", linewidth=1)
    ax.plot(_YARDSTICK_SECONDS, _YARDSTICK_SHARE, marker="*", color=_GREY, markersize=11)
    ax.text(
        _YARDSTICK_SECONDS,
        0.03,
        "Box's yardstick: 95% within 15 s",
        rotation=90,
        ha="right",
        va="bottom",
        color=_GREY,
        fontsize=8.5,
    )


def _seconds_axis(ax: Axes, *, longest: float) -> None:
    """Seconds as they are, or squeezed with round names where some are much longer."""
    right = longest * 1.1
    if longest <= _LONGEST_LINEAR:
        ax.set_xlim(0, right)
        ax.set_xlabel("Duration in seconds, good to 1 s")
        return
    ax.set_xscale("symlog", linthresh=1)
    ax.set_xlim(0, right * 1.4)
    ax.xaxis.set_major_locator(FixedLocator([tick for tick in _LONG_TICKS if tick <= right]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: _LONG_TICKS.get(int(tick), "")))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.set_xlabel("Duration, good to 1 s (logarithmic above 1 s)")


def _prepared(ax: Axes | None, *, title: str, table: pd.DataFrame, note: str = "") -> Axes:
    """The Axes to draw on, with its title: what it shows, of when, and what is left out."""
    if ax is None:
        figure = _ShownFigure(figsize=(8, 4.2), layout="constrained")
        ax = figure.add_subplot(axes_class=_ShownAxes)
    ax.spines[["top", "right"]].set_visible(False)
    lines = [title, *_window(table.attrs), *([note] if note else [])]
    ax.set_title("\n".join(lines), loc="left", fontsize=10.5)
    return ax


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"


def _window(attrs: Any) -> list[str]:
    """Between which times the jobs were created, and when they were read, in words."""
    if not attrs.get("created_from"):
        return []
    first, last = (pd.Timestamp(attrs[name]) for name in ("created_from", "created_to"))
    words = f"created {_moment(first)}"
    if first != last:
        words += f" to {_moment(last, after=first)}"
    if attrs.get("read_at"):
        words += f", read {_moment(pd.Timestamp(attrs['read_at']), after=last)}"
    return [f"{words} {attrs.get('time_zone', '')}".rstrip()]


def _moment(moment: pd.Timestamp, *, after: pd.Timestamp | None = None) -> str:
    same_day = after is not None and moment.date() == after.date()
    return f"{moment:%H:%M:%S}" if same_day else f"{moment:%Y-%m-%d %H:%M:%S}"


def _say(ax: Axes, words: str) -> Axes:
    """Say in the middle of an empty chart why it is empty."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color=_GREY)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax
