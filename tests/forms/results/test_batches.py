"""What a form does with its batches: results, downloads, taking up, and never twice unasked."""

import stat
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from forms.interactions import (
    all_widgets,
    batch_table,
    click,
    column,
    control,
    press,
    results,
    seen,
)

from docgen_nb import Ledger, exact_json
from docgen_nb.errors import NotWritten, UnreadableData
from docgen_nb.forms import BatchForm, JobsPanel
from docgen_nb.forms.results.sent_batches import SentBatches
from docgen_nb.request import BatchRequest

NOON = datetime.now(UTC).replace(microsecond=0)
ADA, BOB = {"to": {"name": "Ada"}, "text": "Hello."}, {"to": {"name": "Bob"}}
QUESTION = "Send them again?"


class Elsewhere:
    """The client of a service at an address of its own, which outlives a process."""

    url = "https://docgen.example"

    def __init__(self, box, **methods):
        self._box, self.sizes = box, {}
        self.__dict__.update(methods)

    def __getattr__(self, name):
        return getattr(self._box, name)


@pytest.fixture
def elsewhere(box, stepping):
    """A service whose jobs are finished as soon as a batch is sent."""

    def create_batch(body):
        batch = box.create_batch(body)
        stepping.finish()
        return batch

    return Elsewhere(box, create_batch=create_batch)


def form_of(client, **options):
    options = {"blocking": True, "poll_seconds": 0.0, **options}
    return BatchForm(client, **options)


def send(form, **options):
    """Send although data is missing, as the button "Generate anyway" does."""
    form.generate_anyway(**options)
    return form


def batches(box):
    return {job["batch"]["id"] for job in box.list_jobs()}


def tools(form):
    return [tool["label"] for tool in results(form).tools]


def recent(form):
    [items] = [w.items for w in all_widgets(form.widget) if hasattr(w, "note")]
    return items


# Results


def test_results_show_problems_first_and_what_can_be_done(elsewhere, letter):
    form = send(form_of(elsewhere, rows=[ADA, BOB]))
    assert batch_table(form) == [
        ("Letter.docx", "completed", ""),
        ("Letter.docx", "completed_with_error", "1 error: " + NO_TEXT),
    ]
    assert column(results(form), "actions") == ["Download", "Download Edit"]
    assert tools(form) == ["Download all (2)", "Edit those with problems (1)", "Resend all…"]
    head = results(form).head
    assert head["progress"]["text"] == "2 of 2 documents finished"
    assert head["facts"][0] == {"name": "Batch", "id": form.batch_id}
    [(message, _)] = press(form, do="open", key=form.jobs[1]["id"])
    assert message["details"]["messages"] == [{"severity": "error", "text": NO_TEXT}]


NO_TEXT = "The tag 'text' was not provided in the input data."


def test_all_documents_are_one_zip(elsewhere, letter):
    form = send(form_of(elsewhere, rows=[ADA, BOB]))
    replies = press(form, do="tool", name="download")
    archive = ZipFile(BytesIO(b"".join(part for _, [part] in replies)))
    assert replies[0][0]["name"] == f"documents-{form.batch_id[:8]}.zip"
    assert archive.namelist() == ["Letter (1).docx", "Letter (2).docx"]  # beside the template
    assert archive.testzip() is None


def test_a_document_that_is_gone_is_named_and_the_others_are_in_the_zip(elsewhere, letter):
    form = send(form_of(elsewhere, rows=[ADA, BOB]))
    elsewhere.delete_file(form.jobs[0]["output_file"]["id"])
    replies = press(form, do="tool", name="download")
    assert len(ZipFile(BytesIO(replies[0][1][0])).namelist()) == 1
    text, details = results(form).head["fault"]
    assert text == "1 document couldn't be downloaded."
    assert details.startswith(f"Job {form.jobs[0]['id']}: 404")


def test_documents_of_more_than_50_mb_are_saved_to_a_folder(
    elsewhere, letter, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    form = send(form_of(elsewhere, rows=[ADA]))
    real = elsewhere.get_file

    def get_file(file_id, *, fields):
        larger = {"size": 60 * 1024**2} if "created_by" in fields else {}
        return {**real(file_id, fields=fields), **larger}

    elsewhere.get_file = get_file
    assert press(form, do="tool", name="download") == []
    folder = tmp_path / f"documents-{form.batch_id[:8]}"
    assert sorted(path.name for path in folder.iterdir()) == ["Letter (1).docx", "manifest.csv"]
    saved = results(form).head["folder"]
    assert (saved["text"], saved["path"]) == ("Saved 1 document to the folder", str(folder))


def test_a_plain_form_saves_to_a_folder(elsewhere, letter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    form = send(form_of(elsewhere, rows=[ADA], plain=True))
    click(form, "Download all (1)")
    assert "Saved 1 document to the folder" in seen(form)
    assert f"Batch {form.batch_id}" in seen(form)


def test_one_document_is_downloaded_or_opened(elsewhere, letter):
    form = form_of(elsewhere, rows=[ADA])
    form.request.output_type = "pdf"
    elsewhere.download_file = lambda file_id, **_: b"%PDF"
    elsewhere.get_file = lambda file_id, *, fields: {"name": "Letter.pdf", "size": 4}
    send(form)
    key = form.jobs[0]["id"]
    if form.jobs[0]["output_file"]:  # this machine has a PDF converter
        [(message, parts)] = press(form, do="act", name="Open", key=key)
        assert (message["name"], message["shows"], parts) == ("Letter.pdf", True, [b"%PDF"])


def test_documents_are_edited_or_sent_again(elsewhere, letter):
    form = send(form_of(elsewhere, rows=[ADA, BOB]))
    first = form.batch_id
    press(form, do="act", name="Edit", key=form.jobs[1]["id"])
    assert form.request.rows == [BOB]
    assert form.status == "Edit 1 document, then generate."
    press(form, do="act", name="Retry", key=form.jobs[0]["id"])
    assert form.batch_id != first
    assert [job["status"] for job in form.jobs] == ["completed"]


def test_a_failed_document_is_edited_from_the_list_of_jobs(elsewhere, letter):
    form = send(form_of(elsewhere, rows=[ADA, BOB]))
    panel = JobsPanel(elsewhere, blocking=True)
    page = form.page({"Jobs": panel})
    good, wrong = (job["id"] for job in form.jobs)
    assert "Edit and retry" not in labels(panel, good)
    assert "Edit and retry" in labels(panel, wrong)
    page.widget.selected_index = 1
    panel.widget._handle_custom_msg({"do": "act", "name": "Edit", "key": wrong, "view": "t1"}, [])
    assert (form.request.rows, page.widget.selected_index) == ([BOB], 0)
    assert form.status == "Edit 1 document, then generate."
    assert "It replaced 2 documents; Undo brings them back." in seen(form)
    click(form, "Undo")
    assert form.request.rows == [ADA, BOB]
    form.close()
    assert "Edit and retry" not in labels(panel, wrong)


def labels(panel, key):
    """The actions in the details of a job."""
    replies = []
    panel.widget.send = lambda *reply: replies.append(reply)
    panel.widget._handle_custom_msg({"do": "open", "key": key, "view": "t1"}, [])
    return [one["label"] for one in replies[0][0]["details"]["actions"]]


# Never twice unasked


def test_the_same_request_is_sent_again_only_after_a_question(elsewhere, letter):
    form = form_of(elsewhere, rows=[ADA])
    form.generate()
    form.generate()
    assert QUESTION in form.status
    assert len(batches(elsewhere)) == 1
    click(form, "Cancel")
    assert len(batches(elsewhere)) == 1
    form.generate()
    click(form, "Generate again")
    assert len(batches(elsewhere)) == 2
    form.generate(again=True)
    assert len(batches(elsewhere)) == 3
    form.user_input = {**ADA, "text": "Other."}
    form.generate()
    assert len(batches(elsewhere)) == 4


def test_another_form_asks_too_and_shows_the_batch(elsewhere, letter):
    first = form_of(elsewhere, rows=[ADA])
    first.generate()
    second = form_of(elsewhere, rows=[ADA])
    second.generate()
    assert QUESTION in second.status
    click(second, "Show that batch")
    assert second.batch_id == first.batch_id
    assert len(batches(elsewhere)) == 1


def test_after_an_hour_nothing_is_asked(data_folder):
    sent, request = SentBatches("https://a.example"), BatchRequest("11", rows=[ADA])
    sent.add("b", request, template="Letter", at=NOON)
    assert sent.same(request, now=NOON + timedelta(minutes=59)).id == "b"
    assert sent.same(request, now=NOON + timedelta(minutes=60)) is None
    assert sent.same(BatchRequest("11", rows=[BOB]), now=NOON) is None


# Nothing lost


def test_a_fresh_form_takes_up_a_batch_with_its_data(elsewhere, letter):
    sent = send(form_of(elsewhere, rows=[ADA, BOB]))
    fresh = form_of(elsewhere)
    fresh.follow(sent.batch_id)
    assert batch_table(fresh) == batch_table(sent)
    assert tools(fresh) == tools(sent)
    lengths = column(results(fresh), "took")  # from the times of the service
    assert len(lengths) == 2
    assert all(one.endswith(" s") for one in lengths)
    fresh.request.template_id, fresh.request.output_type = "", "pdf"
    press(fresh, do="tool", name="edit")
    assert fresh.value == {**sent.value, "rows": [BOB]}


def test_a_batch_of_another_computer_can_be_downloaded_and_not_edited(elsewhere, letter):
    batch = elsewhere.create_batch(BatchRequest(letter, file_name="To Bob", rows=[BOB]).body())
    form = form_of(elsewhere)
    form.follow(batch["id"])
    assert column(results(form), "document") == ["To Bob.docx"]
    assert tools(form) == ["Download all (1)"]
    assert "not on this computer" in results(form).head["hint"]


def test_recent_batches_come_from_the_service_and_from_this_computer(elsewhere, letter):
    foreign = elsewhere.create_batch(BatchRequest(letter, rows=[BOB]).body())["id"]
    form = form_of(elsewhere, rows=[ADA])
    form.generate()
    [table] = [w for w in all_widgets(form.widget) if hasattr(w, "note")]
    table._handle_custom_msg({"do": "refresh"}, [])
    shown = {item["id"]: (item["template"], item["counts"], item["here"]) for item in recent(form)}
    assert shown == {
        form.batch_id: ("Letter", [["completed", 1]], True),
        foreign: ("Letter", [["completed_with_error", 1]], False),
    }
    table._handle_custom_msg({"do": "open", "id": foreign}, [])
    assert form.batch_id == foreign


def test_recent_batches_come_from_a_ledger(elsewhere, letter, tmp_path):
    batch = elsewhere.create_batch(BatchRequest(letter, rows=[ADA, BOB]).body())["id"]
    with Ledger(tmp_path / "history.sqlite") as ledger:
        form = form_of(elsewhere, ledger=ledger)
        [table] = [w for w in all_widgets(form.widget) if hasattr(w, "note")]
        table._handle_custom_msg({"do": "refresh"}, [])
        assert table.note == "Read from the ledger."
    [item] = recent(form)
    assert (item["id"], item["counts"]) == (batch, [["completed", 1], ["completed_with_error", 1]])


def test_a_batch_is_taken_up_instead_of_the_one_that_is_followed(box, letter):
    first, second = (
        box.create_batch(BatchRequest(letter, rows=[row] * 50).body())["id"] for row in (ADA, BOB)
    )
    form = form_of(Elsewhere(box), blocking=False, poll_seconds=600)
    form.follow(first)
    while not form.jobs:
        assert not form.done.is_set()
    [table] = [w for w in all_widgets(form.widget) if hasattr(w, "note")]
    table._handle_custom_msg({"do": "open", "id": second}, [])
    while form.batch_id != second:
        assert not form.done.is_set()
    form.close()
    assert form.done.wait(10)


def test_a_plain_form_takes_up_a_batch(elsewhere, letter):
    batch = elsewhere.create_batch(BatchRequest(letter, rows=[ADA]).body())["id"]
    form = form_of(elsewhere, plain=True)
    control(form, "Or its id").value = batch
    click(form, "Open the batch")
    assert form.batch_id == batch
    click(form, "Read again")
    assert "Letter" in control(form, "Recent batch").options[1][0]


def test_an_unknown_batch_is_an_error_that_the_form_shows(elsewhere, letter):
    form = form_of(elsewhere)
    form.follow("999")
    assert form.batch_id is None
    assert results(form).head["fault"][0] == (
        "This service has no batch 999. Check the id and the login."
    )


def test_what_is_kept_is_private_and_belongs_to_one_service(data_folder):
    sent = SentBatches("https://a.example")
    sent.add("../b", BatchRequest("11", rows=[ADA]), template="Letter", at=NOON)
    files = sorted((data_folder / "sent").iterdir())
    assert [path.name for path in files] == ["..%2Fb.json", "..%2Fb.request"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    again = SentBatches("https://a.example")
    [one] = again.newest_first()
    assert (one.id, one.sent_at, one.template, one.count) == ("../b", NOON, "Letter", 1)
    assert again.request("../b").rows == [ADA]
    assert SentBatches("https://b.example").newest_first() == []
    files[0].write_text("{")
    files[1].write_text("{")
    assert SentBatches("https://a.example").newest_first() == []
    assert SentBatches("https://a.example").request("../b") is None


def test_batches_in_memory_leave_no_file(data_folder, box, letter):
    SentBatches(box.url).add("b", BatchRequest(letter), template="Letter", at=NOON)
    assert not data_folder.exists()


def test_only_50_batches_are_kept(data_folder):
    sent = SentBatches("https://a.example")
    for number in range(53):
        sent.add(str(number), BatchRequest("11"), template="Letter", at=NOON)
    assert len(list((data_folder / "sent").iterdir())) == 100


def test_a_batch_that_cannot_be_kept_is_sent_and_followed(elsewhere, letter, data_folder):
    data_folder.write_text("a file where the folder should be")
    form = form_of(elsewhere, rows=[ADA])
    form.generate()
    assert form.status == "1 of 1 document finished: 1 completed."
    assert results(form).head["fault"][0].startswith("This batch can't be remembered")


# Saved forms


def test_a_form_is_saved_and_opened_without_a_token(elsewhere, letter, tmp_path):
    form = form_of(elsewhere, rows=[ADA, BOB])
    form.request.file_name = "To {to.name}"
    path = tmp_path / "order.json"
    form.save(path)
    assert "oken" not in path.read_text()
    fresh = form_of(elsewhere)
    fresh.open(path)
    assert fresh.value == form.value
    assert fresh.status == form.status


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[1]", b'{"kind": "docgen_nb form"}'])
def test_another_file_is_no_form(elsewhere, letter, tmp_path, content):
    (tmp_path / "other.json").write_bytes(content)
    form = form_of(elsewhere, rows=[ADA])
    with pytest.raises(UnreadableData, match=r"other\.json is not a saved form"):
        form.open(tmp_path / "other.json")
    assert form.request.rows == [ADA]
    with pytest.raises(UnreadableData, match="Cannot read"):
        form.open(tmp_path / "none.json")
    with pytest.raises(NotWritten, match="Cannot write"):
        form.save(tmp_path / "none" / "order.json")


def test_a_person_saves_and_opens_a_form(elsewhere, letter):
    form = form_of(elsewhere, rows=[ADA])
    table, replies = results(form), []
    table.send = lambda *message: replies.append(message)
    click(form, "Save form…")
    [(message, [content])] = replies
    assert message["name"] == "Letter.form.json"
    assert exact_json.decode(content.decode())["request"]["rows"] == [ADA]
    [upload] = [w for w in all_widgets(form.widget) if hasattr(w, "max_bytes")][-1:]
    form.user_input = BOB
    upload._handle_custom_msg({"name": "a.json"}, [memoryview(content)])
    assert form.request.rows == [ADA]
    assert form.status == "Opened a.json."
