"""Jobs as CSV and XLSX, as the table shows them."""

from codecs import BOM_UTF8
from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pandas as pd

from docgen_nb.client_protocol import Entry
from docgen_nb.forms.job_records import JobRecords
from docgen_nb.forms.job_texts import id_of, message_lines, status_of
from docgen_nb.forms.panels.job_columns import columns_of
from docgen_nb.forms.panels.job_names import JobNames
from docgen_nb.frames import write_table

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula


def zone_of(name: object) -> tzinfo:
    """Return a time zone by the name that the browser gives; UTC if it is not known here."""
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        return UTC


def export_jobs(
    kind: str,
    jobs: Sequence[Entry],
    records: JobRecords,
    names: JobNames,
    *,
    zone: tzinfo,
    now: float,
) -> bytes:
    """Return jobs as the content of a ``csv`` or ``xlsx`` file.

    Times are in `zone`, which the heading names. ImportError if openpyxl is not installed.
    """
    table = _table_of(jobs, records, names, zone=zone, now=now)
    if kind == "csv":
        table = table.map(_without_formula)
    with TemporaryDirectory() as folder:
        content = write_table(table, Path(folder, f"jobs.{kind}")).read_bytes()
    return BOM_UTF8 + content if kind == "csv" else content  # without it Excel reads Latin-1


def _table_of(
    jobs: Sequence[Entry], records: JobRecords, names: JobNames, *, zone: tzinfo, now: float
) -> pd.DataFrame:
    texts, numbers = columns_of(jobs, records, names, now=now)
    created = pd.to_datetime(pd.Series(numbers["created"]), unit="ms", utc=True)
    return pd.DataFrame(
        {
            "Job": texts["key"],
            "Status": [status_of(job) for job in jobs],
            "Document": texts["document"],
            "Template": texts["template"],
            "By": texts["by"],
            f"Created ({zone})": created.dt.tz_convert(zone).dt.tz_localize(None).dt.floor("s"),
            "Took (s)": numbers["seconds"],
            "Messages": ["\n".join(message_lines(job)) for job in jobs],
            "Batch": texts["batch"],
            "Template id": [id_of(job, "template_file") for job in jobs],
            "File id": [id_of(job, "output_file") for job in jobs],
        }
    )


def _without_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
