"""The report: its numbers recomputed in SQL, what is planted is named, bad input is told."""

import html
import re
import sqlite3

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from lxml import html as lxml_html
from openpyxl import load_workbook

from docgen_nb.cli import main
from docgen_nb.errors import MissingColumn, NotWritten
from docgen_nb.ledger import Ledger
from docgen_nb.reports import report

NOW = "2025-11-03T12:00Z"
NAMES = {"1000002": "Purchase order.docx", "1000003": "Letter.docx", "1000004": "Statement.docx"}
WEEK, BEFORE = ("2025-10-27", "2025-11-03"), ("2025-10-20", "2025-10-27")


class Page:
    """A report as a reader meets it."""

    def __init__(self, content: str) -> None:
        self.source = content
        self.tree = lxml_html.fromstring(content)

    def text(self, path: str) -> str:
        return " ".join(self.texts(path)[0].split())

    def texts(self, path: str) -> list[str]:
        return [
            " ".join(one.text_content().replace("\xa0", " ").split())
            for one in self.tree.xpath(path)
        ]

    def table(self, name: str) -> list[list[str]]:
        rows = self.tree.xpath(f"//details[summary='Table: {name}']//tbody/tr")
        return [[cell.text_content().replace("\xa0", " ") for cell in row] for row in rows]

    @property
    def headline(self) -> str:
        return self.text("//h1")

    @property
    def notices(self) -> list[str]:
        return self.texts("//header/p[contains(@class, 'notice')]")

    @property
    def tiles(self) -> dict[str, list[str]]:
        tiles = self.tree.xpath("//div[@class='tile']")
        cells = [
            [" ".join(p.text_content().replace("\xa0", " ").split()) for p in tile.xpath("p")]
            for tile in tiles
        ]
        return {name: rest for name, *rest in cells}


def write(jobs, path, **options) -> Page:
    return Page(report(jobs, path / "report.html", **{"now": NOW} | options).read_text())


@pytest.fixture(scope="module")
def page(month, tmp_path_factory) -> Page:
    with Ledger(month[0]) as ledger:
        return write(ledger, tmp_path_factory.mktemp("page"), names=NAMES)


@pytest.fixture(scope="module")
def sql(month):
    """Return the rows of a query on the file of the ledger, apart from this package."""
    db = sqlite3.connect(month[0])

    def query(text, span=WEEK):
        since, until = (pd.Timestamp(day, tz="UTC").timestamp() for day in span)
        jobs = "(SELECT * FROM job_records WHERE created_at >= :since AND created_at < :until)"
        return db.execute(text.replace("JOBS", jobs), {"since": since, "until": until}).fetchall()

    yield query
    db.close()


def percent(number: int, total: int) -> str:
    return f"{100 * number / total:.1f} %" if number else "0 %"


COUNTS = """SELECT count(*), sum(status = 'completed'), sum(status = 'failed'),
    sum(status = 'completed_with_error') FROM JOBS"""


def test_the_headline_and_the_five_numbers_are_those_of_the_week(page, sql):
    ((jobs, good, failed, gaps),), ((before, old, *_),) = sql(COUNTS), sql(COUNTS, BEFORE)

    change = f"{abs(jobs / before - 1) * 100:.0f} % {'more' if jobs > before else 'fewer'}"
    assert page.headline.startswith(
        f"{jobs:,} documents were requested last week, {change} than the week before. "
        f"{percent(good, jobs)} came out without errors"
    )
    assert percent(old, before) in page.headline
    numbers = {name: value[0] for name, value in page.tiles.items()}
    assert numbers["Documents requested"] == f"{jobs:,}"
    assert numbers["Came out without errors"] == percent(good, jobs)
    assert numbers["Failed: no document"] == percent(failed, jobs)
    assert numbers["Came out with errors"] == percent(gaps, jobs)
    assert page.tiles["Failed: no document"][1].startswith(f"{failed:,} of {jobs:,}; ")
    assert page.tiles["Documents requested"][1] == f"{before:,} the week before"


LATE = """SELECT min(duration_seconds) FROM (SELECT duration_seconds,
    count(*) OVER (ORDER BY duration_seconds) AS ended, count(*) OVER () AS jobs FROM JOBS
    WHERE duration_seconds IS NOT NULL {}) WHERE ended > 0.95 * jobs"""


def test_times_are_those_of_the_documents_of_the_week(page, sql):
    (((late,),), ((old,),)) = sql(LATE.format("")), sql(LATE.format(""), BEFORE)
    ((quick, timed),) = sql("SELECT sum(duration_seconds <= 15), count(duration_seconds) FROM JOBS")

    assert page.tiles["95 % ready within"][:2] == [f"{late:.0f} s", f"the week before: {old:.0f} s"]
    waiting = page.text("//section[@aria-labelledby='s-wait']/p")
    assert waiting.startswith(f"{percent(quick, timed)} were ready within 15 s; ")
    bars = page.texts("//table[@class='bul']//tr")
    for template, name in NAMES.items():
        of = f"AND template_id = {template}"
        ((share, number),) = sql(
            f"SELECT sum(duration_seconds <= 15), count(*) FROM JOBS "
            f"WHERE duration_seconds IS NOT NULL {of}"
        )
        ((within,),) = sql(LATE.format(of))
        shown = "100 %" if share == number else percent(share, number)
        expected = f"{name.removesuffix('.docx')}{shown}95 % within {within:.0f} s"
        assert expected in bars


def test_the_tables_of_days_are_those_of_four_weeks(page, sql):
    expected = sql(
        """SELECT date(created_at, 'unixepoch'), count(*), sum(status = 'failed'),
        sum(status = 'completed_with_error') FROM JOBS GROUP BY 1 ORDER BY 1""",
        ("2025-10-06", "2025-11-03"),
    )

    shown = [
        (row[0][:10], *(int(cell.replace(",", "")) for cell in row[1:]))
        for row in page.table("documents by day")
    ]
    assert shown == expected
    shares = {row[0][:10]: row[3] for row in page.table("failed share by day")}
    assert shares == {day: share_text(failed, jobs) for day, jobs, failed, _ in expected}


def share_text(failed: int, jobs: int) -> str:
    """Return a share as the page writes it: without decimals under 200, 0 only if none failed."""
    decimals = 0 if jobs < 200 else 1
    text = f"{100 * failed / jobs:.{decimals}f}"
    if failed and float(text) == 0:
        return f"under {10**-decimals:g} %"
    return f"{text} %" if failed else "0 %"


def test_failures_of_each_version_and_day_are_those_of_the_week(page, sql):
    counts = sql(
        """SELECT template_version_id, date(created_at, 'unixepoch'), sum(status = 'failed'),
        count(*) FROM JOBS WHERE status IN ('failed', 'completed', 'completed_with_error')
        GROUP BY 1, 2"""
    )
    days = [f"2025-10-{day}" for day in range(27, 32)] + ["2025-11-01", "2025-11-02"]
    known = {
        (str(version), day): f"{failed:,} of {jobs:,}" for version, day, failed, jobs in counts
    }

    rows = page.table("failed documents by version and day")

    assert len(rows) == 3
    for _, version, *cells in rows:
        assert cells == [known.get((version, day), "-") for day in days]


def test_versions_reasons_and_minutes_are_those_of_the_week(page, sql):
    versions = sql(
        """SELECT template_id, template_version_id, count(*), sum(status = 'failed'),
        sum(status = 'completed_with_error') FROM JOBS GROUP BY 1, 2"""
    )
    shown = {
        row[1]: (row[0], *(int(cell.replace(",", "")) for cell in (row[2], row[3], row[6])))
        for row in page.table("templates and versions")
    }
    assert shown == {
        str(version): (NAMES[str(template)].removesuffix(".docx"), *numbers)
        for template, version, *numbers in versions
    }

    reasons = sql(
        """SELECT message, count(DISTINCT job_id), count(*) FROM JOBS
        JOIN failures USING (job_id) JOIN message_texts USING (message_id)
        WHERE severity = 'error' GROUP BY 1"""
    )
    rows = page.table("reasons")
    assert sorted(int(row[2].replace(",", "")) for row in rows) == sorted(
        jobs for _, jobs, _ in reasons
    )
    assert sum(int(row[3].replace(",", "")) for row in rows) == sum(row[2] for row in reasons)

    minutes = sql(
        """SELECT strftime('%Y-%m-%d %H:%M', created_at, 'unixepoch'), count(*) FROM JOBS
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"""
    )
    busiest = [(row[0], int(row[1])) for row in page.table("the ten busiest minutes")]
    assert [number for _, number in busiest] == [number for _, number in minutes]
    assert busiest[0] == minutes[0]
    ((above,),) = sql(
        """SELECT count(*) FROM (SELECT 1 FROM JOBS
        GROUP BY created_at - created_at % 60 HAVING count(*) > 50)"""
    )
    waiting = page.text("//section[@aria-labelledby='s-wait']/p[@class='after']")
    assert f"; {above} minute" in waiting if above else "none had more than 50" in waiting


BATCHES = """SELECT {} AS part, batch_id, count(*), sum(status = 'failed') FROM JOBS
    WHERE status IN ('failed', 'completed', 'completed_with_error') GROUP BY 1, 2"""


def share_limits(batches) -> tuple[float, float, float]:
    """Return a share of jobs in batches, and the limits of its 95% interval, by hand.

    The variance is that of the sums of residuals of each batch, at least that of independent jobs
    and at most that of batches that fail as a whole. The limits solve the equation of the score
    test, with Student's t for as many batches of equal size.
    """
    from scipy.stats import t as student  # takes seconds

    sizes, failed = (np.array([batch[place] for batch in batches]) for place in (2, 3))
    jobs, share = sizes.sum(), failed.sum() / sizes.sum()
    alike = (sizes**2).sum() / jobs
    residuals = failed - sizes * share
    between = len(sizes) / (len(sizes) - 1) * (residuals**2).sum() / jobs**2
    worth = jobs / np.clip(between / (share * (1 - share) / jobs), 1, alike)
    square = student.ppf(0.975, jobs / alike - 1) ** 2 / worth
    low, high = sorted(np.roots([1 + square, -2 * share - square, share**2]))
    return share, low, high


def test_intervals_of_shares_and_of_their_change_are_those_of_a_hand_written_formula(page, sql):
    of_version = BATCHES.format("template_version_id")
    rows = {row[1]: row[5] for row in page.table("templates and versions")}
    expected = {str(part): [] for part, *_ in sql(of_version)}
    for part, *batch in sql(of_version):
        expected[str(part)].append((part, *batch))
    for version, batches in expected.items():
        limits = [float(number) for number in re.findall(r"[0-9.]+", rows[version])]
        _, *by_hand = share_limits(batches)
        assert limits == pytest.approx([100 * limit for limit in by_hand], abs=0.1)

    all_jobs = BATCHES.format("1")
    (old, old_low, old_high), (new, low, high) = (
        share_limits(sql(all_jobs, span)) for span in (BEFORE, WEEK)
    )
    down, up = np.hypot(new - low, old_high - old), np.hypot(high - new, old - old_low)
    change = [100 * (new - old - down), 100 * (new - old + up)]
    shown = page.tiles["Failed: no document"][-1]
    sizes = [float(number) for number in re.findall(r"[0-9.]+", shown)]
    assert sorted(sizes) == pytest.approx(sorted(map(abs, change)), abs=0.1)
    assert ("fewer" in shown, "more" in shown) == (change[0] < 0, change[1] > 0)


def test_hours_incidents_and_times_of_days_are_those_of_the_jobs(month, sql, tmp_path):
    with Ledger(month[0]) as ledger:
        page = write(ledger, tmp_path, period="2025-W43", names=NAMES)
    span = ("2025-10-20", "2025-10-27")
    both = ("2025-10-13", "2025-10-27")

    ((jobs, failed),) = sql(
        """SELECT count(*), sum(status = 'failed') FROM JOBS
        WHERE strftime('%Y-%m-%d %H', created_at, 'unixepoch')
            BETWEEN '2025-10-24 10' AND '2025-10-24 12'""",
        span,
    )
    assert f"{failed} of {jobs} documents failed" in page.text(
        "//section[@aria-labelledby='s-inc']"
    )
    hours = sql(
        """SELECT strftime('%Y-%m-%d %H:00', created_at, 'unixepoch'), count(*),
        sum(status = 'failed') FROM JOBS WHERE status IN
        ('failed', 'completed', 'completed_with_error')
        GROUP BY 1 HAVING count(*) >= 10 AND 10 * sum(status = 'failed') > count(*)""",
        both,
    )
    shown = page.table("hours in which over 10\xa0% failed")
    assert [(row[0], int(row[1]), int(row[2])) for row in shown] == hours

    for row in page.table("waiting time by day")[-7:]:
        of = f"AND date(created_at, 'unixepoch') = '{row[0][:10]}'"
        quantiles = [
            sql(LATE.format(of).replace("0.95", str(quantile)), span)[0][0]
            for quantile in (0.5, 0.95)
        ]
        shown = [float(re.match("[0-9.]+", cell)[0]) for cell in row[2:4]]
        assert shown == pytest.approx(quantiles, abs=0.5)


def test_what_is_planted_is_named(page, month):
    hidden = month[1]
    attention = page.texts("//ul[@class='att']/li")

    version = f"FixPurchase order, version {hidden.bad_version_id} (since 2025-10-20), fails for"
    assert attention[0].startswith(version)
    assert any("their data lacks order.requester." in line for line in attention)
    assert any(line.startswith("WatchStatement is slow: 95 % are ready") for line in attention)
    incident = f"Friday {hidden.incident[0]:%Y-%m-%d}, 10:00 to 13:00 UTC: "
    assert any(incident in line for line in page.texts("//section[@aria-labelledby='s-inc']/p"))
    assert any(
        line.startswith("OverNo incident last week. The one of Friday") for line in attention
    )
    worst = page.texts("//table[@class='tpl']//tbody/tr")[0]
    assert worst.startswith(f"Purchase orderversion {hidden.bad_version_id}")


def test_the_incident_is_named_in_the_report_of_its_week(month, tmp_path):
    with Ledger(month[0]) as ledger:
        page = write(ledger, tmp_path, period="2025-W43", names=NAMES)

    assert page.headline.startswith("1,")
    attention = page.texts("//ul[@class='att']/li")
    assert any("Look intoFriday 2025-10-24, 10:00 to 13:00: " in line for line in attention)


def test_every_chart_has_an_alternative_text_and_its_table(page):
    figures = page.tree.xpath("//figure")

    assert len(figures) == 4
    for figure in figures:
        drawings = figure.xpath(".//svg")
        assert len(drawings) == 3  # one for each width
        assert all(len(one.get("aria-label")) > 60 for one in drawings)
        assert figure.xpath("./details/summary")
    assert len(page.source) < 400_000
    assert page.tree.xpath("//script | //link | //img | //iframe") == []
    assert not re.search(r"https?://|url\(", page.source)


def test_a_message_and_a_name_are_text(tmp_path):
    attack = '<img src=x onerror="alert(1)"> {{ 7 * 7 }}'
    jobs = table(60, status=["failed"] * 60)
    messages = jobs.assign(severity="error", message=attack)

    page = write(jobs, tmp_path, failures=messages, names={"7": f"{attack}.docx"})

    assert page.tree.xpath("//img") == []
    assert html.escape(attack, quote=False).split(" ")[0] in page.source
    assert "49" not in page.text("//table[@class='tpl']//tbody//th")
    etree.fromstring(re.search(r"<svg.*?</svg>", page.source, re.S)[0])  # well-formed


def test_the_command_writes_the_page_and_the_tables(month, tmp_path, capsys):
    out, sheets = tmp_path / "monday.html", tmp_path / "monday.xlsx"
    words = ["report", "--ledger", str(month[0]), "--out", str(out), "--xlsx", str(sheets)]

    assert main([*words, "--period", "2025-10-27 to 2025-11-02"]) == 0

    assert capsys.readouterr().out == f"{out}\n"
    assert "from 2025-10-27 to 2025-11-02" in Page(out.read_text()).headline
    book = load_workbook(sheets)
    assert book.sheetnames[:3] == ["summary", "five numbers", "documents by day"]
    assert book["documents by day"].max_row == 29
    assert isinstance(book["documents by day"]["B2"].value, int)


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--period", "next week"), 2, "period='next week' is not a period. Use 'last week'"),
        (("--compare", "2025-11-10"), 2, "must end before"),
        (("--time-zone", "Mars"), 2, "time_zone='Mars' is not a time zone"),
        (("--out", "/nowhere/a.html"), 1, "/nowhere/a.html cannot be written: No such file"),
    ],
)
def test_wrong_options_are_one_line(month, tmp_path, capsys, options, status, message):
    words = ["report", "--ledger", str(month[0]), "--out", str(tmp_path / "a.html")]
    words += ["--period", "2025-10-27"] if "--period" not in options else []
    try:
        code = main([*words, *options])
    except SystemExit as end:
        code = end.code

    lines = capsys.readouterr().err.splitlines()
    assert (code, message in lines[-1]) == (status, True)


def test_a_missing_ledger_is_one_line(tmp_path, capsys):
    assert main(["report", "--ledger", str(tmp_path / "no.sqlite"), "--out", "a.html"]) == 1
    assert "docgen-nb sync creates it" in capsys.readouterr().err


# Bad input


def table(jobs: int, *, start: str = "2025-10-28T09:00Z", **columns) -> pd.DataFrame:
    """Return jobs of one day in batches of five."""
    created = pd.Timestamp(start) + pd.to_timedelta(np.arange(jobs), unit="min")
    rows = pd.DataFrame(
        {
            "job_id": [str(4000 + one) for one in range(jobs)],
            "batch_id": [str(one // 5) for one in range(jobs)],
            "template_id": "7",
            "template_version_id": "70",
            "status": "completed",
            "created_at": created,
            "duration_seconds": 4.0,
            "read_at": pd.Timestamp(NOW),
        }
    )
    return rows.assign(**columns).astype({"job_id": "str", "status": "str"})


def test_no_job_is_said_in_the_first_line(tmp_path):
    page = write(table(0).astype({"created_at": "datetime64[us, UTC]"}), tmp_path)

    assert page.headline == (
        "No documents were requested last week; the week before had none either."
    )
    assert page.notices == [
        "The history has no jobs. If that surprises you, check that these are all jobs of the "
        "right account."
    ]
    assert f"Read on {pd.Timestamp.now('UTC'):%Y}-" in page.text("//p[@class='meta']")
    with Ledger(tmp_path / "history.sqlite") as ledger:
        page = write(ledger, tmp_path)
    assert "docgen-nb sync still runs" in page.notices[0]
    assert f"Read on {pd.Timestamp.now('UTC'):%Y}-" in page.text("//p[@class='meta']")
    assert page.texts("//h2") == ["How these numbers were made, and what is not known"]


def test_an_empty_week_says_when_the_last_request_was(tmp_path):
    page = write(table(30, start="2025-10-21T09:00Z"), tmp_path)

    assert page.headline == "No documents were requested last week; the week before had 30."
    assert page.notices == [
        "The last request in the history is of Tuesday 2025-10-21 at 09:29 UTC. If that surprises "
        "you, check that these are all jobs of the right account."
    ]


def test_one_job_is_too_few_to_compare(tmp_path):
    both = pd.concat([table(1), table(1, start="2025-10-21T09:00Z")], ignore_index=True)
    page = write(both, tmp_path)

    assert page.headline == (
        "1 document was requested last week, about as many as the week before. 1 of them came out "
        "without errors; that is too few to compare with the week before."
    )
    assert page.text("//p[@class='calm few']") == (
        "1 document in 1 batch is too few to tell a problem from chance. Of the 1 that have ended, "
        "none failed, none came out with gaps and none took longer than 15 s."
    )
    assert {row[2] for row in page.tiles.values()} <= {"As many", "Too few to say"}


def test_a_week_without_finished_jobs_has_no_shares(tmp_path):
    jobs = table(20, status=["pending"] * 20, duration_seconds=np.nan)
    page = write(jobs, tmp_path)

    assert "None of the 20 jobs has ended; there is nothing to count yet." in page.headline
    assert page.text("//section[@aria-labelledby='s-open']/p") == (
        "20 jobs are open; 20 for longer than 10 min."
    )
    assert len(page.table("the longest open jobs")) == 20
    assert not any("nan" in text for text in page.texts("//main"))
    assert " It has not ended; " in write(jobs.head(1), tmp_path).headline


@pytest.mark.parametrize(
    ("period", "headline", "notices"),
    [
        (
            "this week",
            "The history has nothing for 2025-11-03 to 2025-11-09: it ends on Thursday 2025-10-30 "
            "at 09:29 UTC.",
            ["The history ends on Thursday 2025-10-30 at 09:29 UTC."],
        ),
        (
            "2026-01-05",
            "The history has nothing for 2026-01-05: it ends on Thursday 2025-10-30 at 09:29 UTC.",
            [],
        ),
    ],
)
def test_a_period_after_the_end_of_the_history_is_not_called_empty(
    tmp_path, period, headline, notices
):
    jobs = table(30, start="2025-10-30T09:00Z", read_at=pd.Timestamp("2025-10-30T09:29Z"))
    page = write(jobs, tmp_path, period=period)

    assert page.headline == headline
    assert [notice[: len(notices[0])] for notice in page.notices] == notices
    now = {"now": "2025-11-01T12:00Z"}  # the week is not over, and the last sync two days old
    (stale,) = write(jobs, tmp_path, period="this week", **now).notices
    assert stale.startswith("The history ends on Thursday 2025-10-30 at 09:29 UTC.")


def test_a_headline_of_a_week_with_open_jobs_says_of_how_many_its_share_is(tmp_path):
    jobs = table(200, start="2025-11-03T08:00Z")
    jobs.loc[92:, "status"], jobs.loc[92:, "duration_seconds"] = "pending", np.nan
    page = write(jobs, tmp_path, period="this week")

    assert page.headline == (
        "200 documents were requested until 12:00 on Monday; the same part of the week before is "
        "not known: the history begins on Monday 2025-11-03. All of the 92 that have ended came "
        "out without errors; 108 are still open."
    )
    waiting = page.texts("//section[@aria-labelledby='s-wait']/p")
    assert waiting[0].startswith("46 % were ready within 15 s")
    assert "92 documents with a known end, and 108 open ones that have waited longer." in waiting[1]
    days = page.texts("//div[@class='wide']//text[contains(@class, 'strong small')]")
    assert days == ["200"]  # none for the days that have not begun
    assert 'dg.report(jobs, "report.html", period="this week")' in page.text("//main")


def test_few_documents_of_which_many_fail_or_wait_are_counted_not_called_fine(tmp_path):
    jobs = table(20, status=["failed"] * 9 + ["completed"] * 11)
    jobs["duration_seconds"] = [np.nan] * 9 + [4.0] * 5 + [40.0] * 6
    page = write(jobs, tmp_path)

    assert page.text("//p[@class='calm few']") == (
        "20 documents in 4 batches are too few to tell a problem from chance. Of the 20 that have "
        "ended, 9 failed, none came out with gaps and 6 took longer than 15 s."
    )


@pytest.mark.parametrize(
    ("start", "period"),
    [("2025-11-03T09:00Z", "this week"), ("2025-10-21T09:00Z", "2025-10-21")],
)
def test_an_empty_period_before_the_last_jobs_offers_theirs(tmp_path, start, period):
    page = write(table(30, start=start), tmp_path, period="2025-10-13 to 2025-10-14")

    day = "Monday 2025-11-03" if period == "this week" else "Tuesday 2025-10-21"
    assert page.notices == [
        f"The history has 30 newer documents, until {day} at 09:29 UTC. For those, use "
        f'--period "{period}".'
    ]


def test_heads_of_columns_stay_in_their_columns(tmp_path):
    jobs = table(200, start="2025-11-05T08:00Z")
    jobs.loc[92:, "status"], jobs.loc[92:, "duration_seconds"] = "pending", np.nan
    jobs["read_at"] = pd.Timestamp("2025-11-05T12:00Z")
    page = write(jobs, tmp_path, period="this week", now="2025-11-05T12:00Z")

    for drawing in page.tree.xpath("//figure//svg"):
        width = float(drawing.get("viewbox").split()[2])
        heads = drawing.xpath("./text[@y='14.0']")
        places = [float(head.get("x")) for head in heads] + [width]
        for head, left, right in zip(heads, places, places[1:], strict=False):
            assert left + 6 * len(head.text) < right
    assert "This week: from 5 Nov: not known" in page.texts("//div[@class='wide']//text[@y='14.0']")


def test_one_hour_of_documents_of_which_many_are_open(tmp_path):
    jobs = table(20)
    jobs.loc[9:, "status"], jobs.loc[9:, "duration_seconds"] = "pending", np.nan
    page = write(jobs, tmp_path)

    titles = page.texts("//h2 | //h3")
    assert "All 20 documents were requested on Tuesday" in titles
    assert "Too few documents have ended to say within which time 95 % are ready" in titles
    assert "The one hour with documents had no more failures" in page.text("//main")
    assert "within not known" not in page.text("//main")


def test_open_unknown_and_backward_jobs_are_counted_in_the_first_lines(tmp_path):
    jobs = table(100)
    jobs.loc[:4, "status"], jobs.loc[:4, "duration_seconds"] = "pending", np.nan
    jobs.loc[5:6, "status"], jobs.loc[5:6, "duration_seconds"] = "paused", np.nan
    jobs.loc[7:9, "duration_seconds"] = -90.0
    page = write(jobs, tmp_path)

    assert page.notices == [
        "7 jobs of 100 are still open; shares are of the 93 that have ended.",
        "2 jobs have a status that this version does not know (paused); they are counted as open.",
        "3 jobs end before they begin, by up to 90 s; they are in no time.",
    ]
    attention = page.texts("//ul[@class='att']/li")
    assert attention[0].startswith("Look into7 jobs have been open for longer than 10 min")
    assert len(page.table("the longest open jobs")) == 7


def test_a_ledger_that_stopped_is_compared_with_the_same_part(tmp_path):
    before, now = table(4 * 60, start="2025-10-23T08:00Z"), table(200, start="2025-10-30T08:00Z")
    jobs = pd.concat([before, now], ignore_index=True)
    jobs = jobs.assign(read_at=pd.Timestamp("2025-10-30T11:20Z"), job_id=range(440))
    page = write(jobs.astype({"job_id": "str"}), tmp_path)

    assert page.headline.startswith(
        "200 documents were requested until 11:20 on Thursday, about as many as in the same part "
        "of the week before."
    )
    assert page.notices[0].startswith("The history ends on Thursday 2025-10-30 at 11:20 UTC.")


def test_two_accounts_are_not_mixed(tmp_path):
    jobs = table(100, enterprise_id=["1"] * 70 + ["2"] * 30)

    page, other = write(jobs, tmp_path), write(jobs, tmp_path, account="2")

    assert page.headline.startswith("70 documents")
    assert page.notices == [
        "This history holds 2 accounts; this report is of enterprise 1. Choose with account=."
    ]
    assert other.headline.startswith("30 documents")
    with pytest.raises(ValueError, match=r"account='3' is not in the history, which has: 1, 2\."):
        write(jobs, tmp_path, account="3")


def test_errors_name_what_is_missing(tmp_path):
    with pytest.raises(MissingColumn, match="report needs the column 'duration_seconds'"):
        write(table(3).drop(columns="duration_seconds"), tmp_path)
    with pytest.raises(TypeError, match="a ledger or a pandas table of jobs, not list"):
        write([], tmp_path)
    with pytest.raises(NotWritten, match="cannot be written"):
        report(table(3), tmp_path / "none" / "a.html", now=NOW)
    with pytest.raises(NotWritten, match="A file needs a name"):
        report(table(3), "", now=NOW)
    with pytest.raises(ValueError, match="has no time zone"):
        write(table(3), tmp_path, now="2025-11-03")


def test_days_and_months_are_periods_too(month, tmp_path):
    with Ledger(month[0]) as ledger:
        day = write(ledger, tmp_path, period="2025-10-30")
        longer = write(ledger, tmp_path, period="last month", time_zone="Europe/Berlin")

    assert "on 2025-10-30" in day.headline
    assert day.text("//h2[@id='s-trend']") == "Seven days by day"
    assert "last month" in longer.headline
    assert longer.text("//p[@class='eyebrow']").endswith("Friday 2025-10-31, Europe/Berlin")


def test_jobs_without_a_template_or_a_time_and_jobs_of_the_future_are_no_traceback(tmp_path):
    jobs = table(60)
    jobs.loc[:9, "template_id"], jobs.loc[:9, "template_version_id"] = None, None
    jobs.loc[10:11, "created_at"] = pd.NaT
    jobs.loc[12:13, "created_at"] = pd.Timestamp("2099-01-01T00:00Z")
    jobs.loc[14:15, "status"] = None
    jobs.loc[16:17, "duration_seconds"] = np.inf

    page = write(jobs, tmp_path)

    assert page.headline.startswith("56 documents were requested last week")
    assert "No template" in {row[0] for row in page.table("templates and versions")}
    assert not any("nan" in text for text in page.texts("//main//p | //main//td"))


def test_a_thousand_templates_with_long_names_stay_a_page(tmp_path):
    jobs = table(1000)
    jobs = jobs.assign(template_id=jobs["job_id"], template_version_id=jobs["job_id"])
    names = dict.fromkeys(
        jobs["job_id"], "Agreement on the processing of personal data, annex " * 9
    )

    page = write(jobs, tmp_path, names=names)

    assert len(page.texts("//table[@class='tpl']//tbody//th")) == 12
    assert len(page.table("failed documents by version and day")) == 12


def test_jobs_listed_twice_are_counted_as_they_are(tmp_path):
    page = write(pd.concat([table(30), table(30)], ignore_index=True), tmp_path)

    assert page.headline.startswith("60 documents were requested last week")


def test_five_documents_have_whole_numbers_on_their_axis_and_no_empty_chart(tmp_path):
    page = write(table(5), tmp_path)

    volume = page.texts("(//figure)[1]//*[local-name()='text']")
    assert "0" in volume
    assert "4" in volume
    assert "Failed share by hour" not in page.text("//main")  # no hour has ten of them


def test_a_week_in_which_all_failed_says_so_first(tmp_path):
    jobs = table(300, start="2025-10-28T08:00Z").assign(status="failed", duration_seconds=np.nan)
    damaged = "The template could not be read: its part 'word/document.xml' is damaged."
    failures = jobs[:40].assign(severity="error", message=damaged)
    page = write(jobs, tmp_path, failures=failures)

    assert "None came out without errors." in page.headline
    assert page.texts("//ul[@class='att']/li")[0] == "FixAll 300 documents failed."
    text = page.text("//main")
    assert damaged in text  # no placeholder where nothing differs
    assert "40 of 300 failures have the same reason" in text
    assert "the highest share of an hour" not in text


def test_times_without_a_zone_are_refused_in_one_line(tmp_path):
    jobs = table(30)
    with pytest.raises(ValueError, match="created_at"):
        write(jobs.assign(created_at=jobs["created_at"].dt.tz_localize(None)), tmp_path)


def test_what_was_counted_is_shown_where_it_is_too_little_for_a_claim(tmp_path):
    jobs = table(660, start="2025-10-28T08:00Z").assign(template_version_id="70")
    jobs.loc[120:179, "template_version_id"] = "71"
    jobs.loc[120:130, "status"], jobs.loc[300:303, "status"] = "failed", "failed"
    jobs.loc[jobs.index // 5 % 12 == 0, "duration_seconds"] = 40.0
    is_large = (jobs.index >= 120) & (jobs.index < 180)  # the version has two batches
    jobs.loc[is_large, "batch_id"] = [f"large{one // 30}" for one in range(60)]
    page = write(jobs, tmp_path)

    attention = page.texts("//ul[@class='att']/li")
    assert attention == [
        "WatchMost failures: Template 7, version 71 (since 2025-10-28), 11 of 60 documents; all "
        "others together, 4 of 600. That can be chance: its documents are of 2 batches, too few "
        "to tell a bad version from bad batches.",
        "Watch91.7 % were ready within 15 s; whether that meets Box's yardstick of 95 % is not "
        "sure (85.7 to 95.3 %).",
    ]
    sections = page.text("//main")
    lead = "No version fails clearly more than the others. Most failures: Template 7, version 71"
    assert lead in sections
    assert (
        "Tuesday 2025-10-28, 10:00 to 11:00: 11 of 60 documents failed (18 %), the highest "
        "share of an hour. It is not called an incident: 1 batch can fail by chance." in sections
    )


def test_a_period_at_the_beginning_of_the_history_says_what_is_newer_and_what_is_not_known(
    tmp_path,
):
    few, many = table(2, start="2025-10-26T14:00Z"), table(400, start="2025-10-28T08:00Z")
    few["batch_id"] = "first"
    many.loc[:9, "status"] = "failed"
    jobs = pd.concat([few, many], ignore_index=True).assign(read_at=pd.Timestamp("2025-11-02T12Z"))
    sunday = {"now": "2025-11-02T12:00Z"}

    page = write(jobs, tmp_path, **sunday)
    assert page.notices == [
        "The history has 400 newer documents, until Tuesday 2025-10-28 at 14:39 UTC. For those, "
        'use --period "this week".'
    ]
    begins = "is not known: the history begins on Sunday 2025-10-26."
    assert page.headline.startswith(
        f"2 documents were requested last week; the week before {begins}"
    )
    assert page.tiles["Documents requested"][1:3] == [
        "the week before: not known",
        "Nothing to compare",
    ]
    assert "none before" not in page.text("//main")
    assert "Bars:" not in page.text("//main")

    page = write(jobs, tmp_path, period="this week", **sunday)
    assert f"the same part of the week before {begins}" in page.headline
    assert page.texts("//h3")[1] == "2.5 % failed"
    assert not page.notices
