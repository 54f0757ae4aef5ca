"""The charts of a report by day: volume, failed share and waiting time."""

from dataclasses import dataclass
from itertools import groupby
from math import isnan
from typing import Any

import pandas as pd

from docgen_nb.reports.drawing import Drawing, columns, draw, highest
from docgen_nb.reports.facts import Facts, busy_hours, each
from docgen_nb.reports.sample import YARDSTICK, Sample
from docgen_nb.wording import (
    FEW,
    NB,
    WEEKDAYS,
    all_or_none,
    day,
    listed,
    percent,
    plural,
    seconds,
    share,
    upper,
    whole,
)

_FEW_JOBS = 10  # of the highest day, under which the axis has a line every job or two
_LETTER, _MARGIN = 6.6, 5.0  # pixels: the mean width of a bold letter, and beside a head


@dataclass(frozen=True)
class Table:
    """A table of a report: its name, its headings, and rows of texts; `texts` are left-aligned."""

    name: str
    heads: list[str]
    rows: list[list[str]]
    texts: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Chart:
    """A chart with its title, its caption, its alternative text and its table."""

    title: str
    alt: str
    caption: str
    drawings: list[Drawing]
    table: Table


def volume_chart(facts: Facts) -> Chart:
    """Return columns of the documents requested each day."""
    days, numbers = facts.days, [sample.jobs for sample in facts.column_samples]
    top = highest(days["jobs"], least=1)
    heads = _heads(facts, [f"{number:,}" for number in numbers])

    def paint(drawing: Drawing) -> None:
        columns(drawing, facts.columns, _fitting(drawing, heads))
        step = None if top > _FEW_JOBS else 1 if top < _FEW_JOBS / 2 else 2
        drawing.axis(top, lambda value: f"{value:,.0f}", step=step)
        width = (drawing.x(1) - drawing.x(0)) / len(days) * 0.8
        for place, row in zip(facts.day_places, facts.day_rows, strict=True):
            kind = "bar" if row.day >= facts.period.start else "bar before"
            kind += " dim" if row.day.day_of_week > 4 else ""
            at = drawing.y(row.jobs, top)
            drawing.rect(drawing.x(place) - width / 2, at, width, drawing.bottom - at, kind)
            is_labeled = facts.period.start <= row.day < facts.end and facts.period.days <= 7
            if is_labeled and drawing.name == "wide":
                kind = "strong small"
                drawing.text(drawing.x(place), at - 4, f"{row.jobs:,}", kind, anchor="middle")

    rows = [
        [_date(row.day), f"{row.jobs:,}", f"{row.failed:,}", f"{row.completed_with_error:,}"]
        for row in facts.day_rows
    ]
    return Chart(
        title=_volume_title(facts),
        alt=f"Columns: documents requested per day. {_days_alt(facts, 'jobs', '{:,}'.format)} "
        f"{_earlier(facts, [f'{number:,}' for number in numbers])}",
        caption=f"{plural(sum(numbers))}, {_known_dates(facts)}, by the day of the request, "
        f"{facts.zone}. Pale: weekends.{_not_whole(facts)}",
        drawings=draw(190, paint),
        table=Table("documents by day", ["Day", "Requested", "Failed", "With errors"], rows),
    )


def failed_chart(facts: Facts) -> Chart:
    """Return dots of the share of documents that failed each day, with their intervals."""
    days, shares = facts.days, [sample.share("failed")[0] for sample in facts.column_samples]
    many = days[days["finished"] >= FEW] if (days["finished"] >= FEW).any() else days
    top = min(highest(many["failed_high"], many["failed_share"], least=0.01), 1.0)
    texts = [_share(sample) for sample in facts.column_samples]
    heads = _heads(facts, texts)

    def paint(drawing: Drawing) -> None:
        columns(drawing, facts.columns, _fitting(drawing, heads))
        drawing.axis(top, lambda value: f"{value * 100:g}{NB}%")
        number = len(shares)
        for place, (value, low, high) in enumerate(shares):
            if isnan(value):
                continue
            start, end = drawing.x(place / number), drawing.x((place + 1) / number)
            if not isnan(low):
                upper_edge = drawing.y(high, top)
                height = drawing.y(low, top) - upper_edge
                drawing.rect(start, upper_edge, end - start, height, "band fail")
            at = drawing.y(value, top)
            drawing.line(start, at, end, at, "mean fail")
        _dots(drawing, facts, ("failed_share", "failed_low", "failed_high"), top, "fail")
        _mark_changes(drawing, facts)

    rows = [
        [
            *(_date(row.day), f"{row.finished:,}", f"{row.failed:,}"),
            *(share(row.failed, row.finished), _interval(row.failed_low, row.failed_high)),
        ]
        for row in facts.day_rows
    ]
    heading = ["Day", "Finished", "Failed", "Share", f"95{NB}% interval"]
    return Chart(
        title=f"{_failed_now(facts, texts[-1])} failed{_oldest_first(facts, texts)}",
        alt="Dots: failed share per day with 95 % intervals, and a line for each period. "
        f"Periods, oldest first: {', '.join(texts)}. "
        f"{_days_alt(facts, 'failed_share', lambda value: percent(value, of=FEW))}",
        caption=f"Share of finished documents that failed; lines from dots and bands: 95{NB}% "
        f"intervals; flat lines: whole {_units(facts)}. Pale: days of under {FEW} documents.",
        drawings=draw(210, paint),
        table=Table("failed share by day", heading, rows),
    )


def time_chart(facts: Facts) -> Chart:
    """Return dots of the time within which 95% and half of the documents of a day were ready."""
    days, texts = facts.days, [seconds(one.time()[0][0]) for one in facts.column_samples]
    least = YARDSTICK * 1.5
    top = min(
        highest(days["p95"], days["p95_high"], least=least), 1.5 * highest(days["p95"], least=least)
    )
    heads = _heads(facts, texts)

    def paint(drawing: Drawing) -> None:
        columns(drawing, facts.columns, _fitting(drawing, heads))
        drawing.axis(top, lambda value: seconds(value), step=YARDSTICK if top < 100 else None)
        at = drawing.y(YARDSTICK, top)
        drawing.line(drawing.x(0), at, drawing.x(1), at, "yard")
        _dots(drawing, facts, ("p95", "p95_low", "p95_high"), top, "acc", half="median")
        first = next(row for row in facts.day_rows if row.day >= facts.period.start)
        if drawing.name == "wide" and not isnan(first.p95):
            x = drawing.x(facts.day_places[first.Index])
            drawing.text(x + 7, drawing.y(first.p95, top) - 5, f"95{NB}%", "acct")
            drawing.text(x + 7, drawing.y(first.median, top) + 2, "half")

    rows = [
        [
            *(_date(row.day), f"{row.timed:,}", seconds(row.median), seconds(row.p95)),
            _seconds_interval(row.p95_low, row.p95_high),
        ]
        for row in facts.day_rows
    ]
    heading = ["Day", "Timed", "Half within", f"95{NB}% within", f"95{NB}% interval"]
    return Chart(
        title=_time_title(facts, texts),
        alt="Dots: time within which 95 % and half of the documents were ready, per day, with "
        f"Box's 15 seconds. {_days_alt(facts, 'p95', seconds)}",
        caption=f"Upper dots: time within which 95{NB}% of a day's documents were ready, with its "
        f"95{NB}% interval; lower dots: half of them. Dashed: Box's yardstick, 95{NB}% within "
        f"15{NB}s. Days with many slow templates or large batches take longer.",
        drawings=draw(200, paint),
        table=Table("waiting time by day", heading, rows),
    )


def hour_chart(facts: Facts) -> Chart:
    """Return the curve of the failed share by hour, with the spans of incidents marked."""
    hours = busy_hours(facts.hours)
    start, end = facts.period.before().start, facts.period.end
    length = (end - start).total_seconds()
    top = min(highest(hours["share"], least=0.05), 1.0)
    spans = facts.incidents[facts.incidents["kind"] == "failures"]

    def place(time: pd.Timestamp) -> float:
        return (time - start).total_seconds() / length

    curves = [[(place(middle), value) for middle, value in points] for points in _by_day(hours)]

    def paint(drawing: Drawing) -> None:
        names = [upper(facts.period.before().name), upper(facts.period.name)]
        columns(drawing, [facts.period.before(), facts.period], names)
        drawing.axis(top, lambda value: f"{value * 100:g}{NB}%")
        for span in each(spans):
            left, right = drawing.x(place(span.start)), drawing.x(place(span.end))
            drawing.rect(left, 26, max(right - left, 3), drawing.bottom - 26, "span")
        for of_day in curves:
            points = [(drawing.x(at), drawing.y(value, top)) for at, value in of_day]
            drawing.curve(points, "curve fail")
            for x, y in points:
                drawing.dot(x, y, 1.3, "pt fail")

    marked = [
        f"{day(one.start)} {one.start:%H:%M} to {one.end:%H:%M}, {one.affected} of {one.jobs} "
        "failed"
        for one in each(spans)
    ]
    bad = hours[hours["share"] > 0.1]
    rows = [
        [
            *(f"{row.hour:%Y-%m-%d %H:%M}", f"{row.finished:,}", f"{row.failed:,}"),
            share(row.failed, row.finished),
        ]
        for row in each(bad)
    ]
    return Chart(
        title="Failed share by hour" + ("; the marked span is an incident" if marked else ""),
        alt=f"Curve: failed share by hour over two {_units(facts)}. "
        + (f"Marked: {'; '.join(marked)}." if marked else "No span is marked."),
        caption=f"Hours of 10 or more finished documents, {facts.zone}. A span is an incident if "
        "over twice the usual share failed and chance alone would do so in under 1 of 100 such "
        "reports.",
        drawings=draw(170, paint),
        table=Table(
            f"hours in which over 10{NB}% failed", ["Hour", "Finished", "Failed", "Share"], rows
        ),
    )


def _by_day(hours: pd.DataFrame) -> list[list[tuple[pd.Timestamp, float]]]:
    """Return the failed share of the middle of each hour, one list per day."""
    middles = hours["hour"] + pd.Timedelta(minutes=30)
    pairs = zip(middles, hours["share"], strict=True)
    return [list(rows) for _, rows in groupby(pairs, key=lambda pair: pair[0].date())]


def _dots(
    drawing: Drawing,
    facts: Facts,
    names: tuple[str, str, str],
    top: float,
    kind: str,
    *,
    half: str | None = None,
) -> None:
    for place, row in zip(facts.day_places, facts.day_rows, strict=True):
        value, low, high = (getattr(row, name) for name in names)
        if isnan(value):
            continue
        x, few = drawing.x(place), " few" if row.finished < FEW else ""
        if not isnan(low):
            end = top if isnan(high) else high
            drawing.line(x, drawing.y(low, top), x, drawing.y(end, top), f"wh {kind}{few}")
        radius = (2.4 if few else 3.4) - drawing.is_narrow
        drawing.dot(x, drawing.y(value, top), radius, f"pt {kind}{few}")
        if half and not isnan(getattr(row, half)):
            drawing.dot(x, drawing.y(getattr(row, half), top), radius - 1, f"pt half{few}")


def _mark_changes(drawing: Drawing, facts: Facts) -> None:
    """Mark the first day of a version, and the incidents, in the charts by day."""
    days = facts.days["day"]
    places = dict(zip(days, facts.day_places, strict=True))
    step = 0.5 / len(days)
    for version in facts.versions[:1]:
        first = pd.Timestamp(version.first_day).tz_localize(facts.zone)
        if first in places and facts.former(version) is not None:
            x = drawing.x(places[first] - step)
            drawing.line(x, 34, x, drawing.bottom, "mark")
            name = f"{facts.history.name(version.template_id)} {version.version_id} in use"
            text = "new version" if drawing.is_narrow else name
            anchor, shift = ("end", -4) if places[first] > 0.25 else ("start", 4)
            drawing.text(x + shift, 36, text, anchor=anchor)
    for span in each(facts.incidents.drop_duplicates("start")):
        at = span.start.floor("D")
        if at in places:
            drawing.text(drawing.x(places[at]), 36, "incident", "warnt", anchor="middle")


def _heads(facts: Facts, texts: list[str]) -> list[list[str]]:
    """Return the heads of each column, longest first: with its name, its beginning, its number."""
    heads: list[list[str]] = []
    for period, sample, text in zip(facts.columns, facts.column_samples, texts, strict=True):
        first = facts.history.first
        if first is None or period.end <= first:
            heads.append(["no history"])
        elif not sample.jobs:
            heads.append(["none"])
        elif period.start < first.floor("D"):
            heads.append([f"from {first:%-d %b}: {text}", text])
        else:
            heads.append([text])
    for place, period in ((-2, facts.columns[-2]), (-1, facts.period)):
        name = upper(period.name.removeprefix("the "))
        longest, *_, shortest = [*heads[place], heads[place][-1]]
        heads[place] = [f"{name}: {longest}", f"{name}: {shortest}", *heads[place]]
    return heads


def _fitting(drawing: Drawing, heads: list[list[str]]) -> list[str]:
    """Return for each column the longest head that fits its width, else the shortest."""
    room = (drawing.x(1) - drawing.x(0)) / len(heads) - 2 * _MARGIN
    return [
        next((head for head in some if len(head) * _LETTER <= room), some[-1]) for some in heads
    ]


def _failed_now(facts: Facts, text: str) -> str:
    number = facts.now.finished
    return all_or_none(facts.now.failed, number) if number else upper(text)


def _time_title(facts: Facts, texts: list[str]) -> str:
    if isnan(facts.column_samples[-1].time()[0][0]):
        return f"Too few documents have ended to say within which time 95{NB}% are ready"
    return f"95{NB}% were ready within {texts[-1]}{_oldest_first(facts, texts)}"


def _volume_title(facts: Facts) -> str:
    days = facts.days[facts.days["day"] >= facts.period.start]
    total = int(days["jobs"].sum())
    busiest = days.sort_values("jobs", ascending=False, kind="stable").head(2)
    if busiest["jobs"].head(1).sum() > total / 2:
        busiest = busiest.head(1)
    if len(days) > 3 and total and busiest["jobs"].sum() > total / 2:
        names = listed([WEEKDAYS[one.day_of_week] for one in busiest["day"].sort_values()])
        if facts.period.days > 7:
            names = listed([f"{one:%-d %b}" for one in busiest["day"].sort_values()])
        if busiest["jobs"].iloc[0] == total:
            all_of_them = (
                f"All {total:,} documents were requested"
                if total > 1
                else "The only document was requested"
            )
            return f"{all_of_them} on {names}"
        part, so_far = whole(int(busiest["jobs"].sum()), total), " so far" * facts.is_cut
        return f"{names} had {part} of the {facts.period.unit}'s documents{so_far}"
    if facts.period.days == 1:
        return f"{plural(total)} requested on {day(facts.period.start)}"
    return f"{plural(total)}, {total / max(len(days), 1):,.0f} a day on average"


def _oldest_first(facts: Facts, texts: list[str]) -> str:
    first = facts.history.first
    begun = [first is not None and first.floor("D") <= one.start for one in facts.columns[:-1]]
    known = [text for text, is_in in zip(texts, begun, strict=False) if is_in]
    known = [text for text in known if text != "not known"]
    if not known:
        return ""
    if len(known) == 1:
        return f"; {facts.period.before().name}: {known[0]}"
    return f"; in the {_units(facts)} before, oldest first: {', '.join(known)}"


def _earlier(facts: Facts, texts: list[str]) -> str:
    return f"The {_units(facts)} before, oldest first: {', '.join(texts[:-1])} in all."


def _units(facts: Facts) -> str:
    return "periods" if " " in facts.period.unit else f"{facts.period.unit}s"


def _days_alt(facts: Facts, name: str, form: Any) -> str:
    days = facts.days[facts.days["day"] >= facts.period.start]
    values = [
        f"{WEEKDAYS[row['day'].day_of_week] if len(days) <= 7 else format(row['day'], '%-d %b')} "
        f"{form(row[name])}"
        for row in days.to_dict("records")
        if not isnan(row[name])
    ]
    return f"{upper(facts.period.name)}: {', '.join(values)}."


def _known_dates(facts: Facts) -> str:
    """Return the first and the last day that are drawn and of which the history knows."""
    last = min(facts.end, facts.period.last)
    first = max(facts.columns[0].start, facts.history.first or last)
    end = last + pd.DateOffset(days=1)
    return facts.period._replace(start=min(first, last), end=end).dates


def _not_whole(facts: Facts) -> str:
    return " The last day is not whole." if facts.is_cut else ""


def _share(sample: Sample) -> str:
    return share(sample.failed, sample.finished)


def _date(time: pd.Timestamp) -> str:
    return f"{time:%Y-%m-%d} {WEEKDAYS[time.day_of_week][:3]}"


def _interval(low: float, high: float) -> str:
    return "too few" if isnan(low) else f"{low * 100:.1f} to {high * 100:.1f}{NB}%"


def _seconds_interval(low: float, high: float) -> str:
    if isnan(low):
        return "too few"
    return f"over {seconds(low)}" if isnan(high) else f"{low:.0f} to {seconds(high)}"
