"""Pictures and rich text in a document: what a rendering writes for such values."""

from collections.abc import Callable

from docgen_nb.template.docx.escaping import escaped
from docgen_nb.template.language.ast import Path, Value, instead
from docgen_nb.template.language.expressions import Frame, getter
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.drawing import drawing
from docgen_nb.template.render.image_data import NoPicture, Picture, read_picture
from docgen_nb.template.render.rich_text import stretches, written
from docgen_nb.template.render.run_formatting import Spots
from docgen_nb.template.render.state import Append, Operation, Run, Site


def rich(text: str, name: str, spots: Spots, run: Run, site: Site) -> str | None:
    """Rich text for the inside of ``<w:t>``, or None (and a problem) if it is too much."""
    spot = spots.spot(site.number)
    around = len(spot.run_properties) + len(spot.paragraph_properties) + _AROUND
    if not run.admits(len(text) + text.count("<") * around, site=site):
        return None
    return written(
        stretches(text),
        spot,
        link=lambda address: run.attachments.add_link(address, part=spots.part),
        picture=lambda source: _drawn(source, name, run, site) or "",
    )


_AROUND = 100  # letters that a run has beside its text


def picture_in_text(text: str, name: str, run: Run, site: Site) -> str | None:
    """A picture for the inside of ``<w:t>``, or None (and a problem) if the text is none."""
    found = _drawn(text, name, run, site)
    if found is None or site.spots is None:
        return found
    return f'</w:t>{found}<w:t xml:space="preserve">'


def _drawn(text: str, name: str, run: Run, site: Site) -> str | None:
    picture = _picture(text, name, run, site)
    if picture is None or site.spots is None:
        return None if picture is None else ""
    relation = run.attachments.add_picture(picture, part=site.spots.part)
    return drawing(picture, relation=relation, identifier=run.next_identifier())


def _picture(text: str, name: str, run: Run, site: Site) -> Picture | None:
    try:
        return read_picture(text)
    except NoPicture as fault:
        message = f"The tag '{name}' has a value {fault}."
        run.report(Problem("not_a_picture", message, name), site=site)
        return None


# A placeholder picture: the tag stands in its alternative text


def placeholder_text(tag: Value, site: Site) -> Operation:
    """The alternative text: none once the picture is there, else the tag as written."""
    literal, given = escaped(site.content), _giver(tag, site)

    def write(frame: Frame, append: Append, run: Run) -> None:
        append("" if given(frame, run) else literal)

    return write


def placeholder_relation(tag: Value, site: Site, *, original: str) -> Operation:
    """The relation of the picture that takes the placeholder's place, with its size kept."""
    given = _giver(tag, site)

    def write(frame: Frame, append: Append, run: Run) -> None:
        picture = given(frame, run)
        if picture is None or site.spots is None:
            append(original)
        else:
            append(run.attachments.add_picture(picture, part=site.spots.part))

    return write


def _giver(tag: Value, site: Site) -> Callable[[Frame, Run], Picture | None]:
    path = tag.expression
    assert isinstance(path, Path)
    get, name = getter(path, site.scope), site.scope.dotted(path)
    absent = instead(tag)

    def given(frame: Frame, run: Run) -> Picture | None:
        value = get(frame)
        if value is None:
            value = absent
        if value is None:
            run.missing(path, site=site)
            return None
        if not isinstance(value, str):
            run.unsuitable(path, value, wanted="a picture in base64", site=site)
            return None
        return _picture(value, name, run, site) if value else None

    return given


def drawing_identifier(frame: Frame, append: Append, run: Run) -> None:
    """A number for a drawing inside a loop, where the template's own would repeat."""
    append(str(run.next_identifier()))
