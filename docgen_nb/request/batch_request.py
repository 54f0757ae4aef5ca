"""BatchRequest: a batch before it is sent, with its problems and the body that Box accepts."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any
from unicodedata import normalize

from docgen_nb import exact_json, wire
from docgen_nb.request import code_snippets
from docgen_nb.request.code_snippets import TOKEN_NAME
from docgen_nb.template import Problem, check

_BRACES = re.compile(r"\{([^{}]+)\}")
_FIELDS = (
    *("template_id", "template_version_id", "folder_id", "output_type", "file_name"),
    *("external_id", "common", "rows"),
)
_MAX_CACHED = 5000  # documents
_LOOKED_AT = 20  # documents


@dataclass
class BatchRequest:
    """A template, a destination and the data of each document.

    Parameters
    ----------
    template_id : str
        File id of the template.
    template_version_id : str, optional
        Version of the template; by default the current one.
    folder_id : str
        Destination folder. "0" is the root folder.
    output_type : str
        ``docx`` or ``pdf``.
    file_name : str
        Name of each document, without extension. A path in braces, as in ``Order {order.id}``, is
        replaced by its value in the document's data.
    external_id : str
        An id of your own for each document, such as ``{order.id}``, with paths as in `file_name`.
        A service that knows external ids shows it on the job. By default none is sent.
    common : dict
        Data that is the same for all documents, such as a logo. Each document's own data is added
        to it, and wins where both have a value; a list is not merged with another one.
    rows : list of dicts
        The data of each document: with `common`, its ``user_input``.
    tags : sequence of mappings, optional
        The template's tags, as returned by `Client.list_tags`. Without them `problems` does not
        check the data.

    Examples
    --------
    >>> request = BatchRequest("11", file_name="Letter to {name}", rows=[{"name": "Ada"}])
    >>> request.body()["document_generation_data"]
    [{'generated_file_name': 'Letter to Ada', 'user_input': {'name': 'Ada'}}]
    >>> request.problems()
    []
    >>> BatchRequest(common={"from": "Bob"}, rows=[{"to": "Ada"}, {"from": "Eve"}]).documents()
    [{'from': 'Bob', 'to': 'Ada'}, {'from': 'Eve'}]

    Raises
    ------
    TypeError
        If `rows` is a DataFrame: `rows_from_table` converts it.
    """

    template_id: str = ""
    _: KW_ONLY
    template_version_id: str | None = None
    folder_id: str = wire.ROOT_FOLDER_ID
    output_type: str = "docx"
    file_name: str = "Document"
    external_id: str = ""
    common: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    tags: Sequence[Mapping[str, Any]] | None = None
    _checks: "_CachedChecks" = field(
        default_factory=lambda: _CachedChecks(), init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.tags is not None:
            self.tags = list(self.tags)  # so that a listing is fetched once
        check_rows(self.rows)

    def documents(self) -> list[dict[str, Any]]:
        """Return the ``user_input`` of each document: the common data and its own."""
        return [merged(self.common, row) for row in self.rows] if self.common else self.rows

    def body(self) -> dict[str, Any]:
        """Return the body of ``POST /docgen_batches``, for `Client.create_batch`."""
        body: dict[str, Any] = {
            "file": {"type": "file", "id": self.template_id},
            "input_source": wire.INPUT_SOURCE,
            "destination_folder": {"type": "folder", "id": self.folder_id},
            "output_type": self.output_type,
            "document_generation_data": [
                {"generated_file_name": name, "user_input": row}
                for name, row in zip(self.file_names(), self.documents(), strict=True)
            ],
        }
        documents = body["document_generation_data"]
        for document, id in zip(documents, self.external_ids(), strict=False):
            document["external_id"] = id
        if self.template_version_id is not None:
            body["file_version"] = {"type": "file_version", "id": self.template_version_id}
        return body

    def as_dict(self) -> dict[str, Any]:
        """Return all fields except the tags as a dict that `BatchRequest` accepts.

        >>> request = BatchRequest("11", rows=[{"name": "Ada"}])
        >>> BatchRequest(**request.as_dict()) == request
        True
        """
        return {
            name: deepcopy(value)
            for name in _FIELDS
            if (value := getattr(self, name)) or name != "external_id"
        }

    def update(self, value: Mapping[str, Any]) -> None:
        """Set fields from a dict such as one from `as_dict`. ValueError for an unknown field."""
        unknown = [name for name in value if name not in _FIELDS]
        if unknown:
            raise ValueError(
                f"A request has no field {unknown[0]!r}. Its fields are {', '.join(_FIELDS)}."
            )
        for name, field_value in value.items():
            setattr(self, name, deepcopy(field_value))

    def as_json(self) -> str:
        """Return the body as indented JSON. ValueError for data that JSON cannot hold."""
        return code_snippets.as_json(self.body())

    def as_curl(self, *, url: str = wire.API_URL, token_name: str = TOKEN_NAME) -> str:
        """Return a curl command that sends the request.

        It reads the token from the environment variable `token_name`. ValueError for data that
        JSON cannot hold.
        """
        return code_snippets.as_curl(self.body(), url=url, token_name=token_name)

    def as_python(self, *, url: str | None = None) -> str:
        """Return Python code that sends the request with this package.

        ValueError for data that JSON cannot hold.
        """
        return code_snippets.as_python(self, url=url)

    def as_sdk_python(self, *, url: str | None = None, token_name: str = TOKEN_NAME) -> str:
        """Return Python code that sends the request with Box's SDK, ``boxsdk`` 10.18 or newer.

        Decimal numbers become floats, because the SDK cannot send them. ValueError for data that
        JSON cannot hold.
        """
        return code_snippets.as_sdk_python(self.body(), url=url, token_name=token_name)

    def file_names(self) -> list[str]:
        """Return the name of each document. A path that its data lacks stays in braces."""
        return [_fill(self.file_name, row) for row in self.documents()]

    def external_ids(self) -> list[str]:
        """Return the external id of each document, none at all without `external_id`.

        >>> BatchRequest(external_id="{id}", rows=[{"id": "A-1"}, {"id": "A-2"}]).external_ids()
        ['A-1', 'A-2']
        """
        return [_fill(self.external_id, row) for row in self.documents()] * bool(self.external_id)

    def problems(self) -> list[Problem]:
        """Return what to correct before sending, in the order of the fields above.

        An *error* would be rejected or leave a gap in a document; a *warning* may be a mistake.
        ``path`` is the field's name. In the data of the second document it starts with
        ``rows[1].``.
        """
        return [*self._field_problems(), *self._name_problems(), *self._row_problems()]

    def _field_problems(self) -> Iterator[Problem]:
        if not self.template_id:
            yield Problem("no_template", "No template is chosen.", "template_id")
        if not self.folder_id:
            yield Problem("no_folder", "No destination folder is chosen.", "folder_id")
        if self.output_type not in wire.OUTPUT_TYPES:
            known = " or ".join(wire.OUTPUT_TYPES)
            message = f"The output type is {self.output_type!r}; it must be {known}."
            yield Problem("output_type", message, "output_type")
        if not self.rows:
            yield Problem("no_rows", "Add the data of at least one document.", "rows")

    def _name_problems(self) -> Iterator[Problem]:
        if not self.file_name.strip():
            yield Problem("file_name", "The file name is empty.", "file_name")
            return
        names = self.file_names()
        for number, name in enumerate(names):
            if reason := _name_fault(name):
                message = f"The file name {name[:60]!r} {reason}."
                yield Problem("file_name", self._with_number(number, message), "file_name")
            for path in _BRACES.findall(name):
                message = f"The file name uses {path!r}, which is not in the data."
                message = self._with_number(number, message)
                yield Problem("name_unfilled", message, "file_name", severity="warning")
        count = sum(n for n in Counter(map(same_name, names)).values() if n > 1)
        if count:
            path = _distinct_path(self.rows)
            message = f"{count} documents have the same file name. Add a field, such as {{{path}}}."
            yield Problem("same_name", message, "file_name", severity="warning")

    def _row_problems(self) -> Iterator[Problem]:
        self._checks.begin(self.tags, self.common)
        for number, row in enumerate(self.rows):
            for problem in self._checks.problems(row):
                path = f"rows[{number}].{problem.path}".rstrip(".")
                message = self._with_number(number, problem.message)
                yield replace(problem, path=path, message=message)

    def _with_number(self, number: int, message: str) -> str:
        return message if len(self.rows) == 1 else f"Document {number + 1}: {message}"


def check_rows(rows: Any) -> None:
    """Raise TypeError for a table in place of a list with one dict per document.

    >>> check_rows([{"to": "Ada"}])
    """
    if hasattr(rows, "columns"):
        raise TypeError(
            f"rows is a {type(rows).__name__}. Convert it to a list with one dict per document: "
            "rows=dg.rows_from_table(table, tags=box.list_tags(template_id))."
        )


def copied_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return copies of rows. TypeError for a table, as from `check_rows`.

    >>> copied_rows([{"to": "Ada"}])
    [{'to': 'Ada'}]
    """
    check_rows(rows)
    return [deepcopy(dict(row)) for row in rows]


def merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return common data with a document's own data, which wins.

    >>> merged({"order": {"terms": "30 days", "id": 0}}, {"order": {"id": 7}})
    {'order': {'terms': '30 days', 'id': 7}}
    """
    data = {**common, **own}
    for name in common.keys() & own.keys():
        if isinstance(common[name], Mapping) and isinstance(own[name], Mapping):
            data[name] = merged(common[name], own[name])
    return data


def same_name(name: str) -> str:
    """Return a key that is equal for names that Box or a file system may treat as one.

    >>> same_name("LETTER.docx") == same_name("letter.docx")
    True
    """
    return normalize("NFC", normalize("NFC", name).casefold())


def _fill(pattern: str, row: Mapping[str, Any]) -> str:
    def replacement(braces: re.Match[str]) -> str:
        value: Any = row
        for key in braces[1].split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return braces[0] if value is None or isinstance(value, Mapping | list) else str(value)

    return _BRACES.sub(replacement, pattern)


def _distinct_path(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a path whose values tell the first documents apart, or an example of a path."""
    first = rows[:_LOOKED_AT]
    for path in _scalar_paths(first[0]):
        names = {same_name(_fill(f"{{{path}}}", row)) for row in first}
        if len(names) == len(first) and f"{{{path}}}" not in names:
            return path
    return "order.id"


def _scalar_paths(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from (f"{name}.{path}" for path in _scalar_paths(value))
        elif isinstance(value, str | int):
            yield name


def _name_fault(name: str) -> str | None:
    """Return why Box rejects a file name, as the rest of a sentence."""
    if not name or name != name.strip() or name in (".", ".."):
        return "is empty, is '.' or '..', or starts or ends with a space"
    if len(name) > wire.MAX_NAME_LENGTH:
        return f"is longer than {wire.MAX_NAME_LENGTH} characters"
    if any(letter in "/\\" or ord(letter) < 32 for letter in name):
        return "contains a slash, a backslash or a control character"
    return None


class _CachedChecks:
    """Checks of the data of documents, so that a keystroke checks the one document it changes.

    The key is the JSON of the data, because a user may change a dict in place.
    """

    def __init__(self) -> None:
        self._tags: Any = None
        self._common: Mapping[str, Any] = {}
        self._common_text = ""
        self._cache: dict[bytes, tuple[list[Problem], bool]] = {}

    def begin(self, tags: Any, common: Mapping[str, Any]) -> None:
        """Set what the next rows are checked with; checks with other tags or data are dropped."""
        common_text = repr(common) if common else ""  # of any object, also what JSON cannot hold
        if tags is not self._tags or common_text != self._common_text:
            self._tags, self._common_text, self._cache = tags, common_text, {}
        self._common = common

    def problems(self, row: Mapping[str, Any]) -> list[Problem]:
        """Return the problems of the data of one document."""
        try:
            content = exact_json.encode(row, path="data")
            cached = self._cache.get(content)
            if cached is None:
                cached = self._checked(merged(self._common, row))
                if len(self._cache) >= _MAX_CACHED:
                    self._cache.clear()
                self._cache[content] = cached
            elif cached[1]:
                exact_json.check_numbers(merged(self._common, row), path="data")
            return cached[0]
        except (TypeError, ValueError, RecursionError) as error:
            return [_json_problem(error), *_data_problems(merged(self._common, row), self._tags)]

    def _checked(self, data: Mapping[str, Any]) -> tuple[list[Problem], bool]:
        content = exact_json.encode(data, path="data")
        may_hold_nan = _may_hold_nan(content)
        if may_hold_nan:
            exact_json.check_numbers(data, path="data")
        return [*_size_problems(content), *_data_problems(data, self._tags)], may_hold_nan


def _may_hold_nan(content: bytes) -> bool:
    """Return whether data may hold NaN, which is encoded as null, or as it is for a Decimal."""
    return any(word in content for word in (b"null", b"NaN", b"Inf"))


def _json_problem(error: Exception) -> Problem:
    reason = code_snippets.CIRCULAR if isinstance(error, RecursionError) else str(error)
    return Problem("no_json", f"The data cannot be sent: {reason.rstrip('.')}.")


def _data_problems(row: Mapping[str, Any], tags: Any) -> list[Problem]:
    return [] if tags is None else check(tags, dict(row))


def _size_problems(content: bytes) -> Iterator[Problem]:
    if len(content) > wire.MAX_USER_INPUT_BYTES:
        size, limit = len(content) / 1024, wire.MAX_USER_INPUT_BYTES // 1024
        message = f"The data is {size:.0f} KB as JSON; Box accepts at most {limit} KB."
        yield Problem("too_large", message)
