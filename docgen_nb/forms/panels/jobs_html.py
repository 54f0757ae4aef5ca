"""Jobs as text and as an HTML table, for front ends without widgets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from docgen_nb import wire
from docgen_nb.client_protocol import Entry
from docgen_nb.forms.display import counted, first_lines
from docgen_nb.forms.job_texts import id_of, status_of

MAX_LINES = 20
MAX_ROWS = 100
HEADS = {
    "status": "Status",
    "document": "Document",
    "template": "Template",
    "by": "By",
    "took": "Took",
    "messages": "Messages",
    "key": "Job",
}
CELL = "text-align: left; padding: 0 1.2em 0 0; border-bottom: 1px solid #8888"


def as_text(jobs: Sequence[Entry]) -> str:
    """Return jobs as text: a line with their counts, then a line for each of the first."""
    counts = Counter(status_of(job) for job in jobs)
    parts = [counted(len(jobs), "job"), *(f"{n:,} {status}" for status, n in counts.items())]
    lines = [
        f"{job['id']}  {status_of(job)}  template {id_of(job, 'template_file')}" for job in jobs
    ]
    return "\n".join([f"<JobsPanel: {', '.join(parts)}>", *first_lines(lines, MAX_LINES)])


def table_html(texts: Mapping[str, Sequence[str]]) -> str:
    """Return the first rows of columns of text as an HTML table, escaped."""
    count = len(texts["key"])
    if not count:
        return "<p>The service lists no jobs.</p>"
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in HEADS.values())
    rows = "".join(f"<tr>{_row(texts, at)}</tr>" for at in range(min(count, MAX_ROWS)))
    more = f"<p>and {count - MAX_ROWS:,} more</p>" if count > MAX_ROWS else ""
    return (
        '<table style="border-collapse: collapse"><caption style="text-align: left">Jobs</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"
    )


def _row(texts: Mapping[str, Sequence[str]], at: int) -> str:
    cells = [texts[name][at] for name in HEADS]
    cells[0] = wire.in_status_words(cells[0])
    return "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in cells)
