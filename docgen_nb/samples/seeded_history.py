"""Seeded job histories for the embedded service, with an incident and other things to find."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

from docgen_nb import wire
from docgen_nb.auth import GivenToken
from docgen_nb.client import Client
from docgen_nb.samples.letters import letter, letter_template
from docgen_nb.samples.notation import template
from docgen_nb.samples.purchase_orders import order_template, orders
from docgen_nb.service import LocalDocGen, SeededBatch, SeededJob, write_history

INPUTS = 100  # rows of data per template, shared by its jobs
MEAN_BATCH = 12
# Weight of each hour (UTC): an office day with a lunch break, and a little work at night.
HOURS = (1, 1, 1, 1, 1, 2, 4, 12, 30, 38, 36, 30, 18, 30, 36, 34, 26, 14, 6, 3, 2, 2, 1, 1)
WEEKEND, MONTH_END = 0.12, 2.5
NO_REQUESTER = "The tag 'order.requester' was not provided in the input data."
REASONS = (
    "The document could not be converted to PDF.",
    "The document took too long and was stopped.",
    "The template could not be read: its part 'word/document.xml' is damaged.",
)
NEWER_ORDER = """
    # Purchase order {{order.id}}
    {{order.vendor.company}}, ordered by {{order.requester}} for {{order.department}}
    | Product | Amount |
    |---|
    | {{tablerow one in order.products}} {{one.name}} | {{one.amount}} {{endtablerow}} |
    Approved by {{order.approver}}. Questions: {{order.requester}}.
"""
STATEMENT = """
    # Statement of {{customer}}
    | No. | Amount |
    |---|
    | {{tablerow line in lines}} {{line.number}} | {{line.amount}} {{endtablerow}} |
"""


@dataclass(frozen=True)
class SeededHistory:
    """The extent of a seeded history, and what is hidden in it.

    During ``incident`` far more jobs fail and all take longer. ``bad_version_id`` is a version of
    the order template, in use since ``bad_since``, whose jobs fail more often. The jobs of
    ``slow_template_id`` take several times as long as others.
    """

    jobs: int
    since: datetime
    until: datetime
    incident: tuple[datetime, datetime]
    bad_version_id: str
    bad_since: datetime
    slow_template_id: str


@dataclass(frozen=True)
class _Workload:
    """A template version: how often it is used, how long it takes, how often it fails."""

    template_id: int
    version_id: int
    output_type: str
    weight: float
    seconds: float
    failed: float
    incomplete: float
    first_input: int


def history(
    local: LocalDocGen,
    *,
    jobs: int = 20_000,
    days: int = 30,
    seed: int = 0,
    until: datetime | None = None,
) -> SeededHistory:
    """Fill a service with finished jobs of the last days and return what is hidden in them.

    Jobs come in batches during office hours, fewer at weekends, more at the end of a month. One
    incident, one slow template and one bad template version are hidden among them. A document is
    rendered when its content is first read. The same seed gives the same history, except for ids.

    Parameters
    ----------
    local : LocalDocGen
        A service in this process. The call creates the templates and the folders.
    jobs, days : int
        Number of jobs and days, at least 1 each.
    seed : int
        Seed of the random numbers.
    until : datetime, optional
        End of the history, with a time zone; by default the current time of the service.

    Raises
    ------
    ValueError
        If `jobs` or `days` is under 1, or `until` has no time zone.

    Examples
    --------
    >>> with LocalDocGen() as local:
    ...     past = history(local, jobs=200, days=7, seed=1)
    >>> past.jobs
    200
    """
    if jobs < 1 or days < 1:
        raise ValueError(f"jobs and days must be at least 1, not {jobs} and {days}.")
    end = datetime.fromtimestamp(int(local.clock.now()), UTC) if until is None else until
    if end.tzinfo is None:
        raise ValueError("until must have a time zone, such as datetime.UTC")
    plan = _Plan(jobs, days, end.astimezone(UTC), random.Random(seed))  # noqa: S311
    workloads, folder_id = _set_up(local)
    count = write_history(
        local.store,
        plan.batches(workloads, folder_id),
        user_id=local.default_user_id,
        inputs=_inputs(seed),
    )
    return SeededHistory(
        jobs=count,
        since=plan.since,
        until=plan.until,
        incident=plan.incident,
        bad_version_id=str(workloads[1].version_id),
        bad_since=plan.bad_since,
        slow_template_id=str(workloads[3].template_id),
    )


def _inputs(seed: int) -> list[str]:
    whole = orders(INPUTS, seed=seed)
    lacking = orders(INPUTS, seed=seed, incomplete=INPUTS)
    letters = [letter() | {"seat": f"A{number:05}"} for number in range(INPUTS)]
    lines = [{"number": number, "amount": 100 * number} for number in range(1, 30)]
    statements = [
        {"customer": f"Customer {number}", "lines": lines[: 1 + number % 29]}
        for number in range(INPUTS)
    ]
    return [json.dumps(row) for row in [*whole, *lacking, *letters, *statements]]


def _set_up(local: LocalDocGen) -> tuple[list[_Workload], int]:
    """Upload and mark the templates; return their workloads and the id of the folder."""
    token = GivenToken(local.token or "local")
    with (
        local.session() as session,
        Client(wire.LOCAL_URL, token_source=token, session=session) as box,
    ):
        folder = box.create_folder(f"History {datetime.now(UTC):%Y-%m-%d %H.%M.%S.%f}")["id"]
        order = box.upload_file(order_template(), name="Purchase order.docx", folder_id=folder)
        newer = box.upload_version(order["id"], template(NEWER_ORDER))
        files = [order, newer]
        for name, content in (("Letter", letter_template()), ("Statement", template(STATEMENT))):
            files.append(box.upload_file(content, name=f"{name}.docx", folder_id=folder))
        for file in files:
            box.mark_template(file["id"])
        documents = box.create_folder("Documents", parent_id=folder)["id"]
    return [_workload(number, file) for number, file in enumerate(files)], int(documents)


def _workload(number: int, file: dict[str, Any]) -> _Workload:
    ids = int(file["id"]), int(file["file_version"]["id"])
    return (
        _Workload(*ids, "docx", 5.0, seconds=3.0, failed=0.005, incomplete=0.03, first_input=0),
        _Workload(*ids, "docx", 5.0, seconds=3.0, failed=0.09, incomplete=0.03, first_input=0),
        _Workload(*ids, "docx", 3.0, seconds=1.5, failed=0.003, incomplete=0.0, first_input=2),
        _Workload(*ids, "pdf", 2.0, seconds=12.0, failed=0.01, incomplete=0.0, first_input=3),
    )[number]


class _Plan:
    """The times of batches and the outcomes of their jobs."""

    def __init__(self, jobs: int, days: int, until: datetime, chance: random.Random) -> None:
        self.jobs, self.chance = jobs, chance
        self.since, self.until = until - timedelta(days=days), until
        # From 10 to 13 on a working day at two thirds of the period.
        day = (self.since + timedelta(days=days * 2 / 3)).replace(hour=10, minute=0, second=0)
        while day.weekday() > 4:
            day -= timedelta(days=1)
        self.incident = (day, day + timedelta(hours=3))
        self.bad_since = self.since + timedelta(days=days / 2)

    def batches(self, workloads: Sequence[_Workload], folder_id: int) -> Iterator[SeededBatch]:
        """Yield the batches in order of time, with exactly the planned number of jobs."""
        sizes = self._sizes()
        for moment, size in zip(self._moments(len(sizes)), sizes, strict=True):
            order = workloads[1] if moment >= self.bad_since else workloads[0]
            choice = [order, *workloads[2:]]
            workload = self.chance.choices(choice, [one.weight for one in choice])[0]
            yield SeededBatch(
                template_id=workload.template_id,
                version_id=workload.version_id,
                folder_id=folder_id,
                output_type=workload.output_type,
                created_at=moment.timestamp(),
                jobs=[self._job(workload, moment, place) for place in range(size)],
            )

    def _sizes(self) -> list[int]:
        sizes, left = [], self.jobs
        while left:
            size = min(left, 1 + int(self.chance.expovariate(1 / MEAN_BATCH)))
            sizes.append(size)
            left -= size
        return sizes

    def _moments(self, count: int) -> list[datetime]:
        first = self.since.replace(minute=0, second=0)
        hours = int((self.until - first) / timedelta(hours=1)) + 1
        starts = [first + timedelta(hours=number) for number in range(hours)]
        chosen = self.chance.choices(starts, [_weight(start) for start in starts], k=count)
        moments = [start + timedelta(seconds=self.chance.randrange(3600)) for start in chosen]
        latest = self.until - timedelta(minutes=10)  # so that every job has finished
        return sorted(min(max(moment, self.since), latest) for moment in moments)

    def _job(self, workload: _Workload, moment: datetime, place: int) -> SeededJob:
        bad_day = self.incident[0] <= moment < self.incident[1]
        failed = 0.35 if bad_day else workload.failed
        drawn = self.chance.random()
        status, errors, group = "completed", [], workload.first_input
        if drawn < failed:
            status, errors = "failed", [self.chance.choice(REASONS)]
        elif drawn < failed + workload.incomplete:
            status, errors, group = "completed_with_error", [NO_REQUESTER] * 2, group + 1
        number = self.chance.randrange(INPUTS)
        return SeededJob(
            name=f"Document {place + 1}",
            input=group * INPUTS + number,
            status=status,
            failures=json.dumps({"errors": errors, "warnings": []}) if errors else None,
            seconds=self._seconds(workload, place) * (6 if bad_day else 1),
        )

    def _seconds(self, workload: _Workload, place: int) -> float:
        """Return a duration: typical for the workload, with a long tail and a queueing delay."""
        waiting = 0.2 * place * workload.seconds
        return 1 + self.chance.lognormvariate(log(workload.seconds), 0.4) + waiting / 4


def _weight(start: datetime) -> float:
    weight = float(HOURS[start.hour])
    if start.weekday() > 4:
        weight *= WEEKEND
    if (start + timedelta(days=2)).month != start.month:
        weight *= MONTH_END
    return weight
