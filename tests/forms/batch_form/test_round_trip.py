"""Random data: from form to value to form nothing changes."""

import json

from forms.conftest import OneTemplate
from forms.interactions import field, fill, paths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docgen_nb import schema
from docgen_nb.forms import BatchForm
from docgen_nb.forms.widgets.json_view import as_text, read

NAMES = ("id", "name", "city", "date", "total", "note")
KINDS = ("text", "number", "date", "boolean", "optional")
SLOW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))

shapes = st.recursive(
    st.sampled_from(KINDS),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3).map(lambda d: [d]),
        st.just(["text"]),
    ),
    max_leaves=12,
)
templates = st.dictionaries(st.sampled_from(NAMES), shapes, min_size=1, max_size=5)
values = st.one_of(
    st.text(max_size=8),
    st.integers(-5, 10**6),
    st.booleans(),
    st.none(),
    st.just({"more": [1, "x"]}),
    st.lists(st.text(max_size=3), max_size=2),
)
SCALAR = {
    "text": ("{{%s}}", "text"),
    "optional": ("{{%s :: optional}}", "text"),
    "number": ("{{%s * 2}}", "arithmetic"),
    "date": ('{{%s :: format("dd-mm-yyyy")}}', "text"),
    "boolean": ("{{if %s}}", "conditional"),
}


def tags_of(members, *, written="", paths=()):
    """The tags of a template that needs data of this shape, as the API lists them."""
    tags = []
    for name, shape in members.items():
        as_written = f"{written}.{name}" if written else name
        path = f"{paths[-1]}.{name}" if paths else name
        tags += _tags(shape, as_written, (*paths, path))
    return tags


def _tags(shape, written, paths):
    if isinstance(shape, dict):
        return tags_of(shape, written=written, paths=paths)
    if isinstance(shape, list):
        alias = "one" + "".join(paths[-1].split("."))
        loop = _tag(f"{{{{tablerow {alias} in {written}}}}}", "table-loop", paths)
        inner = shape[0]
        if isinstance(inner, dict):
            return [loop, *tags_of(inner, written=alias, paths=paths)]
        return [loop, _tag(f"{{{{{alias}}}}}", "text", paths)]
    content, kind = SCALAR[shape]
    return [_tag(content % written, kind, paths)]


def _tag(content, kind, paths):
    return {"tag_content": content, "tag_type": kind, "json_paths": list(paths)}


@st.composite
def cases(draw, *, objects_too=True):
    """Tags, and data of their shape with some values removed or replaced.

    Without `objects_too` objects stay objects: typing into a field of a value that is not an
    object replaces the value by an object.
    """
    tags = tags_of(draw(templates))
    data = schema.sample(tags, rows=draw(st.integers(0, 3)), seed=draw(st.integers(0, 99)))
    places = [
        (place, key)
        for place, key in _places(data)
        if objects_too or not isinstance(place[key], dict)
    ]
    for place, key in draw(st.lists(st.sampled_from(places), max_size=3)) if places else ():
        if draw(st.booleans()):
            place.pop(key, None)
        else:
            place[key] = draw(values)
    return tags, json.loads(json.dumps(data))


def _places(data):
    for key, value in data.items():
        yield data, key
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from _places(inner)


def same(one, other):
    """Whether values and their types are equal: 1 is neither True nor 1.0."""
    return json.dumps(one) == json.dumps(other)


@SLOW
@given(cases())
def test_form_to_value_to_form_changes_nothing(case):
    tags, data = case

    form = BatchForm(OneTemplate(tags), user_input=data, blocking=True)
    assert same(form.user_input, data)
    other = BatchForm(OneTemplate(tags), blocking=True)
    other.value = form.value
    assert same(other.value, form.value)
    assert same(other.user_input, data)
    assert repr(other) == repr(form)
    assert other.problems == form.problems

    form.close()
    other.close()


@SLOW
@given(cases(objects_too=False))
def test_typing_something_and_undoing_it_changes_nothing(case):
    tags, data = case
    form = BatchForm(OneTemplate(tags), user_input=data, blocking=True)

    for path in paths(form):
        shown = field(form, path)
        if not shown["is_locked"]:
            fill(form, path, f"{shown['text']}?")
            fill(form, path, shown["text"])
    assert _without_empty(form.user_input) == _without_empty(data)

    form.close()


def _without_empty(value):
    """The data without empty text and empty objects, whose keys the form removes."""
    if isinstance(value, dict):
        inner = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one not in ("", {}, None)}
    return value


@SLOW
@given(cases())
def test_json_text_reads_back_as_the_same_data(case):
    _, data = case
    value, message = read(as_text(data))
    assert (same(value, data), message) == (True, "")
