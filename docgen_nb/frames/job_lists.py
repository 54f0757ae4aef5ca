"""The jobs of a batch, of a template or all, with the times that only one list has."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Protocol
from warnings import warn

from docgen_nb import wire
from docgen_nb.client_protocol import DocGenClient, Entry
from docgen_nb.frames.pages import (
    PageColumns,
    Texts,
    entry_columns,
    read_pages,
)

MOST_CALLS = 10  # that one line may hide
# Fields that Box sends only in the list of all jobs. It was recorded to send created_at in others,
# too, and does not document external_id, so any list may lack it.
_ONLY_IN_FULL = ("created_at", "created_by_id", "enterprise_id", "source", "external_id")


class HasId(Protocol):
    """An object that knows its id, such as a `Batch`."""

    @property
    def id(self) -> str:
        """The id."""
        ...


Chosen = str | Entry | HasId


def selected_pages(
    box: DocGenClient, *, batch: Chosen | None, template: Chosen | None, function: str
) -> Generator[PageColumns, None, None]:
    """Return the pages of all jobs, or those of one batch or template; ValueError for both."""
    if not hasattr(box, "list_jobs"):
        raise TypeError(
            f"{function} reads from a client, as connect returns it, not from {type(box).__name__}."
            " Saved tables are read with pandas, and those of a ledger with its jobs()."
        )
    if batch is not None and template is not None:
        raise ValueError(f"{function} takes a batch or a template, not both.")
    if batch is not None:
        jobs = box.list_batch_jobs(_id(batch, kind="batch"), limit=wire.MAX_LIMIT)
        return _with_times(jobs, box)
    if template is not None:
        jobs = box.list_template_jobs(_id(template, kind="template"), limit=wire.MAX_LIMIT)
        return _with_times(jobs, box)
    return read_pages(box.list_jobs(limit=wire.MAX_LIMIT))


def _id(chosen: Chosen, *, kind: str) -> str:
    if isinstance(chosen, str | int):
        return str(chosen)
    if isinstance(chosen, Mapping):
        return str(chosen.get("file", chosen)["id"])
    own = getattr(chosen, "id", None)
    if not isinstance(own, str | int):
        raise TypeError(f"{kind} must be an id, an entry or an object with an id: {chosen!r}")
    return str(own)


def _with_times(entries: Iterable[Entry], box: DocGenClient) -> Generator[PageColumns, None, None]:
    """Add what only the list of all jobs has where creation times lack, in few calls."""
    pages = list(read_pages(entries))
    wanted = {job_id for page in pages for job_id in _without_time(page.texts)} - {None}
    calls = MOST_CALLS - len(pages)
    full = _full_rows(box.list_jobs(limit=wire.MAX_LIMIT), wanted, calls) if wanted else {}
    for page in pages:
        _fill(page.texts, full)
        yield page


def _without_time(texts: Mapping[str, Texts]) -> Iterable[str | None]:
    pairs = zip(texts["job_id"], texts["created_at"], strict=True)
    return (job_id for job_id, created_at in pairs if created_at is None)


def _full_rows(
    listing: Iterable[Entry], wanted: set[str | None], calls: int
) -> dict[str | None, tuple[str | None, ...]]:
    full: dict[str | None, tuple[str | None, ...]] = {}
    read = 0
    with closing(_small_pages(listing)) as pages:
        while read < calls and len(full) < len(wanted):
            page = next(pages, None)
            if page is None:
                return full
            read += hasattr(listing, "pages")
            rows = zip(*(page.texts[name] for name in _ONLY_IN_FULL), strict=True)
            for job_id, row in zip(page.texts["job_id"], rows, strict=True):
                if job_id in wanted:
                    full[job_id] = row
    if len(full) < len(wanted):
        warn(
            f"The creation times of {len(wanted) - len(full):,} jobs were not read: that takes "
            f"more than {MOST_CALLS} calls here. A ledger reads them once for all: "
            "dg.Ledger(PATH).sync(box).",
            stacklevel=2,
        )
    return full


def _small_pages(listing: Iterable[Entry]) -> Generator[PageColumns, None, None]:
    """Yield the pages of a listing, or single entries, without reading more than needed."""
    if hasattr(listing, "pages"):
        yield from read_pages(listing, prefetch=False)  # reading stops at any page
    else:
        for entry in listing:
            yield entry_columns([entry])


def _fill(texts: dict[str, Texts], full: Mapping[str | None, tuple[str | None, ...]]) -> None:
    rows = [full.get(job_id) for job_id in texts["job_id"]]
    for position, name in enumerate(_ONLY_IN_FULL):
        texts[name] = [
            row[position] if row and own is None else own
            for own, row in zip(texts[name], rows, strict=True)
        ]
