"""The shape of the data that tags ask for, and what is made of it."""

import dataclasses

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docgen_nb import samples
from docgen_nb.schema import as_dataclass, difference, fields, json_schema, sample
from docgen_nb.template import Template, check

TREE = """
Dear {{to.name}} of {{to.city :: optional}},
{{day :: format("dd-mm-yyyy")}} {{amount :: format("US-Number")}} {{seat :: format("xxx-xxx")}}
{{sum / 2}} {{signer :: default("The team")}} {{if paid}}Paid.{{endif}}
{{if country == "US"}}Tax.{{endif}} {{if age > 17}}Adult.{{endif}}
{{colours :: delimiter(", ")}}
{{for one in parts}}
{{one.name}}
{{for piece in one.pieces}}
{{piece.size}}
{{endfor}}
{{endfor}}
"""
TEMPLATES = {
    "order": samples.order_template(),
    "letter": samples.letter_template(),
    "tree": samples.template(TREE),
}


def tags_of(notation):
    return Template(samples.template(notation)).tags()


def flat(tags):
    return {
        one.path: (one.kind, one.required) for top in fields(tags) for one in top.walk() if one.name
    }


def test_each_use_of_a_value_tells_its_kind():
    assert flat(tags_of(TREE)) == {
        "to": ("object", True),
        "to.name": ("text", True),
        "to.city": ("text", False),
        "day": ("date", True),
        "amount": ("number", True),
        "seat": ("text", True),
        "sum": ("number", True),
        "signer": ("text", False),
        "paid": ("boolean", False),
        "country": ("text", True),
        "age": ("number", True),
        "colours": ("list", True),
        "parts": ("records", True),
        "parts.name": ("text", True),
        "parts.pieces": ("records", True),
        "parts.pieces.size": ("text", True),
    }


def test_hints_are_kept():
    found = {one.path: one for top in fields(tags_of(TREE)) for one in top.walk()}
    assert found["day"].format == "dd-mm-yyyy"
    assert found["signer"].default == "The team"
    assert found["country"].options == ("US",)


@pytest.mark.parametrize("content", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_sample_has_nothing_wrong_with_it(content, count):
    template = Template(content)
    made = sample(template.tags(), rows=count)
    assert check(template.tags(), made) == []
    rendered = template.render(made)
    assert (rendered.errors, rendered.warnings) == ([], [])


names = st.sampled_from(["a", "b", "c", "d"])
words = st.sampled_from(["", " :: optional", ' :: default("x")', ' :: format("US-Number")'])
lines = st.one_of(
    st.builds("{{{{{}.{}{}}}}}".format, names, names, words),
    st.builds("{{{{if {0}.{1}}}}}x{{{{endif}}}}".format, names, names),
    st.builds("{{{{for i in {0}.l{1}}}}}{{{{i.{2}}}}}{{{{endfor}}}}".format, names, names, names),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(lines, min_size=1, max_size=6))
def test_a_sample_fits_its_schema_and_its_tags(found):
    tags = tags_of("\n".join(found))
    made = sample(tags)
    jsonschema.validate(made, json_schema(tags))
    assert [one for one in check(tags, made) if one.severity == "error"] == []


def test_the_schema_refuses_what_is_of_another_kind():
    schema = json_schema(tags_of(TREE))
    jsonschema.Draft202012Validator.check_schema(schema)
    made = sample(tags_of(TREE))
    for path, wrong in {"sum": "two", "paid": "yes", "parts": {}, "to": []}.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**made, path: wrong}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({key: made[key] for key in made if key != "day"}, schema)


def test_a_dataclass_makes_the_data():
    scope = {}
    exec(as_dataclass(tags_of("{{to.name}} {{if paid}}x{{endif}}"), name="Letter"), scope)
    made = scope["Letter"](to=scope["To"](name="Ada"))
    assert dataclasses.asdict(made) == {"to": {"name": "Ada"}, "paid": None}
    assert check(tags_of("{{to.name}} {{if paid}}x{{endif}}"), dataclasses.asdict(made)) == []


def test_classes_of_one_name_are_told_apart():
    source = as_dataclass(tags_of("{{a.list.x}} {{b.list.y}} {{str.z}}"))
    scope = {}
    exec(source, scope)
    fields_of = dataclasses.fields(scope["UserInput"])
    assert [(one.name, one.type.__name__) for one in fields_of] == [
        ("a", "A"),
        ("b", "B"),
        ("str", "Str"),
    ]


def test_a_key_that_is_no_name_is_refused():
    tags = [{"tag_content": "{{class}}", "tag_type": "text", "json_paths": ["class"]}]
    with pytest.raises(ValueError) as raised:
        as_dataclass(tags)
    assert str(raised.value) == ("'class' cannot be in a dataclass: 'class' is no name in Python.")


def test_two_versions_are_compared():
    before = tags_of("{{name}} {{day}} {{old}}")
    after = tags_of('{{name :: optional}} {{day :: format("dd-mm-yyyy")}} {{new}}')
    assert [str(one) for one in difference(before, after)] == [
        "'name' changed: text, needed before, text, optional now.",
        "'day' changed: text, needed before, date, needed, dd-mm-yyyy now.",
        "'old' is not asked for any more.",
        "'new' is new: text, needed.",
    ]
    assert difference(before, before) == []
