"""A gap that many documents share: only these are shown, or one value fills it."""

from forms.interactions import (
    act_on,
    all_widgets,
    click,
    control,
    field,
    fill,
    html,
    is_shown,
    seen,
    send,
    summary,
)

from docgen_nb.forms import BatchForm

ROWS = [
    {"to": {"name": "Ada"}, "text": "Hello"},
    {"text": "Good day"},
    {"to": {"name": "Eve"}, "text": "Dear"},
    {"text": "Welcome"},
]


def form_of(box, rows=ROWS, **options):
    form = BatchForm(box, rows=rows, poll_seconds=0, **options)
    fill(form, "File name", "{text}")
    return form


def number(form):
    return control(form, "Document").value


def field_list(form):
    """The list of the fields."""
    return next(w for w in all_widgets(form.widget) if hasattr(w, "groups"))


def type_value(form, path, text):
    """Type into the field that is asked for above the status."""
    asked = [w for w in all_widgets(form.widget) if hasattr(w, "groups")][-1]
    send(asked, action="type", path=path, text=text)


def test_the_arrows_lead_to_the_documents_with_a_gap_until_all_are_wanted(box, letter):
    form = form_of(box)
    click(form)
    assert summary(form) == ["To name is empty in 2 documents, first in document 2"]
    act_on(form, "Show these 2")
    assert (number(form), control(form, "‹ Previous").disabled) == (2, True)
    assert "of 4; the arrows lead to 2 of them" in [
        getattr(w, "value", "") for w in all_widgets(form.widget)
    ]
    click(form, "Next ›")
    assert (number(form), control(form, "Next ›").disabled) == (4, True)
    click(form, "Show all")
    click(form, "‹ Previous")
    assert (number(form), is_shown(control(form, "Show all"))) == (3, False)
    act_on(form, "Show these 2")
    click(form, "Remove")
    assert not is_shown(control(form, "Show all"))


def test_one_value_fills_the_gap_of_some_documents_and_can_be_taken_back(box, letter):
    form = form_of(box)
    click(form)
    act_on(form, "Fill in for all 2…")
    click(form, "Fill in 2 documents")
    assert form.request.rows == ROWS
    type_value(form, "to.name", "Zoë")
    click(form, "Fill in 2 documents")
    assert [row["to"]["name"] for row in form.request.rows] == ["Ada", "Zoë", "Eve", "Zoë"]
    assert form.status == "Ready to generate."
    assert "To name now has a value in 2 documents." in seen(form)
    click(form, "Undo")
    assert form.request.rows == ROWS


def test_what_all_documents_lack_is_filled_in_once(box, letter):
    form = form_of(box, ROWS[1::2])
    click(form)
    act_on(form, "Fill in for all 2…")
    type_value(form, "to.name", "Zoë")
    click(form, "Fill in 2 documents")
    assert form.request.common == {"to": {"name": "Zoë"}}
    assert form.request.rows == ROWS[1::2]
    assert form.status == "Ready to generate."


def test_a_value_that_is_not_wanted_any_more_changes_nothing(box, letter):
    form = form_of(box)
    click(form)
    act_on(form, "Fill in for all 2…")
    type_value(form, "to.name", "Zoë")
    click(form, "Cancel")
    assert form.request.rows == ROWS
    assert "where it is empty" not in "".join(html(form))


def test_a_text_for_all_documents_can_be_left_out_of_one(box, letter):
    form = form_of(box, ROWS[1::2])
    form.request.common = {"to": {"name": "Zoë"}}
    form.user_input = form.user_input
    assert field(form, "to.name")["placeholder"] == "Zoë for all"
    fields = field_list(form)
    send(fields, action="empty", path="to.name")
    assert field(form, "to.name")["placeholder"] == "Empty in this document"
    assert form.request.documents()[0] == {"to": {"name": ""}, "text": "Good day"}
    assert form.request.documents()[1] == {"to": {"name": "Zoë"}, "text": "Welcome"}
    send(fields, action="same", path="to.name")
    assert form.request.documents()[0] == {"to": {"name": "Zoë"}, "text": "Good day"}
    fill(form, "to.name", "Ada")
    fill(form, "to.name", "")
    assert form.request.rows == ROWS[1::2]
