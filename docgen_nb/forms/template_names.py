"""Names of templates, for people to choose from."""

from collections import Counter
from collections.abc import Iterable

from docgen_nb.client_protocol import Entry


def names_by_id(templates: Iterable[Entry]) -> dict[str, str]:
    """Return the name of each template by its id, sorted; equal names get their ids added.

    >>> names_by_id([{"file": {"id": "11"}, "file_name": "Letter.docx"}])
    {'11': 'Letter.docx'}
    """
    names = {str(entry["file"]["id"]): str(entry["file_name"]) for entry in templates}
    counts = Counter(names.values())
    unique = {
        key: name if counts[name] == 1 else f"{name} (file {key})" for key, name in names.items()
    }
    return dict(sorted(unique.items(), key=lambda pair: pair[1].casefold()))
