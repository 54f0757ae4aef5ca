"""What goes into a form comes out of it, for any template and any data."""

from decimal import Decimal

import pytest
from forms.conftest import OneTemplate, add_template
from forms.interactions import all_widgets, control, fill, labels, summary, update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docgen_nb import samples
from docgen_nb.forms import BatchForm
from docgen_nb.request import BatchRequest
from docgen_nb.schema import fields, json_schema, sample
from docgen_nb.template import Template

names = st.sampled_from(["a", "b", "c", "d"])
words = st.sampled_from(["", " :: optional", ' :: default("x")', ' :: format("US-Number")'])
lines = st.one_of(
    st.builds("{{{{{}.{}{}}}}}".format, names, names, words),
    st.builds('{{{{{}.d{} :: format("dd-mm-yyyy")}}}}'.format, names, names),
    st.builds("{{{{if {0}.{1}}}}}x{{{{endif}}}}".format, names, names),
    st.builds("{{{{for i in {0}.l{1}}}}}{{{{i.{2}}}}}{{{{endfor}}}}".format, names, names, names),
    st.builds('{{{{{0}.v{1} :: delimiter(", ")}}}}'.format, names, names),
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-999, max_value=999),
    st.text(max_size=8),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)),
    max_leaves=6,
)


def tags_of(found):
    return Template(samples.template("\n".join(found))).tags()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(lines, min_size=1, max_size=5), st.data())
def test_any_data_of_any_template_come_back_as_they_are(found, data):
    tags = tags_of(found)
    rows = data.draw(
        st.lists(st.one_of(st.just(sample(tags)), st.dictionaries(names, values)), min_size=1)
    )
    form = BatchForm(OneTemplate(tags), rows=rows)
    taken = form.value
    assert taken["rows"] == rows
    other = BatchForm(OneTemplate(tags))
    other.value = taken
    assert other.value == taken
    assert repr(other) == repr(form)
    assert BatchRequest(**taken).body() == form.request.body()
    form.close()
    other.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(lines, min_size=1, max_size=5))
def test_what_a_person_types_makes_the_data_that_the_template_asks_for(found):
    """Every input is filled as a person would; the sample is made by hand alone."""
    tags = tags_of(found)
    wanted, form = sample(tags, rows=0), BatchForm(OneTemplate(tags))
    for field in [one for top in fields(tags) for one in top.walk() if one.name]:
        if field.kind in ("text", "number", "date"):
            if ".l" not in field.path:  # what is in a list has no input of its own
                value = wanted
                for key in field.path.split("."):
                    value = value[key]
                fill(form, field.path, str(value))
        elif field.kind == "boolean":
            control(form, field.path).value = "yes"
    kinds = {one.path: one.kind for top in fields(tags) for one in top.walk()}
    assert {path: kind for path, kind in kinds.items() if path in labels(form)}.keys() <= {
        path for path, kind in kinds.items() if kind in ("text", "number", "date")
    }
    typed = form.user_input
    assert _without_lists(wanted) == typed
    assert [one for one in form.problems if one.code not in ("missing",)] == []
    form.close()


def _without_lists(value):
    if isinstance(value, dict):
        inner = {key: _without_lists(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in ({}, [])}
    return value


def test_a_value_that_is_none_of_a_request_is_refused():
    form = BatchForm(OneTemplate([]))
    with pytest.raises(ValueError) as raised:
        form.value = {"template": "11"}
    assert str(raised.value) == (
        "A request has no field 'template'. Its fields are template_id, template_version_id, "
        "folder_id, output_type, file_name, rows."
    )


# Kinds and their faults

NOTATION = """
{{day :: format("dd-mm-yyyy")}} {{amount * 2}} {{if paid}}Paid.{{endif}}
"""


@pytest.fixture
def typed(box):
    add_template(box, NOTATION, name="Bill.docx")
    return BatchForm(box, poll_seconds=0)


def test_a_number_and_a_date_are_read_while_they_are_typed(typed):
    fill(typed, "amount", "12.50")
    fill(typed, "day", "2026-03-02")
    control(typed, "paid").value = "no"
    assert typed.user_input == {"amount": Decimal("12.50"), "day": "2026-03-02", "paid": False}
    assert (typed.status, summary(typed)) == ("Ready to generate.", [])


def test_what_cannot_be_read_is_kept_with_its_message_at_its_place(typed):
    fill(typed, "amount", "twelve")
    fill(typed, "day", "31-02-2026")
    number = "Enter a number such as 1234.5."
    date = "Enter a date such as 2026-03-31."
    assert (control(typed, "amount").value, typed.user_input["amount"]) == ("twelve", "twelve")
    assert summary(typed)[:2] == [date, number]
    update(control(typed, "amount"), value="12")
    assert summary(typed) == [date]
    assert typed.user_input == {"amount": 12, "day": "31-02-2026"}


def test_json_and_fields_are_kept_in_step_and_a_fault_of_syntax_keeps_the_text(typed):
    typed._view.tabs.selected_index = 1
    text = control(typed, "Data as JSON")
    update(text, value='{"amount": 5, "day": "2026-03-02"}')
    assert typed.user_input == {"amount": 5, "day": "2026-03-02"}
    assert control(typed, "amount").value == "5"
    update(text, value='{"amount": 5,\n "day": }')
    assert text.value == '{"amount": 5,\n "day": }'
    assert typed.user_input == {"amount": 5, "day": "2026-03-02"}
    assert typed._view.json.message == "No JSON: Expecting value (line 2, column 9)."
    update(text, value="[1]")
    assert typed._view.json.message == "The data of a document are an object: {...}."
    update(text, value='{"amount": 6}')
    fill(typed, "day", "2026-03-03")
    assert text.value == '{\n  "amount": 6,\n  "day": "2026-03-03"\n}'


def test_documents_are_added_copied_and_removed(typed):
    fill(typed, "amount", "1")
    for name in ("Copy", "Add"):
        click_on(typed, name)
    assert typed.request.rows == [{"amount": 1}, {"amount": 1}, {}]
    assert control(typed, "Document").value == 3
    fill(typed, "amount", "3")
    control(typed, "Document").value = 2
    assert control(typed, "amount").value == "1"
    click_on(typed, "Remove")
    assert typed.request.rows == [{"amount": 1}, {"amount": 3}]
    assert control(typed, "Document").max == 2
    click_on(typed, "Remove")
    assert typed.request.rows == [{"amount": 1}]
    assert control(typed, "Remove").disabled


def click_on(form, label):
    control(form, label)._handle_msg(
        {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}
    )


def test_other_documents_that_lack_something_are_counted(box, letter):
    form = BatchForm(box, template_id=letter, rows=[{"to": {"name": "A"}, "text": "x"}, {}, {}])
    assert form.status == "2 other documents of 3 lack something, first document 2."
    form.generate()
    assert form.batch_id is None
    assert "Document 2: The tag 'text' was not provided in the input data." in summary(form)


def test_a_large_form_has_two_models_for_each_input_and_shares_their_looks():
    tags = tags_of([f"{{{{f{number}}}}}" for number in range(300)])
    form = BatchForm(OneTemplate(tags))
    inputs = all_widgets(form._view.fields.widget)
    assert len(inputs) == 601
    assert len({one.layout for one in inputs}) == 3  # of the inputs, of hidden lines, of the box
    assert json_schema(tags)["required"] == [f"f{number}" for number in range(300)]
