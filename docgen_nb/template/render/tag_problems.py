"""What is wrong with a tag that can be read: a format or name that cannot work."""

from docgen_nb.template.language.ast import Path, Value, paths
from docgen_nb.template.language.formatting import formatter
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.state import Site


def faults(tag: Value, site: Site) -> list[Problem]:
    """The faults of one tag that no data can mend."""
    if not tag.modifiers and "$" not in site.content:
        return []  # most tags: nothing in them can be wrong
    found = []
    for modifier in tag.modifiers:
        pattern = modifier.arguments[0] if modifier.arguments else ""
        if modifier.name == "format" and formatter(pattern) is None:
            message = f"The tag '{site.content}' asks for the format '{pattern}', which is unknown."
            found.append(_warning("unknown_format", message, site))
    for path in paths(tag):
        found += _name_faults(path, site)
    return found


def _name_faults(path: Path, site: Site) -> list[Problem]:
    if not path.names[0].startswith("$"):
        return []
    message = f"The tag '{site.content}' begins with '$', so Box does not look it up in the data."
    return [_warning("reserved_name", message, site)]


def _warning(code: str, message: str, site: Site) -> Problem:
    return Problem(code, message, "", site.place, site.content, "warning")
