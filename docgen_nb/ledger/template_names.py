"""The names of templates, which jobs do not have, in a history file."""

from docgen_nb.client_protocol import DocGenClient
from docgen_nb.ledger import rollups
from docgen_nb.ledger.connection import HistoryFile
from docgen_nb.ledger.job_rows import key
from docgen_nb.ledger.job_tables import IS_OPEN

_OF_OPEN = f"SELECT DISTINCT CAST(template_id AS TEXT) FROM job_records WHERE {IS_OPEN}"  # noqa: S608


def read_template_names(file: HistoryFile, box: DocGenClient, *, again: bool = False) -> int:
    """Read the names of templates that are new since the last time, or of all; return the calls.

    A template that the service does not list has no name, and is not asked for again.
    """
    with file.read() as db:
        ids, _ = rollups.select_closed(db, rollups.CUBES[1], ["template_id"])
        used = {name for name in rollups.names(db, ids) if name}
        used |= {name for (name,) in db.execute(_OF_OPEN) if name}
        known = {str(one) for (one,) in db.execute("SELECT template_id FROM templates")}
    if not used - (set() if again else known):
        return 0
    names = {
        str(entry["file"]["id"]): entry.get("file_name") for entry in box.list_templates(limit=1000)
    }
    rows = [(key(template), names.get(template)) for template in used]
    with file.write() as db:
        db.executemany("INSERT OR REPLACE INTO templates VALUES (?, ?)", rows)
    return 1


def template_names(file: HistoryFile) -> dict[str, str]:
    """Return the names that are known, by template id."""
    sql = "SELECT CAST(template_id AS TEXT), name FROM templates WHERE name IS NOT NULL"
    return dict(file.all(sql))
