"""A Word template: opened and compiled once, rendered as often as there is data."""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from copy import deepcopy
from pathlib import Path
from typing import Any

from docgen_nb.errors import UnreadableTemplate
from docgen_nb.template import ooxml
from docgen_nb.template.check import require_object
from docgen_nb.template.coverage import unused_paths, used_names, with_nearest
from docgen_nb.template.package import MAX_FILE_BYTES, Package, Writer
from docgen_nb.template.problems import Problem
from docgen_nb.template.program import Program, compile_story
from docgen_nb.template.rendered import Rendered
from docgen_nb.template.run import Run
from docgen_nb.template.story import read

OUTPUT_TYPES = ("docx", "pdf")
_ROWS_AT_ONCE = 16  # handed to an executor in one call


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
    FileNotFoundError
        If there is no such file.

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
        self._source = source if isinstance(source, bytes) else _file(Path(source))
        package = Package(self._source)
        self._programs = dict(_programs(package))
        self._writer = Writer(package, changing=set(self._programs))
        self._tags = [tag for program in self._programs.values() for tag in program.tags]
        self._used = used_names(self._tags)
        self._slots = max(program.slots for program in self._programs.values())

    def __repr__(self) -> str:
        return f"<Template: {len(self._tags)} tags, {len(self.problems())} problems>"

    def __reduce__(self) -> tuple[type["Template"], tuple[bytes]]:
        return Template, (self._source,)

    def tags(self) -> list[dict[str, Any]]:
        """The tags in document order, each entry as Box's tags call gives it."""
        return deepcopy(self._tags)

    def problems(self) -> list[Problem]:
        """What is wrong in the template itself, whatever the data."""
        return [one for program in self._programs.values() for one in program.problems]

    def check(self, user_input: Mapping[str, Any]) -> list[Problem]:
        """What rendering this data would report: the same problems, without a document."""
        require_object(user_input)
        _, problems = self._run(user_input)
        return problems

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
        if output_type not in OUTPUT_TYPES:
            raise ValueError(f"The output type {output_type!r} is unknown; use 'docx' or 'pdf'.")
        contents, problems = self._run(user_input)
        content = self._writer.write(contents)
        if output_type == "pdf":
            from docgen_nb.template.pdf import convert

            content = convert(content)
        errors = [one for one in problems if one.severity == "error"]
        warnings = [one for one in problems if one.severity == "warning"]
        return Rendered(content, output_type, errors, warnings)

    def _run(self, user_input: Mapping[str, Any]) -> tuple[dict[str, bytes], list[Problem]]:
        run = Run(user_input, slots=self._slots)
        contents = {}
        for name, program in self._programs.items():
            start = len(run.out)
            program.operation(run.frame, run.out.append, run)
            contents[name] = "".join(run.out[start:]).encode()
        problems = self.problems() + run.problems + unused_paths(user_input, self._used)
        return contents, with_nearest(problems, user_input, self._used)

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
        if executor is None:
            return (self.render(row, output_type=output_type) for row in rows)
        return _rendered_by(executor, self, rows, output_type)


def _file(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableTemplate(
            "too_large", f"The file has {path.stat().st_size} bytes; a template may have 100 MB."
        )
    return path.read_bytes()


def _programs(package: Package) -> Iterator[tuple[str, Program]]:
    for story in ooxml.stories(package):
        root = ooxml.with_prefixes(ooxml.parse(package.read(story.name), name=story.name))
        program = compile_story(read(root, title=story.title))
        if program.tags or program.problems or story.title == "document":
            yield story.name, program


def _rendered_by(
    executor: Executor, template: Template, rows: Iterable[Mapping[str, Any]], output_type: str
) -> Iterator[Rendered]:
    for row in rows:
        yield executor.submit(template.render, row, output_type=output_type).result()
