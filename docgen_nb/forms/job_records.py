"""Jobs as they were read, and what was seen of each besides its current status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.batch_news import BatchNews
from docgen_nb.forms.job_texts import is_open, milliseconds

Seen = tuple[datetime, str]  # when a status was first seen


@dataclass
class JobRecords:
    """Jobs by id, newest first.

    Attributes
    ----------
    jobs : dict
        As the service lists them.
    seen : dict
        The statuses that were seen of each job.
    names : dict
        Names that documents were to have, from forms.
    """

    jobs: dict[str, Entry] = field(default_factory=dict)
    seen: dict[str, list[Seen]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    _last_open: dict[str, datetime] = field(default_factory=dict)
    _from_forms: dict[str, Entry] = field(default_factory=dict)

    def replace(self, listed: Mapping[str, Entry], *, when: datetime) -> None:
        """Take over the list of all jobs, and what forms have read since it was begun."""
        jobs = dict(listed)
        for job in jobs.values():
            self.record(job, when=when)
        for job_id, job in self._from_forms.items():
            if job_id not in jobs or (is_open(jobs[job_id]) and not is_open(job)):
                jobs[job_id] = {**jobs.get(job_id, {}), **job}
        self.jobs = dict(sorted(jobs.items(), key=_age, reverse=True))

    def add_news(self, news: BatchNews, *, when: datetime) -> None:
        """Take over the jobs that a form has read."""
        new: dict[str, Entry] = {}
        sent = {} if news.sent_at is None else {"created_at": news.sent_at.isoformat()}
        for at, job in enumerate(news.jobs):
            job_id = str(job["id"])
            new[job_id] = {**sent, **self.jobs.get(job_id, {}), **job}
            self.record(job, when=when)
            if at < len(news.names):
                self.names[job_id] = f"{news.names[at]}.{job.get('output_type', '')}".rstrip(".")
        self._from_forms |= new
        self.jobs = {**dict(sorted(new.items(), key=_age, reverse=True)), **self.jobs, **new}

    def record(self, job: Entry, *, when: datetime) -> None:
        """Record when a job was seen with its status."""
        job_id, status = str(job["id"]), str(job.get("status", ""))
        seen = self.seen.setdefault(job_id, [])
        if not seen or seen[-1][1] != status:
            seen.append((when, status))
        if is_open(job):
            self._last_open[job_id] = when

    def bounds(self, job_id: str) -> tuple[float, float] | None:
        """Return when a finished job was last seen open and first seen finished, if both were.

        In milliseconds since 1970.
        """
        last_open, seen = self._last_open.get(job_id), self.seen.get(job_id)
        if last_open is None or not seen:
            return None
        return last_open.timestamp() * 1000, seen[-1][0].timestamp() * 1000


def _age(item: tuple[str, Entry]) -> tuple[float, int, str]:
    """Return what is larger for a newer job."""
    job_id, job = item
    created = milliseconds(job.get("created_at"))
    return created if created == created else 0.0, len(job_id), job_id
