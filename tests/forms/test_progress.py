from docgen_nb.forms.progress import as_html, in_words, is_finished


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


def test_finished_jobs_are_listed_with_their_reasons_and_those_come_first():
    jobs = [
        job("completed", "1"),
        job("pending", "2", file=None),
        job("failed", "3", file=None, errors=["Too large."]),
        job("completed_with_error", "4", errors=["No 'a'."], warnings=["Unused 'b'."]),
    ]
    assert as_html(jobs) == (
        '<ul style="line-height: 1.5">'
        "<li>Job 3 failed, no document<ul><li>Error: Too large.</li></ul></li>"
        "<li>Job 4 completed with errors, file 9"
        "<ul><li>Error: No &#x27;a&#x27;.</li><li>Warning: Unused &#x27;b&#x27;.</li></ul></li>"
        "<li>Job 1 completed, file 9</li>"
        "</ul>"
    )


def test_nothing_finished_is_no_list():
    assert as_html([job("pending", file=None)]) == ""


def test_what_the_service_says_is_text_never_marks():
    html = as_html([job("failed", "<b>", file="<i>", errors=["<script>"])])
    assert html == (
        '<ul style="line-height: 1.5"><li>Job &lt;b&gt; failed, file &lt;i&gt;'
        "<ul><li>Error: &lt;script&gt;</li></ul></li></ul>"
    )


def test_a_long_list_is_cut_and_says_so():
    html = as_html([job("completed", str(number)) for number in range(1000)])
    assert html.count("<li>Job ") == 20
    assert html.endswith("<li>and 980 more</li></ul>")
    assert "more" not in as_html([job("completed", str(number)) for number in range(20)])
