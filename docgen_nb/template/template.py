"""A Word template: opened and compiled once, rendered any number of times."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from copy import deepcopy
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.evidence import EvidenceSource, read_evidence
from docgen_nb.template import portability, provenance
from docgen_nb.template.checker import require_object
from docgen_nb.template.compiled_template import CompiledTemplate
from docgen_nb.template.docx.package import MAX_FILE_BYTES, Package
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.provenance import TextSpan
from docgen_nb.template.result import Rendered
from docgen_nb.template.tag_tree import tree_html

OUTPUT_TYPES = ("docx", "pdf")
_ROWS_PER_CALL = 16  # of an executor
_MAX_PENDING_CALLS = 16


class Template:
    """A .docx with Box's Doc Gen tags.

    Parameters
    ----------
    source : path or bytes
        The file. A template with faulty tags can be opened as well; see `problems`.

    Raises
    ------
    UnreadableTemplate
        If the file is not a .docx, is damaged or too large, or contains something unsafe (XML
        entities, unsafe names); ``code`` gives the reason.
    OSError
        If the file cannot be read: `FileNotFoundError` if it does not exist.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> template = Template(samples.template("Dear {{name}},"))
    >>> template.tags()
    [{'tag_content': '{{name}}', 'tag_type': 'text', 'json_paths': ['name']}]
    >>> template.render({"name": "Ada"}).errors
    []
    """

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        self._source = source if isinstance(source, bytes) else _read_file(Path(source))
        self._compiled = CompiledTemplate(Package(self._source))

    def __repr__(self) -> str:
        return (
            f"<Template: {len(self._compiled.tags)} tags, {len(self._compiled.problems)} problems>"
        )

    def _repr_html_(self) -> str:
        """Return the tags as a tree, for notebooks."""
        return tree_html(self._compiled.tags, self._compiled.problems)

    def __reduce__(self) -> tuple[type["Template"], tuple[bytes]]:
        return Template, (self._source,)

    def tags(self) -> list[dict[str, Any]]:
        """Return the tags in document order, each as an entry of Box's tags call."""
        return deepcopy(self._compiled.tags)

    def places(self) -> list[Place]:
        """Return the places of the tags, in the order of `tags`."""
        return list(self._compiled.places)

    def problems(self, *, evidence: EvidenceSource | None = None) -> list[Problem]:
        """Return the problems of the template itself, whatever the data, then notes.

        A note (``severity`` is ``note``) names a construct of which nobody knows whether Box does
        the same: what it is, where it is first used, what is known, and another spelling that is
        proven, if there is one. With `evidence`, a file of ``docgen-nb probe`` or a folder of
        them, what was found at Box counts instead. Raises UnreadableEvidence for other files.

        >>> from docgen_nb import samples
        >>> [note] = Template(samples.template("First: {{colors[0]}}")).problems()
        >>> print(note.severity, note.place, note, sep=": ")
        note: document, paragraph 1: Not proven at Box: position in a list, such as items[0].
        Nothing that Box published uses it. Proven instead: the element under a name of its own in
        the data.
        """
        found = None if evidence is None else read_evidence(evidence)
        return [*self._compiled.problems, *portability.notes(self._compiled.uses, found)]

    def check(self, user_input: Mapping[str, Any]) -> list[Problem]:
        """Return the problems that rendering this data would report, without a document.

        Raises TypeError if the data is not a dict.
        """
        require_object(user_input)
        return self._compiled.run(user_input).problems

    def render(
        self, user_input: Mapping[str, Any], *, output_type: str = "docx", name: str | None = None
    ) -> Rendered:
        """Return the document made from this data.

        `name` is the name of the document: Word's field FILENAME shows it in a PDF.

        A tag without data stays as written and is an error of the result; data that no tag uses
        is a warning. Numbers are printed as given: pass `decimal.Decimal` to keep ``5060.50``.

        Raises
        ------
        TypeError
            If the data is not a dict.
        ValueError
            If the output type is neither docx nor pdf.
        ConversionFailed
            If the PDF cannot be made.
        """
        require_object(user_input)
        _require_known(output_type)
        output = self._compiled.run(user_input)
        content = self._compiled.write(output)
        if output_type == "pdf":
            from docgen_nb.template.pdf import convert

            content = convert(content, name=name)
        errors = [problem for problem in output.problems if problem.severity == "error"]
        warnings = [problem for problem in output.problems if problem.severity == "warning"]
        return Rendered(content, output_type, errors, warnings)

    def render_many(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        executor: Executor | None = None,
        output_type: str = "docx",
    ) -> Iterator[Rendered]:
        """Return an iterator over the documents made from rows, in their order.

        With an executor (of threads, processes, or on other machines) rows are rendered in
        parallel; without one, each document is made when it is requested.

        Raises ValueError if the output type is neither docx nor pdf, and what `render` raises.
        """
        _require_known(output_type)
        if executor is None:
            return (self.render(row, output_type=output_type) for row in rows)
        return self._render_in_parallel(executor, rows, output_type)

    def _render_in_parallel(
        self, executor: Executor, rows: Iterable[Mapping[str, Any]], output_type: str
    ) -> Iterator[Rendered]:
        pending: deque[Future[list[Rendered]]] = deque()
        remaining = iter(rows)
        while chunk := list(islice(remaining, _ROWS_PER_CALL)):
            pending.append(executor.submit(_render_rows, self._source, chunk, output_type))
            if len(pending) >= _MAX_PENDING_CALLS:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()

    def text_spans(self, user_input: Mapping[str, Any]) -> list[TextSpan]:
        """Return the text of the document made from this data in spans, each with its origin.

        Joined, the spans are `Rendered.text`. A picture from the data is a filled span without
        text.

        Raises TypeError if the data is not a dict.

        >>> from docgen_nb import samples
        >>> template = Template(samples.template("Dear {{name}}, {{text}}"))
        >>> for span in template.text_spans({"name": "Ada"}):
        ...     print(span.origin, span.text)
        template Dear
        filled Ada
        template ,
        missing {{text}}
        """
        require_object(user_input)
        return provenance.text_spans(self._with_origins, user_input)

    @cached_property
    def _with_origins(self) -> CompiledTemplate:
        return CompiledTemplate(Package(self._source), provenance.MarkingCompiler)


def _require_known(output_type: str) -> None:
    if output_type not in OUTPUT_TYPES:
        raise ValueError(f"The output type {output_type!r} is unknown; use 'docx' or 'pdf'.")


def _read_file(path: Path) -> bytes:
    if (size := path.stat().st_size) > MAX_FILE_BYTES:
        message = f"The file has {size:,} bytes; the limit for a template is 100 MB."
        raise UnreadableTemplate("too_large", message)
    with path.open("rb") as file:  # the size of a device is unknown
        return file.read(MAX_FILE_BYTES + 1)


def _render_rows(source: bytes, rows: list[Mapping[str, Any]], output_type: str) -> list[Rendered]:
    template = _opened(source)
    return [template.render(row, output_type=output_type) for row in rows]


@lru_cache(maxsize=4)
def _opened(source: bytes) -> Template:
    """Return the template, compiled once in each worker."""
    return Template(source)
