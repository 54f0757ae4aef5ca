"""TableEditor without a browser: commands from the page, and the rows after them."""

import json
from decimal import Decimal

import ipywidgets as widgets
import pytest
from forms.interactions import all_widgets, plain, update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docgen_nb.forms.table_editor import TableEditor
from docgen_nb.forms.table_editor.paste import read_cells, written_cells
from docgen_nb.forms.table_editor.plain_table import as_text
from docgen_nb.forms.table_editor.plain_table import write as write_text
from docgen_nb.forms.table_editor.rows import Rows
from docgen_nb.schema import Field

# A busy machine must not fail these tests.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAME = Field("name", "items.name", "text", True)
PRICE = Field("price", "items.price", "number", True, "0.00")
NOTE = Field("note", "items.note", "text", False)
PARTS = Field("parts", "items.parts", "records", False)
INK = {"name": "Ink", "price": 5.5}
PAPER = {"name": "Paper", "price": 7}


def table_of(*rows, columns=(NAME, PRICE, NOTE), **options):
    return TableEditor(columns, label="Items", rows=rows, **options)


def send(table, command):
    """Send a command, as the browser does."""
    data = {"method": "custom", "content": command}
    table.widget._handle_msg({"content": {"data": data}, "buffers": []})


def shown(table):
    """The keys and cells that a page loaded now gets."""
    return table.widget.get_state()["rows_sent"]["rows"]


def keys(table):
    return [key for key, _ in shown(table)]


def write(table, row, column, text):
    send(table, {"action": "type", "row": keys(table)[row], "column": column, "text": text})


def paste(table, text, *, row=0, column=0):
    key = keys(table)[row] if keys(table) else None
    send(table, {"action": "paste", "row": key, "column": column, "text": text})


@pytest.fixture
def to_browser(monkeypatch):
    """The messages that tables send to the browser."""
    messages = []
    monkeypatch.setattr(
        widgets.Widget, "send", lambda _, content, buffers=None: messages.append(content)
    )
    return messages


# Values


def test_cells_show_text_and_a_summary_of_nested_data():
    table = table_of(
        {**INK, "parts": [{"a": 1}], "note": None},
        {"name": True},
        columns=[NAME, PRICE, NOTE, PARTS],
    )
    assert [cells for _, cells in shown(table)] == [
        ["Ink", "5.5", "", {"summary": "1 item"}],
        ["true", "", "", {"summary": "empty"}],
    ]
    assert table.widget.columns == [
        {"name": "Name", "path": "items.name", "hint": "", "nested": ""},
        {"name": "Price", "path": "items.price", "hint": "number, 0.00", "nested": ""},
        {"name": "Note", "path": "items.note", "hint": "optional", "nested": ""},
        {"name": "Parts", "path": "items.parts", "hint": "records, optional", "nested": "empty"},
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


def records(*names, **options):
    return st.lists(st.dictionaries(st.sampled_from(names), JSON), max_size=3, **options)


@unhurried
@given(records("name", "price", "note", "parts", "x"))
def test_any_rows_come_back_unchanged(rows):
    table = table_of(*rows, columns=[NAME, PRICE, NOTE, PARTS])
    assert repr(table.value) == repr(rows)
    table.close()


@unhurried
@given(records("name", "price", "note"))
def test_typing_something_and_undoing_it_changes_no_value(rows):
    table = table_of(*rows)
    for number, (_, cells) in enumerate(shown(table)):
        for column, text in enumerate(cells):
            if isinstance(text, str):
                write(table, number, column, f"{text}?")
                write(table, number, column, text)
    assert table.value == rows
    assert [{k: type(v) for k, v in row.items()} for row in table.value] == [
        {k: type(v) for k, v in row.items()} for row in rows
    ]
    table.close()


def test_the_value_is_a_copy_in_both_directions():
    row = {"name": "Ink", "parts": [{"a": 1}]}
    table = table_of(row)
    row["parts"].append({"a": 2})
    table.value[0]["name"] = "changed"
    assert table.value == [{"name": "Ink", "parts": [{"a": 1}]}]


def test_setting_the_value_redraws_only_if_it_differs_and_calls_no_callback(sent):
    table, changes = table_of(INK, PAPER), []
    table.on_change(lambda: changes.append(1))
    before = keys(table)
    sent.clear()
    table.value = [INK, PAPER]
    assert sent == []
    table.value = [INK, {"name": "Paper", "price": 7.0}]  # 7.0 is not 7
    assert [sorted(state) for state in sent] == [["rows_sent"]]
    assert (keys(table)[0], keys(table)[1] != before[1]) == (before[0], True)
    assert changes == []


# Typing


def test_typed_text_becomes_a_value_and_an_emptied_cell_removes_its_key():
    table = table_of(INK)
    write(table, 0, 1, "12")
    write(table, 0, 0, "")
    write(table, 0, 2, "for Zoë <b>")
    assert table.value == [{"price": 12, "note": "for Zoë <b>"}]


def test_text_that_is_not_a_number_stays_with_a_message_until_it_is_corrected(to_browser):
    table = table_of(INK)
    key = keys(table)[0]
    write(table, 0, 1, "5.5x")
    assert table.value == [{"name": "Ink", "price": "5.5x"}]
    [((row, name), message)] = table.messages.items()
    assert (row, name) == (0, "price")
    write(table, 0, 1, "5.50")
    assert table.messages == {}
    assert to_browser == [
        {"type": "messages", "new": [[key, 1, message, []]], "removed": []},
        {"type": "messages", "new": [], "removed": [[key, 1]]},
    ]


def test_unreadable_text_in_the_first_rows_has_a_message():
    table = table_of(INK, {"name": "Paper", "price": "cheap"})
    assert list(table.messages) == [(1, "price")]
    assert table.widget.get_state()["messages_sent"] == [
        [keys(table)[1], 1, table.messages[1, "price"], []]
    ]


def test_a_decimal_comma_comes_with_the_numbers_that_it_may_mean():
    table = table_of({**INK, "price": "39,90"}, {**INK, "price": "1,250"})
    offers = [sent[3] for sent in table.widget.get_state()["messages_sent"]]
    assert offers == [["39.90"], ["1250", "1.250"]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        (" -3 ", -3),
        ("0.5", 0.5),
        ("5.50", Decimal("5.50")),
        ("1" * 25 + ".5", Decimal("1" * 25 + ".5")),
    ],
)
def test_numbers_are_read_without_losing_a_digit(text, value):
    table = table_of(INK)
    write(table, 0, 1, text)
    assert repr(table.value[0]["price"]) == repr(value)
    assert table.messages == {}


@pytest.mark.parametrize(
    "text", ["1,5", "1 000", "1_000", "007", "nan", "inf", "1e5", "0x1", "٣", "5.", ".5", "9" * 40]
)
def test_text_that_is_not_a_number_stays_text(text):
    table = table_of(INK)
    write(table, 0, 1, text)
    assert table.value[0]["price"] == text
    assert list(table.messages) == [(0, "price")]


def test_yes_and_no_are_read():
    table = table_of({"paid": True}, columns=[Field("paid", "items.paid", "boolean", True)])
    for text, value in (("No", False), ("TRUE", True), ("maybe", "maybe")):
        write(table, 0, 0, text)
        assert table.value == [{"paid": value}]
    assert table.messages == {(0, "paid"): "Enter yes or no."}


def test_null_and_decimals_come_back_when_their_text_is_typed_again():
    table = table_of({"name": None, "price": Decimal("5.50")})
    write(table, 0, 1, "5.5")
    write(table, 0, 0, "x")
    write(table, 0, 0, "")
    write(table, 0, 1, "5.50")
    assert repr(table.value) == "[{'name': None, 'price': Decimal('5.50')}]"


def test_each_change_calls_the_callback_once():
    table, changes = table_of(INK, PAPER), []
    table.on_change(lambda: changes.append(len(table.value)))
    write(table, 0, 0, "Pens")
    send(table, {"action": "add", "row": "n1", "after": None})
    send(table, {"action": "delete", "rows": keys(table)[:2]})
    send(table, {"action": "undo"})
    paste(table, "a\tb\nc\td")
    assert changes == [2, 3, 1, 3, 3]


def test_an_error_in_a_callback_is_shown_below_the_table(callbacks_must_not_raise):
    table = table_of(INK)
    table.on_change(lambda: 1 / 0)
    write(table, 0, 0, "Pens")
    assert table.value[0]["name"] == "Pens"
    assert table.widget.notice == "ZeroDivisionError: division by zero"
    callbacks_must_not_raise.clear()


# Rows


def test_rows_are_added_deleted_and_moved():
    table = table_of(INK, PAPER, {"name": "Pens"})
    ink, paper, pens = keys(table)
    send(table, {"action": "add", "row": "n1", "after": ink})
    assert table.value == [INK, {}, PAPER, {"name": "Pens"}]
    send(table, {"action": "move", "rows": [ink, "n1"], "after": pens})
    assert keys(table) == [paper, pens, ink, "n1"]
    send(table, {"action": "move", "rows": ["n1", pens], "after": None})
    assert keys(table) == [pens, "n1", paper, ink]
    send(table, {"action": "delete", "rows": [pens, paper]})
    assert table.value == [{}, INK]


def test_every_step_can_be_undone_and_typing_in_one_cell_is_one_step():
    table = table_of(INK, {**PAPER, "parts": [{"a": 1}], "price": "?"})
    messages = table.messages
    write(table, 0, 0, "I")
    write(table, 0, 0, "In")
    assert table.widget.undo_name == "typing"
    send(table, {"action": "delete", "rows": [keys(table)[1]]})
    assert (table.widget.undo_name, table.messages) == ("deleting", {})
    send(table, {"action": "undo"})
    assert table.value == [{**INK, "name": "In"}, {**PAPER, "parts": [{"a": 1}], "price": "?"}]
    assert table.messages == messages
    send(table, {"action": "undo"})
    assert table.value[0] == INK
    assert table.widget.undo_name == ""
    send(table, {"action": "undo"})
    assert table.value[0] == INK


def test_only_the_last_fifty_steps_can_be_undone():
    table = table_of(INK)
    for number in range(60):
        send(table, {"action": "add", "row": f"n{number}", "after": None})
    for _ in range(70):
        send(table, {"action": "undo"})
    assert len(table.value) == 11


@pytest.mark.parametrize(
    "command",
    [
        None,
        "delete",
        {},
        {"action": "explode"},
        {"action": "type", "row": "r0", "column": 3, "text": "x"},
        {"action": "type", "row": "r0", "column": -1, "text": "x"},
        {"action": "type", "row": "r0", "column": True, "text": "x"},
        {"action": "type", "row": "r0", "column": "0", "text": "x"},
        {"action": "type", "row": "r0", "column": 0, "text": 5},
        {"action": "type", "row": "r0", "column": 0, "text": "x" * 5_000_001},
        {"action": "type", "row": "gone", "column": 0, "text": "x"},
        {"action": "type", "row": 0, "column": 0, "text": "x"},
        {"action": "type", "row": "r1", "column": 2, "text": "x"},
        {"action": "add", "row": "r0", "after": None},
        {"action": "add", "row": "<b>", "after": None},
        {"action": "add", "row": "n1", "after": "gone"},
        {"action": "add", "row": "n1", "after": 0},
        {"action": "delete", "rows": ["r0", "gone"]},
        {"action": "delete", "rows": ["r0", "r0"]},
        {"action": "delete", "rows": []},
        {"action": "delete", "rows": [0]},
        {"action": "delete", "rows": "r0"},
        {"action": "move", "rows": ["r0"], "after": "r0"},
        {"action": "move", "rows": ["r0"], "after": "gone"},
        {"action": "paste", "row": "r0", "column": 9, "text": "x"},
        {"action": "paste", "row": "gone", "column": 0, "text": "x"},
        {"action": "paste", "row": "r0", "column": 0, "text": None},
        {"action": "insert", "to": [0], "has_header": False},
        {"action": "write", "text": "name\nx"},
    ],
)
def test_an_invalid_command_changes_nothing_and_sends_all_rows(command, sent):
    rows = [INK, {"name": "Paper", "note": [1]}]
    table, changes = table_of(*rows), []
    table.on_change(lambda: changes.append(1))
    sent.clear()
    send(table, command)
    assert (table.value, changes, table.widget.undo_name) == (rows, [], "")
    assert table.widget.notice == (
        "The page was out of sync with Python. The table shows the current rows again."
    )
    assert [sorted(state) for state in sent] == [["notice"], ["rows_sent"]]


# Messages


def test_messages_are_shown_at_their_cells_and_only_changes_are_sent(to_browser):
    table = table_of(INK, PAPER)
    ink, paper = keys(table)
    table.show_messages(
        {(0, "price"): "Too much.", (1, "parts"): "Missing.", (None, ""): "Too few rows."}
    )
    table.show_messages({(0, "price"): "Too much.", (1, "name"): "Unknown."})
    table.show_messages(
        {(0, "price"): "Too much.", (1, "name"): "Unknown.", (7, "name"): "No such row."}
    )
    assert to_browser == [
        {
            "type": "messages",
            "new": [[ink, 1, "Too much.", []], [paper, -1, "Missing.", []]],
            "removed": [],
        },
        {"type": "messages", "new": [[paper, 0, "Unknown.", []]], "removed": [[paper, -1]]},
    ]
    assert table.widget.table_message == ""


def test_a_message_moves_with_its_row():
    table = table_of(INK, PAPER)
    table.show_messages({(1, "price"): "Too much."})
    send(table, {"action": "move", "rows": [keys(table)[1]], "after": None})
    assert table.widget.get_state()["messages_sent"] == [[keys(table)[1], 1, "Too much.", []]]


# Pasting


@unhurried
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=3), min_size=1, max_size=4))
def test_written_cells_are_read_back_unchanged(lines):
    lines = [[cell.replace("\r\n", "\n") for cell in line] for line in lines]
    text = written_cells(lines) + "\n"
    assert [[*line] for line in read_cells(text)] == lines


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", []),
        ("a", [["a"]]),
        ("a\tb\r\nc\t\r\n", [["a", "b"], ["c", ""]]),
        ('"a\r\nb"\tc', [["a\nb", "c"]]),
        ('5" pipe\t"', [['5" pipe', '"']]),
        ('"Hello" she said\tb', [['"Hello" she said', "b"]]),
        ('"not closed\tb\nc', [['"not closed', "b"], ["c"]]),
        ('""\t""""', [["", '"']]),
    ],
)
def test_quotes_in_copied_cells_are_read_as_in_a_spreadsheet(text, cells):
    assert read_cells(text) == cells


def test_a_pasted_block_overwrites_cells_and_adds_missing_rows():
    table = table_of(INK, PAPER)
    paste(table, "9\tnew\n10\t\nx\tlast\n", row=1, column=1)
    assert table.value == [
        INK,
        {"name": "Paper", "price": 9, "note": "new"},
        {"price": 10},
        {"price": "x", "note": "last"},
    ]
    assert table.widget.notice == "3 rows pasted."
    assert list(table.messages) == [(3, "price")]
    send(table, {"action": "undo"})
    assert table.value == [INK, PAPER]


def test_names_in_the_first_line_assign_the_columns():
    table = table_of(INK, {}, PAPER)
    paste(table, 'Price\titems.name\n1\tCups\n2\t"two\nlines"\n', row=1, column=2)
    assert table.value == [
        INK,
        {"price": 1, "name": "Cups"},
        {"price": 2, "name": "two\nlines"},
        PAPER,
    ]


def test_a_person_assigns_pasted_columns_with_unknown_names():
    table, changes = table_of(INK), []
    table.on_change(lambda: changes.append(1))
    text = "name\tcolor\tcost\nCups\tred\t3\n"
    paste(table, text)
    assert (table.value, changes) == ([INK], [])
    assert table.widget.pending_paste == {
        "message": "The table has no columns for these names: 'color', 'cost'.",
        "text": text,
        "has_header": True,
        "columns": [
            {"first": "name", "to": 0},
            {"first": "color", "to": -1},
            {"first": "cost", "to": -1},
        ],
    }
    send(table, {"action": "insert", "to": [0, -1, 1], "has_header": True})
    assert (table.value, changes) == ([INK, {"name": "Cups", "price": 3}], [1])
    assert (table.widget.pending_paste, table.widget.notice) == (None, "1 row pasted.")


def test_a_person_assigns_pasted_columns_that_do_not_fit():
    table = table_of(INK)
    paste(table, "a\tb\tc\nd\te\tf", column=1)
    assert table.widget.pending_paste["message"] == (
        "The pasted text has 3 columns, but only 2 fit here."
    )
    assert [one["to"] for one in table.widget.pending_paste["columns"]] == [0, 1, 2]
    send(table, {"action": "insert", "to": [0, 0, 1], "has_header": False})
    assert table.widget.pending_paste is not None
    assert table.widget.notice == (
        "Choose a column for at least one of the pasted columns, and each column only once."
    )
    send(table, {"action": "insert", "to": [-1, -1, -1], "has_header": False})
    send(table, {"action": "dismiss"})
    assert (table.widget.pending_paste, table.value) == (None, [INK])


def test_a_pending_paste_outlives_the_row_where_it_was_pasted():
    table = table_of(INK, PAPER)
    paste(table, "name\tx\nCups\t1")
    send(table, {"action": "delete", "rows": [keys(table)[0]]})
    send(table, {"action": "insert", "to": [0, -1], "has_header": True})
    assert table.value == [PAPER, {"name": "Cups"}]


@pytest.mark.parametrize(
    "to", [[0, 1], [0, 1, 9], [0, -2, 1], [0, 1.0, 2], [False, 1, 2], "012", None]
)
def test_invalid_assignments_are_rejected(to):
    table = table_of(INK)
    paste(table, "a\tb\tc\nd\te\tf", column=1)
    send(table, {"action": "insert", "to": to, "has_header": False})
    assert table.value == [INK]


def test_cells_that_are_not_editable_are_skipped_and_counted():
    table = table_of({"name": "Ink", "parts": [1]}, columns=[NAME, PARTS])
    paste(table, "Cups\tx\nPens\ty")
    assert table.value == [{"name": "Cups", "parts": [1]}, {"name": "Pens"}]
    assert table.widget.notice == ("2 rows pasted. 2 cells skipped: not editable.")


def test_pasting_into_an_empty_table_and_pasting_nothing():
    table = table_of()
    paste(table, "\n\t\n")
    assert (table.value, table.widget.notice) == ([], "The clipboard contains no cells.")
    paste(table, "Ink\t1\nPaper\t2")
    assert table.value == [{"name": "Ink", "price": 1}, {"name": "Paper", "price": 2}]


# Lists of plain values, and rows that are not records


def test_a_list_of_values_has_one_column():
    table = TableEditor.of(Field("notes", "order.notes", "list", True), rows=["a", 5, None])
    assert [cells for _, cells in shown(table)] == [["a"], ["5"], [""]]
    write(table, 0, 0, "b")
    send(table, {"action": "add", "row": "n1", "after": None})
    assert table.value == ["", "b", 5, None]
    paste(table, "x\ny", row=0)
    assert table.value == ["x", "y", 5, None]


def test_a_list_of_numbers_takes_numbers():
    element = Field("", "order.sizes", "number", True)
    sizes = Field("sizes", "order.sizes", "list", True, fields=(element,))
    table = TableEditor.of(sizes, rows=[1])
    write(table, 0, 0, "2.5")
    assert (table.value, table.widget.columns[0]["name"]) == ([2.5], "Sizes")
    write(table, 0, 0, "two")
    assert list(table.messages) == [(0, "sizes")]


def test_the_fields_of_records_are_the_columns():
    items = Field("items", "order.items", "records", True, fields=(NAME, PRICE))
    table = TableEditor.of(items, label="Products", rows=[INK])
    assert [column["name"] for column in table.widget.columns] == ["Name", "Price"]
    assert (table.widget.label, TableEditor.of(items).widget.label) == ("Products", "order.items")
    with pytest.raises(
        ValueError,
        match=r"^A table needs a field of kind 'records' or 'list'; 'items.name' is 'text'.$",
    ):
        TableEditor.of(NAME)


def test_a_row_that_is_not_a_record_is_kept_and_not_editable(sent):
    table = table_of("text", [1], None)
    write(table, 0, 0, "x")
    assert table.value == ["text", [1], None]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "A table needs at least one column, and each name only once."),
        ([NAME, NAME], "A table needs at least one column, and each name only once."),
    ],
)
def test_a_table_needs_columns_that_differ(columns, message):
    with pytest.raises(ValueError) as caught:
        table_of(columns=columns)
    assert str(caught.value) == message


def test_plain_values_have_one_column():
    with pytest.raises(ValueError) as caught:
        table_of(of_values=True)
    assert str(caught.value) == "A table of plain values has one column, not 3."


# The widget model


def test_five_thousand_rows_are_two_models_and_typing_sends_a_small_message(sent, to_browser):
    before = set(widgets.widgets.widget._instances)
    table = table_of(*({"name": f"n{n}", "price": n} for n in range(5000)))
    assert len(set(widgets.widgets.widget._instances) - before) == 2
    sent.clear()
    write(table, 4999, 1, "12x")
    size = len(json.dumps([sent, to_browser]))
    assert size < 300


def test_closing_a_table_closes_no_other_widget():
    table, other = table_of(INK), widgets.Text()
    table.close()
    assert (table.widget.comm, other.comm is not None) == (None, True)


def test_the_repr_of_a_table_lists_its_rows():
    assert repr(table_of(INK, {"name": "Pa\tper"})) == (
        '<TableEditor: Items, 2 rows>\nname\tprice\tnote\nInk\t5.5\t\n"Pa\tper"\t\t'
    )
    table = table_of(*[INK] * 40)
    assert repr(table).splitlines()[-1] == "and 21 more"
    assert table._repr_mimebundle_()[0]["text/plain"] == repr(table)


def test_without_widgets_the_table_is_html():
    table = table_of({"name": "<b>", "price": 5}, *[INK] * 20, columns=[NAME, PRICE])
    bundle, _ = table._repr_mimebundle_()
    assert bundle["text/html"] == (
        "<table><caption>Items</caption>"
        '<thead><tr><th scope="col">name</th><th scope="col">price</th></tr></thead>'
        "<tbody><tr><td>&lt;b&gt;</td><td>5</td></tr>"
        + "<tr><td>Ink</td><td>5.5</td></tr>" * 19
        + "</tbody></table><p>and 1 more row</p>"
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle


# Without JavaScript modules


def area(table):
    [match] = [w for w in all_widgets(table.widget) if isinstance(w, widgets.Textarea)]
    return match


def shown_messages(table):
    [match] = [w for w in all_widgets(table.widget) if isinstance(w, widgets.HTML)]
    return plain(match.value)


def test_the_plain_table_is_text_with_tabs():
    table, changes = table_of(INK, PAPER, plain=True), []
    table.on_change(lambda: changes.append(1))
    assert area(table).description == "Items"
    assert area(table).value == "name\tprice\tnote\nInk\t5.5\t\nPaper\t7\t\n"
    update(area(table), value="price\tname\n5.5\tInk\nx\tPaper\n1\tCups\n")
    assert table.value == [INK, {"name": "Paper", "price": "x"}, {"price": 1, "name": "Cups"}]
    assert changes == [1]
    [(place, message)] = table.messages.items()
    assert (place, shown_messages(table)) == ((1, "price"), f"Row 2, price: {message}")


def test_the_plain_table_reports_text_without_column_names():
    table = table_of(INK, plain=True)
    for text in ("", "nmae\nInk", "name\tname\nInk\tx"):
        update(area(table), value=text)
        assert (table.value, area(table).value) == ([INK], text)
        assert shown_messages(table) == (
            "Put column names in the first line, separated by tabs: name, price, note."
        )
    update(area(table), value="name\nCups")
    assert (table.value, shown_messages(table)) == ([{"name": "Cups", "price": 5.5}], "")


def test_the_plain_table_keeps_hidden_content_by_row_numbers():
    rows = [{"name": "Ink", "parts": [1]}, {"name": "Paper", "parts": [2], "more": True}]
    table = table_of(*rows, columns=[NAME, PARTS], plain=True)
    assert area(table).value == "row\tname\tparts\n1\tInk\t1 item\n2\tPaper\t1 item\n"
    update(area(table), value="row\tname\n2\tPaper\n\tCups\n1\tInk!\n")
    assert table.value == [
        {"name": "Paper", "parts": [2], "more": True},
        {"name": "Cups"},
        {"name": "Ink!", "parts": [1]},
    ]
    for line, message in (
        ("9\tx", "There is no row '9'. Leave the number of a new row empty."),
        ("1\tx\n1\ty", "Row 1 appears 2 times. Leave the number of a new row empty."),
    ):
        update(area(table), value=f"row\tname\n{line}\n")
        assert shown_messages(table) == message
    assert len(table.value) == 3


@unhurried
@given(records("name", "price", "parts", "x"))
def test_the_plain_text_reads_back_as_the_same_rows(rows):
    table = Rows([NAME, PRICE, PARTS], of_values=False)
    table.replace(rows)
    write_text(table, as_text(table))
    assert repr(table.values) == repr(rows)


def test_setting_the_value_redraws_the_text_and_messages_are_escaped():
    table = table_of(INK, plain=True)
    table.value = [{"name": "<b>"}]
    table.show_messages({(0, "name"): "<script>", (None, ""): "All & more"})
    assert area(table).value == "name\tprice\tnote\n<b>\t\t\n"
    assert shown_messages(table) == "All & more Row 1, name: <script>"
    assert "<script>" not in table.widget.children[1].value
