"""Sending rows of a batch again: what will differ, before anything is sent."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from html import escape
from typing import Any, Generic, NamedTuple, TypeVar

import pandas as pd

from docgen_nb.request import BatchRequest

Edit = Callable[[dict[str, Any]], Mapping[str, Any] | None]
Sent = TypeVar("Sent")
_MOST_SHOWN = 20
_ABSENT = "(absent)"


class Difference(NamedTuple):
    """A value that differs from what was sent; ``row`` is the position in the first request."""

    row: int
    job_id: str
    path: str
    before: str
    after: str


class Retry(Generic[Sent]):
    """Rows that are to be sent again. Its repr shows what will differ; `send` sends them.

    Attributes
    ----------
    request : BatchRequest
        As it was sent, without its rows.
    rows : list of dicts
        The rows to send, edited.
    places : list of int
        Their positions in the first request.
    jobs : list of str
        The job that each of them replaces: ``submit_many(box, retry.request, retry.rows,
        ledger=ledger, retry_of=retry.jobs)`` sends them with a record.
    """

    def __init__(
        self,
        request: BatchRequest,
        jobs: Mapping[int, str],
        edit: Edit | None,
        *,
        batch_id: str,
        submit: Callable[[BatchRequest], Sent],
    ) -> None:
        self.places, self.jobs = list(jobs), list(jobs.values())
        before = replace(request, rows=[request.rows[place] for place in self.places])
        self.rows = [_edited(row, edit) for row in before.rows]
        self.request = replace(request, rows=[])
        self._differences = list(self._compare(before, replace(request, rows=self.rows)))
        self._batch_id, self._submit = batch_id, submit
        self._sent: Sent | None = None

    def differences(self) -> pd.DataFrame:
        """Return what will differ as a table.

        One row per value: ``row`` (int64), ``job_id``, ``path`` (``file name`` for that),
        ``before`` and ``after`` (str, as Python shows them; ``(absent)`` for none).
        """
        table = pd.DataFrame(self._differences, columns=list(Difference._fields))
        return table.astype(dict.fromkeys(Difference._fields, "str") | {"row": "int64"})

    def send(self) -> Sent:
        """Send the rows in one batch and return it, as `submit` does. ValueError the second time.

        An error of `submit` leaves it unsent; its note says if the batch may exist all the same.
        """
        if self._sent is not None:
            raise ValueError(f"These rows were sent again already, in {self._sent!r}.")
        self._sent = self._submit(replace(self.request, rows=self.rows))
        return self._sent

    def _compare(self, before: BatchRequest, after: BatchRequest) -> Iterator[Difference]:
        names = zip(before.file_names(), after.file_names(), strict=True)
        documents = zip(before.documents(), after.documents(), strict=True)
        for place, job_id, (old, new), (left, right) in zip(
            self.places, self.jobs, names, documents, strict=True
        ):
            values = _flat(left) | {"file name": repr(old)}, _flat(right) | {"file name": repr(new)}
            for path in dict.fromkeys([*values[0], *values[1]]):
                pair = [of.get(path, _ABSENT) for of in values]
                if pair[0] != pair[1]:
                    yield Difference(place, job_id, path, *pair)

    def _summary(self) -> str:
        count, edited = len(self.rows), len({one.row for one in self._differences})
        noun = "row" if count == 1 else "rows"
        unedited = f", {count - edited:,} as before" if edited < count else ""
        return (
            f"{count:,} {noun} of batch {self._batch_id} to send again: {edited:,} edited{unedited}"
        )

    def __repr__(self) -> str:
        lines = [f"<Retry: {self._summary()}>"]
        for one in self._differences[:_MOST_SHOWN]:
            lines.append(f"  row {one.row}, {one.path}: {one.before} -> {one.after}")
        return "\n".join([*lines, *([f"  {self._more()}"] if self._more() else [])])

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col">{name}</th>' for name in ("row", "path", "before", "after")
        )
        rows = (
            (str(one.row), one.path, one.before, one.after)
            for one in self._differences[:_MOST_SHOWN]
        )
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in rows
        )
        table = f"<table><tr>{head}</tr>{body}</table>" if body else ""
        return f"<p>{escape(self._summary())}</p>{table}<p>{self._more()}</p>"

    def _more(self) -> str:
        more = len(self._differences) - _MOST_SHOWN
        return f"and {more:,} more differences" if more > 0 else ""


def _edited(row: Mapping[str, Any], edit: Edit | None) -> dict[str, Any]:
    own = deepcopy(dict(row))
    if edit is None:
        return own
    edited = edit(own)
    if edited is None:  # changed in place
        return own
    if not isinstance(edited, Mapping):
        raise ValueError(f"edit must return a dict or None, not {type(edited).__name__}.")
    return dict(edited)


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Return the leaves of some data by their paths."""
    if isinstance(value, Mapping) and value:
        parts: Sequence[tuple[str, Any]] = [(f"{path}.{name}", of) for name, of in value.items()]
    elif isinstance(value, list) and value:
        parts = [(f"{path}[{at}]", of) for at, of in enumerate(value)]
    else:
        return {path.removeprefix("."): repr(value)} if path else {}
    return {name: text for inner, of in parts for name, text in _flat(of, inner).items()}
