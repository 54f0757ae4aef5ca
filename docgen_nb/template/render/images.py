"""Pictures and rich text in a document: the XML that a rendering writes for such values."""

from collections.abc import Callable

from docgen_nb.template.docx.escaping import escape
from docgen_nb.template.docx.xml import DRAWING, PICTURE
from docgen_nb.template.language.ast import Path, Value, fallback
from docgen_nb.template.language.expressions import Frame, compile_path
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.image_data import InvalidPicture, Picture, read_picture
from docgen_nb.template.render.rich_text import parse_html, to_runs
from docgen_nb.template.render.run_formatting import PartFormatting
from docgen_nb.template.render.state import Append, Operation, RenderState, TagContext


def rich_text(
    text: str, name: str, formatting: PartFormatting, state: RenderState, context: TagContext
) -> str | None:
    """Return rich text for the inside of ``<w:t>``, or None (and a problem) if it is too long."""
    run = formatting.of_tag(context.number)
    per_element = len(run.run_properties) + len(run.paragraph_properties) + _PER_ELEMENT
    if not state.can_print(len(text) + text.count("<") * per_element, context=context):
        return None
    return to_runs(
        parse_html(text),
        run,
        add_link=lambda address: state.relationships.add_link(address, part=formatting.part),
        add_picture=lambda source: _drawing_of(source, name, state, context) or "",
    )


_PER_ELEMENT = 250  # characters: the XML of a run without its text, and the time to parse it


def picture_in_text(text: str, name: str, state: RenderState, context: TagContext) -> str | None:
    """Return a picture for the inside of ``<w:t>``, or None (and a problem) if it is invalid."""
    drawing = _drawing_of(text, name, state, context)
    return f'</w:t>{drawing}<w:t xml:space="preserve">' if drawing else drawing


def _drawing_of(text: str, name: str, state: RenderState, context: TagContext) -> str | None:
    picture = _read(text, name, state, context)
    if picture is None or context.formatting is None:
        return None if picture is None else ""
    relation = state.relationships.add_picture(picture, part=context.formatting.part)
    return _drawing(picture, relation=relation, identifier=state.next_identifier())


def _drawing(picture: Picture, *, relation: str, identifier: int) -> str:
    """Return an inline picture in its natural size."""
    width, height = picture.extent
    name = f"Picture {identifier}"
    return (
        f'<w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{identifier}" name="{name}"/>'
        f'<a:graphic xmlns:a="{DRAWING}"><a:graphicData uri="{PICTURE}">'
        f'<pic:pic xmlns:pic="{PICTURE}"><pic:nvPicPr><pic:cNvPr id="{identifier}" name="{name}"/>'
        f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="{relation}"/>'
        f"<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>"
        f'<a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        f"</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def _read(text: str, name: str, state: RenderState, context: TagContext) -> Picture | None:
    try:
        return read_picture(text)
    except InvalidPicture as error:
        message = f"The value of the tag '{name}' {error}."
        state.report(Problem("not_a_picture", message, name), context=context)
        return None


# Tagged pictures: their alternative text is a tag


def alternative_text(tag: Value, context: TagContext) -> Operation:
    """Return an operation that prints nothing for a valid picture, else the tag as written."""
    literal, picture_of = escape(context.content), _picture_of(tag, context)

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        append("" if picture_of(frame, state) else literal)

    return write


def picture_relation(tag: Value, context: TagContext, *, original: str) -> Operation:
    """Return an operation that prints the relationship of the new picture, or the original one."""
    picture_of = _picture_of(tag, context)

    def write(frame: Frame, append: Append, state: RenderState) -> None:
        picture = picture_of(frame, state)
        if picture is None or context.formatting is None:
            append(original)
        else:
            append(state.relationships.add_picture(picture, part=context.formatting.part))

    return write


def _picture_of(tag: Value, context: TagContext) -> Callable[[Frame, RenderState], Picture | None]:
    path = tag.expression
    assert isinstance(path, Path)
    get, name = compile_path(path, context.scope), context.scope.dotted(path)
    default = fallback(tag)

    def picture_of(frame: Frame, state: RenderState) -> Picture | None:
        value = get(frame)
        if value is None:
            value = default
        if value is None:
            state.missing(path, context=context)
            return None
        if not isinstance(value, str):
            state.wrong_type(path, value, needed="a picture in base64", context=context)
            return None
        return _read(value, name, state, context) if value else None

    return picture_of
