import pytest

from docgen_nb.forms.batch_form.progress import in_words, is_finished, pace
from docgen_nb.forms.widgets.jobs_table import JobsTable


def job(status, id="7", *, file="9", errors=(), warnings=()):
    failures = {"errors": list(errors), "warnings": list(warnings)} if errors or warnings else None
    output = {"type": "file", "id": file} if file else None
    return {"id": id, "status": status, "output_file": output, "failures": failures}


def test_counts_come_in_the_order_of_a_jobs_life():
    statuses = ["failed", "completed", "pending", "completed_with_error", "submitted", "completed"]
    assert in_words([job(status) for status in statuses], count=8) == (
        "4 of 8 documents finished: 1 pending, 1 submitted, 2 completed, "
        "1 completed with errors, 1 failed."
    )


def test_before_the_first_job_is_seen_the_count_is_known():
    assert in_words([], count=1) == "0 of 1 document finished."


def test_a_status_that_is_new_ends_a_job_and_is_counted():
    assert is_finished(job("cancelled"))
    assert in_words([job("cancelled")], count=1) == "1 of 1 document finished: 1 cancelled."


def test_the_pace_is_told_once_there_is_something_to_tell():
    assert pace(0, count=5, seconds=100) == ""
    assert pace(3, count=5, seconds=2.9) == ""
    assert pace(3, count=6, seconds=3) == "60 a minute, about 3 s left."
    assert pace(1, count=200, seconds=60) == "1 a minute, about 3 h left."
    assert pace(1, count=2, seconds=1200) == "3 an hour, about 20 min left."
    assert pace(2, count=2, seconds=4) == "30 a minute."


def table_of(*jobs, names=()):
    table = JobsTable(lambda what, number: asked.append((what, number)))
    asked.clear()
    table.show(jobs, names=names, can_retry=False)
    return table


asked = []


def test_jobs_are_listed_with_their_reasons_and_those_come_first():
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


def test_a_long_batch_is_cut_and_says_so():
    table = table_of(*[job("completed", str(number)) for number in range(1000)])
    assert (len(table.widget.rows), table.widget.more) == (500, 500)


@pytest.mark.parametrize(
    "content", [{}, {"do": "download"}, {"do": "drop", "number": 0}, {"do": "retry", "number": 9}]
)
def test_what_the_page_may_not_ask_is_ignored(content):
    table = table_of(job("failed"))
    table.widget._handle_custom_msg(content, [])
    assert asked == []
    table.widget._handle_custom_msg({"do": "retry", "number": 0}, [])
    assert asked == [("retry", 0)]


def test_without_widgets_the_table_is_html_and_what_the_service_says_is_text():
    table = table_of(job("failed", "<b>", errors=["<script>"]), names=["<i>"])
    assert table.as_html() == (
        '<table><tr><th scope="col">Document</th><th scope="col">Job</th>'
        '<th scope="col">Status</th></tr><tr><td>&lt;i&gt;</td><td>&lt;b&gt;</td>'
        "<td>failed<br>Error: &lt;script&gt;</td></tr></table>"
    )
