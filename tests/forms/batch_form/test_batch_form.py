"""BatchForm without a browser: typing, display, sending and following."""

import threading

import ipywidgets as widgets
import pytest
from forms.conftest import add_template
from forms.interactions import (
    all_widgets,
    batch_table,
    click,
    control,
    field,
    field_box,
    fill,
    headings,
    is_shown,
    leave,
    paths,
    problems_shown,
    results,
    seen,
    send,
    summary,
    update,
    visible,
)
from template.render.test_pictures import with_placeholder

from docgen_nb.errors import NotFound, NotReady, Unauthorized, Unreachable
from docgen_nb.forms import BatchForm
from docgen_nb.request import BatchRequest

SECONDS = 10
ADA = {"to": {"name": "Ada"}, "text": "Hello."}


class Wrapped:
    """A client with some of its methods replaced."""

    def __init__(self, box, **methods):
        self._box, self.methods = box, methods

    def __getattr__(self, name):
        return self.methods.get(name) or getattr(self._box, name)


def form_of(box, **options):
    return BatchForm(box, poll_seconds=0, **options)


# The first display


def test_the_only_template_is_chosen_and_has_a_field_for_each_tag(box, letter):
    form = form_of(box)
    assert control(form, "Template").value == "Letter.docx"
    assert paths(form) == ["text", "signer", "to.name", "to.city"]
    assert [(one["placeholder"], one["is_optional"]) for one in shown_fields(form)] == [
        ("Required", False),
        ("If empty: The team", True),
        ("Required", False),
        ("", True),
    ]
    assert [one["label"] for one in shown_fields(form)] == ["Text", "Signer", "Name", "City"]
    assert headings(form) == [("To", "")]
    assert (form.user_input, form.status) == ({}, "2 fields to fill in.")
    assert form.request == BatchRequest(
        letter, file_name="Letter", rows=[{}], tags=list(box.list_tags(letter))
    )


def shown_fields(form):
    return [field(form, path) for path in paths(form)]


def test_none_of_several_templates_is_chosen(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    form = form_of(box)
    assert control(form, "Template").options == ("Letter.docx", "Note.docx")
    assert (paths(form), form.status) == ([], "Choose a template to begin.")
    fill(form, "Template", "Note.docx")
    assert wait_until_read(form) == other
    assert (paths(form), control(form, "File name").value) == (["a"], "Note")


def wait_until_read(form):
    for thread in threading.enumerate():
        if thread.name == "docgen-nb tags":
            thread.join(SECONDS)
    return form.request.template_id


def test_templates_with_equal_names_show_their_ids(box, letter):
    folder = box.create_folder("Other")["id"]
    file = box.upload_file(b"x", name="Letter.docx", folder_id=folder)
    entries = [
        {"file": {"type": "file", "id": id}, "file_name": "Letter.docx"}
        for id in (letter, file["id"])
    ]
    form = form_of(Wrapped(box, list_templates=lambda: entries))
    assert control(form, "Template").options == (
        f"Letter.docx (file {letter})",
        f"Letter.docx (file {file['id']})",
    )


def test_without_templates_the_form_says_what_to_do(box):
    form = form_of(box)
    assert form.status == ("There are no templates. Upload a Word file as a template.")
    click(form)
    assert list(box.list_jobs()) == []


def test_a_template_outside_the_list_can_be_passed(box, letter):
    form = form_of(Wrapped(box, list_templates=list), template_id=letter)
    assert control(form, "Template").value == f"Template {letter}"
    assert paths(form) == ["text", "signer", "to.name", "to.city"]


def test_a_missing_template_raises_at_once(box):
    with pytest.raises(NotFound):
        form_of(box, template_id="1")


def test_an_unknown_template_name_removes_the_fields_and_keeps_the_data(box, letter):
    form = form_of(box, user_input=ADA)
    fill(form, "Template", "Lett")
    assert (paths(form), form.status) == (
        [],
        "No template is named Lett. Choose one from the list.",
    )
    assert control(form, "Template").value == "Lett"
    fill(form, "Template", "Letter.docx")
    wait_until_read(form)
    assert field(form, "to.name")["text"] == "Ada"
    assert form.user_input == ADA


# Typing


def test_typed_values_are_in_the_request_and_an_emptied_field_removes_its_key(box, letter):
    form = form_of(box)
    fill(form, "to.name", "Ada")
    fill(form, "text", "Hello.")
    fill(form, "to.city", "London")
    fill(form, "to.city", "")
    fill(form, "File name", "To Ada")
    control(form, "Output type").value = "pdf"
    assert form.user_input == ADA
    assert form.request.body() == {
        "file": {"type": "file", "id": letter},
        "input_source": "api",
        "destination_folder": {"type": "folder", "id": "0"},
        "output_type": "pdf",
        "document_generation_data": [{"generated_file_name": "To Ada", "user_input": ADA}],
    }
    assert (form.problems, form.status) == ([], "Ready to generate.")


def test_a_field_of_the_template_is_inserted_into_the_file_name(box, letter):
    form = form_of(box, rows=[{"to": {"name": "Ada"}}, {"to": {"name": "Li"}}])
    name = control(form, "File name")
    assert name.placeholder == "For example: Order {to.name}"
    assert summary(form)[0] == (
        "2 documents have the same file name. Add a field, such as {to.name}."
    )
    insert = control(form, "Insert field…")
    assert [label for label, _ in insert.options][1:] == ["To name", "To city", "Text", "Signer"]
    update(insert, index=1)
    assert (name.value, form.request.file_name) == ("Letter {to.name}", "Letter {to.name}")
    assert "same file name" not in " ".join(summary(form))


def test_a_typed_file_name_stays_when_the_template_changes(box, letter):
    add_template(box, "{{a}}", name="Note.docx")
    form = form_of(box, template_id=letter)
    fill(form, "File name", "Mine")
    fill(form, "Template", "Note.docx")
    wait_until_read(form)
    assert control(form, "File name").value == form.request.file_name == "Mine"


@pytest.mark.parametrize(
    "data",
    [
        {},
        ADA,
        {"to": {"name": 5060.5, "city": None, "more": [1]}, "text": "", "signer": True},
        {"to": "not an object", "text": "two\nlines", "rest": {"a": [{"b": 1}]}},
    ],
)
def test_data_comes_back_unchanged(box, letter, data):
    form = form_of(box, user_input=data)
    assert form.user_input == data
    form.user_input = ADA
    assert form.user_input == ADA
    form.user_input = data
    assert form.user_input == data


def test_setting_the_value_draws_the_same_form_as_passing_it(box, letter):
    data = {"to": {"name": "Ada", "city": ["x"]}, "text": "two\nlines", "signer": 5}
    form = form_of(box)
    form.user_input = data
    new = form_of(box, user_input=data)
    assert repr(form) == repr(new)
    for path in paths(new):
        assert field(form, path) == field(new, path)


def test_fewer_documents_can_be_set_while_the_last_one_is_shown(box, letter):
    form = form_of(box, rows=[ADA, ADA, {"text": "Third."}])
    control(form, "Document").value = 3
    assert form.user_input == {"text": "Third."}

    form.value = {**form.value, "rows": [ADA]}

    assert (form.user_input, control(form, "Document").value) == (ADA, 1)
    assert field(form, "text")["text"] == "Hello."


def test_the_value_is_a_copy(box, letter):
    data = {"to": {"name": "Ada"}}
    form = form_of(box, user_input=data)
    form.user_input["to"]["name"] = "Bob"
    data["to"]["name"] = "Cleo"
    assert form.user_input == {"to": {"name": "Ada"}}


def test_a_value_that_text_cannot_represent_is_locked(box, letter):
    form = form_of(box, user_input={"text": ["a", "b"]})
    text = field(form, "text")
    assert (text["text"], text["is_locked"]) == ('["a", "b"]', True)


def test_rows_of_a_table_stay_unchanged(box):
    notation = "{{customer}}\n\n{{for item in items}}\n{{item.name}}\n{{endfor}}"
    add_template(box, notation, name="Order.docx")
    form = form_of(box, user_input={"items": [{"name": "Pen"}]})
    assert paths(form) == ["customer"]
    fill(form, "customer", "Ada")
    assert form.user_input == {"items": [{"name": "Pen"}], "customer": "Ada"}
    assert form.problems == []


# Problems


def test_a_message_appears_below_a_field_after_it_was_left(box, letter):
    form = form_of(box)
    assert seen(form) == "2 fields to fill in."
    fill(form, "to.name", "A")
    fill(form, "to.name", "")
    assert seen(form) == "2 fields to fill in."
    leave(form, "to.name")
    assert seen(form) == ("Name is required.\n2 fields to fill in.")


def test_generate_with_missing_data_sends_nothing_and_shows_all_messages(box, letter):
    form = form_of(box)
    click(form)
    assert seen(form) == ("Text is required.\nName is required.\nNothing was sent: 2 problems.")
    assert summary(form) == ["To name is required", "Text is required"]
    assert problems_shown(form)
    assert is_shown(control(form, GENERATE_ANYWAY))
    assert list(box.list_jobs()) == []
    [steps] = [one for one in all_widgets(form.widget) if hasattr(one, "steps")]
    assert steps.steps[1:3] == [["Data", "1 document", "warn"], ["Check", "2 problems", "error"]]
    fill(form, "text", "Hello")
    fill(form, "to.name", "Ada")
    assert steps.steps[1:3] == [["Data", "1 document", "ok"], ["Check", "No missing data", "ok"]]


GENERATE_ANYWAY = "Generate anyway and leave unfilled tags in the documents"


def test_a_person_can_generate_despite_missing_data(box, letter):
    form = form_of(box, user_input={"text": "Hello."})
    assert not is_shown(control(form, GENERATE_ANYWAY))
    click(form)
    assert form.batch_id is None
    click(form, GENERATE_ANYWAY)
    assert form.done.wait(SECONDS)
    assert form.status == "1 of 1 document finished: 1 completed with errors."
    message = "1 error: The tag 'to.name' was not provided in the input data."
    assert batch_table(form) == [("Letter.docx", "completed_with_error", message)]
    show_step(form, 1)
    assert form.status == "1 problem."  # not: nothing was sent


def show_step(form, number):
    """Click one of the steps at the top."""
    [steps] = [one for one in all_widgets(form.widget) if hasattr(one, "steps")]
    send(steps, action="go", step=number)


def test_data_that_box_would_reject_is_never_sent(box, letter):
    form = form_of(box, user_input={**ADA, "rest": float("nan")})
    click(form)
    assert form.status == "Nothing was sent: 1 problem."
    assert not is_shown(control(form, GENERATE_ANYWAY))
    assert summary(form) == [
        "The data cannot be sent: data.rest is nan, which JSON cannot hold.",
        "Rest is not used by the template",
    ]
    form.generate_anyway()
    fill(form, "File name", "a/b")
    assert "The file name 'a/b' contains a slash, a backslash or a control character." in seen(form)
    assert list(box.list_jobs()) == []


def test_unused_data_is_listed(box, letter):
    form = form_of(box, user_input={**ADA, "sgner": "Bob"})
    assert summary(form) == ["Sgner is not used by the template. Similar name: signer"]
    assert form.status == "Ready to generate."


# Sending and following


def test_generate_sends_the_batch_and_follows_it_to_its_end(box, letter):
    folder = box.create_folder("Letters")["id"]
    form = form_of(box, user_input=ADA, folder_id=folder)
    click(form)
    assert form.done.wait(SECONDS)
    [job] = box.list_batch_jobs(form.batch_id)
    assert form.jobs == [job]
    assert form.status == "1 of 1 document finished: 1 completed."
    assert batch_table(form) == [("Letter.docx", "completed", "")]
    [item] = box.list_folder_items(folder)
    assert (item["id"], item["name"]) == (job["output_file"]["id"], "Letter.docx")
    assert not control(form, "Generate").disabled


def test_a_list_that_is_shorter_than_what_was_sent_is_read_again(box, letter):
    readings, shown = [], []

    def list_batch_jobs(batch_id, *, limit):
        shown.append(results(form).head.get("progress", {}).get("text"))
        jobs = [{**job, "status": "completed"} for job in box.list_batch_jobs(batch_id)]
        readings.append(jobs if readings else jobs[:1])
        return readings[-1]

    wrapped = Wrapped(box, list_batch_jobs=list_batch_jobs)
    form = form_of(wrapped, rows=[ADA, {**ADA, "text": "Two."}], blocking=True)
    click(form)

    assert [len(jobs) for jobs in readings] == [1, 2]
    assert shown[1] == "1 of 2 documents finished"
    assert form.status == "2 of 2 documents finished: 2 completed."


def test_generate_is_disabled_while_a_batch_is_sent_and_followed(box, letter):
    resume, bodies = threading.Event(), []

    def create_batch(body):
        bodies.append(body)
        assert resume.wait(SECONDS)
        return box.create_batch(body)

    form = form_of(Wrapped(box, create_batch=create_batch), user_input=ADA)
    click(form)
    assert control(form, "Generate").disabled
    click(form)
    fill(form, "text", "Later.")
    assert form.status == "Sending…"
    resume.set()
    assert form.done.wait(SECONDS)
    assert len(bodies) == len(list(box.list_jobs())) == 1
    assert bodies[0]["document_generation_data"][0]["user_input"] == ADA


def test_a_background_thread_shows_each_step_by_setting_traits(box, letter, sent):
    rows = [{**ADA, "signer": name} for name in "abc"]
    form = form_of(box)
    batch = box.create_batch(BatchRequest(letter, rows=rows).body())["id"]
    sent.clear()
    form.follow(batch)
    assert form.done.wait(SECONDS)
    texts = [state["status"]["text"] for state in sent if "status" in state]
    assert texts == [
        "0 of 3 documents finished: 2 pending, 1 submitted.",
        "1 of 3 documents finished: 1 pending, 1 submitted, 1 completed.",
        "2 of 3 documents finished: 1 submitted, 2 completed.",
        "3 of 3 documents finished: 3 completed.",
    ]
    bar = [state["head"]["progress"]["finished"] for state in sent if "head" in state]
    assert list(dict.fromkeys(bar)) == [0, 1, 2, 3]
    assert [state for state in sent if "outputs" in state] == []


def test_blocking_does_all_work_in_the_callback(box, letter):
    threads = threading.active_count()
    form = form_of(box, user_input=ADA, blocking=True)
    click(form)
    assert form.done.is_set()
    assert form.status == "1 of 1 document finished: 1 completed."
    assert threading.active_count() == threads


def test_a_second_batch_can_follow_the_first(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    click(form)
    first = form.batch_id
    fill(form, "text", "Again.")
    assert form.status == "Ready to generate."
    click(form)
    assert form.batch_id != first
    assert len(list(box.list_jobs())) == 2


def test_the_form_waits_for_tags_that_are_not_ready(box, letter):
    ready = threading.Event()

    def list_tags(template_id, *, version_id):
        if not ready.is_set():
            raise NotReady("Processing tags for this file.")
        return box.list_tags(template_id)

    form = BatchForm(Wrapped(box, list_tags=list_tags), user_input=ADA, poll_seconds=0.01)
    assert (
        form.status == "Box is still processing the template. Its tags appear when it has finished."
    )
    click(form)
    assert form.batch_id is None
    ready.set()
    wait_until_read(form)
    assert paths(form) == ["text", "signer", "to.name", "to.city"]
    assert form.status == "Ready to generate."


def test_late_tags_do_not_replace_those_of_the_template_chosen_since(box, letter):
    note = add_template(box, "{{a}}", name="Note.docx")
    requested, resume = threading.Event(), threading.Event()

    def list_tags(template_id, *, version_id):
        if template_id == letter:
            requested.set()
            assert resume.wait(SECONDS)
        return box.list_tags(template_id)

    form = form_of(Wrapped(box, list_tags=list_tags), template_id=note)
    fill(form, "Template", "Letter.docx")
    assert requested.wait(SECONDS)
    fill(form, "Template", "Note.docx")
    resume.set()
    wait_until_read(form)
    assert paths(form) == ["a"]


# Errors


def failing(error):
    def method(*_, **__):
        raise error

    return method


def test_an_error_is_shown_and_the_data_stays(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="<b>Token expired</b>")
    form = form_of(Wrapped(box, create_batch=failing(error)), user_input=ADA)
    click(form)
    assert form.done.wait(SECONDS)
    assert form.status == "Box does not accept this token."
    assert "Nothing was sent. Developer tokens last 60 minutes" in seen(form)
    assert "Technical details Traceback (most recent call last):" in seen(form)
    assert not any("<b>" in w.value for w in visible(form.widget) if isinstance(w, widgets.HTML))
    assert (form.user_input, form.batch_id) == (ADA, None)
    assert not control(form, "Generate").disabled


def test_a_lost_reply_warns_that_the_batch_may_exist(box, letter):
    form = form_of(Wrapped(box, create_batch=failing(Unreachable("No reply."))), user_input=ADA)
    click(form)
    assert form.done.wait(SECONDS)
    assert form.status == "The service does not answer."
    assert "The batch may exist: check the list of jobs before sending it again." in seen(form)


def test_a_service_that_is_not_there_has_received_nothing(box, letter):
    error = Unreachable("No reply to POST http://127.0.0.1:9/x: refused.", may_have_arrived=False)
    form = form_of(Wrapped(box, create_batch=failing(error)), user_input=ADA, blocking=True)
    click(form)
    assert form.status == "The service at http://127.0.0.1:9 does not answer."
    assert "Nothing was sent. Check that it runs, then try again." in seen(form)
    assert "may exist" not in seen(form).partition("Technical details")[0]


def test_an_error_while_following_names_the_batch_to_follow_again(box, letter):
    failing_client = Wrapped(box, list_batch_jobs=failing(Unreachable("No reply.")))
    form = form_of(failing_client, user_input=ADA, blocking=True)
    click(form)
    batch = form.batch_id
    assert form.status == "The service does not answer."
    assert f"Batch {batch} continues; follow({batch!r}) shows it again." in seen(form)
    other = form_of(box, blocking=True)
    other.follow(batch)
    assert other.status == "1 of 1 document finished: 1 completed."


def test_an_unexpected_error_is_shown_and_raised(box, letter, callbacks_must_not_raise):
    form = form_of(
        Wrapped(box, create_batch=failing(KeyError("id"))), user_input=ADA, blocking=True
    )
    click(form)
    assert form.status == "KeyError: 'id'"
    assert callbacks_must_not_raise == ["'id'"]
    callbacks_must_not_raise.clear()


def test_the_next_batch_removes_the_details_of_an_error(box, letter):
    client = Wrapped(box, create_batch=failing(Unreachable("No reply.")))
    form = form_of(client, user_input=ADA, blocking=True)
    click(form)
    assert "Technical details" in seen(form)
    client.methods.clear()
    click(form)
    assert "Technical details" not in seen(form)


# Accessibility, escaping and closing


def test_every_input_has_a_label_and_every_button_a_name(box, letter):
    form = form_of(box)
    inputs = [w for w in all_widgets(form.widget) if isinstance(w, widgets.ValueWidget)]
    assert len(inputs) >= 8
    unnamed = [w for w in inputs if not isinstance(w, widgets.HTML) and not w.description]
    assert unnamed == []
    assert control(form, "Generate").description == "Generate"


def test_names_messages_and_data_are_escaped(box, letter):
    entries = [{"file": {"id": letter}, "file_name": "<img>.docx"}]
    form = form_of(Wrapped(box, list_templates=lambda: entries), user_input={"<img>": "<img>"})
    fill(form, "File name", "<img>/")
    fill(form, "text", "<img>")
    click(form)
    assert "The file name '<img>/' contains a slash" in seen(form)
    assert "Img is not used by the template" in summary(form)
    html = [w.value for w in all_widgets(form.widget) if isinstance(w, widgets.HTML)]
    assert [value for value in html if "<img" in value] == []
    assert not any(getattr(w, "description_allow_html", False) for w in all_widgets(form.widget))


def test_redrawing_closes_only_the_widgets_of_the_form(box, letter):
    other, form = widgets.Text(), form_of(box)
    [former] = field_box(form).children
    form.user_input = ADA
    assert former.comm is None
    assert other.comm is not None
    own = all_widgets(form.widget)
    form.close()
    assert [w for w in own if w.comm is not None] == []
    assert other.comm is not None


def test_closing_stops_following(box, letter):
    requested = threading.Event()

    def list_batch_jobs(batch_id, *, limit):
        requested.set()
        return [{"id": "1", "status": "pending"}]

    form = BatchForm(
        Wrapped(box, list_batch_jobs=list_batch_jobs), user_input=ADA, poll_seconds=3600
    )
    click(form)
    assert requested.wait(SECONDS)
    form.close()
    assert form.done.wait(SECONDS)


def test_without_widgets_the_form_is_text(box, letter):
    form = form_of(box, user_input=ADA)
    bundle = form._repr_mimebundle_()
    assert (
        bundle["text/plain"]
        == repr(form)
        == (
            "<BatchForm: Letter.docx as docx, 1 document>\n"
            "  text: Hello.\n  signer: \n  to.name: Ada\n  to.city: \n"
            "  Ready to generate."
        )
    )
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == form.widget.model_id


# Messages in tables


ORDER = "{{customer}}\n\n{{for item in items}}\n{{item.name}} {{item.price * 2}}\n{{endfor}}"


def table_messages(form):
    """The messages in the cells of the one table, by row and column."""
    [table] = [w for w in all_widgets(form.widget) if hasattr(w, "rows_sent")]
    state = table.get_state()
    keys = [key for key, _ in state["rows_sent"]["rows"]]
    return {(keys.index(key), column): text for key, column, text, _ in state["messages_sent"]}


def test_missing_values_are_marked_in_their_cells_and_listed(box):
    add_template(box, ORDER, name="Order.docx")
    items = [{"name": "Pen", "price": 2}, {"name": "Ink"}, {"price": "x"}]
    form = form_of(box, user_input={"customer": "Ada", "items": items})
    click(form)
    assert table_messages(form) == {
        (1, 1): "Price is required.",
        (2, 0): "Name is required.",
        (2, 1): "Enter a number such as 1234.5.",
    }
    assert "Items name is required" in summary(form)
    form.user_input = {"customer": "Ada", "items": items[:1]}
    assert (table_messages(form), summary(form)) == ({}, [])


def test_a_picture_may_use_the_space_that_other_data_leaves(box, letter):
    file = box.upload_file(with_placeholder("{{logo}}", around=("{{text}}", "")), name="Logo.docx")
    box.mark_template(file["id"])
    form = form_of(box, template_id=file["id"], user_input={"text": "x" * 1000})
    [upload] = [w for w in all_widgets(form.widget) if hasattr(w, "room")]
    assert upload.room == (100 * 1024 - len('{"text":""}') - 1000) // 4 * 3
    fill(form, "text", "x" * 2000)
    assert upload.room == (100 * 1024 - len('{"text":""}') - 2000) // 4 * 3


# An expired token


def test_a_person_logs_in_again_after_a_token_has_expired_and_the_data_stays(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="Token expired")
    expired = Wrapped(box, create_batch=failing(error))
    form = form_of(expired, user_input=ADA, blocking=True)
    fill(form, "signer", "Bob")
    click(form)
    assert form.status == "Box does not accept this token."
    assert "Log in here; the form keeps your data." in seen(form)

    fill(form, "Developer token", "new")
    click(form, "Log in")
    assert "Log in here" not in seen(form)
    assert (form.status, form.user_input) == ("Ready to generate.", {**ADA, "signer": "Bob"})
    click(form)
    assert form.status == "1 of 1 document finished: 1 completed."


def test_without_reconnect_the_form_asks_for_a_new_client(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="Token expired")
    expired = Wrapped(Without(box, "reconnect"), create_batch=failing(error))
    form = form_of(expired, user_input=ADA, blocking=True)
    click(form)
    assert "Make a client with a new token." in seen(form)


class Without:
    """A client without one of its methods."""

    def __init__(self, box, name):
        self._box, self._name = box, name

    def __getattr__(self, name):
        if name == self._name:
            raise AttributeError(name)
        return getattr(self._box, name)


def test_messages_add_and_remove_no_widgets_so_that_inputs_keep_the_focus(box, letter):
    form = form_of(box)
    before = all_widgets(field_box(form))
    click(form)
    assert "Text is required." in seen(form)
    fill(form, "text", "Hello.")
    assert all_widgets(field_box(form)) == before
