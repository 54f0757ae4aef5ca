"""A Word template: opened and compiled once, rendered as often as there is data."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template.checker import require_object
from docgen_nb.template.collector import held_back
from docgen_nb.template.coverage import unused_paths, used_names, with_nearest
from docgen_nb.template.docx import xml
from docgen_nb.template.docx.package import MAX_FILE_BYTES, Edges, Package, Writer
from docgen_nb.template.docx.part import Story
from docgen_nb.template.docx.part_reader import read
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.render.compiler import Program, compile_story
from docgen_nb.template.render.relationships import Attachments, Frames, free_generation
from docgen_nb.template.render.state import Run
from docgen_nb.template.result import Rendered
from docgen_nb.template.tag_tree import tree_html

if TYPE_CHECKING:
    from docgen_nb.template.provenance import Piece

OUTPUT_TYPES = ("docx", "pdf")
_ROWS_AT_ONCE = 16  # handed to an executor in one call
_CHUNKS_AHEAD = 16  # handed out before the first is asked for


class Template:
    """A .docx with Box's Doc Gen tags.

    Parameters
    ----------
    source : path or bytes
        The file. A template with faulty tags opens all the same: see `problems`.

    Raises
    ------
    UnreadableTemplate
        If the file is no .docx, is damaged or too large, or holds what is refused (XML entities,
        unsafe names); ``code`` says which.
    OSError
        If the file cannot be read: `FileNotFoundError` if there is none.

    Examples
    --------
    >>> from docgen_nb import samples
    >>> template = Template(samples.template("Dear {{name}},"))
    >>> template.tags()
    [{'tag_content': '{{name}}', 'tag_type': 'text', 'json_paths': ['name']}]
    >>> template.render({"name": "Ada"}).errors
    []
    """

    compile = staticmethod(compile_story)

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        self._source = source if isinstance(source, bytes) else _file(Path(source))
        with held_back():
            self._open(Package(self._source))

    def _open(self, package: Package) -> None:
        compiled = dict(_programs(package, self.compile))
        self._highest = max(program.highest_identifier for program in compiled.values())
        self._programs = {
            name: program
            for number, (name, program) in enumerate(compiled.items())
            if program.tags or program.problems or number == 0  # the document itself
        }
        self._edges = {
            name: Edges(program.start.encode(), program.end.encode())
            for name, program in self._programs.items()
        }
        self._writer = Writer(package, changing=set(self._programs), edges=self._edges)
        self._package = package
        self._tags = [tag for program in self._programs.values() for tag in program.tags]
        self._used = used_names(self._tags)
        self._slots = max(program.slots for program in self._programs.values())
        self._generation = free_generation(package, parts=self._programs)

    def __repr__(self) -> str:
        return f"<Template: {len(self._tags)} tags, {len(self.problems())} problems>"

    def _repr_html_(self) -> str:
        """The tags as a tree, for notebooks."""
        return tree_html(self._tags, self.problems())

    def __reduce__(self) -> tuple[type["Template"], tuple[bytes]]:
        return Template, (self._source,)

    def tags(self) -> list[dict[str, Any]]:
        """The tags in document order, each entry as Box's tags call gives it."""
        return deepcopy(self._tags)

    def places(self) -> list[Place]:
        """Where the tags stand, each at the position that it has in `tags`."""
        return [place for program in self._programs.values() for place in program.places]

    def problems(self) -> list[Problem]:
        """What is wrong in the template itself, whatever the data."""
        return [one for program in self._programs.values() for one in program.problems]

    def check(self, user_input: Mapping[str, Any]) -> list[Problem]:
        """What rendering this data would report: the same problems, without a document."""
        require_object(user_input)
        return self._run(user_input)[1]

    def render(self, user_input: Mapping[str, Any], *, output_type: str = "docx") -> Rendered:
        """Make the document.

        Missing data leaves the tag as written and is an error of the result; data that no tag
        uses is a warning. Numbers print as given: pass `decimal.Decimal` to keep ``5060.50``.

        Raises
        ------
        TypeError
            If the data is no dict.
        ValueError
            If the output type is neither docx nor pdf.
        ConversionFailed
            If no PDF could be made.
        """
        require_object(user_input)
        _require_known(output_type)
        result, problems = self._run(user_input)
        content = self._written(result)
        if output_type == "pdf":
            from docgen_nb.template.pdf import convert

            content = convert(content)
        if not problems:
            return Rendered(content, output_type, [], [])
        errors = [one for one in problems if one.severity == "error"]
        warnings = [one for one in problems if one.severity == "warning"]
        return Rendered(content, output_type, errors, warnings)

    def render_many(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        executor: Executor | None = None,
        output_type: str = "docx",
    ) -> Iterator[Rendered]:
        """Make a document from each row, in the order of the rows.

        With an executor (of threads, processes, or another machine's) rows are rendered side by
        side; without one, each when it is asked for.
        """
        _require_known(output_type)
        if executor is None:
            return (self.render(row, output_type=output_type) for row in rows)
        return self._rendered_by(executor, rows, output_type)

    def _rendered_by(
        self, executor: Executor, rows: Iterable[Mapping[str, Any]], output_type: str
    ) -> Iterator[Rendered]:
        """Hand out chunks of rows, a few ahead of what is asked for, and give results in order."""
        under_way: deque[Future[list[_Sent]]] = deque()
        for chunk in _chunks(rows):
            under_way.append(executor.submit(_render_rows, self._source, chunk, output_type))
            if len(under_way) >= _CHUNKS_AHEAD:
                yield from map(self._received, under_way.popleft().result())
        while under_way:
            yield from map(self._received, under_way.popleft().result())

    def _sent(self, rendered: Rendered) -> "_Sent":
        """A document without the parts that are the same in all: they need not travel."""
        content = rendered.content
        number = next(n for n, head in enumerate(self._heads) if content.startswith(head))
        return number, replace(rendered, content=content[len(self._heads[number]) :])

    def _received(self, sent: "_Sent") -> Rendered:
        number, rendered = sent
        return replace(rendered, content=self._heads[number] + rendered.content)

    @cached_property
    def _heads(self) -> tuple[bytes, bytes, bytes]:
        """How a document of this template begins; a PDF has none of it."""
        return self._writer.head, self._for_attachments[1].head, b""

    def text_pieces(self, user_input: Mapping[str, Any]) -> list["Piece"]:
        """The words of the document made from this data, in order, and where each is from.

        Together they are `Rendered.text`. A picture from the data is a filled piece without text.

        >>> from docgen_nb import samples
        >>> template = Template(samples.template("Dear {{name}}, {{text}}"))
        >>> for piece in template.text_pieces({"name": "Ada"}):
        ...     print(piece.origin, piece.text)
        template Dear
        filled Ada
        template ,
        missing {{text}}
        """
        from docgen_nb.template.provenance import pieces

        return list(pieces(self._marking.render(user_input).text()))

    @cached_property
    def _marking(self) -> "Template":
        from docgen_nb.template.provenance import Marking

        return Marking(self._source)

    def _run(self, user_input: Mapping[str, Any]) -> tuple["_Result", list[Problem]]:
        run = Run(
            user_input,
            slots=self._slots,
            highest_identifier=self._highest,
            generation=self._generation,
        )
        middles = {}
        for name, program in self._programs.items():
            start = len(run.out)
            program.operation(run.frame, run.out.append, run)
            middles[name] = "".join(run.out[start:]).encode()
        problems = self.problems() + run.problems + unused_paths(user_input, self._used)
        return _Result(middles, run.attachments), with_nearest(problems, user_input, self._used)

    def _written(self, result: "_Result") -> bytes:
        attachments = result.attachments
        if not attachments.relations:
            return self._writer.write(result.middles)
        frames, writer = self._for_attachments
        return writer.write(result.middles | frames.contents(attachments))

    @cached_property
    def _for_attachments(self) -> tuple[Frames, Writer]:
        """What only a document with new pictures or links needs."""
        frames = Frames(self._package, parts=self._programs)
        changing = {*self._programs, *frames.names}
        return frames, Writer(
            self._package, changing=changing, edges=self._edges, replaced=frames.constant
        )


def _require_known(output_type: str) -> None:
    if output_type not in OUTPUT_TYPES:
        raise ValueError(f"The output type {output_type!r} is unknown; use 'docx' or 'pdf'.")


@dataclass(frozen=True)
class _Result:
    middles: dict[str, bytes]  # of the parts with tags, what is between their constant edges
    attachments: Attachments


def _file(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableTemplate(
            "too_large", f"The file has {path.stat().st_size} bytes; a template may have 100 MB."
        )
    with path.open("rb") as file:  # of a device no size is known
        return file.read(MAX_FILE_BYTES + 1)


def _programs(
    package: Package, compile_one: Callable[[Story], Program]
) -> Iterator[tuple[str, Program]]:
    for story in xml.stories(package):
        content = package.read(story.name)
        root = xml.with_prefixes(xml.parse(content, name=story.name), content=content)
        if story.title == "document":
            xml.require_body(root, name=story.name)
        yield story.name, compile_one(read(root, title=story.title, name=story.name))


def _chunks(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _ROWS_AT_ONCE)):
        yield chunk


_Sent = tuple[int, Rendered]  # which head it had, and the rest


def _render_rows(source: bytes, rows: list[Mapping[str, Any]], output_type: str) -> list[_Sent]:
    template = _opened(source)
    return [template._sent(template.render(row, output_type=output_type)) for row in rows]


@lru_cache(maxsize=4)
def _opened(source: bytes) -> Template:
    """The template compiled once in each worker."""
    return Template(source)
