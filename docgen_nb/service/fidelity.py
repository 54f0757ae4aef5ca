"""How similar to Box the service is: one row for each endpoint and behavior, with its evidence.

``verified``: an official Box SDK or its test suite relies on it, in the tests of this package.
``documented``: Box's OpenAPI or guides say so. ``observed``: it was recorded on the real
service. ``guessed``: no source is known, and the note says what was chosen.
"""

import csv
from importlib.resources import files


def rows() -> list[dict[str, str]]:
    """Return one row for each endpoint and behavior: call, behavior, confidence, note."""
    text = files("docgen_nb.service").joinpath("fidelity.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def as_text() -> str:
    """Return the table as plain text, one line for each row, in aligned columns."""
    table = rows()
    widths = {name: max(len(row[name]) for row in table) for name in ("call", "confidence")}
    lines = []
    for row in table:
        text = f"{row['behavior']}: {row['note']}".strip(": ")
        lines.append(
            f"{row['confidence']:<{widths['confidence']}}  {row['call']:<{widths['call']}}  {text}"
        )
    return "\n".join(lines)
