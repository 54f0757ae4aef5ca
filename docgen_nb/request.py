"""BatchRequest: one batch before it is sent, what is missing in it, and the body that Box takes."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import msgspec

from docgen_nb import wire
from docgen_nb.template import Problem, check

_BRACES = re.compile(r"\{([^{}]+)\}")
_encode = msgspec.json.Encoder(decimal_format="number").encode  # as the client sends it


@dataclass
class BatchRequest:
    """One template, its destination, and the data of each document: the state of a batch.

    Parameters
    ----------
    template_id : str
        File id of the template.
    template_version_id : str, optional
        A version of it; the current one, if not given.
    folder_id : str
        Where the documents go. "0" is the topmost folder.
    output_type : str
        ``docx`` or ``pdf``.
    file_name : str
        Name of each document, without extension. A dotted path in braces stands for its value in
        the document's data: ``Order {order.id}``.
    rows : list of dicts
        One ``user_input`` per document.
    tags : sequence of mappings, optional
        The template's tags, as `Client.list_tags` gives them, read once. Without them the data
        are not checked.

    Examples
    --------
    >>> request = BatchRequest("11", file_name="Letter to {name}", rows=[{"name": "Ada"}])
    >>> request.body()["document_generation_data"]
    [{'generated_file_name': 'Letter to Ada', 'user_input': {'name': 'Ada'}}]
    >>> request.problems()
    []
    """

    template_id: str = ""
    _: KW_ONLY
    template_version_id: str | None = None
    folder_id: str = wire.ROOT_FOLDER_ID
    output_type: str = "docx"
    file_name: str = "Document"
    rows: list[dict[str, Any]] = field(default_factory=list)
    tags: Sequence[Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        if self.tags is not None:
            self.tags = list(self.tags)  # a listing would be fetched at every check

    def body(self) -> dict[str, Any]:
        """Return the body of ``POST /docgen_batches``, as `Client.create_batch` takes it."""
        body: dict[str, Any] = {
            "file": {"type": "file", "id": self.template_id},
            "input_source": wire.INPUT_SOURCE,
            "destination_folder": {"type": "folder", "id": self.folder_id},
            "output_type": self.output_type,
            "document_generation_data": [
                {"generated_file_name": name, "user_input": row}
                for name, row in zip(self.file_names(), self.rows, strict=True)
            ],
        }
        if self.template_version_id is not None:
            body["file_version"] = {"type": "file_version", "id": self.template_version_id}
        return body

    def file_names(self) -> list[str]:
        """Return the name of each document; a path that its data lack stays as written."""
        return [_filled(self.file_name, row) for row in self.rows]

    def problems(self) -> list[Problem]:
        """Return what to look at before sending, in the order of the fields above.

        An *error* is missing or would be refused; a *warning* is worth a look. ``path`` names the
        field, and within the data of the second document begins with ``rows[1].``.
        """
        return [*self._own_problems(), *self._name_problems(), *self._row_problems()]

    def _own_problems(self) -> Iterator[Problem]:
        if not self.template_id:
            yield Problem("no_template", "No template is chosen.", "template_id")
        if not self.folder_id:
            yield Problem("no_folder", "No destination folder is chosen.", "folder_id")
        if self.output_type not in wire.OUTPUT_TYPES:
            known = " or ".join(wire.OUTPUT_TYPES)
            message = f"The output type is {self.output_type!r}; it must be {known}."
            yield Problem("output_type", message, "output_type")
        if not self.rows:
            yield Problem("no_rows", "There are no data, so there would be no document.", "rows")

    def _name_problems(self) -> Iterator[Problem]:
        if not self.file_name.strip():
            yield Problem("file_name", "The file name is empty.", "file_name")
            return
        names = self.file_names()
        for number, name in enumerate(names):
            reason = _fault_of_name(name)
            if reason:
                message = f"The file name {name[:60]!r} {reason}."
                yield Problem("file_name", self._of_row(number, message), "file_name")
            for path in _BRACES.findall(name):
                message = self._of_row(
                    number, f"The data lack {path!r}, which the file name asks for."
                )
                yield Problem("name_unfilled", message, "file_name", severity="warning")
        count = sum(n for n in Counter(name.casefold() for name in names).values() if n > 1)
        if count:
            message = f"{count} documents share their file name with another; a path in braces, "
            message += "such as {order.id}, tells them apart."
            yield Problem("same_name", message, "file_name", severity="warning")

    def _row_problems(self) -> Iterator[Problem]:
        for number, row in enumerate(self.rows):
            tag_problems = [] if self.tags is None else check(list(self.tags), row)
            for problem in [*_json_problems(row), *tag_problems]:
                path = f"rows[{number}].{problem.path}".rstrip(".")
                message = self._of_row(number, problem.message)
                yield replace(problem, path=path, message=message)

    def _of_row(self, number: int, message: str) -> str:
        return message if len(self.rows) == 1 else f"Document {number + 1}: {message}"


def _filled(pattern: str, row: Mapping[str, Any]) -> str:
    def value(braces: re.Match[str]) -> str:
        found: Any = row
        for key in braces[1].split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return braces[0] if found is None or isinstance(found, Mapping | list) else str(found)

    return _BRACES.sub(value, pattern)


def _fault_of_name(name: str) -> str | None:
    """Return why Box refuses a name, as the end of a sentence."""
    if not name or name != name.strip() or name in (".", ".."):
        return "is empty, a dot name, or begins or ends with a blank"
    if len(name) > wire.MAX_NAME_LENGTH:
        return f"is longer than {wire.MAX_NAME_LENGTH} characters"
    if any(letter in "/\\" or ord(letter) < 32 for letter in name):
        return "holds a slash, a backslash or a control character"
    return None


def _json_problems(row: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        json.dumps(row, allow_nan=False, default=str)  # msgspec would write NaN as null
    except ValueError:
        yield Problem("no_json", "The data hold NaN, an infinity or a circle; JSON has none.")
        return
    try:
        size = len(_encode(row))
    except (TypeError, ValueError) as error:
        yield Problem("no_json", f"The data cannot be sent as JSON: {error}.".replace("..", "."))
        return
    if size > wire.MAX_USER_INPUT_BYTES:
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        message = f"The data have {size / 1024:.0f} KB as JSON; Box takes at most {limit} KB."
        yield Problem("too_large", message)
