"""BatchRequest: one batch before it is sent, what is missing in it, and the body that Box takes."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import msgspec

from docgen_nb import wire
from docgen_nb.request import code_snippets
from docgen_nb.template import Problem, check

_BRACES = re.compile(r"\{([^{}]+)\}")
_encode = msgspec.json.Encoder(decimal_format="number").encode  # as the client sends it
_PLAIN = ("template_id", "template_version_id", "folder_id", "output_type", "file_name", "rows")
_NO_NUMBERS = (b"null", b"NaN", b"Inf")  # what msgspec may write for a number that JSON has not
_MOST_KNOWN = 5000  # documents whose check is remembered


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
    _checked: "_Checked" = field(
        default_factory=lambda: _Checked(), init=False, repr=False, compare=False
    )

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

    def as_dict(self) -> dict[str, Any]:
        """Return all fields but the tags, as a plain dict that `BatchRequest` takes again.

        >>> request = BatchRequest("11", rows=[{"name": "Ada"}])
        >>> BatchRequest(**request.as_dict()) == request
        True
        """
        return {name: deepcopy(getattr(self, name)) for name in _PLAIN}

    def update(self, value: Mapping[str, Any]) -> None:
        """Take the fields that a dict has, such as one from `as_dict`; ValueError for others."""
        unknown = [name for name in value if name not in _PLAIN]
        if unknown:
            raise ValueError(f"A request has no {unknown[0]!r}; it has {', '.join(_PLAIN)}.")
        for name, inner in value.items():
            setattr(self, name, deepcopy(inner))

    def as_json(self) -> str:
        """Return the body as JSON for people. ValueError for data that JSON has not, as NaN."""
        return code_snippets.as_json(self.body())

    def as_curl(
        self, *, url: str = wire.API_URL, token_name: str = code_snippets.TOKEN_NAME
    ) -> str:
        """Return the request as a command for a shell, which reads the token from a variable.

        ValueError for data that JSON has not.
        """
        return code_snippets.as_curl(self.body(), url=url, token_name=token_name)

    def as_python(self, *, url: str | None = None) -> str:
        """Return the request as Python with this package, to be pasted into a notebook.

        ValueError for data that JSON has not.
        """
        return code_snippets.as_python(self, url=url)

    def as_sdk_python(
        self, *, url: str | None = None, token_name: str = code_snippets.TOKEN_NAME
    ) -> str:
        """Return the request as Python with Box's own SDK, ``boxsdk`` 10.18 or newer.

        Numbers with a fraction become floats there. ValueError for data that JSON has not.
        """
        return code_snippets.as_sdk_python(self, url=url, token_name=token_name)

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
            for problem in self._checked.problems(row, self.tags):
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


class _Checked:
    """What was found in data before, so that a keystroke in one of many rows checks that one.

    The rows are told apart by their JSON, not by identity: a person may change a dict in place.
    """

    def __init__(self) -> None:
        self._tags: Any = None
        self._known: dict[bytes, list[Problem]] = {}

    def problems(self, row: Mapping[str, Any], tags: Any) -> list[Problem]:
        """What is wrong with the data of one document."""
        if tags is not self._tags:
            self._tags, self._known = tags, {}
        content, fault = _as_json(row)
        if fault is not None:
            return [fault, *([] if tags is None else check(tags, dict(row)))]
        if content not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = [] if tags is None else check(tags, dict(row))
            self._known[content] = [*_size_problems(content), *found]
        return self._known[content]


def _as_json(row: Mapping[str, Any]) -> tuple[bytes, Problem | None]:
    try:
        content = _encode(row)
        if any(word in content for word in _NO_NUMBERS):
            code_snippets.refuse_no_json(row)
    except (TypeError, UnicodeEncodeError) as error:
        message = f"The data cannot be sent as JSON: {error}.".replace("..", ".")
        return b"", Problem("no_json", message)
    except (ValueError, RecursionError):
        message = "The data hold NaN, an infinity or a circle; JSON has none."
        return b"", Problem("no_json", message)
    return content, None


def _size_problems(content: bytes) -> Iterator[Problem]:
    if len(content) > wire.MAX_USER_INPUT_BYTES:
        limit = wire.MAX_USER_INPUT_BYTES // 1024
        message = (
            f"The data have {len(content) / 1024:.0f} KB as JSON; Box takes at most {limit} KB."
        )
        yield Problem("too_large", message)
