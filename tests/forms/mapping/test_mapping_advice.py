"""What the mapping of a table advises: about dates, documents, file names, and what it replaces."""

import pandas as pd
import pytest
from forms.batch_form.test_batch_form import ADA, form_of
from forms.conftest import add_template
from forms.interactions import (
    all_widgets,
    click,
    control,
    fill,
    seen,
    show_data_as,
    update,
    visible,
)
from forms.mapping.test_table_import import ORDER, send, upload, view_of
from ipywidgets import Button, Combobox

from docgen_nb import samples
from docgen_nb.forms.mapping.mapping import TableMapping
from docgen_nb.template import Template

DATES = Template(
    samples.template(
        '{{a.sent :: format("dd-mmm-yyyy")}} {{a.due :: format("dd-mmm-yyyy")}} '
        '{{a.paid :: format("dd-mmm-yyyy")}} '
        '{{a.net :: format("US-Number")}} {{a.tax :: format("US-Number")}}'
    )
).tags()
ORDERS = """Order No,Order date,Supplier,City,Item
12306,2026-03-04,Sakura,Tokyo,Lamp
12306,2026-03-04,Sakura,Tokyo,Desk
12307,2026-04-07,Schmidt,Köln,Lamp
12308,2026-12-11,Schmidt,Köln,Pens
"""


def question(mapping, name):
    return mapping.columns[name].question(mapping.columns.values())["text"]


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ({}, ""),
        ({"due": "4/13/2026"}, " Your other date column, due, is month first."),
        ({"due": "4/13/2026", "paid": "1/31/2026"}, " Your other date columns are month first."),
        ({"due": "4/13/2026", "paid": "31/1/2026"}, ""),  # no reason for one or the other
        ({"due": "2026-04-13"}, ""),
        ({"due": "1/2/2026", "paid": "31/1/2026"}, " Your other date column, paid, is day first."),
    ],
)
def test_how_the_other_dates_are_written_is_a_reason_to_choose(others, reason):
    mapping = TableMapping(pd.DataFrame([{"sent": "3/4/2026"} | others]), DATES)
    text = question(mapping, "sent")
    assert text.endswith(f"Choose the order that this table uses.{reason}")


def test_an_answer_and_other_numbers_are_reasons_too():
    mapping = TableMapping(
        pd.DataFrame([{"sent": "3/4/2026", "due": "1/2/2026", "net": "1,250", "tax": "0,19"}]),
        DATES,
    )
    assert question(mapping, "net").endswith(
        "Your other number column, tax, is written with a decimal comma."
    )
    mapping.answer("due", "mdy")
    assert question(mapping, "sent").endswith("Your other date column, due, is month first.")


@pytest.fixture
def form(box):
    form = form_of(box, template_id=add_template(box, ORDER, name="Order.docx"), blocking=True)
    show_data_as(form, "From a table")
    return form


def test_columns_that_cannot_tell_documents_apart_are_listed_with_the_reason(form):
    upload(form, ORDERS.encode())
    assert view_of(form, "documents").state["impossible"] == [
        "Supplier: not possible, because the same Supplier has more than one Order No",
        "City: not possible, because the same City has more than one Order No",
    ]


def test_file_names_that_are_the_same_are_seen_before_the_data_is_used(form):
    upload(form, ORDERS.encode())
    names = view_of(form, "documents").state["names"]
    assert names == {
        "text": "All 3 documents have the file name “Order”.",
        "offer": "Add Order ID to the file name",
    }
    assert control(form, "File name") in visible(form.widget)
    send(form, action="name")
    assert control(form, "File name").value == "Order {order.id}"
    documents = view_of(form, "documents").state
    assert documents["names"] is None
    assert [row[0] for row in documents["documents"]["rows"]] == [
        *("Order 12306", "Order 12307", "Order 12308"),
    ]
    fill(form, "File name", "Order {order.vendor.company}")
    assert view_of(form, "documents").state["names"]["text"] == (
        "2 of the 3 documents have the same file name."
    )


def test_a_table_without_problems_says_so_as_soon_as_its_file_names_differ(box):
    add_template(box, "{{to}} {{text}}", name="Letter.docx")
    form = form_of(box, blocking=True)
    show_data_as(form, "From a table")
    upload(form, b"to,text\nAda,Hi\nBob,Ho\n")
    assert bar_of(form)[0] == "2 documents, with the problems listed above."
    fill(form, "File name", "Letter {to}")
    assert bar_of(form)[0] == "2 documents without problems."


@pytest.mark.parametrize("twin", ["rene\u0301", "REN\xc9"])
def test_values_that_a_file_system_takes_for_one_do_not_tell_documents_apart(box, twin):
    add_template(box, "{{to}} {{text}}", name="Letter.docx")
    form = form_of(box, blocking=True)
    show_data_as(form, "From a table")
    upload(form, f"to,text\nren\xe9,Hi\n{twin},Hi\n".encode())
    assert view_of(form, "documents").state["names"]["offer"] == ""


def test_a_file_name_without_a_column_that_tells_documents_apart(box):
    add_template(box, "{{to}} {{text}}", name="Letter.docx")
    form = form_of(box, blocking=True)
    show_data_as(form, "From a table")
    upload(form, b"to,text\nAda,Hi\nAda,Ho\nBob,Hi\n")
    assert view_of(form, "documents").state["names"] == {
        "text": "All 3 documents have the file name “Letter”. Change it at File name below.",
        "offer": "",
    }
    send(form, action="name")
    assert control(form, "File name").value == "Letter"


def bar_of(form):
    """The status, what will be made, the causes of problems and the buttons of the bottom bar."""
    [bar] = [one for one in all_widgets(form.widget) if hasattr(one, "causes")]
    [foot] = [one for one in all_widgets(form.widget) if "docgen-foot" in one._dom_classes]
    buttons = [one.description for one in visible(foot) if isinstance(one, Button)]
    return bar.status["text"], bar.output, bar.causes, buttons


def test_the_bottom_bar_is_about_the_table_until_its_data_is_used(form):
    [steps] = [one for one in all_widgets(form.widget) if hasattr(one, "steps")]
    assert bar_of(form) == ("Choose a file, or paste cells.", "", [], [])
    assert control(form, "File name") not in visible(form.widget)
    upload(form, ORDERS.replace("2026-03-04", "3/4/2026").encode())
    assert bar_of(form) == (
        *("1 question is open: Order date", "", []),
        ["Cancel", "Use data: 3 documents"],
    )
    assert [state for _, state, _ in steps.steps] == [
        *("Order.docx", "orders.csv: not used yet", "Waits for the data", "Not sent yet"),
    ]
    send(form, action="answer", column="Order date", format="mdy")
    ready = "3 documents, with the problems listed above."
    assert bar_of(form)[0] == ready
    show_data_as(form, "Fields")
    assert bar_of(form)[::3] == ("7 fields to fill in.", ["Generate"])
    show_data_as(form, "From a table")
    assert bar_of(form)[0] == ready
    click(form, "Use data: 3 documents")
    assert bar_of(form)[1::2] == ("3 Word documents to All files", ["Generate"])
    show_data_as(form, "From a table")  # it is the same as in the form
    assert bar_of(form)[1::2] == ("3 Word documents to All files", ["Generate"])
    send(form, action="choose", column="City", path=None)
    assert bar_of(form)[0] == (
        "3 documents, with the problems listed above. Use data replaces the 3 documents in the "
        "form now; Undo brings them back."
    )
    click(form, "Cancel")
    assert bar_of(form)[3] == ["Generate"]


def test_generate_from_code_is_not_hidden_by_a_table(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    show_data_as(form, "From a table")
    form.generate()
    text, _, _, buttons = bar_of(form)
    assert (text, buttons) == ("1 of 1 document finished: 1 completed.", ["Generate"])


def test_the_plain_inputs_stay_while_columns_change(box):
    form = form_of(
        box, template_id=add_template(box, ORDER, name="Order.docx"), blocking=True, plain=True
    )
    show_data_as(form, "From a table")
    fill(form, "Or paste it", "Order No\tOrder date\tNote\n1\t3/4/2026\tJM\n2\t5/6/2026\tAB\n")
    before = {one.description: one for one in visible(form.widget) if isinstance(one, Combobox)}
    [question] = [
        one
        for one in visible(form.widget)
        if getattr(one, "description", "").startswith("Is the day")
    ]
    update(before["Note"], value="Order approver")
    update(question, index=2)
    after = {one.description: one for one in visible(form.widget) if isinstance(one, Combobox)}
    assert after == before
    assert before["Note"].value == "Order approver"
    assert question.description == "No gaps, month first"
    assert "All 2 documents have the file name “Order”." in seen(form)
    assert control(form, "Use data: 2 documents").disabled is False
    update(before["Order date"], value="Order requester")
    assert question not in visible(form.widget)


def test_a_key_whose_rows_differ_is_said_to_make_no_documents(form):
    differing = ORDERS.replace("Tokyo,Desk", "Osaka,Desk").encode()
    upload(form, differing)
    state = view_of(form, "documents").state
    assert (state["group"], state["documents"]["title"]) == ("", "What you get: 4 documents")
    line = (
        "Order No repeats, but its rows differ in City, so each row makes its own document. To "
        "make one document per Order No, change the field of City or leave it out."
    )
    assert line == state["problems"][0]
    send(form, action="group", column="")  # a person wants a document for each row
    assert line not in view_of(form, "documents").state["problems"]
    send(form, action="group", column="Order No")
    send(form, action="choose", column="City", path=None)
    state = view_of(form, "documents").state
    assert (state["group"], line in state["problems"]) == ("Order No", False)


def test_a_value_that_is_only_in_the_first_row_of_a_key_is_no_difference(form):
    upload(form, ORDERS.replace("Tokyo,Desk", ",Desk").encode())
    assert view_of(form, "documents").state["group"] == "Order No"


def test_another_table_with_the_same_columns_keeps_what_a_person_chose():
    cells = {"due": ["3/4/2026"], "who": ["Ann"], "name": ["Bob"]}
    first = TableMapping(pd.DataFrame(cells), DATES)
    chosen = next(path for path in first.labels if path != first.columns["due"].path)
    first.choose("who", chosen)
    first.choose("name", None)
    second = TableMapping(pd.DataFrame(cells | {"new": ["x"]}), DATES)

    second.follow(first)

    assert second.columns["who"].path == chosen
    assert second.columns["name"].path is None
    assert {one.certainty for name, one in second.columns.items() if name in ("who", "name")} == {
        "Chosen"
    }
