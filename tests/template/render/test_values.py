"""What tags print: values, modifiers, calculations, and what stays when data is missing."""

from decimal import Decimal

import numpy
import pytest
from template.reading import lines, messages, rendered, shown

from docgen_nb import samples
from docgen_nb.template import Template

VALUES = [
    ("{{x}}", Decimal("5060.50"), "5060.50"),
    ("{{x}}", 5060.5, "5060.5"),
    ("{{x}}", 29.0, "29"),
    ("{{x}}", 1e21, "1000000000000000000000"),
    ("{{x}}", 1e-7, "0.0000001"),
    ("{{x}}", Decimal("2.9E+3"), "2900"),
    ("{{x}}", Decimal("1E-500"), "1E-500"),
    ("{{x}}", -5, "-5"),
    ("{{x}}", True, "true"),
    ("{{x}}", False, "false"),
    ("{{x}}", "", ""),
    ("{{x}}", "a\nb\tc", "a\nb\tc"),
    ("{{x}}", "a\r\nb\rc", "a\nb\nc"),
    ("{{x}}", "1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
    ("{{x}}", "<unknown>", "<unknown>"),
    ("{{x}}", "1 < 2", "1 < 2"),
    ("{{x}}", "a ]]> b", "a ]]> b"),
    ("{{x}}", "日本語 Zoë", "日本語 Zoë"),
    ("{{ x }}", "a", "a"),
    ("{{\u00a0x\u00a0}}", "a", "a"),
    ("{{x::uppercase}}", "straße", "STRASSE"),
    ('{{x :: delimiter(", "), lastdelimiter(" and ")}}', ["a", "b"], "a and b"),
    ('{{x :: delimiter(", "), lastdelimiter(" and ")}}', ["a"], "a"),
    ("{{x :: optional :: uppercase}}", "a", "A"),
    ("{{x:: default('none'), lowercase}}", None, "none"),
    ("{{x :: optional}}", None, ""),
    ('{{x :: default("it\'s")}}', None, "it's"),
    ('{{x :: default("d")}}', "", ""),
    ('{{x :: format("d.m.yyyy")}}', "2026-03-07T10:00:00Z", "7.3.2026"),
    ('{{x :: format("dd mmmm yyyy")}}', "17/03/2026", "17 March 2026"),
    ('{{x :: format("dd-mm-yyyy")}}', "03-25-2026", "25-03-2026"),
    ('{{x :: format("dd-mm-yyyy")}}', "17.03.2026", "17-03-2026"),
    ('{{x :: format("dd-mm-yyyy")}}', "", ""),
    ('{{x :: format("d.m.yy")}}', "2005-03-07", "7.3.05"),
    ('{{x :: format("US-Number")}}', Decimal("1234567.50"), "1,234,567.50"),
    ('{{x :: format("EU-Number")}}', -1234.5, "-1.234,5"),
    ('{{x :: format("US-Number")}}', "300000", "300,000"),
    ('{{x :: format("US-Number")}}', Decimal("-0.5"), "-0.5"),
    ('{{x :: format("xxx-xxxx")}}', "12345678901", "123-45678901"),
    ('{{x :: format("xxx-xxxx")}}', "12", "12"),
    ('{{x :: format("(xx) x")}}', 123, "(12) 3"),
    ('{{x :: format("xx-xx") :: lowercase}}', "ABCD", "ab-cd"),
]


@pytest.mark.parametrize(("tag", "value", "expected"), VALUES)
def test_a_value_prints(tag, value, expected):
    document = rendered(tag, {"x": value})

    assert lines(document.content) == [expected]
    assert document.errors == []
    assert document.warnings == []


@pytest.mark.parametrize(
    ("tag", "value", "expected", "warning"),
    [
        (
            "{{x}}",
            "bell\x07 and \ud800",
            "bell\ufffd and \ufffd",
            "The tag 'x' has control characters that a Word document can't contain; each is "
            "printed as \ufffd.",
        ),
        (
            '{{x :: format("dd-mmm-yyyy")}}',
            "03/04/2026",
            "03-Apr-2026",
            "The tag 'x' has the date '03/04/2026', which is read with the day first, as "
            "2026-04-03. Write it as 2026-04-03.",
        ),
    ],
)
def test_a_doubtful_value_prints_with_a_warning(tag, value, expected, warning):
    document = rendered(tag, {"x": value})

    assert lines(document.content) == [expected]
    assert document.errors == []
    assert messages(document.warnings) == [warning]


DIGITS = "234567890123456789012345678901234"
CALCULATIONS = [
    ("{{a + b * 2}}", {"a": 1, "b": 3}, "7"),
    ("{{(a + b) * 2}}", {"a": 1, "b": 3}, "8"),
    ("{{a - b - 1}}", {"a": 10, "b": 3}, "6"),
    ("{{a-b}}", {"a": 10, "b": 3}, "7"),
    ("{{-a + 1}}", {"a": 10}, "-9"),
    ("{{-a}} {{-b}} {{a * c}}", {"a": 0, "b": Decimal("-0.0"), "c": -1}, "0 0 0"),
    ('{{a * c :: format("US-Number")}} {{$string(-a)}}', {"a": 0, "c": -1}, "0 0"),
    ("{{a / 4}}", {"a": 10}, "2.5"),
    ("{{a % 3}}", {"a": 10}, "1"),
    ("{{a * b}}", {"a": 0.1, "b": 3}, "0.3"),
    ("{{a * b}}", {"a": Decimal("2.50"), "b": 2}, "5"),
    ("{{a * b}}", {"a": 10**18 + 1, "b": 10**18 + 1}, "1000000000000000002000000000000000000"),
    ("{{a / 3}}", {"a": 1}, "0.3333333333333333333333333333333333"),
    ('{{a * 1000 :: format("US-Number")}}', {"a": 12}, "12,000"),
    ("{{$sum(p.n)}}", {"p": [{"n": 2900}, {"n": 1560}, {"n": 600.5}]}, "5060.5"),
    ("{{$sum(o.p.n)}}", {"o": {"p": [{"n": [1, 2]}, {"n": [3]}]}}, "6"),
    ("{{$sum(p.n)}}", {"p": []}, "0"),
    ("{{$sum(p[1])}} {{$sum(o[0].n)}}", {"p": [1, 2], "o": [{"n": [3, 4]}, {"n": 5}]}, "2 7"),
    ("{{$average(p)}}", {"p": [1, 2]}, "1.5"),
    ("{{$min(p)}} {{$max(p)}} {{$count(p)}}", {"p": [3, 1, 2]}, "1 3 3"),
    ("{{$round(x, 1)}} {{$round(y)}}", {"x": 2.25, "y": 2.5}, "2.2 2"),
    ("{{$abs(x)}} {{$floor(x)}} {{$ceil(x)}}", {"x": -1.5}, "1.5 -2 -1"),
    ("{{$number(x) + 1}}", {"x": "41"}, "42"),
    ("{{$string(x)}}", {"x": 41}, "41"),
    ("{{a * b :: optional}}", {"a": 1}, ""),
    ('{{a * b :: default("<10 & more")}}', {"a": 1}, "<10 & more"),
    ("{{$round(x, 31)}}", {"x": 12345.25}, "12345.25"),
    ("{{$round(x, 30)}} {{$round(x, -31)}}", {"x": 12345.25}, "12345.25 0"),
    ("{{$round(x, -2)}} {{$round(y, -2)}}", {"x": 12345.25, "y": 50}, "12300 0"),
    ("{{$round(x, y)}} {{$round(y, -x)}}", {"x": 1e40, "y": 2}, f"1{'0' * 40} 0"),
    ("{{$round(x, 31)}}", {"x": Decimal(f"12345.{'3' * 40}")}, f"12345.{'3' * 31}"),
    ("{{$round(x, 40)}}", {"x": Decimal(f"9.{'9' * 41}")}, "10"),
    ("{{$round(x, 5)}}", {"x": Decimal("1E-999")}, "0"),
    ("{{-a}}", {"a": Decimal("1.234567890123456789012345678901234")}, f"-1.{DIGITS}"),
    ("{{a + 1}}", {"a": numpy.float64(2.5)}, "3.5"),
]


@pytest.mark.parametrize(("tag", "data", "expected"), CALCULATIONS)
def test_a_calculation_is_exact(tag, data, expected):
    document = rendered(tag, data)

    assert lines(document.content) == [expected]
    assert document.errors == []


# Tag, data, what stays in the document, errors, warnings.
FAULTS = [
    (
        "{{for p in l}}{{p}}{{endfor}}",
        {"l": ""},
        "",
        ["The tag 'l' needs a list, but its value is a text."],
        [],
    ),
    ("{{l[1]}}", {"l": ["a"]}, "{{l[1]}}", ["The tag 'l' was not provided in the input data."], []),
    ("{{a.b}}", {"a": {}}, "{{a.b}}", ["The tag 'a.b' was not provided in the input data."], []),
    ("{{a}}", {"a": None}, "{{a}}", ["The tag 'a' was not provided in the input data."], []),
    (
        "{{a}}",
        {"a": {}},
        "{{a}}",
        ["The tag 'a' needs a text or number, but its value is an object."],
        [],
    ),
    (
        "{{a :: uppercase}}",
        {"a": [1]},
        "{{a :: uppercase}}",
        ["The tag 'a' needs a text or number, but its value is a list."],
        [],
    ),
    (
        '{{a :: delimiter(", ")}}',
        {"a": ["x", {}]},
        '{{a :: delimiter(", ")}}',
        ["The tag 'a' needs a text or number, but its value is a list."],
        [],
    ),
    (
        "{{$round(a 1)}}",
        {"a": 1},
        "{{$round(a 1)}}",
        ["The tag '{{$round(a 1)}}' cannot be read: expected ','."],
        ["The tag 'a' was provided but not used in the template."],
    ),
    (
        "{{l[1234567890]}}",
        {},
        "{{l[1234567890]}}",
        ["The tag '{{l[1234567890]}}' cannot be read: a list position must be a whole number."],
        [],
    ),
    (
        "{{a * b}}",
        {"a": "x", "b": 1},
        "{{a * b}}",
        ["The tag 'a' needs a number, but its value is a text."],
        [],
    ),
    (
        "{{a + 1}}",
        {"a": True},
        "{{a + 1}}",
        ["The tag 'a' needs a number, but its value is true or false."],
        [],
    ),
    ("{{for p in l :: optional}}{{p}}{{endfor}}", {}, "", [], []),
    ("{{a}}{{a}}", {}, "{{a}}{{a}}", ["The tag 'a' was not provided in the input data."], []),
    ("{{a * b}}", {"b": 1}, "{{a * b}}", ["The tag 'a' was not provided in the input data."], []),
    (
        "{{a / b}}",
        {"a": 1, "b": 0},
        "{{a / b}}",
        ["The calculation '{{a / b}}' has no result for this input data."],
        [],
    ),
    (
        "{{$average(a)}}",
        {"a": []},
        "{{$average(a)}}",
        ["The calculation '{{$average(a)}}' has no result for this input data."],
        [],
    ),
    (
        "{{$min(a)}}",
        {"a": []},
        "{{$min(a)}}",
        ["The calculation '{{$min(a)}}' has no result for this input data."],
        [],
    ),
    (
        "{{if $max(a) > 1}}x{{endif}}",
        {"a": []},
        "",
        ["The calculation '{{if $max(a) > 1}}' has no result for this input data."],
        [],
    ),
    (
        "{{$string(a) + 1}}",
        {"a": 1},
        "{{$string(a) + 1}}",
        ["The tag '{{$string(a) + 1}}' needs a number, but its result is a text."],
        [],
    ),
    (
        '{{a * 2 :: format("dd-mm-yyyy")}}',
        {"a": 1},
        "2",
        [],
        [
            "The tag '{{a * 2 :: format(\"dd-mm-yyyy\")}}' has the value '2', which is not a "
            "date; it is printed unchanged."
        ],
    ),
    (
        "{{a}}",
        {"a": (1, 2)},
        "{{a}}",
        ["The tag 'a' needs a text or number, but its value is of type tuple."],
        [],
    ),
    (
        "{{if a}}x{{endif}}",
        {"a": numpy.array([1, 2])},
        "",
        ["The tag 'a' needs a number, but its value is of type ndarray."],
        [],
    ),
    (
        "{{a}}",
        {"a": float("nan")},
        "{{a}}",
        ["The tag 'a' needs a text or number, but its value is not a finite number."],
        [],
    ),
    (
        '{{a :: format("dd-mm-yyyy")}}',
        {"a": "soon"},
        "soon",
        [],
        ["The tag 'a' has the value 'soon', which is not a date; it is printed unchanged."],
    ),
    (
        '{{a :: format("US-Number")}}',
        {"a": "ten"},
        "ten",
        [],
        ["The tag 'a' has the value 'ten', which is not a number; it is printed unchanged."],
    ),
    (
        '{{a :: format("bold")}}',
        {"a": "ten"},
        "ten",
        [],
        ["The tag '{{a :: format(\"bold\")}}' has the unknown format 'bold'."],
    ),
    (
        "{{a}}",
        {"a": "1", "b": {"c": 2}},
        "1",
        [],
        ["The tag 'b' was provided but not used in the template."],
    ),
    (
        "{{first name}}",
        {},
        "{{first name}}",
        ["The tag '{{first name}}' cannot be read: names can't contain spaces ('first name')."],
        [],
    ),
    *(
        (
            f"{{{{if a > 1 {word} b > 1}}}}x{{{{endif}}}}",
            {},
            "",
            [f"The tag '{name}' was not provided in the input data." for name in "ab"],
            [],
        )
        for word in ("and", "or")
    ),
    (
        '{{a :: format("US-Number")}}',
        {"a": Decimal("1E-500")},
        "1E-500",
        [],
        ["The tag 'a' has the value '1E-500', which is not a number; it is printed unchanged."],
    ),
    (
        "{{IF x}}",
        {},
        "{{IF x}}",
        ["The tag '{{IF x}}' cannot be read: names can't contain spaces ('IF x')."],
        [],
    ),
    *(
        (
            f"{{{{{name}({arguments})}}}}",
            {},
            f"{{{{{name}({arguments})}}}}",
            [f"The tag '{{{{{name}({arguments})}}}}' cannot be read: '{name}' takes {wanted}."],
            [],
        )
        for name, arguments, wanted in (
            ("$abs", "", "one argument"),
            ("$abs", "1, 2", "one argument"),
            ("$round", "1, 2, 3", "one or two arguments"),
        )
    ),
    (
        "{{#each x}}",
        {},
        "{{#each x}}",
        ["The tag '{{#each x}}' cannot be read: unexpected character '#'."],
        [],
    ),
    (
        "{{a :: bold}}",
        {},
        "{{a :: bold}}",
        [
            "The tag '{{a :: bold}}' cannot be read: unknown modifier 'bold' (known: optional, "
            "default, uppercase, lowercase, format, delimiter, lastdelimiter)."
        ],
        [],
    ),
    (
        "{{if order",
        {},
        "{{if order",
        ["The text '{{if order' starts a tag but has no '}}'."],
        [],
    ),
]


@pytest.mark.parametrize(
    ("tag", "data", "stays", "errors", "warnings"), FAULTS, ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_is_told(tag, data, stays, errors, warnings):
    document = rendered(tag, data)

    assert lines(document.content) == [stays]
    assert messages(document.errors) == errors
    assert messages(document.warnings) == warnings


def test_stray_braces_are_text():
    assert shown("a }} b } c {", {}) == ["a }} b } c {"]
    assert shown("{{{x}}}", {"x": 1}) == ["{1}"]


def test_sign_tags_pass_through():
    text = "[[s|1|id:borrower_signature            ]] [[t|1|id:x|n:your name]]"

    assert shown(text, {}) == [text]


def test_positions_in_lists_can_be_named():
    assert shown("{{items[1].x}} {{items[0].x}}", {"items": [{"x": 1}, {"x": 2}]}) == ["2 1"]


def test_header_and_footer_are_rendered():
    document = rendered("header: {{a}}\nfooter: {{b}}\nbody", {"a": "top", "b": "bottom"})

    assert lines(document.content, part="word/header1.xml") == ["top"]
    assert lines(document.content, part="word/footer1.xml") == ["bottom"]


@pytest.mark.parametrize("output_type", ["docx", "pdf"])
def test_a_rendered_document_gives_its_words(output_type):
    document = Template(samples.template("Dear {{name}},\nwelcome.")).render(
        {"name": "Ada"}, output_type=output_type
    )
    assert document.text().split() == ["Dear", "Ada,", "welcome."]


def test_a_number_with_more_digits_than_python_prints_is_printed():
    document = rendered("{{-a}} {{a * a}}\n{{a}}\n{{b}}", {"a": -(10**5000), "b": 10**5000})

    first, second, third = lines(document.content)
    assert first.startswith("10000000")
    assert (second, third) == (f"-1{'0' * 5000}", f"1{'0' * 5000}")
    assert document.errors == []


def test_a_link_with_half_a_character_is_a_link():
    assert shown("{{a}}", {"a": '<a href="https://box.com/\ud800">link</a>'}) == ["link"]
