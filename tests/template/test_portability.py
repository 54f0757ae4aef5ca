"""Notes about constructs that are not proven at Box, and the table behind them."""

import re

import pytest

from docgen_nb import samples
from docgen_nb.evidence import Evidence, Finding
from docgen_nb.template import Template
from docgen_nb.template.language.parser import FUNCTIONS
from docgen_nb.template.portability import COLUMNS, rows

PROVEN = """
    header: {{company}}
    {{a.b}} {{a :: optional}} {{a :: default(“x”)}} {{a :: uppercase}} {{a::lowercase}}
    {{d :: format(“dd-mmm-yy”)}} {{n :: format("US-Number")}} {{n :: format(“xxx-xxxx”)}}
    {{if c.country == “UK”}}
    UK
    {{elseif c.country == “JAPAN” and c.city == “Tokyo“}}
    Tokyo
    {{else}}
    other
    {{endif}}
    {{if note isPresent}}
    {{note}}
    {{endif}}
    {{for item in list}}
    - {{item.name}} - {{item.quantity * item.price}}
    {{endfor}}
    {{for o in others}}{{o.text::delimiter(", "),lastdelimiter(", and ")}} {{endfor}}
    | {{tablerow p in products}} {{p.id}} | {{p.name}}{{endtablerow}} |
    {{$sum(products.amount)}}
"""
# A template in short notation, and its construct.
GUESSED = [
    ('{{if a != "b"}}\nx\n{{endif}}', "!="),
    ('{{if a == "b" or c == "d"}}\nx\n{{endif}}', "or"),
    ('{{if (a == "b")}}\nx\n{{endif}}', "parentheses"),
    ("{{if a}}\nx\n{{endif}}", "truth"),
    ("{{if a == 1}}\nx\n{{endif}}", "number_literal"),
    ("{{if a == null}}\nx\n{{endif}}", "keyword_literal"),
    ("{{if a == b}}\nx\n{{endif}}", "compared_paths"),
    ('{{if a == "b"}}x{{endif}}', "inline_condition"),
    ("{{for a in b}}\n{{for c in a.d}}\n{{c.e}}\n{{endfor}}\n{{endfor}}", "nested_loops"),
    ('{{for a in b}}\n{{if a.x == "y"}}\n{{a.z}}\n{{endif}}\n{{endfor}}', "condition_in_loop"),
    ('{{if a == "b"}}\n{{for c in d}}\n{{c.e}}\n{{endfor}}\n{{endif}}', "loop_in_condition"),
    ('{{if a == "b"}}\n{{if c == "d"}}\nx\n{{endif}}\n{{endif}}', "nested_conditions"),
    ("{{for a in b}}\n{{a}}\n{{endfor}}", "plain_element"),
    ("{{for a in b :: optional}}\n{{a.c}}\n{{endfor}}", "optional_loop"),
    ("x {{for a in b}}{{a.c}}\n{{endfor}} y", "split_block"),
    ("| {{tablerow a in b}} |\n| {{a.c}} |\n| {{endtablerow}} |", "tablerow_apart"),
    ("| {{tablerow a in b}}{{a.c}}{{endtablerow}} |", "tablerow_glued"),
    ("| {{for a in b}} |\n| {{a.c}} |\n| {{endfor}} |", "block_of_rows"),
    ("{{items[0].name}}", "list_position"),
    ("{{größe}}", "foreign_letters"),
    ("{{a :: default('x')}}", "single_quotes"),
    ('{{items :: delimiter(";")}}', "delimiter_of_list"),
    ('{{a :: format("d/m/yy")}}', "date_pattern"),
    ("{{a :: optional, uppercase}}", "several_modifiers"),
    ('{{a * b :: format("US-Number")}}', "modified_calculation"),
    ("{{a * 2}}", "constant"),
    *((f"{{{{a {operator} b}}}}", operator) for operator in "+-/%"),
    *((f"{{{{{name}(a)}}}}", name) for name in FUNCTIONS if name != "$sum"),
]


@pytest.mark.parametrize(("notation", "construct"), GUESSED)
def test_a_guessed_construct_has_one_note_with_its_tag_and_place(notation, construct):
    [note] = Template(samples.template(notation)).problems()

    assert (note.severity, note.code, note.construct) == ("note", "unproven", construct)
    assert note.tag in notation
    assert note.place is not None


def test_proven_constructs_have_no_notes():
    assert Template(samples.template(PROVEN)).problems() == []


def test_a_note_says_what_where_what_is_known_and_what_is_proven():
    template = Template(samples.template("{{a}}\n{{b[0]}}\n{{b[1]}} {{b[2]}}"))

    [note] = template.problems()

    assert str(note) == (
        "Not proven at Box: position in a list, such as items[0]. Nothing that Box published uses "
        "it. Proven instead: the element under a name of its own in the data. Also in 2 more tags."
    )
    assert str(note.place) == "document, paragraph 2"
    assert template.check({"a": 1, "b": [1, 2, 3]}) == []
    assert repr(template) == "<Template: 4 tags, 0 problems>"


def test_evidence_of_a_probe_wins_over_the_table():
    template = Template(samples.template("{{b[0]}} {{a :: uppercase}}"))

    same, other = Finding("same", "2026-12-01"), Finding("different", "2026-12-01")

    assert template.problems(evidence=Evidence({}, {"list_position": same})) == []
    both = Evidence({}, {"list_position": same, "uppercase": other})
    assert [str(note) for note in template.problems(evidence=both)] == [
        "Box gave something else on 2026-12-01: uppercase and lowercase."
    ]


def test_the_table_is_complete():
    names = [row["construct"] for row in rows()]
    assert len(names) == len(set(names))
    assert set(FUNCTIONS) <= set(names)
    for row in rows():
        assert tuple(row) == COLUMNS
        assert row["evidence"] in ("verified", "documented", "observed", "guessed")
        assert all(re.fullmatch(r"|.*[.}]", row[name]) for name in ("decision", "known"))
        assert row["known"] or row["evidence"] != "guessed"
