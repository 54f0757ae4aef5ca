"""A check reports what rendering reports, and from tags alone what they allow."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template.reading import messages

from docgen_nb import samples
from docgen_nb.template import Place, Problem, Template, check

WITHOUT_CONDITIONS = """
    {{a.b}} {{a.c :: optional}} {{d :: default("x")}} {{e :: format("dd-mm-yyyy")}}
    {{a.n * f}} {{$sum(list.n)}} {{list[0].n}}
    {{for one in list}}{{one.n}} {{a.b}} {{for p in one.parts}}{{p.q}}{{one.n}}{{endfor}}{{endfor}}
    {{for one in words}}{{one :: delimiter(", ")}}{{endfor}}
"""
CONDITIONAL = Template(samples.template(WITHOUT_CONDITIONS + '{{if f == "1"}}{{g}}{{endif}}'))
UNCONDITIONAL = Template(samples.template(WITHOUT_CONDITIONS))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["b", "c", "n", "parts", "q"]), inner, max_size=4)
    ),
    max_leaves=12,
)
DATA = st.dictionaries(
    st.sampled_from(["a", "d", "e", "f", "list", "words", "g"]), VALUES, max_size=7
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(DATA)
def test_check_and_render_report_the_same_problems(data):
    document = CONDITIONAL.render(data)

    assert sorted(messages(CONDITIONAL.check(data))) == sorted(
        messages(document.errors) + messages(document.warnings)
    )


@settings(max_examples=80, deadline=None, derandomize=True)
@given(DATA)
def test_tags_alone_report_every_problem_of_a_template_without_conditions(data):
    if data.get("list") != []:  # the body of an empty loop does not run
        from_tags = check(UNCONDITIONAL.tags(), data)
        assert set(messages(UNCONDITIONAL.check(data))) <= set(messages(from_tags))


def test_a_problem_has_its_message_its_place_and_the_most_similar_path():
    template = Template(samples.template("text\n| a | {{order.requester}} |"))

    assert template.check({"order": {"requestor": "Ada"}}) == [
        Problem(
            code="missing",
            message="The tag 'order.requester' was not provided in the input data.",
            path="order.requester",
            place=Place(part="document", paragraph=1, table=1, row=1, cell=2),
            tag="{{order.requester}}",
            severity="error",
            nearest="order.requestor",
        ),
        Problem(
            code="unused",
            message="The tag 'order.requestor' was provided but not used in the template.",
            path="order.requestor",
            severity="warning",
            nearest="order.requester",
        ),
    ]


def test_a_path_is_reported_once():
    template = Template(samples.template("{{a}} {{a}}\n{{for p in l}}{{p.x}}{{endfor}}"))

    assert messages(template.check({"l": [{"y": 1}, {"y": 2}]})) == [
        "The tag 'a' was not provided in the input data.",
        "The tag 'l.x' was not provided in the input data.",
        "The tag 'l.y' was provided but not used in the template.",
    ]


def test_tags_in_a_skipped_branch_are_not_missing():
    template = Template(samples.template("{{if c == 1}}{{x}}{{else}}{{y}}{{endif}}"))

    assert template.check({"c": 1, "x": 1}) == []
    assert messages(template.check({"c": 2, "x": 1})) == [
        "The tag 'y' was not provided in the input data."
    ]


def test_from_tags_alone_a_value_whose_presence_is_tested_may_be_absent():
    template = Template(samples.template("{{if x isPresent}}{{x.y}}{{endif}}{{z}}"))

    assert messages(check(template.tags(), {})) == [
        "The tag 'z' was not provided in the input data."
    ]


def test_a_key_with_a_dot_is_not_a_path():
    template = Template(samples.template("{{loan.id}}"))

    assert messages(template.check({"loan.id": 1})) == [
        "The tag 'loan.id' was not provided in the input data.",
        "The tag 'loan.id' was provided but not used in the template.",
    ]


def test_entries_of_the_tags_call_are_enough_for_a_check():
    tags = [
        {
            "tag_content": "{{tablerow item in products }}",
            "tag_type": "table-loop",
            "json_paths": ["products"],
        },
        {
            "tag_content": "{{item.quantity * item.price}}",
            "tag_type": "arithmetic",
            "json_paths": ["products", "products.quantity", "products.price"],
        },
        {"tag_content": "{{logo}}", "tag_type": "image", "json_paths": ["logo"]},
    ]
    data = {"products": [{"quantity": 1, "price": Decimal("2.5")}, {"quantity": "2"}], "logo": "x"}

    assert messages(check(tags, data)) == [
        "The tag 'products.quantity' needs a number, but its value is a text.",
        "The value of the tag 'logo' is not valid base64.",
    ]


@pytest.mark.parametrize("data", [[], "text", None, 1])
def test_data_that_is_not_an_object_is_rejected(data):
    template = Template(samples.template("{{a}}"))
    message = f"user_input must be a dict (a JSON object), not {type(data).__name__}."

    for call in (template.check, template.render, lambda data: check(template.tags(), data)):
        with pytest.raises(TypeError) as caught:
            call(data)
        assert str(caught.value) == message


def test_only_tags_without_data_are_left_in_a_document():
    template = Template(samples.order_template())
    complete = Template(template.render(samples.order()).content)
    data = samples.order()
    del data["order"]["requester"]
    incomplete = Template(template.render(data).content)

    assert complete.tags() == []
    assert [tag["tag_content"] for tag in incomplete.tags()] == ["{{order.requester}}"] * 2


def test_a_shared_object_makes_no_paths_similar():
    order = Template(samples.template("{{order.vendor.address.street}}"))
    data = {"order": {"vendor": {"address": {"city": "x", "streeet": "y"}}}}
    assert [(one.path, one.nearest) for one in order.check(data) if one.code == "unused"] == [
        ("order.vendor.address.city", None),
        ("order.vendor.address.streeet", "order.vendor.address.street"),
    ]


def test_a_list_before_a_name_is_the_cause_and_no_similar_name_is_offered():
    template = Template(samples.template("{{order.items.name}} {{order.items.nam}}"))
    data = {"order": {"items": [{"name": "Lamp", "nam": 1}]}}

    problems = template.check(data)

    assert [(one.code, one.nearest) for one in problems] == [("list_before_name", None)] * 2
    assert str(problems[0]) == (
        "The tag 'order.items.name' has no value, because 'order.items' is a list. Print its "
        "elements in a loop, such as {{for item in order.items}}."
    )
    assert messages(check(template.tags(), data)) == messages(problems)

    inner = Template(samples.template("{{for i in items}}{{i.parts.id}}{{i.id}}{{endfor}}"))
    assert [
        one.code for one in inner.check({"items": [{"id": 1, "parts": [{"id": 1}]}, {"id": 2}]})
    ] == [
        "list_before_name",
        "missing",
    ]
