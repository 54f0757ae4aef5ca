"""Random templates and data: a form changes nothing by itself."""

from decimal import Decimal

import pytest
from forms.conftest import OneTemplate, add_template
from forms.interactions import (
    all_widgets,
    click,
    control,
    field,
    field_box,
    fill,
    paths,
    seen,
    show_data_as,
    summary,
    update,
)
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


def tags_of(notation):
    return Template(samples.template("\n".join(notation))).tags()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(lines, min_size=1, max_size=5), st.data())
def test_any_data_of_any_template_comes_back_unchanged(notation, data):
    tags = tags_of(notation)
    rows = data.draw(
        st.lists(st.one_of(st.just(sample(tags)), st.dictionaries(names, values)), min_size=1)
    )
    form = BatchForm(OneTemplate(tags), rows=rows)
    value = form.value
    assert value["rows"] == rows
    other = BatchForm(OneTemplate(tags))
    other.value = value
    assert other.value == value
    assert repr(other) == repr(form)
    assert BatchRequest(**value).body() == form.request.body()
    form.close()
    other.close()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(lines, min_size=1, max_size=5))
def test_typing_into_every_input_makes_the_data_that_the_template_needs(notation):
    tags = tags_of(notation)
    wanted, form = sample(tags, rows=0), BatchForm(OneTemplate(tags))
    for one in [one for top in fields(tags) for one in top.walk() if one.name]:
        if one.kind in ("text", "number", "date"):
            if ".l" not in one.path:  # values in a list have no input of their own
                value = wanted
                for key in one.path.split("."):
                    value = value[key]
                fill(form, one.path, str(value))
        elif one.kind == "boolean":
            fill(form, one.path, "Yes")
    kinds = {one.path: one.kind for top in fields(tags) for one in top.walk()}
    assert {path: kind for path, kind in kinds.items() if path in paths(form)}.keys() <= {
        path for path, kind in kinds.items() if kind in ("text", "number", "date", "boolean")
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


def test_a_value_with_an_unknown_key_is_rejected():
    form = BatchForm(OneTemplate([]))
    with pytest.raises(ValueError) as raised:
        form.value = {"template": "11"}
    assert str(raised.value) == (
        "A request has no field 'template'. Its fields are template_id, template_version_id, "
        "folder_id, output_type, file_name, external_id, common, rows."
    )


# Kinds of values

NOTATION = """
{{day :: format("dd-mm-yyyy")}} {{amount * 2}} {{if paid}}Paid.{{endif}}
"""


@pytest.fixture
def typed(box):
    add_template(box, NOTATION, name="Bill.docx")
    return BatchForm(box, poll_seconds=0)


def test_numbers_and_dates_are_read_while_they_are_typed(typed):
    fill(typed, "amount", "12.50")
    fill(typed, "day", "2026-03-02")
    fill(typed, "paid", "No")
    assert typed.user_input == {"amount": Decimal("12.50"), "day": "2026-03-02", "paid": False}
    assert (typed.status, summary(typed)) == ("Ready to generate.", [])


def test_unreadable_text_stays_with_a_message(typed):
    fill(typed, "amount", "twelve")
    fill(typed, "day", "31-02-2026")
    number = "Amount Enter a number such as 1234.5."
    date = "Day February 2026 has 28 days."
    assert (field(typed, "amount")["text"], typed.user_input["amount"]) == ("twelve", "twelve")
    assert {date, number} <= set(summary(typed))
    fill(typed, "amount", "12")
    assert summary(typed) == [date]
    assert typed.user_input == {"amount": 12, "day": "31-02-2026"}


def test_json_and_fields_follow_each_other_and_invalid_json_stays(typed):
    show_data_as(typed, "JSON and code")
    text = control(typed, "Data as JSON")
    update(text, value='{"amount": 5, "day": "2026-03-02"}')
    assert typed.user_input == {"amount": 5, "day": "2026-03-02"}
    assert field(typed, "amount")["text"] == "5"
    update(text, value='{"amount": 5,\n "day": }')
    assert text.value == '{"amount": 5,\n "day": }'
    assert typed.user_input == {"amount": 5, "day": "2026-03-02"}
    assert "Invalid JSON: Expecting value (line 2, column 9)." in seen(typed)
    update(text, value="[1]")
    assert "The data of a document must be a JSON object: {...}." in seen(typed)
    update(text, value='{"amount": 6}')
    fill(typed, "day", "2026-03-03")
    assert text.value == '{\n  "amount": 6,\n  "day": "2026-03-03"\n}'


def test_documents_are_added_duplicated_and_removed(typed):
    fill(typed, "amount", "1")
    for name in ("Duplicate", "Add"):
        click(typed, name)
    assert typed.request.rows == [{"amount": 1}, {"amount": 1}, {}]
    assert control(typed, "Document").value == 3
    fill(typed, "amount", "3")
    control(typed, "Document").value = 2
    assert field(typed, "amount")["text"] == "1"
    click(typed, "Remove")
    assert typed.request.rows == [{"amount": 1}, {"amount": 3}]
    assert control(typed, "Document").max == 2
    click(typed, "Remove")
    assert typed.request.rows == [{"amount": 1}]
    assert control(typed, "Remove").disabled


def test_other_documents_with_gaps_are_counted(box, letter):
    form = BatchForm(box, template_id=letter, rows=[{"to": {"name": "A"}, "text": "x"}, {}, {}])
    assert form.status == "2 problems in 3 documents."
    form.generate()
    assert form.batch_id is None
    assert "Text is empty in 2 documents, first in document 2" in summary(form)


def test_a_large_form_has_one_model_for_all_inputs():
    tags = tags_of([f"{{{{f{number}}}}}" for number in range(300)])
    form = BatchForm(OneTemplate(tags))
    assert len(all_widgets(field_box(form))) == 2
    assert len(paths(form)) == 300
    assert json_schema(tags)["required"] == [f"f{number}" for number in range(300)]
