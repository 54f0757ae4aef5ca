"""The data of documents in a file: JSON Lines as a stream, tables converted by the tags."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docgen_nb import exact_json
from docgen_nb.errors import UnreadableData
from docgen_nb.request.table_files import KINDS, read_table
from docgen_nb.request.table_rows import Tags, rows_from_table

_MARK = b"\xef\xbb\xbf"  # of UTF-8, which Windows writes at the start of a file


class RowFile:
    """The rows of a file; iterating over it reads JSON Lines again, line by line.

    UnreadableData if the file cannot be read or a line is not an object.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.jsonl"
    ...     _ = path.write_text('{"name": "Ada"}\\n\\n{"name": "Bo"}\\n')
    ...     list(RowFile(path, tags=[]))
    [{'name': 'Ada'}, {'name': 'Bo'}]
    """

    def __init__(self, path: Path, *, tags: Tags) -> None:
        self._path = path
        is_stream = KINDS.get(path.suffix.lower()) == "jsonl"
        self._rows = None if is_stream else rows_from_table(read_table(path), tags=tags)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._lines() if self._rows is None else iter(self._rows)

    def __len__(self) -> int:
        """Count the rows, without keeping them."""
        return sum(1 for _ in self._lines()) if self._rows is None else len(self._rows)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield self._object(line.removeprefix(_MARK), number=number)
        except OSError as error:
            raise UnreadableData(f"Cannot read {self._path}: {error.strerror}.") from error

    def _object(self, line: bytes, *, number: int) -> dict[str, Any]:
        try:
            value = exact_json.decode(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableData(f"{self._path}, line {number}: not JSON ({error}).") from error
        if not isinstance(value, dict):
            raise UnreadableData(f"{self._path}, line {number}: not an object.")
        return value


def numbered(rows: Iterable[dict[str, Any]], *, name: str) -> Iterator[dict[str, Any]]:
    """Yield rows with their number, from 1, under a name that they may use themselves.

    >>> list(numbered([{"name": "Ada"}, {"row": 7}], name="row"))
    [{'row': 1, 'name': 'Ada'}, {'row': 7}]
    """
    return ({name: number, **row} for number, row in enumerate(rows, start=1))
