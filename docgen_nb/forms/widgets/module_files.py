"""JavaScript modules and styles of several files; a widget is one module, without a build step."""

from pathlib import Path


def module_of(*names: str) -> str:
    """Return the files of this folder, one after the other, as one module or one style sheet."""
    return "\n".join(Path(__file__).with_name(name).read_text("utf-8") for name in names)
