"""JobsPanel without a browser: reading, filters, pages and details."""

import threading
from datetime import UTC, datetime, timedelta

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, html, plain, update

from docgen_nb.errors import Unreachable
from docgen_nb.forms.panels.jobs import JobsPanel

SECONDS = 10


class Clock:
    """A clock that advances by a minute at each call."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 9, 59, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


class Box:
    """A client of a service with these jobs."""

    def __init__(self, *jobs, url="http://127.0.0.1:8123"):
        self.jobs, self.url, self.reads = list(jobs), url, 0

    def list_jobs(self):
        self.reads += 1
        return iter([dict(job) for job in self.jobs])

    def get_job(self, job_id):
        [job] = [job for job in self.jobs if job["id"] == job_id]
        return {key: value for key, value in job.items() if key != "created_at"}


def job(number, status="completed", **more):
    has_output = status in ("completed", "completed_with_error")
    return {
        "id": str(number),
        "type": "docgen_job",
        "batch": {"type": "docgen_batch", "id": "3"},
        "template_file": {"type": "file", "id": "11"},
        "output_file": {"type": "file", "id": f"9{number}"} if has_output else None,
        "status": status,
        "output_type": "docx",
        "created_by": {"type": "user", "id": "5"},
        "created_at": "2026-03-02T09:00:00Z",
        "failures": None,
        **more,
    }


FAILED = job(
    7, "failed", failures={"errors": ["The <b>tag</b> is missing."], "warnings": ["Unused."]}
)


def panel_of(*jobs, **options):
    return JobsPanel(Box(*jobs), blocking=True, clock=Clock(), **options)


def control(panel, label):
    [match] = [w for w in all_widgets(panel.widget) if getattr(w, "description", None) == label]
    return match


def click(panel, label):
    data = {"method": "custom", "content": {"event": "click"}}
    control(panel, label)._handle_msg({"content": {"data": data}, "buffers": []})


def choose(panel, label, option):
    """What the browser sends after a person has chosen an option."""
    names = list(control(panel, label)._options_labels)
    update(control(panel, label), index=names.index(option))


def options(panel):
    return list(control(panel, "Open job")._options_labels)


def table(panel):
    return html(panel)[1]


def details(panel):
    return plain(html(panel)[2])


def test_jobs_are_shown_as_a_table_with_a_caption_and_headers():
    panel = panel_of(job(8), FAILED)
    assert table(panel).count('<th scope="col"') == 8
    assert table(panel).count('<th scope="row"') == 2
    assert plain(table(panel)) == (
        "Jobs Job Status Messages Created Template Batch Output By "
        "8 completed 2026-03-02 09:00:00+00:00 file 11 3 file 98 5 "
        "7 failed 2 2026-03-02 09:00:00+00:00 file 11 3 5"
    )
    assert panel.status == "2 of 2 jobs, page 1 of 1."
    assert repr(panel) == (
        "<JobsPanel: 2 jobs, 1 completed, 1 failed>\n"
        "8  completed  template 11\n"
        "7  failed  template 11"
    )


def test_a_panel_without_jobs():
    panel = panel_of()
    assert plain(table(panel)) == "No jobs match the filters."
    assert (panel.status, repr(panel)) == ("0 of 0 jobs, page 1 of 1.", "<JobsPanel: 0 jobs>")


def test_jobs_are_filtered_by_status_and_by_words():
    panel = panel_of(job(8), FAILED, job(9, "completed_with_error"))
    choose(panel, "Status", "failed")
    assert [one["id"] for one in panel.value] == ["7"]
    choose(panel, "Status", "All")
    update(control(panel, "Search"), value="TAG missing")
    assert [one["id"] for one in panel.value] == ["7"]
    update(control(panel, "Search"), value="no such text")
    assert (panel.value, panel.status) == ([], "0 of 3 jobs, page 1 of 1.")
    update(control(panel, "Search"), value="")
    assert [one["id"] for one in panel.value] == ["8", "7", "9"]


def test_pages_are_turned_and_a_filter_returns_to_the_first_page():
    panel = panel_of(*(job(number) for number in range(45)))
    previous, following = control(panel, "Previous page"), control(panel, "Next page")
    assert (previous.disabled, following.disabled, options(panel)[1]) == (
        True,
        False,
        "0, completed",
    )
    click(panel, "Next page")
    click(panel, "Next page")
    assert (panel.status, following.disabled) == ("45 of 45 jobs, page 3 of 3.", True)
    assert options(panel)[1:] == [f"{number}, completed" for number in range(40, 45)]
    update(control(panel, "Search"), value="1")
    assert panel.status == "45 of 45 jobs, page 1 of 3."


def test_an_open_job_shows_its_messages_and_the_statuses_seen():
    service = Box(job(8, "pending"))
    panel = JobsPanel(service, blocking=True, clock=Clock())
    choose(panel, "Open job", "8, pending")
    service.jobs = [job(8, "submitted")]
    click(panel, "Refresh")
    service.jobs = [{**FAILED, "id": "8"}]
    click(panel, "Refresh")
    assert details(panel) == (
        "Job 8 Status failed Output no document Output type docx Template file 11 Batch 3 "
        "Created 2026-03-02 09:00:00+00:00 Created by 5 "
        "Messages Error: The <b>tag</b> is missing. Warning: Unused. "
        "Statuses seen since this panel was opened "
        "pending, first seen 2026-03-02 10:00:00+00:00 "
        "submitted, first seen 2026-03-02 10:01:00+00:00 "
        "failed, first seen 2026-03-02 10:02:00+00:00"
    )
    assert "<b>tag" not in html(panel)[2]
    choose(panel, "Open job", "None")
    assert details(panel) == ""


def test_an_open_job_stays_open_on_another_page():
    panel = panel_of(job(8), FAILED)
    choose(panel, "Open job", "8, completed")
    choose(panel, "Status", "failed")
    assert options(panel) == ["None", "8, not on this page", "7, failed"]
    assert control(panel, "Open job").value == "8"
    assert details(panel).startswith("Job 8 Status completed")


@pytest.mark.parametrize(
    ("url", "links"),
    [("https://api.box.com", 2), ("http://127.0.0.1:8123", 0), ("https://api.box.com.example", 0)],
)
def test_files_are_links_only_if_box_has_a_page_for_them(url, links):
    panel = JobsPanel(Box(job(8), url=url), blocking=True)
    assert table(panel).count("<a href=") == links
    if links:
        assert '<a href="https://app.box.com/file/98" target="_blank"' in table(panel)


def test_text_of_the_service_is_escaped():
    evil = "<img src=x onerror=alert(1)>"
    panel = panel_of({"id": evil, "status": evil, "batch": {"id": evil}, "created_at": evil})
    choose(panel, "Open job", f"{evil}, {evil}")
    assert "<img" not in panel._repr_mimebundle_()["text/html"]


def test_jobs_without_most_properties_are_shown():
    panel = panel_of({"id": "1"}, {"id": "2", "status": "new to us", "created_at": "1772445600"})
    assert plain(table(panel)).endswith("1 file 2 new to us 2026-03-02 10:00:00+00:00 file")


def test_a_limited_number_of_jobs_is_read():
    panel = panel_of(*(job(number) for number in range(9)), max_jobs=5)
    assert panel.status == (
        "5 of 5 jobs, page 1 of 1. Showing 5 of the jobs that the service lists."
    )


def test_an_error_is_shown_and_the_jobs_stay():
    service = Box(job(8))
    panel = JobsPanel(service, blocking=True)

    def fail():
        raise Unreachable("No reply came <b>.")

    service.list_jobs = fail
    click(panel, "Refresh")
    assert panel.status == "Unreachable: No reply came <b>."
    assert [one["id"] for one in panel.value] == ["8"]
    assert not control(panel, "Refresh").disabled
    assert panel.done.is_set()


def test_a_job_opened_during_reading_is_shown_afterwards():
    resume = threading.Event()

    class Slow(Box):
        def list_jobs(self):
            assert resume.wait(SECONDS)
            return super().list_jobs()

    panel = JobsPanel(Slow(job(8)))
    panel.open("8")
    assert control(panel, "Refresh").disabled
    resume.set()
    assert panel.done.wait(SECONDS)
    assert details(panel).startswith("Job 8 Status completed")


def test_the_panel_works_on_a_real_service(box, letter, stepping):
    rows = [{"generated_file_name": "To Ada", "user_input": {"to": {"name": "Ada"}}}]
    body = {
        "file": {"type": "file", "id": letter},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "docx",
        "document_generation_data": rows,
    }
    box.create_batch(body)
    stepping.finish()
    panel = JobsPanel(box, blocking=True)
    [job] = panel.value
    panel.open(job["id"])
    assert "Error: The tag 'text' was not provided in the input data." in details(panel)


def test_closing_leaves_other_widgets_open():
    other, panel = widgets.Text(), panel_of(job(8))
    panel.close()
    assert (panel.widget.comm, other.comm is not None) == (None, True)
