"""Reading tables from files, and converting them to the data of documents."""

import datetime
from decimal import Decimal
from io import BytesIO

import numpy as np
import openpyxl
import pandas as pd
import pytest

from docgen_nb import samples
from docgen_nb.errors import UnreadableData
from docgen_nb.request import read_table, rows_from_table, value_of
from docgen_nb.request.table_rows import fields_by_path, lists_of
from docgen_nb.schema import Field
from docgen_nb.template import Template

TAGS = Template(
    samples.template(
        """
        {{order.id}} {{order.day :: format("dd-mm-yyyy")}} {{order.total * 2}} {{if paid}}x{{endif}}
        {{for item in order.items}}
        {{item.name}} {{item.price * 2}}
        {{for part in item.parts}}
        {{part.code}}
        {{endfor}}
        {{endfor}}
        {{colors :: delimiter(", ")}}
        """
    )
).tags()


def rows_from_csv(text, **options):
    return rows_from_table(read_table(text, kind="csv"), tags=TAGS, **options)


def test_dotted_columns_become_objects_and_texts_get_the_types_of_their_tags():
    assert rows_from_csv(
        "order.id,order.total,paid,order.day\n007,12.50,yes,2026-03-02\n8,,no,\n"
    ) == [
        {
            "order": {"id": "007", "total": Decimal("12.50"), "day": "2026-03-02"},
            "paid": True,
        },
        {"order": {"id": "8"}, "paid": False},
    ]


def test_a_text_that_is_not_a_number_is_kept_for_the_check_to_report():
    assert rows_from_csv("order.total\ntwelve\n") == [{"order": {"total": "twelve"}}]


def test_repeated_rows_become_a_list():
    rows = rows_from_csv(
        "order.id,order.items.name,order.items.price\n1,Pen,1.50\n1,Ink,2\n2,Cup,3\n3,,\n"
    )
    assert rows == [
        {
            "order": {
                "id": "1",
                "items": [{"name": "Pen", "price": Decimal("1.50")}, {"name": "Ink", "price": 2}],
            }
        },
        {"order": {"id": "2", "items": [{"name": "Cup", "price": 3}]}},
        {"order": {"id": "3", "items": []}},
    ]


def test_lists_in_lists_and_lists_of_values():
    rows = rows_from_csv(
        "order.id,order.items.name,order.items.parts.code,colors\n"
        "1,Pen,a,red\n1,Pen,b,\n1,Ink,c,blue\n1,Cup,,\n"
    )
    assert rows == [
        {
            "order": {
                "id": "1",
                "items": [
                    {"name": "Pen", "parts": [{"code": "a"}, {"code": "b"}]},
                    {"name": "Ink", "parts": [{"code": "c"}]},
                    {"name": "Cup", "parts": []},
                ],
            },
            "colors": ["red", "blue"],
        }
    ]


def test_a_column_whose_name_begins_like_that_of_a_list_is_not_in_the_list():
    rows = rows_from_csv("order.items.name,order.itemsx\nPen,7\nInk,7\n")

    assert rows == [{"order": {"items": [{"name": "Pen"}, {"name": "Ink"}], "itemsx": "7"}}]


def test_columns_match_paths_ignoring_case_and_spaces_or_as_given():
    assert rows_from_csv(
        "Order ID,Sum,Note\n1,2,x\n", columns={"Sum": "order.total", "Note": None}
    ) == [{"order": {"id": "1", "total": 2}}]


def test_spaces_around_the_name_of_a_column_are_no_part_of_its_path():
    assert rows_from_csv("name, Note \nAda,x\n") == [{"name": "Ada", "Note": "x"}]


def test_group_by_identifies_documents():
    text = "order.id,order.items.name,note\n1,Pen,a\n1,Ink,b\n"
    assert len(rows_from_csv(text)) == 2
    with pytest.raises(UnreadableData) as raised:
        rows_from_csv(text, group_by="order.id")
    assert str(raised.value) == (
        "The rows of order.id '1' differ in 'note': 'a' and 'b'. Choose a column under "
        '"One document per", or pass group_by=.'
    )
    assert len(rows_from_csv(text, group_by="order.id", columns={"note": None})) == 1


def test_values_of_pandas_and_numpy_become_json():
    table = pd.DataFrame(
        {
            "a": [np.int64(1), np.int64(2)],
            "b": [np.float64(1.5), np.nan],
            "c": pd.to_datetime(["2026-03-02", None]),
            "d": [np.True_, np.False_],
            "e": [datetime.date(2026, 3, 2), None],
            "f": pd.array([1, None], dtype="Int64"),
            "g": [{"x": 1}, ["y"]],
            "h": pd.to_datetime(["2026-03-02T09:30Z", None]),
            "i": pd.Categorical(["x", None]),
        }
    )
    rows = rows_from_table(table, tags=[])
    assert rows == [
        {
            "a": 1,
            "b": 1.5,
            "c": "2026-03-02",
            "d": True,
            "e": "2026-03-02",
            "f": 1,
            "g": {"x": 1},
            "h": "2026-03-02T09:30:00+00:00",
            "i": "x",
        },
        {"a": 2, "d": False, "g": ["y"]},
    ]
    assert {type(value) for value in rows[0].values()} <= {int, float, str, bool, dict}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "a,b\n1,2\n",
            {"columns": {"b": "a"}},
            "The columns 'a' and 'b' both have the path 'a'. Leave one out with "
            "columns={name: None}.",
        ),
        (
            "order,order.id\n1,2\n",
            {},
            "The path of the column 'order.id' is within that of the column 'order'. Leave one of "
            "them out.",
        ),
    ],
)
def test_conflicting_columns_are_reported(text, options, message):
    with pytest.raises(UnreadableData) as raised:
        rows_from_csv(text, **options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"z": "a"}}, "columns names 'z', which is not a column of the table."),
        ({"group_by": "z"}, "group_by names 'z', which is not a column of the table."),
    ],
)
def test_an_unknown_column_is_reported(options, message):
    with pytest.raises(ValueError) as raised:
        rows_from_csv("order.id,order.items.name\n1,2\n", **options)
    assert str(raised.value) == message


def test_an_empty_table_has_no_documents():
    assert rows_from_csv("order.id,order.items.name\n") == []


# Files


def test_every_kind_of_file_gives_the_same_documents(tmp_path):
    table = pd.DataFrame({"order.id": ["7", "8"], "order.total": ["1.5", None]})
    texts = {
        "a.csv": table.to_csv(index=False),
        "b.csv": table.to_csv(index=False, sep=";"),
        "c.tsv": table.to_csv(index=False, sep="\t"),
        "d.jsonl": '{"order.id": "7", "order.total": 1.5}\n\n{"order.id": "8"}\n',
        "e.json": '[{"order.id": "7", "order.total": 1.5}, {"order.id": "8"}]',
    }
    expected = [{"order": {"id": "7", "total": 1.5}}, {"order": {"id": "8"}}]
    for name, text in texts.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8-sig")  # with its mark, as Excel does
        assert rows_from_table(read_table(path), tags=TAGS) == expected, name
        assert rows_from_table(read_table(path.read_bytes()), tags=TAGS) == expected, name
        assert rows_from_table(read_table(text.encode()), tags=TAGS) == expected, name
    book = BytesIO()
    table.to_excel(book, index=False)
    (tmp_path / "f.xlsx").write_bytes(book.getvalue())
    assert rows_from_table(read_table(tmp_path / "f.xlsx"), tags=TAGS) == expected


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "csv", "The text has no column names: the first line is empty."),
        ("a,,b\n1,2,3\n", "csv", "The text, line 1: column 2 has no name."),
        ("a,a\n1,2\n", "csv", "The text, line 1: two columns have the name 'a'."),
        (
            "a,b\n1,2\n1,2,3\n",
            "csv",
            "The text, line 3: 3 cells for 2 columns. Put quotes around a cell that contains a "
            "separator.",
        ),
        (
            "name\nDoe, Ada\n",
            "csv",
            "The text, line 2: 2 cells for 1 columns. Put quotes around a cell that contains a "
            "separator.",
        ),
        ('a,b\n1,"2\n', "csv", "The text, line 2: unexpected end of data."),
        (
            '{"a": 1}\n{"a": }\n',
            "jsonl",
            "The text, line 2, column 7: Expecting value.",
        ),
        ('[{"a": 1}, 2]', "json", "The text, entry 2: not an object."),
        ("5", "json", "The text is not a list of objects."),
        ("a", "parquet", "Unknown kind 'parquet'. Known kinds are csv, tsv, jsonl, json, xlsx."),
    ],
)
def test_invalid_content_is_reported_with_its_line(text, kind, message):
    with pytest.raises(UnreadableData) as raised:
        read_table(text, kind=kind)
    assert str(raised.value) == message


def test_a_single_json_object_is_a_table_of_one_row():
    assert read_table('{"a": 1}', kind="json").to_dict("records") == [{"a": 1}]


def test_empty_rows_and_empty_cells_at_the_end_of_a_row_are_left_out():
    table = read_table("a,b\n,\n1,2,,\n\n3\n", kind="csv")

    assert table["a"].tolist() == ["1", "3"]
    assert table["b"].fillna("none").tolist() == ["2", "none"]


def test_unreadable_files_are_reported(tmp_path):
    with pytest.raises(UnreadableData) as raised:
        read_table(tmp_path / "none.csv")
    assert str(raised.value) == f"Cannot read {tmp_path / 'none.csv'}: No such file or directory."
    with pytest.raises(UnreadableData) as raised:
        read_table(b"a\nM\xfcller\n", kind="csv")
    assert str(raised.value) == (
        "The data, line 2: not UTF-8. In Excel, save the sheet as 'CSV UTF-8', or pass "
        "encoding='cp1252' for a file of Windows."
    )
    with pytest.raises(UnreadableData) as raised:
        read_table(b"PK no zip", kind="xlsx")
    assert str(raised.value) == "The data is not an Excel file (.xlsx): File is not a zip file."


def test_text_files_of_other_encodings():
    text = "Stadt;Preis\nKöln;1\n"
    for encoding in ("cp1252", "utf-16", "utf-8", "utf-8-sig"):
        given = "cp1252" if encoding == "cp1252" else None
        table = read_table(text.encode(encoding), kind="csv", encoding=given)
        assert table.to_dict("records") == [{"Stadt": "Köln", "Preis": "1"}], encoding
    with pytest.raises(UnreadableData) as raised:
        read_table(b"a\n1\n", kind="csv", encoding="klingon")
    assert str(raised.value) == "There is no encoding 'klingon'. Try 'cp1252'."


def test_names_in_another_row():
    text = "Orders 2026,,\n\nNo,City,\n1,Oslo,\n2,Rome,\n"
    for header_row in (3, None):
        table = read_table(text, kind="csv", header_row=header_row, number_names=True)
        assert table.to_dict("list") == {
            "No": ["1", "2"],
            "City": ["Oslo", "Rome"],
            "Column 3": [np.nan, np.nan],
        }
        assert table.attrs == {"header_row": 3}
    with pytest.raises(UnreadableData) as raised:
        read_table(text, kind="csv", header_row=2)
    assert str(raised.value) == "The text has no column names: line 2 is empty."


def test_names_that_repeat_or_lack_can_be_numbered():
    table = read_table("Price,,Price\n1,2,3\n", kind="csv", number_names=True)
    assert list(table.columns) == ["Price (column 1)", "Column 2", "Price (column 3)"]
    assert table.attrs["notes"] == [
        "2 columns are named Price. They are shown as Price (column 1) and Price (column 3)."
    ]


def book_of(**sheets):
    """An XLSX file with these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def content_of(book):
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_sheet_is_chosen_by_name():
    content = content_of(book_of(Orders=[["a"], [1]], Notes=[["b"], [2]]))
    table = read_table(content)
    assert (table.values.tolist(), table.attrs) == ([[1]], {"sheets": ["Orders", "Notes"]})
    assert read_table(content, sheet="Notes").values.tolist() == [[2]]
    with pytest.raises(UnreadableData) as raised:
        read_table(content, sheet="x")
    assert str(raised.value) == "The data has no sheet 'x'. Its sheets are 'Orders', 'Notes'."


def test_merged_headings_above_the_names():
    rows = [["Order", None, "Lines"], ["No", "Day", "Item", None], [1, 2, "Pen", "!"]]
    book = book_of(Orders=rows)
    book["Orders"].merge_cells("A1:B1")
    with pytest.raises(UnreadableData) as raised:
        read_table(content_of(book))
    assert str(raised.value) == (
        "The data, cell B2: row 1 has no name for this column. Name the column, delete the cell, "
        "or, if the names are in another row, pass header_row=."
    )
    table = read_table(content_of(book), header_row=None, number_names=True)
    assert list(table.columns) == ["No", "Day", "Item", "Column 4"]
    assert table.values.tolist() == [[1, 2, "Pen", "!"]]


def test_cells_of_a_spreadsheet_arrive_as_what_they_are():
    day, time = datetime.datetime(2026, 4, 3), datetime.time(9, 30)
    book = book_of(Orders=[["order.id", "Rate", "At", "order.day", "paid"]])
    book["Orders"].append(["007", 0.075, time, day, True])
    book["Orders"]["B2"].number_format = "0.0%"
    [row] = rows_from_table(read_table(content_of(book)), tags=TAGS)
    assert row == {
        "order": {"id": "007", "day": "2026-04-03"},
        "Rate": 0.075,
        "At": "09:30",
        "paid": True,
    }
    assert str(read_table(content_of(book))["Rate"][0]) == "7.5%"


def test_a_cell_with_an_error_of_excel_has_no_value_and_is_named():
    book = book_of(Orders=[["id", "total"], ["A", "#N/A"], ["B", 2]])
    with pytest.warns(UserWarning, match=r"B2 \(#N/A\)"):
        table = read_table(content_of(book))
    assert table["total"].isna().tolist() == [True, False]


def test_outer_lists_come_before_those_within_them():
    tags = Template(
        samples.template('{{for one in a.b}}{{one.c}}{{endfor}} {{z :: delimiter(", ")}}')
    ).tags()
    assert lists_of(["a.b.c", "z"], fields_by_path(tags)) == ("z", "a.b")


# One value


@pytest.mark.parametrize(
    ("kind", "text", "value", "message"),
    [
        ("text", "12", "12", ""),
        ("number", "12", 12, ""),
        ("number", "-0.50", Decimal("-0.50"), ""),
        ("number", "1e5", "1e5", "Enter a number such as 1234.5."),
        ("number", "1.2.3", "1.2.3", "Enter a number such as 1234.5."),
        ("boolean", "No", False, ""),
        ("boolean", "perhaps", "perhaps", "Enter yes or no."),
        ("date", "02-03-2026", "02-03-2026", ""),
        ("date", "soon", "soon", "Enter a date such as 2026-03-31."),
    ],
)
def test_a_typed_text_becomes_a_value_or_is_kept_with_a_message(kind, text, value, message):
    result = value_of(Field("a", "a", kind, True), text)
    assert result == (value, message)
    assert type(result[0]) is type(value)
