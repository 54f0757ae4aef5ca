"""JobsPanel without a browser: reading, names, details, downloads and exports."""

import csv
import threading
from array import array
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, html, plain
from openpyxl import load_workbook

from docgen_nb.errors import NotFound, Unreachable
from docgen_nb.forms.batch_news import BatchNews, announce
from docgen_nb.forms.panels.jobs import JobsPanel

SECONDS = 10
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """A clock that advances by ten seconds at each call."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(seconds=10)
        return self.now


class Box:
    """A client of a service with these jobs, whose documents lie in one folder."""

    def __init__(self, *jobs, url="http://127.0.0.1:8123", files=None):
        self.jobs, self.url, self.calls = list(jobs), url, []
        self.files = files or {}

    def list_jobs(self, *, limit):
        self.calls.append("list_jobs")
        return iter([dict(job) for job in self.jobs])

    def get_job(self, job_id):
        [job] = [job for job in self.jobs if job["id"] == job_id]
        return {key: value for key, value in job.items() if key != "created_at"}

    def list_templates(self, *, limit):
        return [{"file": {"type": "file", "id": "11"}, "file_name": "Letter.docx"}]

    def get_me(self):
        return {"type": "user", "id": "5", "name": "Zoë Müller"}

    def get_file(self, file_id, *, fields):
        self.calls.append("get_file")
        if file_id not in self.files:
            raise NotFound(status=404)
        return self.files[file_id]

    def list_folder_items(self, folder_id, *, fields, limit):
        self.calls.append("list_folder_items")
        return self.files.values()

    def list_versions(self, file_id):
        return [{"id": "112"}, {"id": "111"}]

    def get_folder(self, folder_id, *, fields):
        return {"id": folder_id, "name": "Orders", "path_collection": {"entries": [{"id": "0"}]}}

    def download_file(self, file_id):
        return b"\x00not a document"


def job(number, status="completed", **more):
    has_output = status in ("completed", "completed_with_error")
    return {
        "id": str(number),
        "type": "docgen_job",
        "batch": {"type": "docgen_batch", "id": "3"},
        "template_file": {"type": "file", "id": "11"},
        "template_file_version": {"type": "file_version", "id": "111"},
        "output_file": {"type": "file", "id": f"9{number}"} if has_output else None,
        "status": status,
        "output_type": "docx",
        "created_by": {"type": "user", "id": "5"},
        "created_at": "2026-03-02T09:00:00Z",
        "failures": None,
        **more,
    }


def file(number, name, created="2026-03-02T09:00:04Z", by="6"):
    return {
        "type": "file",
        "id": f"9{number}",
        "name": name,
        "size": 2048,
        "created_at": created,
        "created_by": {"id": by, "name": f"Person {by}"},
        "parent": {"id": "50"},
    }


FAILED = job(7, "failed", failures={"errors": ["The <b>tag</b> is missing."], "warnings": ["Un."]})


def panel_of(*jobs, **options):
    return JobsPanel(Box(*jobs), blocking=True, clock=Clock(), **options)


def column(panel, name):
    """A column of texts as the browser puts it together."""
    data = panel.widget.data
    return [data["words"][name][code] for code in array("i", data["codes"][name])]


def send(panel, **content):
    """What the browser sends, and what it is sent then: messages and their bytes."""
    replies = []
    panel.widget.send = lambda *reply: replies.append(reply)
    panel.widget._handle_custom_msg({"view": "t1", **content}, [])
    return replies


def file_of(replies):
    names = {message["name"] for message, _ in replies}
    return names.pop(), b"".join(part for _, [part] in replies)


def details(panel, key):
    *_, (message, _) = send(panel, do="open", key=key)
    return message["details"]


def test_jobs_are_sent_as_columns_with_the_names_behind_their_ids():
    files = {"98": file(8, "Order 8.docx")}
    other = job(9, template_file={"id": "12"}, created_by={"id": "7"}, created_at="1772442001")
    panel = JobsPanel(Box(job(8), FAILED, other, files=files), blocking=True, clock=Clock())
    assert {name: column(panel, name) for name in panel.widget.data["words"]} == {
        "key": ["9", "8", "7"],
        "status": ["completed", "completed", "failed"],
        "document": ["file 99", "Order 8.docx", "Job 7, no document"],
        "template": ["file 12", "Letter", "Letter"],
        "by": ["user 7", "Zoë Müller", "Zoë Müller"],
        "took": ["unknown", "4 s", "unknown"],
        "messages": ["", "", "1 error, 1 warning: The <b>tag</b> is missing."],
        "batch": ["3", "3", "3"],
    }
    assert panel.status == "3 jobs"
    assert repr(panel) == (
        "<JobsPanel: 3 jobs, 2 completed, 1 failed>\n"
        "9  completed  template 12\n8  completed  template 11\n7  failed  template 11"
    )


def test_a_panel_is_one_widget_and_reads_many_names_with_few_calls():
    many = [job(number) for number in range(1, 501)]
    files = {f"9{number}": file(number, f"Order {number}") for number in range(1, 501)}
    service = Box(*many, files=files)
    before = len(widgets.widget._instances)
    panel = JobsPanel(service, blocking=True)
    assert len(widgets.widget._instances) - before == 2  # the table and its layout
    assert service.calls == ["list_jobs", "get_file", "list_folder_items"]
    assert column(panel, "document")[0] == "Order 500"
    panel.refresh()
    assert service.calls[3:] == ["list_jobs"]


def test_deleted_documents_do_not_cost_a_call_each():
    service = Box(*[job(number) for number in range(1, 501)])
    JobsPanel(service, blocking=True)
    assert service.calls.count("get_file") == 100


def test_the_value_is_what_the_filters_leave():
    panel = panel_of(job(8), FAILED)
    send(panel, do="shown", keys=["7", "of another time"])
    assert [one["id"] for one in panel.value] == ["7"]
    send(panel, do="shown", keys=None)
    assert [one["id"] for one in panel.value] == ["8", "7"]


def test_an_open_job_shows_its_statuses_its_messages_and_the_names_behind_its_ids():
    service = Box(job(8, "pending"))
    panel = JobsPanel(service, blocking=True, clock=Clock())
    service.jobs = [job(8, "submitted")]
    send(panel, do="tool", name="refresh")
    service.jobs = [job(8, "completed_with_error", failures={"errors": ["No 'a'."]})]
    service.files = {"98": file(8, "Order 8.docx")}
    send(panel, do="tool", name="refresh")
    shown = details(panel, "8")
    assert [(one["status"], one["how"]) for one in shown["statuses"]] == [
        ("pending", "sent"),
        ("submitted", "seen"),
        ("completed_with_error", "seen"),
    ]
    assert shown["note"] == "Box gives no end time. The file was created 4 s after the job."
    assert shown["ids"] == [{"name": "Job", "id": "8"}, {"name": "Batch", "id": "3"}]
    assert shown["messages"] == [{"severity": "error", "text": "No 'a'."}]
    assert shown["facts"] == [
        {"name": "Template", "text": "Letter.docx, version 1"},
        {"name": "By", "text": "Zoë Müller"},
        {"name": "Folder", "text": "All files / Orders"},
        {"name": "File", "text": "Order 8.docx, 2 KB"},
    ]
    assert [action["label"] for action in shown["actions"]] == ["Download", "Whole batch (1)"]


def test_how_long_a_job_took_lies_between_two_readings_if_it_has_no_document():
    service = Box(job(7, "submitted"))
    panel = JobsPanel(service, blocking=True, clock=Clock())
    assert column(panel, "took") == ["40 s so far"]
    service.jobs = [FAILED]
    send(panel, do="tool", name="refresh")
    assert column(panel, "took") == ["20 to 50 s"]


@pytest.mark.parametrize(
    ("url", "links"),
    [("https://api.box.com", 4), ("http://127.0.0.1:8123", 0), ("https://api.box.com.example", 0)],
)
def test_files_are_links_only_if_box_has_a_page_for_them(url, links):
    panel = JobsPanel(Box(job(8), url=url, files={"98": file(8, "A")}), blocking=True)
    shown = details(panel, "8")
    addresses = [one["href"] for one in (*shown["facts"], *shown["actions"]) if "href" in one]
    assert len(addresses) == links
    if links:
        assert addresses[1:3] == ["https://app.box.com/folder/50", "https://app.box.com/file/98"]


def test_a_panel_follows_the_form_of_the_same_client():
    service = Box(job(8))
    panel = JobsPanel(service, blocking=True, clock=Clock())
    new = {name: value for name, value in job(10, "submitted").items() if name != "created_at"}
    news = BatchNews("4", [new], ["Order 10"], NOON, is_finished=False)
    announce(service, news)
    assert column(panel, "document") == ["Order 10.docx", "file 98"]
    assert panel.widget.head["follows"] is True
    service.jobs.append(job(10))
    done = BatchNews("4", [{**new, "status": "failed"}], ["Order 10"], NOON, is_finished=True)
    announce(service, done)
    assert column(panel, "status") == ["failed", "completed"]
    announce(Box(), BatchNews("5", [job(11)], [], None, is_finished=False))
    assert len(panel.value) == 2


def test_what_a_form_has_read_since_the_list_was_begun_is_kept():
    class Slow(Box):
        def list_jobs(self, *, limit):
            yield from super().list_jobs(limit=limit)
            announce(self, BatchNews("3", [job(8, "failed")], [], None, is_finished=False))

    panel = JobsPanel(Slow(job(8, "submitted")), blocking=True)
    assert column(panel, "status") == ["failed"]


def test_csv_has_the_rows_in_the_order_of_the_page_and_no_formulas():
    files = {"98": file(8, "=1+1.docx")}
    panel = JobsPanel(Box(job(8), FAILED, files=files), blocking=True, clock=Clock())
    asked = {"do": "tool", "name": "csv", "keys": ["7", "8"], "zone": "Europe/Berlin"}
    name, content = file_of(send(panel, **asked))
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert name == "jobs.csv"
    assert rows[0][:6] == ["Job", "Status", "Document", "Template", "By", "Created (Europe/Berlin)"]
    assert [row[:6] for row in rows[1:]] == [
        ["7", "failed", "Job 7, no document", "Letter", "Zoë Müller", "2026-03-02T10:00:00"],
        ["8", "completed", "'=1+1.docx", "Letter", "Zoë Müller", "2026-03-02T10:00:00"],
    ]
    assert rows[1][7] == "Error: The <b>tag</b> is missing.\nWarning: Un."


def test_xlsx_has_times_and_texts():
    files = {"98": file(8, "=1+1.docx")}
    panel = JobsPanel(Box(job(8), files=files), blocking=True)
    asked = {"do": "tool", "name": "xlsx", "keys": ["8"], "zone": "Nowhere/Else"}
    name, content = file_of(send(panel, **asked))
    sheet = load_workbook(BytesIO(content)).active
    assert name == "jobs.xlsx"
    assert [sheet.cell(1, 6).value, sheet.cell(2, 3).data_type] == ["Created (UTC)", "s"]
    assert sheet.cell(2, 6).value == datetime(2026, 3, 2, 9)
    assert sheet.cell(2, 7).value == 4


@pytest.mark.parametrize(
    "content",
    [{}, {"do": "drop"}, {"do": "open"}, {"do": "tool", "name": "csv"}, {"do": "shown", "keys": 1}],
)
def test_invalid_messages_from_the_page_are_ignored(content):
    assert send(panel_of(job(8)), **content) == []


def test_jobs_without_most_properties_are_shown():
    panel = panel_of({"id": "1"}, {"id": "2", "status": "new to us", "created_at": "1772445600"})
    assert column(panel, "status") == ["new to us", ""]
    assert column(panel, "template") == ["", ""]
    assert details(panel, "1")["facts"] == []


def test_an_error_is_shown_and_the_jobs_stay():
    service = Box(job(8))
    panel = JobsPanel(service, blocking=True)

    def fail(*, limit):
        raise Unreachable("No reply came <b>.")

    service.list_jobs = fail
    send(panel, do="tool", name="refresh")
    assert panel.status == "Unreachable: No reply came <b>."
    assert panel.widget.head["fault"][0] == "Unreachable: No reply came <b>."
    assert [one["id"] for one in panel.value] == ["8"]
    assert not any(tool["disabled"] for tool in panel.widget.tools)
    assert panel.done.is_set()
    del service.list_jobs
    send(panel, do="tool", name="refresh")
    assert "fault" not in panel.widget.head


def test_jobs_are_shown_before_their_names_are_read():
    resume = threading.Event()

    class Slow(Box):
        def list_templates(self, *, limit):
            assert resume.wait(SECONDS)
            return super().list_templates(limit=limit)

    panel = JobsPanel(Slow(job(8)))
    while "words" not in panel.widget.data:
        assert not panel.done.is_set()
    assert column(panel, "template") == ["file 11"]
    resume.set()
    assert panel.done.wait(SECONDS)
    assert column(panel, "template") == ["Letter"]


def test_without_javascript_a_table_and_one_job_are_text():
    panel = panel_of(job(8, failures={"warnings": ["<b>"]}), FAILED, plain=True)
    assert plain(html(panel)[2]) == (
        "Jobs Status Document Template By Took Messages Job "
        "completed file 98 Letter Zoë Müller unknown 1 warning: <b> 8 "
        "failed Job 7, no document Letter Zoë Müller unknown "
        "1 error, 1 warning: The <b>tag</b> is missing. 7"
    )
    panel.open("7")
    assert plain(html(panel)[3]) == (
        "Job 7, no document Job 7 Batch 3 Template Letter.docx, version 1 By Zoë Müller "
        "Messages Error: The <b>tag</b> is missing. Warning: Un. "
        "Statuses seen pending, sent failed, seen"
    )
    assert not any(hasattr(widget, "_esm") for widget in all_widgets(panel.widget))


def test_text_of_the_service_is_escaped():
    evil = "<img src=x onerror=alert(1)>"
    panel = panel_of({"id": evil, "status": evil, "batch": {"id": evil}}, plain=True)
    panel.open(evil)
    assert "<img" not in "".join(html(panel)) + panel._repr_mimebundle_()["text/html"]


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
    assert column(panel, "document") == ["To Ada.docx"]
    assert details(panel, job["id"])["messages"][0]["text"] == (
        "The tag 'text' was not provided in the input data."
    )
    name, content = file_of(send(panel, do="act", name="Download", key=job["id"]))
    assert (name, content[:2]) == ("To Ada.docx", b"PK")


def test_closing_leaves_other_widgets_open():
    other, panel = widgets.Text(), panel_of(job(8))
    panel.close()
    assert (panel.widget.comm, other.comm is not None) == (None, True)
