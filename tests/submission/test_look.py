"""What is made of batches of unknown origin, where a service returns no external ids."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from docgen_nb.ledger.submissions.record import SENDING, UNSURE, SubmissionRecord
from docgen_nb.request import BatchRequest
from docgen_nb.submission.checked_rows import CheckedRows
from docgen_nb.submission.look import look

NOW = 1_772_452_800.0
HOUR = 3600.0


class Box:
    """A client whose service has one batch, the documents of which have these names."""

    def __init__(self, *names, late=0.0, offset=None, output_type="docx"):
        self.names, self.clock_offset = names, offset and (offset, offset + 1)
        created = datetime.fromtimestamp(NOW - late, UTC).isoformat()
        self.jobs = [
            {
                "id": str(number),
                "batch": {"id": "7"},
                "template_file": {"id": "11"},
                "status": "completed",
                "output_type": output_type,
                "output_file": {"id": str(number)},
                "created_at": created,
            }
            for number, _ in enumerate(names)
        ]

    def list_jobs(self, *, limit):
        return self.jobs

    def list_batch_jobs(self, batch_id, *, limit):
        return self.jobs

    def get_file(self, file_id, *, fields):
        return {"name": self.names[int(file_id)]}


def looked(box, ledger, *, chunk=2, file_name="Letter {id}"):
    """Return the batches found for the requests for two rows, none of which was answered."""
    request = BatchRequest("11", folder_id="5", file_name=file_name)
    with closing(CheckedRows(request, label="")) as rows:
        rows.add([{"id": "A"}, {"id": "B"}])
        records = rows.records(chunk=chunk, keep_data=False)
        options = {"digest": rows.digest(), "now": NOW}
        record = SubmissionRecord.create(ledger.file, rows.destination, records, **options)
        for state in (SENDING, UNSURE):
            record.move(record.chunks(), state, now=NOW)
        return [verdict.batch_id for verdict in look(box, record, rows).values()]


BOTH = ("Letter A.docx", "Letter B.docx")


@pytest.mark.parametrize(
    ("box", "options", "batches"),
    [
        (Box(*BOTH), {}, ["7"]),
        (Box("letter a.docx", "letter b.docx"), {}, ["7"]),
        (Box("Re\u0301f A.docx", "Re\u0301f B.docx"), {"file_name": "R\xe9f {id}"}, ["7"]),
        (Box("Letter A.docx", "Letter C.docx"), {}, [""]),
        (Box(*BOTH, output_type="pdf"), {}, [""]),
        (Box(*BOTH, late=2 * HOUR), {}, [""]),
        (Box(*BOTH, late=2 * HOUR, offset=-2 * HOUR), {}, ["7"]),
        (Box("Letter A.docx"), {"chunk": 1}, ["7", ""]),
        (Box("Letter.docx"), {"chunk": 1, "file_name": "Letter"}, [None, None]),
    ],
    ids=["same", "case", "accent", "other name", "type", "old", "clock", "one", "not specific"],
)
def test_a_batch_is_that_of_a_request_if_nothing_else_can_be(ledger, box, options, batches):
    assert looked(box, ledger, **options) == batches
