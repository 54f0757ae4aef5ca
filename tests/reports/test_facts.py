"""The numbers of a report and what they call for, on tables of few jobs."""

import pandas as pd
import pytest

from docgen_nb.reports.attention import attention, incidents_of
from docgen_nb.reports.day_charts import volume_chart
from docgen_nb.reports.facts import Facts, standardized
from docgen_nb.reports.history import load_history
from docgen_nb.reports.report import ask

NOW = pd.Timestamp("2025-10-28T12:00Z")


def jobs_at(*times, **columns):
    """Return a job for each time of October 2025, such as "28T09:00"."""
    jobs = {
        "job_id": [str(number) for number, _ in enumerate(times)],
        "template_id": "7",
        "template_version_id": "70",
        "status": "completed",
        "created_at": pd.to_datetime([f"2025-10-{time}" for time in times], utc=True),
        "duration_seconds": 4.0,
        "read_at": NOW,
    }
    return pd.DataFrame(jobs | columns).astype({"status": "str"})


def facts_of(jobs, *, failures=None, period="this week", zone="UTC", names=None):
    asked = ask(period, "before", now=NOW, time_zone=zone)
    times = {"since": asked.since, "until": asked.span.end, "zone": zone}
    history = load_history(jobs, failures, **times, account=None, names=names)
    return Facts(history, asked.span, asked.other)


def texts(facts):
    return ["".join(part.text for part in item.parts) for item in attention(facts)]


@pytest.mark.parametrize(("first", "is_before"), [("27T09:00", True), ("14T09:00", False)])
def test_a_week_is_before_the_history_if_that_begins_later(first, is_before):
    assert facts_of(jobs_at(first, "28T09:00")).is_before_history is is_before


@pytest.mark.parametrize(
    ("times", "period", "expected"),
    [
        (["14T09:00", "28T09:00"], "this week", "2 documents, 2025-10-14 to 2025-10-28,"),
        (["28T09:00"], "this week", "1 document, 2025-10-28,"),
        (["01T09:00", "22T09:00"], "2025-W43", "2 documents, 2025-10-01 to 2025-10-26,"),
        (["14T09:00", "27T09:00"], "2025-10-27", "1 document, 2025-10-21 to 2025-10-27,"),
        (["28T09:00"], "2025-W43", "0 documents, 2025-10-26,"),
    ],
)
def test_documents_are_counted_within_the_history(times, period, expected):
    caption = volume_chart(facts_of(jobs_at(*times), period=period)).caption

    assert caption.startswith(f"{expected} by the day of the request, UTC.")


def test_only_jobs_that_are_open_for_long_are_stuck_and_none_that_is_gone():
    jobs = jobs_at(
        *("28T11:00", "28T11:30", "28T11:55", "28T11:56"),
        status=["gone", "pending", "submitted", "completed"],
    )
    facts = facts_of(jobs, zone="Europe/Berlin")

    assert facts.open_jobs["job_id"].tolist() == ["1", "2"]
    assert facts.stuck["job_id"].tolist() == ["1"]
    assert any("the oldest since 2025-10-28 12:30" in text for text in texts(facts))


def test_the_worst_version_is_the_one_that_surely_fails_most():
    versions = ["70"] * 40 + ["71"] * 80 + ["72"] * 2 + ["80"] * 20
    jobs = jobs_at(
        *["28T09:00"] * 142,
        template_id=["7"] * 122 + ["8"] * 20,
        template_version_id=versions,
        status=["completed"] * 80 + ["failed"] * 42 + ["completed"] * 20,
    )
    facts = facts_of(jobs)

    assert [one.version_id for one in facts.versions[:2]] == ["71", "72"]
    assert facts.versions[1].failed.after[0] == 1.0  # two jobs say little
    assert facts.rest.jobs == 62


def test_a_former_version_was_used_before():
    jobs = jobs_at("26T09:00", "27T09:00", "28T09:00", template_version_id=["70", "71", "72"])
    facts = facts_of(jobs)
    former = {one.version_id: facts.former(one) for one in facts.versions}

    assert {key: one.version_id for key, one in former.items()} == {"71": "70", "72": "71"}


def test_a_template_without_a_finished_job_has_no_share_in_the_former_proportions():
    template = ["7", "8"] * 2
    jobs = jobs_at(
        *("21T09:00", "21T09:00", "28T09:00", "28T09:00"),
        template_id=template,
        status=["completed", "completed", "pending", "failed"],
    )
    facts = facts_of(jobs)

    assert standardized(facts.templates, facts.before) == 1.0


@pytest.mark.parametrize(("before", "now"), [(10, 100), (100, 10)])
def test_only_more_failures_need_attention(before, now):
    statuses = [
        "failed" if number < failed else "completed"
        for failed in (before, now)
        for number in range(300)
    ]
    facts = facts_of(jobs_at(*["21T09:00"] * 300, *["28T09:00"] * 300, status=statuses))

    found = [text for text in texts(facts) if "clearly more than the week before" in text]
    assert len(found) == (now > before)


def test_gaps_are_those_of_documents_that_came_out():
    jobs = jobs_at(*["28T09:00"] * 6, status=["failed"] * 3 + ["completed_with_error"] * 3)
    lacking = [f"The tag '{tag}' was not provided in the input data." for tag in "aaabbb"]
    facts = facts_of(jobs, failures=jobs.assign(severity="error", message=lacking))

    found = [text for text in texts(facts) if "out with gaps because" in text]
    assert [text.split(".")[0] for text in found] == [
        "3 documents came out with gaps because their data lacks b"
    ]


def test_failures_come_before_slow_hours_and_an_hour_is_named_once():
    hours = [f"{day}T{hour:02}:00" for day in (26, 27) for hour in range(24) for _ in range(20)]
    jobs = jobs_at(*hours)
    created = jobs["created_at"]
    hour = created.dt.hour.where(created.dt.day == 27)
    jobs.loc[(hour == 14) & (jobs.index % 20 < 15), "status"] = "failed"
    jobs.loc[hour.isin([14, 18]), "duration_seconds"] = 90.0
    facts = facts_of(jobs, period="yesterday")

    kinds = [(one.kind, one.start.hour) for one in incidents_of(facts)]
    assert kinds == [("failures", 14), ("waiting", 14), ("waiting", 18)]
    assert [text.split(" documents")[0] for text in texts(facts) if text.startswith("Monday")] == [
        "Monday 2025-10-27, 14:00 to 15:00: 15 of 20",
        "Monday 2025-10-27, 18:00 to 19:00: 20 of 20",
    ]
