"""Conditions, loops and tables, in every place where people put them."""

import io

import pytest
from docx import Document
from template.reading import lines, messages, rendered, shown, xml

PRODUCTS = {"products": [{"name": "Pen", "amount": 2}, {"name": "Ink", "amount": 3}]}


def rows(notation, data):
    """The rows of the first table after rendering, or no row where the table is gone."""
    document = Document(io.BytesIO(rendered(notation, data).content))
    return [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]


@pytest.mark.parametrize(
    "table",
    [
        "| {{tablerow p in products}}{{p.name}} | {{p.amount}}{{endtablerow}} |",
        "| {{tablerow p in products}} | |\n| {{p.name}} | {{p.amount}} |\n| {{endtablerow}} | |",
        "| {{for p in products}}{{p.name}} | {{p.amount}}{{endfor}} |",
        "| {{tablerow p in products}} ¶ {{p.name}} | {{p.amount}} ¶ {{endtablerow}} |",
    ],
    ids=["one row", "rows of their own", "for over cells", "paragraphs of their own"],
)
def test_a_row_is_repeated_for_each_element(table):
    notation = f"| Name | Amount |\n|---|---|\n{table}"

    assert rows(notation, PRODUCTS) == [["Name", "Amount"], ["Pen", "2"], ["Ink", "3"]]
    assert rows(notation, {"products": []}) == [["Name", "Amount"]]


def test_several_rows_are_repeated_together():
    notation = "| {{tablerow p in products}}{{p.name}} |\n| costs {{p.amount}}{{endtablerow}} |"

    assert rows(notation, PRODUCTS) == [["Pen"], ["costs 2"], ["Ink"], ["costs 3"]]


def test_a_table_without_rows_is_dropped():
    document = rendered(
        "before\n| {{tablerow p in products}}{{p.name}}{{endtablerow}} |", {"products": []}
    )

    assert lines(document.content) == ["before", ""]
    assert xml(document.content).find(".//{*}tbl") is None


def test_rows_in_a_condition():
    notation = """
        | always |
        | {{if big}} |
        | big |
        | {{else}} |
        | small |
        | {{endif}} |
    """

    assert rows(notation, {"big": True}) == [["always"], ["big"]]
    assert rows(notation, {"big": False}) == [["always"], ["small"]]


def test_a_list_in_a_cell_of_a_repeated_row():
    notation = """
        | {{tablerow a in actors}}{{a.name}} | {{for f in a.films}}{{f}} {{endfor}}{{endtablerow}} |
    """
    data = {"actors": [{"name": "Ida", "films": ["One", "Two"]}, {"name": "Bo", "films": []}]}

    assert rows(notation, data) == [["Ida", "One Two "], ["Bo", ""]]


def test_a_cell_left_without_paragraphs_gets_an_empty_one():
    document = rendered("| {{if a}} ¶ text ¶ {{endif}} | b |", {"a": False})

    cells = xml(document.content).findall(".//{*}tc")
    assert [[child.tag.rpartition("}")[2] for child in cell] for cell in cells] == [
        ["tcPr", "p"],
        ["tcPr", "p"],
    ]


def test_paragraphs_that_hold_only_control_tags_disappear():
    notation = """
        before
        {{for p in products}}
        - {{p.name}}: {{p.amount}}
        {{endfor}}
        after
    """

    assert shown(notation, PRODUCTS) == ["before", "Pen: 2", "Ink: 3", "after"]
    assert shown(notation, {"products": []}) == ["before", "after"]


def test_control_tags_at_the_edges_of_paragraphs():
    assert shown("{{for p in products}}{{p.name}}\n{{p.amount}}{{endfor}}", PRODUCTS) == [
        *("Pen", "2", "Ink", "3"),
    ]


def test_a_control_tag_within_a_sentence_leaves_the_sentence():
    notation = "Dear {{if vip}}friend{{else}}customer{{endif}}, hello"

    assert shown(notation, {"vip": True}) == ["Dear friend, hello"]
    assert shown(notation, {"vip": False}) == ["Dear customer, hello"]


def test_a_block_that_begins_within_a_paragraph_splits_it():
    notation = "one {{if a}}two\nthree{{endif}} four"

    assert shown(notation, {"a": True}) == ["one ", "two", "three", " four"]
    assert shown(notation, {"a": False}) == ["one ", " four"]


def test_loops_in_loops_reuse_names_and_see_outer_ones():
    notation = """
        {{for a in chapters}}
        {{a.title}}
        {{for b in a.parts}}
        {{a.title}}.{{b}} of {{book}}
        {{endfor}}
        {{endfor}}
        {{for a in chapters}}{{a.title}}{{endfor}}
    """
    data = {
        "book": "B",
        "chapters": [{"title": "1", "parts": ["x", "y"]}, {"title": "2", "parts": []}],
    }

    assert shown(notation, data) == ["1", "1.x of B", "1.y of B", "2", "12"]


def test_delimiters_stand_between_elements():
    notation = "{{for p in list}}{{p.d :: delimiter(“, ”), lastdelimiter(“, and ”)}}{{endfor}}."

    def of(*words):
        return shown(notation, {"list": [{"d": word} for word in words]})

    assert of("A", "B", "C") == ["A, B, and C."]
    assert of("A", "B") == ["A, and B."]
    assert of("A") == ["A."]
    assert of() == ["."]


def test_a_list_of_plain_values_is_joined_by_delimiters():
    assert shown('{{tags :: delimiter("; ")}}', {"tags": ["a", 2, True]}) == ["a; 2; true"]
    assert shown('{{t::delimiter(", "),lastdelimiter(" or ")}}', {"t": ["a", "b", "c"]}) == [
        "a, b or c"
    ]


CONDITIONS = [
    ('c == "UK"', {"c": "UK"}, "yes"),
    ("c == “UK“", {"c": "DE"}, "no"),
    ("c == \"'UK'\"", {"c": "'UK'"}, "yes"),
    ('c != "UK"', {"c": "DE"}, "yes"),
    ('c == "UK"', {}, "no"),
    ('c == "1111"', {"c": 1111}, "yes"),
    ("n > 10", {"n": 10.5}, "yes"),
    ("n >= 10", {"n": "10"}, "yes"),
    ("n < 10", {"n": 9}, "yes"),
    ("n <= 10", {"n": 11}, "no"),
    ("n > null", {"n": 1}, "no"),
    ("a * b > 10", {"a": 4, "b": 3}, "yes"),
    ("(a + 1) * 2 == 10", {"a": 4}, "yes"),
    ('a == "1" or b == "1" and c == "1"', {"a": "1", "b": "0", "c": "0"}, "yes"),
    ('(a == "1" or b == "1") and c == "1"', {"a": "1", "b": "0", "c": "0"}, "no"),
    ("x isPresent", {"x": ""}, "yes"),
    ("x isPresent", {"x": []}, "yes"),
    ("x isPresent", {"x": None}, "no"),
    ("x", {"x": True}, "yes"),
    ("x", {"x": ""}, "no"),
    ("x", {"x": 0}, "no"),
    ("x", {"x": []}, "no"),
    ("x", {}, "no"),
    ("x == true", {"x": True}, "yes"),
    ("x == null", {}, "yes"),
    ("$count(l) > 1", {"l": [1, 2]}, "yes"),
]


@pytest.mark.parametrize(("condition", "data", "expected"), CONDITIONS)
def test_a_condition_decides(condition, data, expected):
    assert shown(f"{{{{if {condition}}}}}yes{{{{else}}}}no{{{{endif}}}}", data) == [expected]


def test_the_first_branch_that_holds_is_taken():
    notation = (
        '{{if c == "UK"}}U{{elseif c == "JP" and t == "Tokyo"}}J{{elseif c}}?{{else}}-{{endif}}'
    )

    def of(**data):
        return shown(notation, data)

    assert of(c="UK", t="") == ["U"]
    assert of(c="JP", t="Tokyo") == ["J"]
    assert of(c="FR", t="") == ["?"]
    assert of(c="", t="") == ["-"]


def test_an_absent_list_is_an_error_and_leaves_nothing():
    document = rendered("a{{for p in order.products}}{{p.name}}{{endfor}}b", {"order": {}})

    assert lines(document.content) == ["ab"]
    assert messages(document.errors) == [
        "The tag 'order.products' was not provided in the input data."
    ]


def test_what_is_no_list_is_an_error_and_leaves_nothing():
    document = rendered("a{{for p in list}}{{p}}{{endfor}}b", {"list": "text"})

    assert lines(document.content) == ["ab"]
    assert messages(document.errors) == ["The tag 'list' needs a list, but its value is a text."]


UNMATCHED = [
    ("{{if a}}x", "The tag '{{if a}}' has no '{{endif}}'."),
    ("x{{endif}}", "The tag '{{endif}}' ends a block that was never started."),
    ("x{{else}}", "The tag '{{else}}' is not inside an 'if'."),
    ("{{for p in a}}x", "The tag '{{for p in a}}' has no '{{endfor}}'."),
    (
        "{{tablerow p in a}}x{{endtablerow}}",
        "The tag '{{tablerow p in a}}' is not inside a table.",
    ),
    (
        "{{if a}}\n| x{{endif}} |",
        "The tag '{{if a}}' begins and ends in places that do not match, such as two cells.",
    ),
]


@pytest.mark.parametrize(("notation", "message"), UNMATCHED)
def test_an_unmatched_tag_stays_and_is_an_error(notation, message):
    document = rendered(notation, {"a": [1]})

    assert messages(document.errors) == [message]
    assert "".join(lines(document.content)) == notation.replace("\n", "").replace("| ", "").replace(
        " |", ""
    )


def test_an_else_after_an_else_is_an_error():
    document = rendered("{{if a}}1{{else}}2{{else}}3{{endif}}", {"a": False})

    assert messages(document.errors) == ["The tag '{{else}}' comes after the 'else' of its 'if'."]
    assert lines(document.content) == ["2{{else}}3"]


def test_an_unmatched_inner_tag_does_not_spoil_the_outer_block():
    document = rendered("{{if a}}x{{for p in b}}y{{endif}}z", {"a": False, "b": []})

    assert messages(document.errors) == ["The tag '{{for p in b}}' has no '{{endfor}}'."]
    assert lines(document.content) == ["z"]
