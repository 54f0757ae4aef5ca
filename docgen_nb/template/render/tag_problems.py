"""Problems of a tag that can be read: a format or name that cannot work with any data."""

from docgen_nb.template.language.ast import Value, paths
from docgen_nb.template.language.formatting import formatter
from docgen_nb.template.problems import Problem
from docgen_nb.template.render.state import TagContext


def tag_problems(tag: Value, context: TagContext) -> list[Problem]:
    """Return the warnings for one tag."""
    if not tag.modifiers and "$" not in context.content:
        return []  # most tags
    problems = []
    for modifier in tag.modifiers:
        if modifier.name == "format" and formatter(modifier.arguments[0]) is None:
            pattern = modifier.arguments[0]
            message = f"The tag '{context.content}' has the unknown format '{pattern}'."
            problems.append(_warning("unknown_format", message, context))
    for path in paths(tag):
        if path.names[0].startswith("$"):
            reason = "so Box does not look it up in the data"
            message = f"The tag '{context.content}' begins with '$', {reason}."
            problems.append(_warning("reserved_name", message, context))
    return problems


def _warning(code: str, message: str, context: TagContext) -> Problem:
    return Problem(code, message, "", context.place, context.content, "warning")
