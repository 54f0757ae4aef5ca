"""The tree of fields that tags need, and what is generated from it."""

import dataclasses
from copy import deepcopy

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
{{colors :: delimiter(", ")}}
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


def test_the_kind_follows_from_the_uses_of_a_value():
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
        "colors": ("list", True),
        "parts": ("records", True),
        "parts.name": ("text", True),
        "parts.pieces": ("records", True),
        "parts.pieces.size": ("text", True),
    }


@pytest.mark.parametrize(
    ("notation", "kinds"),
    [
        ("{{-a}}", {"a": "number"}),
        ("{{2 * -a}}", {"a": "number"}),
        ("{{$round(a, 2)}} {{$string(b)}}", {"a": "number", "b": "text"}),
        ("{{$sum(l.x)}}", {"l": "records", "l.x": "number"}),
        ("{{if a == b}}x{{endif}}", {"a": "text", "b": "text"}),
        ("{{if a != b}}x{{endif}}", {"a": "text", "b": "text"}),
        ("{{if a <= b}}x{{endif}}", {"a": "number", "b": "number"}),
        ("{{if a == 7}}x{{endif}}", {"a": "number"}),
        ("{{if a == true}}x{{endif}}", {"a": "boolean"}),
        ('{{a}} {{a :: delimiter(", ")}}', {"a": "text"}),
    ],
)
def test_what_is_calculated_or_ordered_is_a_number(notation, kinds):
    assert {path: kind for path, (kind, _) in flat(tags_of(notation)).items()} == kinds


@pytest.mark.parametrize("is_optional", [False, True])
def test_a_picture_is_required_unless_its_tag_is_optional(is_optional):
    content = "{{logo :: optional}}" if is_optional else "{{logo}}"
    tag = {"tag_content": content, "tag_type": "image", "json_paths": ["logo"]}
    assert flat([tag]) == {"logo": ("image", not is_optional)}


def test_a_value_is_optional_if_a_condition_tests_what_contains_it():
    assert flat(tags_of("{{if a isPresent}}{{a.b}}{{endif}}")) == {
        "a": ("object", False),
        "a.b": ("text", False),
    }


@pytest.mark.parametrize(
    ("notation", "is_required"),
    [
        ("{{a.b :: optional}}", False),
        ("{{a.b :: optional}} {{a.c.d}}", True),
        ("{{a.b :: optional}} {{$count(a)}}", True),
        ("{{a.b :: optional}} {{$count(a) :: optional}}", False),
        ("{{a.b :: optional}} {{if a}}x{{endif}}", False),
    ],
)
def test_an_object_is_required_if_a_member_is_or_a_tag_uses_it_itself(notation, is_required):
    tags = tags_of(notation)

    assert flat(tags)["a"] == ("object", is_required)
    assert any(problem.severity == "error" for problem in check(tags, {})) is is_required


def test_fields_keep_formats_defaults_and_options():
    by_path = {one.path: one for top in fields(tags_of(TREE)) for one in top.walk()}
    assert by_path["day"].format == "dd-mm-yyyy"
    assert by_path["signer"].default == "The team"
    assert by_path["country"].options == ("US",)
    [counted] = fields(tags_of("{{$count(colors)}}"))
    assert (counted.kind, counted.fields[0].kind) == ("list", "text")
    [printed] = fields(tags_of("{{if n}}{{n}}{{endif}}"))
    assert printed.kind == "text"
    [number] = fields(tags_of('{{if n == "5"}}{{n + 1}}{{endif}}'))
    assert (number.kind, number.options) == ("number", ())
    [two_formats] = fields(tags_of('{{n :: format("US-Number")}} {{n :: format("d-m-yyyy")}}'))
    assert (two_formats.kind, two_formats.format) == ("date", "d-m-yyyy")
    [printed_twice] = fields(tags_of('{{a :: default("Ada")}} {{a :: optional}}'))
    assert printed_twice.default == "Ada"
    [text] = fields(tags_of("{{$string(n)}}"))
    assert text.kind == "text"
    [compared] = fields(tags_of("{{if a == null}}x{{endif}}"))
    assert not compared.required


def test_fields_are_in_reading_order_without_the_names_that_box_never_looks_up():
    tags = tags_of(
        "{{$sum(items.price)}} {{$user.name}} {{name}} {{for x in items}}{{x.id}}{{endfor}}"
    )

    assert [one.path for top in fields(tags) for one in top.walk()] == [
        *("items", "items.price", "items.id", "name"),
    ]


@pytest.mark.parametrize("content", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_sample_has_no_problems(content, count):
    template = Template(content)
    made = sample(template.tags(), rows=count)
    assert check(template.tags(), made) == []
    rendered = template.render(made)
    assert (rendered.errors, rendered.warnings) == ([], [])


NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
USES = {  # of one value
    "text": "{{%s}}",
    "optional": "{{%s :: optional}}",
    "default": '{{%s :: default("none")}}',
    "mask": '{{%s :: format("xxx-xx")}}',
    "date": '{{%s :: format("dd-mmm-yyyy")}}',
    "number": '{{%s :: format("US-Number")}}',
    "calculation": "{{%s * 2 + 1}}",
    "function": "{{$round(%s, 1)}}",
    "asked": "{{if %s}}x{{endif}}",
    "present": "{{if %s isPresent}}x{{endif}}",
    "compared": '{{if %s == "UK"}}x{{endif}}',
    "greater": "{{if %s > 3}}x{{endif}}",
}
values = st.sampled_from(list(USES))
shapes = st.recursive(
    values,
    lambda inner: st.one_of(
        st.tuples(
            st.sampled_from(["object", "records"]),
            st.dictionaries(NAMES, inner, min_size=1, max_size=3),
        ),
        st.tuples(st.just("position"), st.dictionaries(NAMES, values, min_size=1, max_size=2)),
        st.tuples(st.sampled_from(["list", "lists"]), values),
        st.tuples(st.just("joined"), st.none()),
        st.tuples(st.just("sum"), NAMES),
    ),
    max_leaves=8,
)
data_shapes = st.dictionaries(NAMES, shapes, min_size=1, max_size=4)


def tags_for(shape):
    """Return the tags of a template that needs data of a shape; each list has its own alias."""
    aliases = (f"item{number}" for number in range(1000))
    lines = [line for name, inner in shape.items() for line in asking(inner, name, aliases)]
    return tags_of("\n".join(lines))


def asking(shape, path, aliases):
    if isinstance(shape, str):
        return [USES[shape] % path]
    kind, inner = shape
    alias, deeper = next(aliases), next(aliases)
    start = f"{{{{for {alias} in {path}}}}}"
    match kind:
        case "object":
            return [
                line
                for name, one in inner.items()
                for line in asking(one, f"{path}.{name}", aliases)
            ]
        case "records":
            body = [
                line
                for name, one in inner.items()
                for line in asking(one, f"{alias}.{name}", aliases)
            ]
            return [start, *body, "{{endfor}}"]
        case "position":
            return [USES[one] % f"{path}[1].{name}" for name, one in inner.items()]
        case "list":
            return [start, USES[inner] % alias, "{{endfor}}"]
        case "lists":
            second = f"{{{{for {deeper} in {alias}}}}}"
            return [start, second, USES[inner] % deeper, "{{endfor}}", "{{endfor}}"]
        case "joined":
            return [f'{{{{{path} :: delimiter(", ")}}}}']
        case "sum":
            return [f"{{{{$sum({path}.{inner})}}}}", f"{{{{$count({path})}}}}"]


@settings(max_examples=100, deadline=None)
@given(data_shapes, st.integers(1, 4), st.integers(0, 99))
def test_a_sample_of_any_template_has_no_problems_and_fits_its_schema(shape, count, seed):
    tags = tags_for(shape)
    made = sample(tags, rows=count, seed=seed)
    jsonschema.validate(made, json_schema(tags))
    assert check(tags, made) == []


@settings(max_examples=60, deadline=None)
@given(data_shapes)
def test_required_fields_are_those_that_the_check_and_the_schema_report_as_missing(shape):
    tags = tags_for(shape)
    made = sample(tags, rows=2)
    schema = jsonschema.Draft202012Validator(json_schema(tags))
    for field, steps in places(fields(tags)):
        lacking = deepcopy(made)
        place = lacking
        for step in steps:
            place = place[step]
        del place[field.name]
        errors = [one for one in check(tags, lacking) if one.severity == "error"]
        assert (field.path, bool(errors)) == (field.path, field.required)
        assert schema.is_valid(lacking) is not field.required


def places(tree, steps=()):
    """Yield each named field and the steps to its container, by the last element of a list."""
    for one in tree:
        yield one, steps
        if one.kind in ("object", "records"):
            end = (one.name,) if one.kind == "object" else (one.name, -1)
            yield from places(one.fields, (*steps, *end))


def test_a_list_used_only_by_position_is_required_and_long_enough():
    [colors] = fields(tags_of("{{colors[1].name}}"))
    assert (colors.kind, colors.required, colors.min_items) == ("records", True, 2)
    [endless] = fields(tags_of("{{colors[999999999]}}"))
    assert endless.min_items == 1000


@pytest.mark.parametrize("tag", ["{{l[4]}}", "{{l[4].name}}", "{{l[4]}} {{l[2]}}"])
def test_a_sample_and_the_schema_have_the_elements_that_tags_name_by_position(tag):
    tags = tags_of(tag)

    made = sample(tags, rows=1)

    assert len(made["l"]) == 5
    assert check(tags, made) == []
    schema = jsonschema.Draft202012Validator(json_schema(tags))
    assert schema.is_valid(made)
    assert not schema.is_valid({"l": made["l"][:4]})


def test_a_text_may_be_a_number_and_a_masked_one_has_the_length_of_its_mask():
    tags = tags_of('{{name}} {{seat :: format("xx-x")}}')

    assert sample(tags) == {"name": "Name 1", "seat": "ABC"}
    assert sample(tags_of("{{name}} {{city}}")) == {"name": "Name 1", "city": "City 1"}
    for value in ("Ada", 7, True):
        jsonschema.validate({"name": value, "seat": "ABC"}, json_schema(tags))


def test_the_schema_has_defaults_formats_and_the_texts_of_conditions():
    tags = tags_of(
        '{{s :: default("Team")}} {{d :: format("d-m-yyyy")}} {{if c == "UK"}}x{{endif}}'
    )

    assert json_schema(tags)["properties"] == {
        "s": {"type": ["string", "number", "boolean"], "default": "Team"},
        "d": {"type": "string", "description": "printed as d-m-yyyy"},
        "c": {"type": ["string", "number", "boolean"], "examples": ["UK"]},
    }


def test_the_schema_accepts_data_that_no_tag_uses():
    jsonschema.validate({"name": "Ada", "other": 1}, json_schema(tags_of("{{name}}")))


def test_the_schema_rejects_other_kinds():
    schema = json_schema(tags_of(TREE))
    jsonschema.Draft202012Validator.check_schema(schema)
    made = sample(tags_of(TREE))
    for path, wrong in {"sum": "two", "paid": "yes", "parts": {}, "to": []}.items():
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**made, path: wrong}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({key: made[key] for key in made if key != "day"}, schema)


def test_a_dataclass_converts_to_the_data():
    scope = {}
    exec(as_dataclass(tags_of("{{to.name}} {{if paid}}x{{endif}}"), name="Letter"), scope)
    made = scope["Letter"](to=scope["To"](name="Ada"))
    assert dataclasses.asdict(made) == {"to": {"name": "Ada"}, "paid": None}
    assert check(tags_of("{{to.name}} {{if paid}}x{{endif}}"), dataclasses.asdict(made)) == []


def test_classes_have_different_names():
    source = as_dataclass(tags_of("{{a.list.x}} {{b.list.y}} {{str.z}}"))
    scope = {}
    exec(source, scope)
    fields_of = dataclasses.fields(scope["UserInput"])
    assert [(one.name, one.type.__name__) for one in fields_of] == [
        ("a", "A"),
        ("b", "B"),
        ("str", "Str"),
    ]
    assert "class Warning:" not in as_dataclass(tags_of("{{warning.text}}"))


def test_a_key_that_is_not_a_python_name_is_rejected():
    tags = [{"tag_content": "{{class}}", "tag_type": "text", "json_paths": ["class"]}]
    with pytest.raises(ValueError) as raised:
        as_dataclass(tags)
    assert str(raised.value) == ("'class' cannot be in a dataclass: 'class' is not a Python name.")


def test_two_versions_are_compared():
    before = tags_of("{{name}} {{day}} {{old}}")
    after = tags_of('{{name :: optional}} {{day :: format("dd-mm-yyyy")}} {{new}}')
    assert [str(one) for one in difference(before, after)] == [
        "'name' changed from (text, required) to (text, optional).",
        "'day' changed from (text, required) to (date, required, dd-mm-yyyy).",
        "'old' was removed.",
        "'new' was added: text, required.",
    ]
    kinds = [one.kind for one in difference(before, after)]
    assert kinds == ["changed", "changed", "removed", "added"]
    assert difference(before, before) == []


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (
            '{{signer :: default("Ada")}}',
            '{{signer :: default("Bob")}}',
            "'signer' changed from (text, optional, Ada) to (text, optional, Bob).",
        ),
        (
            "{{for x in items}}{{x}}{{endfor}}",
            "{{for x in items :: optional}}{{x}}{{endfor}}",
            "'items' changed from (list of text, required) to (list of text, optional).",
        ),
        (
            "{{for x in items}}{{x}}{{endfor}}",
            "{{for x in items}}{{x + 1}}{{endfor}}",
            "'items' changed from (list of text, required) to (list of number, required).",
        ),
        (
            "{{for x in items}}{{for y in x}}{{y}}{{endfor}}{{endfor}}",
            '{{for x in items}}{{for y in x}}{{y :: format("d-m-yyyy")}}{{endfor}}{{endfor}}',
            "'items' changed from (list of lists of text, required) to (list of lists of date, "
            "required, d-m-yyyy).",
        ),
        (
            "{{l[1]}}",
            "{{l[4]}}",
            "'l' changed from (list of text, required, at least 2) to (list of text, required, at "
            "least 5).",
        ),
    ],
)
def test_every_kind_of_change_is_reported(before, after, change):
    assert [str(one) for one in difference(tags_of(before), tags_of(after))] == [change]


def test_tags_of_pdf_templates_keep_their_types_and_say_what_is_required():
    kinds = {"Subscribe": "checkbox", "Size": "radiobutton", "Country": "dropdown", "New": "slider"}
    tags = [
        {"tag_content": f"{{{{{name}}}}}", "tag_type": kind, "json_paths": [name]}
        for name, kind in kinds.items()
    ]
    tags[2]["required"] = False
    tags[3]["required"] = True

    assert [(one.name, one.kind, one.required) for one in fields(tags)] == [
        ("Subscribe", "boolean", True),
        ("Size", "text", True),
        ("Country", "text", False),
        ("New", "text", True),
    ]
    assert [problem.path for problem in check(tags, {"Subscribe": True, "New": "x"})] == ["Size"]
