"""Looking for batches whose requests were not answered, before anything is sent again.

Evidence that a batch exists is, in this order: a job with an external id of the submission; and,
where the service does not echo external ids, a batch of unknown origin with as many jobs, whose
documents have the names of the rows. Evidence that it does not exist is the absence of both, in
lists read only some time after the request ended: a service may still have been at work.

The list is read from its beginning, not from the marker where the last sync of the ledger ended.
Whether the service echoes external ids is seen on the jobs of batches that are known, which may all
be before that marker; without this, batches of others with as many documents and the same template
would be compared by name, and held back or taken for one of ours. A marker is also only valid for
the list order in which it was read, and only `Ledger.sync` keeps one. A look is needed after a lost
reply alone, and reads 1,000 jobs a call.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.errors import NotFound
from docgen_nb.frames.pages import read_pages
from docgen_nb.ledger.job_rows import COLUMNS, read_columns
from docgen_nb.ledger.submissions.record import UNSURE, Chunk, SubmissionRecord, known_batches
from docgen_nb.request import same_name
from docgen_nb.submission.checked_rows import CheckedRows

SLACK = 600.0  # seconds by which times of the service may be wrong
_SAMPLE = 3  # documents of a batch whose names are compared
_SAME, _DIFFERENT, _LATER, _UNTOLD = "same", "different", "later", "untold"


class Verdict(NamedTuple):
    """What became of a request: the id of its batch, "" for surely none, None if not told.

    ``why`` says how it is known. ``final`` is False if a later look may tell.
    """

    batch_id: str | None
    why: str
    final: bool = True


def external_id(record: SubmissionRecord, row: int) -> str:
    """Return the external id of the document of a row."""
    return f"{record.token}-{row}"


@dataclass
class Seen:
    """What one reading of the list of jobs shows."""

    jobs: int = 0
    batches: dict[int, str] = field(default_factory=dict)  # of rows with an external id of ours
    strangers: set[str] = field(default_factory=set)  # batches of unknown origin
    echoes: bool = False  # whether a job that is known has an external id


def look(
    box: DocGenClient, record: SubmissionRecord, rows: CheckedRows | None
) -> dict[Chunk, Verdict]:
    """Look once for the batches of all unsure chunks."""
    unsure = record.chunks(UNSURE)
    begun = [chunk.begun_at or record.created_at for chunk in unsure]
    seen = _read(box, record, since=min(begun, default=0.0) - SLACK + _behind(box))
    of_chunks = {record.chunk_of(row): batch_id for row, batch_id in seen.batches.items()}
    verdicts = {
        chunk: Verdict(of_chunks[chunk.id], "found by its external ids")
        for chunk in unsure
        if chunk.id in of_chunks
    }
    others = [chunk for chunk in unsure if chunk not in verdicts]
    strangers = set() if seen.echoes or seen.batches else seen.strangers
    return verdicts | _by_names(box, record, rows, others, strangers, seen=seen)


def _behind(box: DocGenClient) -> float:
    """Return by how much the clock of the service is ahead at least, negative if it is behind."""
    bounds = getattr(box, "clock_offset", None)
    return bounds[0] if bounds else 0.0


def _read(box: DocGenClient, record: SubmissionRecord, *, since: float) -> Seen:
    """Read the list of jobs, to its end or to jobs that are older than the submission."""
    seen, known = Seen(), known_batches(record.file)
    destination, prefix = record.destination(), f"{record.token}-"
    for job in _jobs(box, since=since):
        seen.jobs += 1
        batch_id, external = str(job["batch_id"]), job["external_id"]
        if external is not None:
            seen.echoes |= batch_id in known
            if external.startswith(prefix):
                seen.batches[int(external.removeprefix(prefix))] = batch_id
        elif (
            batch_id not in known
            and str(job["template_id"]) == destination.template_id
            and job["output_type"] == destination.output_type
            and (job["created_at"] is None or job["created_at"] >= since)
        ):
            seen.strangers.add(batch_id)
    return seen


def _jobs(box: DocGenClient, *, since: float) -> Iterator[Mapping[str, Any]]:
    """Yield jobs; of a list that begins with the newest ones, only those created since then."""
    created_at, newest, is_newest_first = COLUMNS.index("created_at"), float("inf"), True
    for page in read_pages(box.list_jobs(limit=wire.MAX_LIMIT), prefetch=False):
        jobs = read_columns(page).rows
        for job in jobs:
            yield dict(zip(COLUMNS, job, strict=True))
        times = [job[created_at] for job in jobs]
        if None in times or times != sorted(times, reverse=True) or times[:1] > [newest]:
            is_newest_first = False
        newest = times[-1] if times and times[-1] is not None else newest
        if is_newest_first and times and times[0] != times[-1] and newest < since:
            return


def _by_names(
    box: DocGenClient,
    record: SubmissionRecord,
    rows: CheckedRows | None,
    chunks: Sequence[Chunk],
    strangers: Iterable[str],
    *,
    seen: Seen,
) -> dict[Chunk, Verdict]:
    """Compare the chunks with the batches of unknown origin."""
    documents = {batch_id: _documents(box, batch_id) for batch_id in strangers} if chunks else {}
    names = {chunk: _names(record, rows, chunk) for chunk in chunks}
    verdicts = {}
    for chunk in chunks:
        similar = {
            batch_id: _compared(names[chunk], outputs)
            for batch_id, outputs in documents.items()
            if len(outputs) == chunk.documents
        }
        others = [names[other] for other in chunks if other is not chunk]
        verdicts[chunk] = _verdict(names[chunk], others, similar, seen=seen)
    return verdicts


def _verdict(
    names: list[str] | None,
    others: list[list[str] | None],
    similar: Mapping[str, str],
    *,
    seen: Seen,
) -> Verdict:
    possible = {batch_id: how for batch_id, how in similar.items() if how != _DIFFERENT}
    if not possible:
        return Verdict("", f"not among {seen.jobs:,} jobs")
    listed = ", ".join(possible)
    if _LATER in possible.values():
        why = f"batch {listed} may be the one; its documents are not there yet"
        return Verdict(None, why, final=False)
    is_specific = names is not None and len(set(names)) == len(names) and names not in others
    if list(possible.values()) == [_SAME] and is_specific:
        return Verdict(listed, "found by the names of its documents")
    return Verdict(None, f"batch {listed} has the same template and as many documents")


def _names(record: SubmissionRecord, rows: CheckedRows | None, chunk: Chunk) -> list[str] | None:
    if rows is None:
        return None
    return [rows.document(row)["generated_file_name"] for row in record.rows_of(chunk)]


class _Output(NamedTuple):
    is_open: bool
    name: str | None


def _documents(box: DocGenClient, batch_id: str) -> list[_Output]:
    """Return the documents of a batch in the order of its jobs; the names of some of them."""
    try:
        jobs = list(box.list_batch_jobs(batch_id, limit=wire.MAX_LIMIT))
    except NotFound:
        return []
    jobs.sort(key=lambda job: (len(str(job["id"])), str(job["id"])))
    finished = [at for at, job in enumerate(jobs) if job.get("output_file")]
    sample = set(_spread(finished))
    return [
        _Output(job.get("status") in wire.OPEN, _output_name(box, job) if at in sample else None)
        for at, job in enumerate(jobs)
    ]


def _spread(places: Sequence[int]) -> Iterable[int]:
    return places if len(places) <= _SAMPLE else (places[0], places[len(places) // 2], places[-1])


def _output_name(box: DocGenClient, job: Entry) -> str | None:
    try:
        return str(box.get_file(str(job["output_file"]["id"]), fields=["name"])["name"])
    except NotFound:  # deleted since
        return None


def _compared(names: list[str] | None, outputs: Sequence[_Output]) -> str:
    """Compare the names of documents with those of rows; a service may add to a name."""
    known = [(at, one.name) for at, one in enumerate(outputs) if one.name is not None]
    if names is None or not known:
        return _LATER if any(one.is_open for one in outputs) else _UNTOLD
    same = all(same_name(name).startswith(same_name(names[at])) for at, name in known)
    return _SAME if same else _DIFFERENT
