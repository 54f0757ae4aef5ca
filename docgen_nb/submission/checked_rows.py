"""The rows of a submission: checked one by one, and kept in a temporary file until sent."""

import hashlib
import re
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from docgen_nb import exact_json
from docgen_nb.errors import RowsRefused
from docgen_nb.ledger.submissions.record import Destination, RowRecord
from docgen_nb.request import BatchRequest, same_name

MAX_REQUEST_BYTES = 4_000_000  # our choice: Box documents a 413, and no limit
_HASH_BYTES = 16
_IN_BRACES = re.compile(r"\{([^{}]+)\}")


class RowProblem(NamedTuple):
    """A problem of one row (its position, from 0), or of all (None)."""

    row: int | None
    severity: str
    path: str
    code: str
    message: str


class CheckedRows:
    """Rows, read once as a stream. Memory holds their places and hashes, a disk their data.

    `problems` lists what is wrong, in the order of the rows; the rows with an error are `bad`.
    """

    def __init__(self, request: BatchRequest, *, label: str, retry_of: Sequence[str] = ()) -> None:
        self.request, self._retry_of = request, retry_of
        self.destination = Destination(
            request.template_id,
            request.template_version_id,
            request.folder_id,
            request.output_type,
            request.file_name,
            label,
        )
        self.problems: list[RowProblem] = []
        self.bad: set[int] = set()
        self._file = tempfile.TemporaryFile(prefix="docgen-nb-")  # noqa: SIM115  closed by `close`
        self._starts = array("Q", [0])
        self._hashes = bytearray()
        self._prefix = exact_json.encode([*self.destination[:4:2], self.destination[3:]])
        self._unsent = _unsent_paths(request)
        self._names: set[int] = set()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def close(self) -> None:
        """Delete the temporary file."""
        self._file.close()

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Read and check rows, the problems of the request itself first."""
        one = replace(self.request, rows=[{}])
        for problem in one.problems():
            if problem.path.split("[")[0] not in ("rows", "file_name"):
                self._note(None, *_parts(problem))
        repeated = 0
        for row in rows:
            name = self._add(one, row)
            key = hash(same_name(name))
            repeated += key in self._names
            self._names.add(key)
        self._names.clear()
        self._file.flush()
        if repeated:
            documents = "document has" if repeated == 1 else "documents have"
            message = f"{repeated:,} {documents} the file name of another one."
            self._note(None, "warning", "file_name", "same_name", message)

    def _add(self, one: BatchRequest, row: Any) -> str:
        number = len(self)
        if not isinstance(row, Mapping):
            message = f"A row is a dict with the data of one document, not {type(row).__name__}."
            self._note(number, "error", "", "not_object", message)
            self._keep(b"")
            return ""
        one.file_name, one.rows = self.request.file_name, [dict(row)]
        name = one.file_names()[0]
        one.file_name, one.rows = name, [_without(dict(row), self._unsent)]
        try:
            data = {"generated_file_name": name, "user_input": one.documents()[0]}
            content = _encode(data)
        except (TypeError, ValueError, RecursionError):
            content = b""  # the check says so
        for problem in one.problems():
            if problem.path.split("[")[0] in ("rows", "file_name"):
                self._note(number, *_parts(problem))
        self._keep(content)
        return name

    def _note(self, row: int | None, severity: str, *rest: str) -> None:
        self.problems.append(RowProblem(row, severity, *rest))
        if row is not None and severity == "error":
            self.bad.add(row)

    def _keep(self, content: bytes) -> None:
        self._file.write(content)
        self._starts.append(self._starts[-1] + len(content))
        digest = hashlib.sha256(self._prefix + content).digest()
        self._hashes += digest[:_HASH_BYTES]

    def exclude(self, row: int, *, code: str, message: str) -> None:
        """Add an error of a row after all were read."""
        self._note(row, "error", "", code, message)

    def good(self) -> Iterator[int]:
        """Yield the positions of the rows without an error."""
        return (row for row in range(len(self)) if row not in self.bad)

    def hashes(self) -> Iterator[tuple[int, bytes]]:
        """Yield the position and hash of each row without an error."""
        return ((row, self._hash(row)) for row in self.good())

    def _hash(self, row: int) -> bytes:
        return bytes(self._hashes[row * _HASH_BYTES : (row + 1) * _HASH_BYTES])

    def digest(self) -> str:
        """Return the identity of the submission: of the destination and all good rows."""
        total = hashlib.sha256(self._prefix)
        for row, digest in self.hashes():
            total.update(row.to_bytes(8, "big") + digest)
        return total.hexdigest()

    def document(self, row: int) -> dict[str, Any]:
        """Return the name and data of the document of a row."""
        document: dict[str, Any] = exact_json.decode(self._content(row))
        return document

    def _content(self, row: int) -> bytes:
        start, end = self._starts[row], self._starts[row + 1]
        self._file.seek(start)
        return self._file.read(end - start)

    def records(self, *, chunk: int, keep_data: bool) -> Iterator[RowRecord]:
        """Yield what is recorded of the good rows, in chunks limited by number and by size."""
        number, documents, size = 0, 0, 0
        for row in self.good():
            length = self._starts[row + 1] - self._starts[row]
            if documents and (documents >= chunk or size + length > MAX_REQUEST_BYTES):
                number, documents, size = number + 1, 0, 0
            documents, size = documents + 1, size + length
            data = self._content(row).decode() if keep_data else None
            replaces = self._retry_of[row] if self._retry_of else None
            yield RowRecord(row, self._hash(row), number, data, replaces)

    def refuse_if_none(self) -> None:
        """Raise RowsRefused if there is no row to send, or the request itself has an error."""
        of_all = [one for one in self.problems if one.row is None and one.severity == "error"]
        if not any(True for _ in self.good()):
            message = "There is no row to send"
            self._note(None, "error", "rows", "no_rows", message)
            self.refuse_bad()
        if of_all:
            self.refuse_bad()

    def refuse_bad(self) -> None:
        """Raise RowsRefused if the request or a row has an error, with all problems."""
        if any(problem.severity == "error" for problem in self.problems):
            raise RowsRefused([one._asdict() for one in self.problems], rows=len(self))


def _parts(problem: Any) -> tuple[str, str, str, str]:
    path = problem.path.removeprefix("rows[0]").removeprefix(".")
    return problem.severity, path, problem.code, problem.message


_encode = msgspec.json.Encoder(
    decimal_format="number", enc_hook=exact_json.to_python, order="sorted"
).encode


def _unsent_paths(request: BatchRequest) -> list[list[str]]:
    """Return the paths that only the file name uses, which are not sent."""
    if request.tags is None:
        return []
    tagged = {path for tag in request.tags for path in tag.get("json_paths") or ()}
    used = {part for path in tagged for part in _ancestors(path)}
    named = _IN_BRACES.findall(request.file_name)
    return [path.split(".") for path in named if path not in used]


def _ancestors(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[: end + 1]) for end in range(len(parts)))


def _without(row: dict[str, Any], paths: Iterable[list[str]]) -> dict[str, Any]:
    for first, *inner in paths:
        if not inner:
            row.pop(first, None)
        elif isinstance(row.get(first), Mapping):
            row[first] = _without(dict(row[first]), [inner])
    return row
