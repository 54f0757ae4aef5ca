"""How far a batch is: counts in words, a bar, and what became of each finished job."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets

from docgen_nb import wire

Job = Mapping[str, Any]

MOST_LINES = 20
WORDS = {"completed_with_error": "completed with errors"}


def is_finished(job: Job) -> bool:
    """Return whether a job will not change any more; a status of Box's that is new counts so."""
    return job["status"] not in wire.OPEN


def in_words(jobs: Sequence[Job], *, count: int) -> str:
    """Return counts as a sentence.

    >>> in_words([{"status": "pending"}, {"status": "completed"}], count=2)
    '1 of 2 documents finished: 1 pending, 1 completed.'
    """
    finished = sum(map(is_finished, jobs))
    statuses = Counter(job["status"] for job in jobs)
    order = [*wire.STATUSES, *sorted(set(statuses) - set(wire.STATUSES))]
    parts = [f"{statuses[name]} {WORDS.get(name, name)}" for name in order if statuses[name]]
    noun = "document" if count == 1 else "documents"
    return f"{finished} of {count} {noun} finished" + (f": {', '.join(parts)}." if parts else ".")


def as_html(jobs: Sequence[Job]) -> str:
    """Return the finished jobs as a list, those with messages first, all text escaped.

    A long batch shows its first 20 lines and how many more there are.
    """
    finished = [job for job in jobs if is_finished(job)]
    finished.sort(key=lambda job: not _messages(job))
    items = [f"<li>{_item(job)}</li>" for job in finished[:MOST_LINES]]
    if len(finished) > MOST_LINES:
        items.append(f"<li>and {len(finished) - MOST_LINES} more</li>")
    return f'<ul style="line-height: 1.5">{"".join(items)}</ul>' if items else ""


def _messages(job: Job) -> list[str]:
    failures = job.get("failures") or {}
    errors = [f"Error: {text}" for text in failures.get("errors") or ()]
    return errors + [f"Warning: {text}" for text in failures.get("warnings") or ()]


def _item(job: Job) -> str:
    file = job.get("output_file")
    made = f"file {file['id']}" if file else "no document"
    head = f"Job {job['id']} {WORDS.get(job['status'], job['status'])}, {made}"
    inner = "".join(f"<li>{escape(text)}</li>" for text in _messages(job))
    return escape(head) + (f"<ul>{inner}</ul>" if inner else "")


class Progress:
    """A bar and the list of finished jobs; both are hidden until a batch is sent."""

    def __init__(self) -> None:
        self._bar = widgets.IntProgress(description="Documents")
        self._list = widgets.HTML()
        self.widget = widgets.VBox([self._bar, self._list])
        self.widget.layout.display = "none"

    def start(self) -> None:
        """Show an empty bar."""
        self._bar.value = 0
        self._list.value = ""
        self.widget.layout.display = ""

    def show(self, jobs: Sequence[Job], *, count: int) -> None:
        """Show the jobs as they are now, of that many in all."""
        self._bar.max = count
        self._bar.value = sum(map(is_finished, jobs))
        self._list.value = as_html(jobs)
