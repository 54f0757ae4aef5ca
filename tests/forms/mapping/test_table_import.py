"""Data from a table: a person chooses a file, matches its columns, sees what comes of it."""

from io import BytesIO

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
from forms.interactions import send as send_to
from openpyxl import Workbook

from docgen_nb import samples
from docgen_nb.forms.mapping.mapping import TableMapping
from docgen_nb.forms.mapping.view import MappingView
from docgen_nb.template import Template

ORDER = """
{{order.id}} {{order.date :: format("dd-mmm-yyyy")}} {{order.requester}} {{order.approver}}
{{order.vendor.company}} {{order.vendor.address.city}}
{{for item in order.products}}{{item.name}} {{item.price :: format("US-Number")}}{{endfor}}
"""
ORDERS = """Order No,Order date,Supplier,City,Item,Unit price,Buyer,Internal ref
12306,03/04/2026,Sakura,Tokyo,Lamp,45.00,Amara,JM
12306,03/04/2026,Sakura,Tokyo,Desk,n/a,Amara,
12307,07/04/2026,Schmidt,Köln,Lamp,45.00,,
12308,11/12/2026,Schmidt,Köln,Pens,2.50,Li,
"""


@pytest.fixture
def form(box):
    form = form_of(box, template_id=add_template(box, ORDER, name="Order.docx"), blocking=True)
    show_data_as(form, "From a table")
    return form


def view_of(form, part="columns"):
    [view] = [w for w in all_widgets(form.widget) if isinstance(w, MappingView) and w.part == part]
    return view


def send(form, *, data=None, **message):
    """Send a message as the browser does."""
    content = {"data": {"method": "custom", "content": message}}
    buffers = [] if data is None else [memoryview(data)]
    view_of(form)._handle_msg({"content": content, "buffers": buffers})


def upload(form, content, *, name="orders.csv"):
    send(form, action="file", name=name, first=True, last=True, data=content)


def shown(form):
    """The label, match and state of each column."""
    columns = view_of(form).state["columns"]
    return {one["name"]: (one["label"], one["match"], one["state"]) for one in columns}


def test_a_table_is_matched_asked_about_and_used(form):
    send(form, action="file", name="orders.csv", first=True, last=False, data=ORDERS.encode()[:99])
    assert view_of(form).state["columns"] == []
    send(form, action="file", name="orders.csv", first=False, last=True, data=ORDERS.encode()[99:])
    assert shown(form) == {
        "Order No": ("Order ID", "Similar", "No gaps"),
        "Order date": ("Order date", "Same name", "Is the day or the month first?"),
        "Supplier": ("Vendor company", "Similar", "No gaps"),
        "City": ("Vendor address, city", "Same name", "No gaps"),
        "Item": ("Products, name", "Similar", "No gaps"),
        "Unit price": ("Products, price", "Same meaning", "“n/a” in 1 row is not a number"),
        "Buyer": ("Order requester", "Perhaps", "Suggestion only."),
        "Internal ref": ("", "", "Not used"),
    }
    state = view_of(form).state
    assert state["source"]["facts"] == "4 rows, 8 columns; names in row 1"
    assert state["summary"] == [
        "ask",
        "6 of 8 columns matched, 1 suggestion to confirm, 1 left out.",
        "2 required fields are still empty.",
    ]
    assert state["columns"][1]["question"] == {
        "text": "The dates can be read both ways, because no value shows which number is the day. "
        "Choose the order that this table uses.",
        "choices": [["dmy", "Day first"], ["mdy", "Month first"]],
        "examples": [
            ["03/04/2026", "Friday 3 April 2026", "Wednesday 4 March 2026"],
            ["07/04/2026", "Tuesday 7 April 2026", "Saturday 4 July 2026"],
            ["11/12/2026", "Friday 11 December 2026", "Thursday 12 November 2026"],
        ],
        "answer": "",
    }
    assert control(form, "Use data: 3 documents").disabled
    assert "1 question is open: Order date" in seen(form)
    assert form.request.rows == [{}]

    send(form, action="answer", column="Order date", format="mdy")
    assert shown(form)["Order date"][2] == "No gaps, month first"
    send(form, action="accept", column="Buyer")
    assert shown(form)["Buyer"] == ("Order requester", "Your choice", "Empty in 1 document")
    documents = view_of(form, "documents").state
    assert documents["groupings"][:2] == [
        {"column": "", "label": "Row", "text": "4 documents, 1 product each", "is_other": False},
        {
            "column": "Order No",
            "label": "Order No",
            "is_other": False,
            "text": "3 documents, 1 to 2 products each",
        },
    ]
    assert documents["group"] == "Order No"
    assert documents["documents"]["rows"][0] == ["Order", "12306", "2026-03-04", "2"]
    assert documents["problems"] == [
        "Order approver is empty in all 3 documents",
        "Order requester is empty in document 2",
        "Products, price: “n/a” in 1 row is not a number",
    ]

    update(view_of(form), state=view_of(form).state)  # a page that echoes its state changes nothing
    click(form, "Use data: 3 documents")
    assert form.request.rows[0] == {
        "order": {
            "id": "12306",
            "date": "2026-03-04",
            "vendor": {"company": "Sakura", "address": {"city": "Tokyo"}},
            "requester": "Amara",
            "products": [{"name": "Lamp", "price": 45.00}, {"name": "Desk", "price": "n/a"}],
        }
    }
    assert "3 documents from orders.csv are in the form." in seen(form)


def test_a_column_that_fills_no_field_can_tell_documents_apart(box):
    add_template(box, "{{name}}{{for x in lines}}{{x.item}}{{endfor}}", name="Lines.docx")
    form = form_of(box, blocking=True)
    show_data_as(form, "From a table")
    text = "Made by the shop\nItem\tTicket key\nInk\tA\nPen\tA\nCup\tB\n"
    send(form, action="paste", text="Title\tof it\n" + text)
    assert view_of(form).state["source"]["header_row"] == 1
    send(form, action="header", row=3)
    assert list(shown(form)) == ["Item", "Ticket key"]
    documents = view_of(form, "documents").state
    assert (documents["group"], documents["groupings"][1:]) == (
        "",
        [
            {
                "column": "Ticket key",
                "label": "Ticket key",
                "is_other": True,
                "text": "2 documents, 1 to 2 lines each",
            }
        ],
    )
    send(form, action="group", column="Ticket key")
    click(form, "Use data: 2 documents")
    assert form.request.rows == [
        {"lines": [{"item": "Ink"}, {"item": "Pen"}]},
        {"lines": [{"item": "Cup"}]},
    ]


def test_undo_brings_back_what_was_there(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    before = form.value
    show_data_as(form, "From a table")
    send(form, action="paste", text="to.name\ttext\nBob\tHi\nEve\tHo\n")
    assert form.value == before
    click(form, "Use data: 2 documents")
    assert [row["to"]["name"] for row in form.request.rows] == ["Bob", "Eve"]
    text = "They replaced 1 document; Undo brings it back."
    assert text in seen(form)
    click(form, "Undo")
    assert form.value == before
    assert text not in seen(form)


def test_cancel_changes_nothing(box, letter):
    form = form_of(box, user_input=ADA, blocking=True)
    before = form.value
    show_data_as(form, "From a table")
    send(form, action="paste", text="to.name\ttext\nBob\tHi\n")
    click(form, "Cancel")
    assert form.value == before
    assert view_of(form).state["columns"] == []


def test_values_for_all_documents_are_typed_once(box):
    add_template(box, ORDER, name="Order.docx")
    form = form_of(box, blocking=True, plain=True)
    show_data_as(form, "From a table")
    fill(form, "Or paste it", "Order No\tSupplier\tCity\tApprover\n1\tA\tB\tEve\n2\tA\tB\t\n")
    [common] = [w for w in all_widgets(form.widget) if "docgen-map-common" in w._dom_classes]
    labelled = {str(getattr(w, "description", "")).casefold(): w for w in visible(common)}
    [requester] = [w for name, w in labelled.items() if name.endswith("requester")]
    assert [name for name in labelled if name.endswith("approver")] == []
    assert ("Order approver", "order.approver") in labelled["field"].options
    update(requester, value="Priya")
    click(form, "Use data: 2 documents")
    assert form.request.common == {"order": {"requester": "Priya"}}
    assert "requester" not in form.request.rows[0]["order"]
    assert not [p for p in form.problems if p.path.endswith("requester")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pdf", b"%PDF", "a.pdf is not a table. Choose a file that ends in .csv, .tsv, "),
        ("a.json", b'[{"a": 1},\n {"a" 2}]', "a.json, line 2, column 7: Expecting ':' delimiter."),
        ("a.xlsx", b"PK no", "a.xlsx is not an Excel file (.xlsx): File is not a zip file."),
        ("a.csv", b"a,b\n", "a.csv: There are names of columns, but no rows below them."),
        ("a.csv", b"", "a.csv has no column names: the first line is empty."),
        ("a.csv", b'a,b\n1,"2\n', "a.csv, line 2: unexpected end of data."),
    ],
)
def test_a_file_that_cannot_be_read_leaves_the_table_before(form, name, content, message):
    upload(form, ORDERS.encode())
    before = view_of(form).state["columns"]
    upload(form, content, name=name)
    state = view_of(form).state
    assert state["error"].startswith(message)
    assert (state["columns"], state["source"]["name"]) == (before, "orders.csv")


def test_a_file_that_is_too_large_is_not_sent_and_the_way_in_code_is_named(form):
    send(form, action="too large", name="huge.csv", size=112_000_000)
    message = (
        "huge.csv has 112 MB. The form reads tables of up to 20 MB. In code: "
        'form.load(dg.read_table("huge.csv"))'
    )
    assert view_of(form).state["error"] == message
    for at in range(22):
        data = b"x" * 1_000_000
        send(form, action="file", name="huge.csv", first=at == 0, last=False, data=data)
    assert view_of(form).state["error"].startswith("huge.csv has 21 MB.")


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ada, thank you for the order of last week, which we have sent today.\nBob",
        "Please find below:\n- a lamp\n- a desk",
        "",
    ],
)
def test_a_paste_from_word_is_no_table(form, text):
    send(form, action="paste", text=text)
    assert "Copy cells in a spreadsheet" in view_of(form).state["error"]
    assert view_of(form).state["columns"] == []


def test_a_file_of_another_encoding_is_read_with_a_note(form):
    upload(form, ORDERS.encode("cp1252"))
    state = view_of(form).state
    assert state["notes"] == [
        "The file is not UTF-8. It is read as Windows-1252: check é, ö and the like."
    ]
    assert state["columns"][3]["samples"] == ["Tokyo", "Köln"]


def test_names_that_repeat_or_lack_are_numbered(form):
    send(form, action="paste", text="Price\t\tPrice\n1\t2\t3\n")
    state = view_of(form).state
    assert [one["name"] for one in state["columns"]] == [
        *("Price (column 1)", "Column 2", "Price (column 3)"),
    ]
    assert state["notes"][0].startswith("2 columns are named Price.")


def test_a_spreadsheet_has_sheets_and_notes(form):
    book = Workbook()
    for row in (["Order No", "Item"], ["1", "=A2"]):
        book.active.append(row)
    book.create_sheet("More").append(["City"])
    book["More"].append(["Oslo"])
    content = BytesIO()
    book.save(content)
    upload(form, content.getvalue(), name="orders.xlsx")
    state = view_of(form).state
    assert state["source"]["sheets"] == ["Sheet", "More"]
    assert state["notes"][0].startswith("orders.xlsx: 1 formula has no stored value: B2.")
    send(form, action="sheet", sheet="More")
    assert list(shown(form)) == ["City"]


def test_three_hundred_columns(form):
    names = [f"Column {n}" for n in range(299)]
    upload(form, "\n".join([",".join(["City", *names]), ",".join(["Oslo"] * 300)]).encode())
    assert len(view_of(form).state["columns"]) == 300
    assert shown(form)["City"][:2] == ("Vendor address, city", "Same name")


def test_the_first_document_is_previewed_before_the_data_is_used(form):
    upload(form, ORDERS.encode())
    assert control(form, "Preview document 1").disabled is False
    click(form, "Preview document 1")
    assert "Sakura" in seen(form)
    assert form.request.rows == [{}]
    send(form, action="choose", column="Supplier", path=None)
    assert "Sakura" not in seen(form)
    click(form, "Hide the preview")
    send(form, action="choose", column="Supplier", path="order.vendor.company")
    assert "Sakura" not in seen(form)


def common_inputs(form):
    """The inputs for all documents: the widget, and the paths of the fields that it shows."""
    [same] = [one for one in all_widgets(form.widget) if "docgen-map-common" in one._dom_classes]
    [fields] = [one for one in all_widgets(same) if hasattr(one, "groups")]
    drawn = [field["path"] for group in fields.groups for field in group["fields"]]
    return fields, [path for path in drawn if path not in fields.hidden]


@pytest.mark.parametrize(
    "change",
    [
        {"action": "accept", "column": "Buyer"},
        {"action": "choose", "column": "Buyer", "path": "order.approver"},
        {"action": "choose", "column": "Supplier", "path": None},
        {"action": "group", "column": ""},
        {"action": "answer", "column": "Order date", "format": "mdy"},
        {"action": "header", "row": 1},
    ],
)
def test_text_for_all_documents_that_is_typed_before_the_answer_to_a_change_stays(form, change):
    upload(form, ORDERS.encode())
    fields, shown = common_inputs(form)
    assert shown == ["order.approver"]
    drawn = fields.groups
    send(form, **change)
    send_to(fields, action="type", path="order.approver", text="Eve")  # typed before the change
    after, shown = common_inputs(form)
    assert (after, after.groups) == (fields, drawn)
    assert "order.approver" in shown
    answer = "mdy" if change["action"] != "answer" else change["format"]
    send(form, action="answer", column="Order date", format=answer)
    [use] = [
        one for one in all_widgets(form.widget) if "Use data" in getattr(one, "description", "")
    ]
    click(form, use.description)
    assert form.request.common == {"order": {"approver": "Eve"}}


def test_only_fields_without_a_column_have_inputs_for_all_documents(form):
    upload(form, ORDERS.encode())
    send(form, action="choose", column="Supplier", path=None)
    assert common_inputs(form)[1] == ["order.approver", "order.vendor.company"]
    send(form, action="choose", column="Internal ref", path="order.approver")
    assert common_inputs(form)[1] == ["order.vendor.company"]


def test_a_field_is_filled_by_one_column_only(form):
    upload(form, ORDERS.encode())
    send(form, action="choose", column="Internal ref", path="order.vendor.address.city")
    found = shown(form)
    assert found["Internal ref"][:2] == ("Vendor address, city", "Your choice")
    assert found["City"] == ("", "Your choice", "Not used")
    send(form, action="choose", column="Internal ref", path=None)
    assert shown(form)["Internal ref"][2] == "Not used"


@pytest.mark.parametrize(
    "message",
    [
        {"action": "choose", "column": "x", "path": "order.id"},
        {"action": "choose", "column": "City", "path": "no.such"},
        {"action": "choose", "column": "City"},
        {"action": "answer", "column": "Order date", "format": "ymd"},
        {"action": "group", "column": "x"},
        {"action": "sheet", "sheet": "x"},
        {"action": "nothing"},
        {},
    ],
)
def test_messages_that_make_no_sense_change_nothing(form, message):
    upload(form, ORDERS.encode())
    before = view_of(form).state
    send(form, **message)
    assert view_of(form).state == before


def test_columns_are_matched_again_to_the_template_chosen_since(box):
    first = add_template(box, "{{old}}", name="T.docx")
    add_template(box, "{{Who}}", name="Other.docx")
    form = form_of(box, template_id=first, blocking=True)
    show_data_as(form, "From a table")
    send(form, action="paste", text="Who\tage\nAda\t36\n")
    assert shown(form)["Who"] == ("", "", "Not used")
    fill(form, "Template", "Other.docx")
    assert shown(form)["Who"] == ("Who", "Same name", "No gaps")


def test_a_table_before_a_template(box):
    form = form_of(box, blocking=True)
    show_data_as(form, "From a table")
    send(form, action="paste", text="Who\tage\nAda\t36\n")
    assert view_of(form).state["error"].startswith("Choose a template first")


def test_the_plain_form(box, letter):
    form = form_of(box, blocking=True, plain=True)
    show_data_as(form, "From a table")
    fill(form, "Or paste it", "Who\ttext\tsigner\nAda\tHello.\tBob\nCleo\tBye.\t\n")
    assert "Pasted cells: 2 rows, 3 columns; names in row 1." in seen(form)
    [who] = [w for w in all_widgets(form.widget) if getattr(w, "description", "") == "Who"]
    update(who, value="To name")
    click(form, "Use data: 2 documents")
    assert form.request.rows == [
        {"to": {"name": "Ada"}, "text": "Hello.", "signer": "Bob"},
        {"to": {"name": "Cleo"}, "text": "Bye."},
    ]


def test_fields_of_lists_without_a_column_are_counted_and_named(form):
    send(form, action="paste", text="Order No\tOrder date\tItem\n1\t2026-03-31\tLamp\n2\t\tPen\n")
    summary, documents = view_of(form).state["summary"], view_of(form, "documents").state
    assert summary[2] == "5 required fields are still empty."
    assert "Products, price is empty in all rows: no column fills it" in documents["problems"]
    send(form, action="choose", column="Item", path=None)
    assert view_of(form).state["summary"][2] == "4 required fields are still empty."


def test_a_column_of_dates_with_gaps_says_how_it_is_read(form):
    send(form, action="paste", text="Order No\tOrder date\n1\t4/13/2026\n2\t\n")
    assert shown(form)["Order date"][2] == "Empty in 1 document, month first"


def test_numbers_of_which_the_decimal_sign_is_open():
    tags = Template(samples.template(ORDER)).tags()
    table = pd.DataFrame({"Unit price": ["1.250", "2.500"], "Order date": ["4/13/26", "1/2/26"]})
    mapping = TableMapping(table, tags)
    assert mapping.questions == ["Unit price", "Order date"]
    mapping.answer("Unit price", ",")
    mapping.answer("Order date", "mdy")
    assert mapping.rows[0]["order"]["products"] == [{"price": 1250}]
    assert mapping.rows[1]["order"]["date"] == "2026-01-02"


def test_dates_of_different_orders_are_asked_about_and_listed():
    tags = Template(samples.template(ORDER)).tags()
    table = pd.DataFrame({"Order date": ["13/04/2026", "04/13/2026", "04/14/2026"]})
    mapping = TableMapping(table, tags)
    column = mapping.columns["Order date"]
    assert column.question()["examples"] == [
        ["13/04/2026", "Monday 13 April 2026", "not a date"],
        ["04/13/2026", "not a date", "Monday 13 April 2026"],
    ]
    mapping.answer("Order date", "mdy")
    assert column.state("") == ("warn", "“13/04/2026” in 1 row is not a date")
