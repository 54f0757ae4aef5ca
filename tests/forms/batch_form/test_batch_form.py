"""The form without a browser: what is typed, shown, sent and followed."""

import threading

import ipywidgets as widgets
import pytest
from forms.conftest import add_template
from forms.interactions import (
    all_widgets,
    batch_table,
    click,
    control,
    fill,
    is_shown,
    labels,
    plain,
    seen,
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
    """A client with one answer changed."""

    def __init__(self, box, **answers):
        self._box, self._answers = box, answers

    def __getattr__(self, name):
        return self._answers.get(name) or getattr(self._box, name)


def form_of(box, **options):
    return BatchForm(box, poll_seconds=0, **options)


# What is seen at first


def test_the_only_template_is_chosen_and_its_text_tags_are_fields(box, letter):
    form = form_of(box)
    assert control(form, "Template").value == "Letter.docx"
    assert labels(form) == ["to.name", "to.city", "text", "signer"]
    assert [control(form, path).placeholder for path in labels(form)] == [
        *("needed", "optional", "needed", "optional, by default The team")
    ]
    assert (form.user_input, form.status) == ({}, "Still needed: to.name, text.")
    assert form.request == BatchRequest(
        letter, file_name="Letter", rows=[{}], tags=list(box.list_tags(letter))
    )


def test_with_several_templates_none_is_chosen(box, letter):
    other = add_template(box, "{{a}}", name="Note.docx")
    form = form_of(box)
    assert control(form, "Template").options == ("Letter.docx", "Note.docx")
    assert (labels(form), form.status) == ([], "Choose a template.")
    fill(form, "Template", "Note.docx")
    assert wait_until_read(form) == other
    assert (labels(form), control(form, "File name").value) == (["a"], "Note")


def wait_until_read(form):
    for thread in threading.enumerate():
        if thread.name == "docgen-nb form":
            thread.join(SECONDS)
    return form.request.template_id


def test_templates_of_one_name_are_told_apart_by_their_ids(box, letter):
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
    assert form.status == ("There are no templates yet: upload a Word file as one.")
    click(form)
    assert list(box.list_jobs()) == []


def test_a_template_that_is_not_listed_can_be_given(box, letter):
    form = form_of(Wrapped(box, list_templates=list), template_id=letter)
    assert control(form, "Template").value == f"Template {letter}"
    assert labels(form) == ["to.name", "to.city", "text", "signer"]


def test_a_template_that_does_not_exist_is_an_error_at_once(box):
    with pytest.raises(NotFound):
        form_of(box, template_id="1")


def test_a_name_that_no_template_has_shows_no_fields_and_keeps_the_data(box, letter):
    form = form_of(box, user_input=ADA)
    fill(form, "Template", "Lett")
    assert (labels(form), form.status) == ([], "Choose a template.")
    assert control(form, "Template").value == "Lett"
    fill(form, "Template", "Letter.docx")
    wait_until_read(form)
    assert control(form, "to.name").value == "Ada"
    assert form.user_input == ADA


# Typing


def test_what_is_typed_is_in_the_request_and_an_emptied_field_is_no_key(box, letter):
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


def test_a_file_name_that_was_typed_stays_when_the_template_changes(box, letter):
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
        {"to": "no object", "text": "two\nlines", "rest": {"a": [{"b": 1}]}},
    ],
)
def test_data_given_come_back_as_they_are(box, letter, data):
    form = form_of(box, user_input=data)
    assert form.user_input == data
    form.user_input = ADA
    assert form.user_input == ADA
    form.user_input = data
    assert form.user_input == data


def test_setting_the_value_shows_it_as_a_form_made_with_it_does(box, letter):
    data = {"to": {"name": "Ada", "city": ["x"]}, "text": "two\nlines", "signer": 5}
    form = form_of(box)
    form.user_input = data
    made = form_of(box, user_input=data)
    assert repr(form) == repr(made)
    for path in labels(made):
        one, other = control(form, path), control(made, path)
        assert (type(one), one.value, one.disabled) == (type(other), other.value, other.disabled)


def test_the_value_is_a_copy(box, letter):
    given = {"to": {"name": "Ada"}}
    form = form_of(box, user_input=given)
    form.user_input["to"]["name"] = "Bob"
    given["to"]["name"] = "Cleo"
    assert form.user_input == {"to": {"name": "Ada"}}


def test_a_value_that_no_text_can_stand_for_is_locked(box, letter):
    form = form_of(box, user_input={"text": ["a", "b"]})
    assert (control(form, "text").value, control(form, "text").disabled) == ('["a", "b"]', True)


def test_rows_of_a_table_stay_as_given(box):
    notation = "{{customer}}\n\n{{for item in items}}\n{{item.name}}\n{{endfor}}"
    add_template(box, notation, name="Order.docx")
    form = form_of(box, user_input={"items": [{"name": "Pen"}]})
    assert labels(form) == ["customer"]
    fill(form, "customer", "Ada")
    assert form.user_input == {"items": [{"name": "Pen"}], "customer": "Ada"}
    assert form.problems == []


# Problems


def test_a_message_stands_under_a_field_once_it_was_touched(box, letter):
    form = form_of(box)
    assert seen(form) == "Still needed: to.name, text."
    fill(form, "to.name", "A")
    fill(form, "to.name", "")
    assert seen(form) == (
        "The tag 'to.name' was not provided in the input data.\nStill needed: to.name, text."
    )


def test_generate_with_something_missing_sends_nothing_and_shows_all_messages(box, letter):
    form = form_of(box)
    click(form)
    assert seen(form) == (
        "The tag 'to.name' was not provided in the input data.\n"
        "The tag 'text' was not provided in the input data.\n"
        "Still needed: to.name, text."
    )
    assert is_shown(control(form, GO_ON))
    assert list(box.list_jobs()) == []


GO_ON = "Generate without them: the documents keep their tags as written"


def test_a_person_can_go_on_without_the_data(box, letter):
    form = form_of(box, user_input={"text": "Hello."})
    assert not is_shown(control(form, GO_ON))
    click(form)
    update(control(form, GO_ON), value=True)
    assert form.status == "Ready to generate."
    click(form)
    assert form.done.wait(SECONDS)
    assert form.status == "1 of 1 document finished: 1 completed with errors."
    message = "Error: The tag 'to.name' was not provided in the input data."
    assert batch_table(form) == [("Letter", "completed with errors", [message])]


def test_what_box_would_refuse_is_never_sent(box, letter):
    form = form_of(box, user_input={**ADA, "rest": float("nan")})
    control(form, GO_ON).value = True
    click(form)
    assert form.status == "Not to be sent like this: see above."
    assert summary(form) == [
        "The data cannot be sent: data.rest is nan, which JSON cannot hold.",
        "The tag 'rest' was provided but not used in the template.",
    ]
    fill(form, "File name", "a/b")
    assert "The file name 'a/b' contains a slash, a backslash or a control character." in seen(form)
    assert list(box.list_jobs()) == []


def test_data_that_no_tag_uses_are_named(box, letter):
    form = form_of(box, user_input={**ADA, "sgner": "Bob"})
    assert summary(form) == [
        "The tag 'sgner' was provided but not used in the template. (Near to it: signer.)"
    ]
    assert form.status == "Ready to generate."


# Sending and following


def test_a_click_sends_and_follows_until_the_end(box, letter):
    folder = box.create_folder("Letters")["id"]
    form = form_of(box, user_input=ADA, folder_id=folder)
    click(form)
    assert form.done.wait(SECONDS)
    [job] = box.list_batch_jobs(form.batch_id)
    assert form.jobs == [job]
    assert form.status == "1 of 1 document finished: 1 completed."
    assert batch_table(form) == [("Letter", "completed", [])]
    [item] = box.list_folder_items(folder)
    assert (item["id"], item["name"]) == (job["output_file"]["id"], "Letter.docx")
    assert not control(form, "Generate").disabled


def test_the_button_is_disabled_from_the_first_click_to_the_end(box, letter):
    go, bodies = threading.Event(), []

    def create_batch(body):
        bodies.append(body)
        assert go.wait(SECONDS)
        return box.create_batch(body)

    form = form_of(Wrapped(box, create_batch=create_batch), user_input=ADA)
    click(form)
    assert control(form, "Generate").disabled
    click(form)
    fill(form, "text", "Later.")
    assert form.status == "Sending."
    go.set()
    assert form.done.wait(SECONDS)
    assert len(bodies) == len(list(box.list_jobs())) == 1
    assert bodies[0]["document_generation_data"][0]["user_input"] == ADA


def test_progress_is_told_step_by_step_by_a_worker_that_sets_traits_only(box, letter, sent):
    rows = [{**ADA, "signer": name} for name in "abc"]
    form = form_of(box)
    batch = box.create_batch(BatchRequest(letter, rows=rows).body())["id"]
    sent.clear()
    form.follow(batch)
    assert form.done.wait(SECONDS)
    words = [plain(state["value"]) for state in sent if "role" in str(state.get("value"))]
    assert words == [
        "0 of 3 documents finished: 2 pending, 1 submitted.",
        "1 of 3 documents finished: 1 pending, 1 submitted, 1 completed.",
        "2 of 3 documents finished: 1 submitted, 2 completed.",
        "3 of 3 documents finished: 3 completed.",
    ]
    bar = [state["value"] for state in sent if isinstance(state.get("value"), float | int)]
    assert bar == [1, 2, 3]
    assert [state for state in sent if "outputs" in state] == []


def test_blocking_does_all_in_the_callback(box, letter):
    threads = threading.active_count()
    form = form_of(box, user_input=ADA, blocking=True)
    click(form)
    assert form.done.is_set()
    assert form.status == "1 of 1 document finished: 1 completed."
    assert threading.active_count() == threads


def test_a_second_document_can_follow_the_first(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    click(form)
    first = form.batch_id
    fill(form, "text", "Again.")
    assert form.status == "Ready to generate."
    click(form)
    assert form.batch_id != first
    assert len(list(box.list_jobs())) == 2


def test_tags_that_are_not_ready_are_waited_for(box, letter):
    go = threading.Event()

    def list_tags(template_id, *, version_id):
        if not go.is_set():
            raise NotReady("Processing tags for this file.")
        return box.list_tags(template_id)

    form = BatchForm(Wrapped(box, list_tags=list_tags), user_input=ADA, poll_seconds=0.01)
    assert form.status == "Box is still reading the template; its fields come when it is done."
    click(form)
    assert form.batch_id is None
    go.set()
    wait_until_read(form)
    assert labels(form) == ["to.name", "to.city", "text", "signer"]
    assert form.status == "Ready to generate."


def test_tags_that_come_late_do_not_replace_those_of_the_template_chosen_since(box, letter):
    note = add_template(box, "{{a}}", name="Note.docx")
    asked, go = threading.Event(), threading.Event()

    def list_tags(template_id, *, version_id):
        if template_id == letter:
            asked.set()
            assert go.wait(SECONDS)
        return box.list_tags(template_id)

    form = form_of(Wrapped(box, list_tags=list_tags), template_id=note)
    fill(form, "Template", "Letter.docx")
    assert asked.wait(SECONDS)
    fill(form, "Template", "Note.docx")
    go.set()
    wait_until_read(form)
    assert labels(form) == ["a"]


# Faults


def failing(error):
    def act(*_):
        raise error

    return act


def test_a_refusal_is_shown_and_the_data_stay(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="<b>Token expired</b>")
    form = form_of(Wrapped(box, create_batch=failing(error)), user_input=ADA)
    click(form)
    assert form.done.wait(SECONDS)
    assert form.status == "Unauthorized: 401 unauthorized: <b>Token expired</b>"
    assert "Details Traceback (most recent call last):" in seen(form)
    assert not any("<b>" in w.value for w in visible(form.widget) if isinstance(w, widgets.HTML))
    assert (form.user_input, form.batch_id) == (ADA, None)
    assert not control(form, "Generate").disabled


def test_a_lost_reply_says_that_the_batch_may_exist(box, letter):
    form = form_of(Wrapped(box, create_batch=failing(Unreachable("No reply."))), user_input=ADA)
    click(form)
    assert form.done.wait(SECONDS)
    assert form.status == (
        "Unreachable: No reply. The batch may exist all the same: look at the list of jobs."
    )


def test_following_that_broke_names_the_batch_and_can_go_on(box, letter):
    answers = {"list_batch_jobs": failing(Unreachable("No reply."))}
    form = form_of(Wrapped(box, **answers), user_input=ADA, blocking=True)
    click(form)
    batch = form.batch_id
    assert form.status == (
        f"Unreachable: No reply. Batch {batch} was sent; follow() goes on with it."
    )
    whole = form_of(box, blocking=True)
    whole.follow(batch)
    assert whole.status == "1 of 1 document finished: 1 completed."


def test_a_fault_of_ours_is_shown_and_not_kept_quiet(box, letter, callbacks_must_not_raise):
    form = form_of(
        Wrapped(box, create_batch=failing(KeyError("id"))), user_input=ADA, blocking=True
    )
    click(form)
    assert form.status == "KeyError: 'id'"
    assert callbacks_must_not_raise == ["'id'"]
    callbacks_must_not_raise.clear()


def test_the_details_of_a_fault_go_with_the_next_sending(box, letter):
    answers = {"create_batch": failing(Unreachable("No reply."))}
    wrapped = Wrapped(box, **answers)
    form = form_of(wrapped, user_input=ADA, blocking=True)
    click(form)
    assert "Details" in seen(form)
    answers = wrapped._answers
    answers.clear()
    click(form)
    assert "Details" not in seen(form)


# Manners


def test_every_input_has_a_label_and_every_button_a_name(box, letter):
    form = form_of(box)
    inputs = [w for w in all_widgets(form.widget) if isinstance(w, widgets.ValueWidget)]
    assert len(inputs) >= 8
    unnamed = [w for w in inputs if not isinstance(w, widgets.HTML) and not w.description]
    assert unnamed == []
    assert control(form, "Generate").description == "Generate"


def test_names_messages_and_data_are_text_never_marks(box, letter):
    entries = [{"file": {"id": letter}, "file_name": "<img>.docx"}]
    form = form_of(Wrapped(box, list_templates=lambda: entries), user_input={"<img>": "<img>"})
    fill(form, "File name", "<img>/")
    fill(form, "text", "<img>")
    click(form)
    assert "The file name '<img>/' contains a slash" in seen(form)
    assert "The tag '<img>' was provided but not used in the template." in summary(form)
    html = [w.value for w in all_widgets(form.widget) if isinstance(w, widgets.HTML)]
    assert [value for value in html if "<img" in value] == []
    assert not any(getattr(w, "description_allow_html", False) for w in all_widgets(form.widget))


def test_redrawing_closes_its_own_widgets_and_no_others(box, letter):
    other, form = widgets.Text(), form_of(box)
    former = control(form, "to.name")
    form.user_input = ADA
    assert former.comm is None
    assert other.comm is not None
    mine = all_widgets(form.widget)
    form.close()
    assert [w for w in mine if w.comm is not None] == []
    assert other.comm is not None


def test_closing_stops_the_following(box, letter):
    asked = threading.Event()

    def list_batch_jobs(batch_id):
        asked.set()
        return [{"id": "1", "status": "pending"}]

    form = BatchForm(
        Wrapped(box, list_batch_jobs=list_batch_jobs), user_input=ADA, poll_seconds=3600
    )
    click(form)
    assert asked.wait(SECONDS)
    form.close()
    assert form.done.wait(SECONDS)


def test_where_no_widgets_show_the_form_is_readable(box, letter):
    form = form_of(box, user_input=ADA)
    bundle = form._repr_mimebundle_()
    assert (
        bundle["text/plain"]
        == repr(form)
        == (
            "<BatchForm: Letter.docx as docx, 1 document>\n"
            "  to.name: Ada\n  to.city: \n  text: Hello.\n  signer: \n"
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
    return {(keys.index(key), column): text for key, column, text in state["messages_sent"]}


def test_what_a_row_lacks_stands_in_its_cell_and_the_summary_leads_to_the_table(box):
    add_template(box, ORDER, name="Order.docx")
    items = [{"name": "Pen", "price": 2}, {"name": "Ink"}, {"price": "x"}]
    form = form_of(box, user_input={"customer": "Ada", "items": items})
    click(form)
    lacks = "The tag 'items.{}' was not provided in the input data."
    assert table_messages(form) == {
        (1, 1): lacks.format("price"),
        (2, 0): lacks.format("name"),
        (2, 1): "Enter a number such as 1234.5.",
    }
    assert lacks.format("name") in summary(form)
    form.user_input = {"customer": "Ada", "items": items[:1]}
    assert (table_messages(form), summary(form)) == ({}, [])


def test_a_picture_may_take_what_the_other_data_leave(box, letter):
    file = box.upload_file(with_placeholder("{{logo}}", around=("{{text}}", "")), name="Logo.docx")
    box.mark_template(file["id"])
    form = form_of(box, template_id=file["id"], user_input={"text": "x" * 1000})
    [upload] = [w for w in all_widgets(form.widget) if hasattr(w, "room")]
    assert upload.room == (100 * 1024 - len('{"text":""}') - 1000) // 4 * 3
    fill(form, "text", "x" * 2000)
    assert upload.room == (100 * 1024 - len('{"text":""}') - 2000) // 4 * 3


# A token that ends


def test_after_a_token_has_ended_a_person_signs_in_and_all_that_was_typed_stays(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="Token expired")
    ended = Wrapped(box, create_batch=failing(error))
    form = form_of(ended, user_input=ADA, blocking=True)
    fill(form, "signer", "Bob")
    click(form)
    assert form.status == "Unauthorized: 401 unauthorized: Token expired"
    assert "Sign in here; all that you typed stays." in seen(form)

    fill(form, "Developer token", "new")
    click(form, "Sign in")
    assert "Sign in here" not in seen(form)
    assert (form.status, form.user_input) == ("Ready to generate.", {**ADA, "signer": "Bob"})
    click(form)
    assert form.status == "1 of 1 document finished: 1 completed."


def test_a_client_that_cannot_sign_in_anew_is_told(box, letter):
    error = Unauthorized(status=401, code="unauthorized", message="Token expired")
    ended = Wrapped(Without(box, "reconnect"), create_batch=failing(error))
    form = form_of(ended, user_input=ADA, blocking=True)
    click(form)
    assert "Make a client with a new one." in seen(form)


class Without:
    """A client that lacks one method."""

    def __init__(self, box, name):
        self._box, self._name = box, name

    def __getattr__(self, name):
        if name == self._name:
            raise AttributeError(name)
        return getattr(self._box, name)


def test_messages_put_no_widget_in_or_out_so_that_nobody_loses_the_focus(box, letter):
    form = form_of(box)
    before = all_widgets(form._view.fields.widget)
    click(form)
    assert "The tag 'text' was not provided in the input data." in seen(form)
    fill(form, "text", "Hello.")
    assert all_widgets(form._view.fields.widget) == before
