import pytest

from docgen_nb.forms.widgets.jobs_table import JobsTable, table_html


def job(status, id="7", *, file="9", errors=(), warnings=()):
    failures = {"errors": list(errors), "warnings": list(warnings)} if errors or warnings else None
    output = {"type": "file", "id": file} if file else None
    return {"id": id, "status": status, "output_file": output, "failures": failures}


actions = []


def table_of(*jobs, names=()):
    table = JobsTable(lambda action, number: actions.append((action, number)))
    actions.clear()
    table.show(jobs, names=names)
    return table


def test_jobs_with_messages_come_first():
    table = table_of(
        job("completed", "1"),
        job("pending", "2", file=None),
        job("failed", "3", file=None, errors=["Too large."]),
        job("completed_with_error", "4", errors=["No 'a'."], warnings=["Unused 'b'."]),
        names=["A", "B", "C", "D"],
    )
    assert [
        (row["number"], row["name"], row["status"], row["file"]) for row in table.widget.rows
    ] == [
        (2, "C", "failed", ""),
        (3, "D", "completed with errors", "9"),
        (0, "A", "completed", "9"),
        (1, "B", "pending", ""),
    ]
    assert table.widget.rows[1]["messages"] == ["Error: No 'a'.", "Warning: Unused 'b'."]


def test_a_long_batch_shows_how_many_jobs_are_left_out():
    table = table_of(*[job("completed", str(number)) for number in range(1000)])
    assert (len(table.widget.rows), table.widget.more) == (500, 500)


@pytest.mark.parametrize(
    "content",
    [{}, {"action": "download"}, {"action": "drop", "number": 0}, {"action": "retry", "number": 9}],
)
def test_invalid_messages_from_the_page_are_ignored(content):
    table = table_of(job("failed"))
    table.widget._handle_custom_msg(content, [])
    assert actions == []
    table.widget._handle_custom_msg({"action": "retry", "number": 0}, [])
    assert actions == [("retry", 0)]


def test_the_html_table_escapes_the_text_of_the_service():
    assert table_html([job("failed", "<b>", errors=["<script>"])], ["<i>"]) == (
        '<table><tr><th scope="col">Document</th><th scope="col">Job</th>'
        '<th scope="col">Status</th></tr><tr><td>&lt;i&gt;</td><td>&lt;b&gt;</td>'
        "<td>failed<br>Error: &lt;script&gt;</td></tr></table>"
    )
