"""A template compiled once: runs over data and writes documents."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from docgen_nb.template.coverage import unused_paths, used_names, with_nearest
from docgen_nb.template.docx import xml
from docgen_nb.template.docx.package import Package, PackageWriter
from docgen_nb.template.docx.part_reader import read_part
from docgen_nb.template.docx.raw_tags import link_addresses
from docgen_nb.template.problems import Place, Problem
from docgen_nb.template.render.compiler import CompiledPart, PartCompiler
from docgen_nb.template.render.relationships import (
    NewRelationships,
    RelationshipParts,
    add_picture_types,
    free_generation,
)
from docgen_nb.template.render.state import RenderState


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Pause garbage collection: a large template makes a million objects, all of which stay.

    Looking through them again and again took a third of the time of opening such a template.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True)
class Output:
    """What the parts of a template have printed, not yet written as a document."""

    contents: dict[str, bytes]
    relationships: NewRelationships
    problems: list[Problem]


class CompiledTemplate:
    """The parts of a package that contain tags, compiled."""

    @_garbage_collection_paused()
    def __init__(self, package: Package, compiler: type[PartCompiler] = PartCompiler) -> None:
        compiled = dict(_compiled_parts(package, compiler))
        self._highest_identifier = max(part.highest_identifier for part in compiled.values())
        self._parts = {
            name: part
            for number, (name, part) in enumerate(compiled.items())
            if part.tags or part.problems or number == 0  # the document itself
        }
        self._generation = free_generation(package, parts=self._parts)
        self._relationships = RelationshipParts(package, parts=self._parts)
        add_picture_types(package)
        changing = {*self._parts, *self._relationships.names}
        self._writer = PackageWriter(package, changing=changing)
        self._slots = max(part.slots for part in self._parts.values())
        self.tags = [tag for part in self._parts.values() for tag in part.tags]
        self.places: list[Place] = [one for part in self._parts.values() for one in part.places]
        self.problems = [problem for part in self._parts.values() for problem in part.problems]
        self.uses = [use for part in self._parts.values() for use in part.uses]
        self._used = used_names(self.tags)

    def run(self, user_input: Mapping[str, Any]) -> Output:
        """Run the parts over data."""
        state = RenderState(
            user_input,
            slots=self._slots,
            highest_identifier=self._highest_identifier,
            generation=self._generation,
        )
        contents = {}
        for name, part in self._parts.items():
            start = len(state.out)
            part.operation(state.frame, state.out.append, state)
            contents[name] = "".join(state.out[start:]).encode()
        problems = [*self.problems, *state.problems, *unused_paths(user_input, self._used)]
        problems = with_nearest(problems, user_input, self._used)
        return Output(contents, state.relationships, problems)

    def write(self, output: Output) -> bytes:
        """Return the document."""
        return self._writer.write(
            output.contents | self._relationships.contents(output.relationships)
        )


def _compiled_parts(
    package: Package, compiler: type[PartCompiler]
) -> Iterator[tuple[str, CompiledPart]]:
    for text_part in xml.text_parts(package):
        name, title = text_part.name, text_part.title
        content = package.read(name)
        root = xml.with_prefixes(xml.parse(content, name=name), content=content)
        if title == "document":
            xml.require_body(root, name=name)
        addresses = link_addresses(package, name)
        part = read_part(root, title=title, name=name, addresses=addresses)
        yield name, compiler(part).compile()
