"""Tables become the data of documents."""

import datetime
from decimal import Decimal
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

from docgen_nb import samples
from docgen_nb.errors import UnreadableData
from docgen_nb.request import read_table, rows_from_table, value_of
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
        {{colours :: delimiter(", ")}}
        """
    )
).tags()


def made(text, **options):
    return rows_from_table(read_table(text, kind="csv"), tags=TAGS, **options)


def test_dotted_columns_become_objects_and_texts_what_their_tags_ask_for():
    assert made("order.id,order.total,paid,order.day\n007,12.50,yes,2026-03-02\n8,,no,\n") == [
        {
            "order": {"id": "007", "total": Decimal("12.50"), "day": "2026-03-02"},
            "paid": True,
        },
        {"order": {"id": "8"}, "paid": False},
    ]


def test_a_text_that_is_no_number_stays_for_the_check_to_tell():
    assert made("order.total\ntwelve\n") == [{"order": {"total": "twelve"}}]


def test_repeated_rows_become_a_list():
    found = made("order.id,order.items.name,order.items.price\n1,Pen,1.50\n1,Ink,2\n2,Cup,3\n3,,\n")
    assert found == [
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
    found = made(
        "order.id,order.items.name,order.items.parts.code,colours\n"
        "1,Pen,a,red\n1,Pen,b,\n1,Ink,c,blue\n1,Cup,,\n"
    )
    assert found == [
        {
            "order": {
                "id": "1",
                "items": [
                    {"name": "Pen", "parts": [{"code": "a"}, {"code": "b"}]},
                    {"name": "Ink", "parts": [{"code": "c"}]},
                    {"name": "Cup", "parts": []},
                ],
            },
            "colours": ["red", "blue"],
        }
    ]


def test_names_are_matched_in_capitals_and_with_blanks_or_by_hand():
    assert made("Order ID,Sum,Note\n1,2,x\n", columns={"Sum": "order.total", "Note": None}) == [
        {"order": {"id": "1", "total": 2}}
    ]


def test_what_tells_documents_apart_can_be_said():
    text = "order.id,order.items.name,note\n1,Pen,a\n1,Ink,b\n"
    assert len(made(text)) == 2
    with pytest.raises(UnreadableData) as raised:
        made(text, group_by="order.id")
    assert str(raised.value) == (
        "The rows of order.id '1' differ in 'note': 'a' and 'b'. Name what tells documents apart "
        "by group_by."
    )
    assert len(made(text, group_by="order.id", columns={"note": None})) == 1


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
    found = rows_from_table(table, tags=[])
    assert found == [
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
    assert {type(value) for value in found[0].values()} <= {int, float, str, bool, dict}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (
            "a,b\n1,2\n",
            {"columns": {"b": "a"}},
            "The columns 'a' and 'b' both stand for 'a'; leave one out by columns={name: None}.",
        ),
        (
            "order,order.id\n1,2\n",
            {},
            "The column 'order.id' stands for something within that of 'order'.",
        ),
    ],
)
def test_columns_that_clash_are_told(text, options, message):
    with pytest.raises(UnreadableData) as raised:
        made(text, **options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"z": "a"}}, "columns names 'z', and there is no such column."),
        ({"group_by": "z"}, "group_by names 'z', and there is no such column."),
    ],
)
def test_a_column_that_is_not_there_is_told(options, message):
    with pytest.raises(ValueError) as raised:
        made("order.id,order.items.name\n1,2\n", **options)
    assert str(raised.value) == message


def test_an_empty_table_has_no_documents():
    assert made("order.id,order.items.name\n") == []


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
        path.write_bytes(b"\xef\xbb\xbf" + text.encode() if name == "a.csv" else text.encode())
        assert rows_from_table(read_table(path), tags=TAGS) == expected, name
        assert rows_from_table(read_table(text.encode()), tags=TAGS) == expected, name
    book = BytesIO()
    table.to_excel(book, index=False)
    (tmp_path / "f.xlsx").write_bytes(book.getvalue())
    assert rows_from_table(read_table(tmp_path / "f.xlsx"), tags=TAGS) == expected


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", "csv", "The text is empty: its first line has the names of the columns."),
        ("a,,b\n1,2,3\n", "csv", "The text, line 1: column 2 has no name."),
        ("a,a\n1,2\n", "csv", "The text, line 1: two columns are called 'a'."),
        (
            "a,b\n1,2\n1,2,3\n",
            "csv",
            "The text, line 3: 3 cells for 2 columns; is a cell that holds a separator in quotes?",
        ),
        ('a,b\n1,"2\n', "csv", "The text, line 2: unexpected end of data."),
        (
            '{"a": 1}\n{"a": }\n',
            "jsonl",
            "The text, line 2, column 7: Expecting value.",
        ),
        ('[{"a": 1}, 2]', "json", "The text, entry 2 is no object."),
        ("5", "json", "The text holds no list of objects."),
        ("a", "parquet", "'parquet' is no kind of table; there are csv, tsv, jsonl, json, xlsx."),
    ],
)
def test_a_fault_is_told_with_its_place(text, kind, message):
    with pytest.raises(UnreadableData) as raised:
        read_table(text, kind=kind)
    assert str(raised.value) == message


def test_files_that_are_none_are_told(tmp_path):
    with pytest.raises(UnreadableData) as raised:
        read_table(tmp_path / "none.csv")
    assert str(raised.value) == f"Cannot read {tmp_path / 'none.csv'}: No such file or directory."
    with pytest.raises(UnreadableData) as raised:
        read_table(b"a\nM\xfcller\n", kind="csv")
    assert str(raised.value) == (
        "The data is not in UTF-8 (line 2). In Excel, save it as 'CSV UTF-8'."
    )
    with pytest.raises(UnreadableData) as raised:
        read_table(b"PK no zip", kind="xlsx")
    assert str(raised.value) == "The data is no Excel file (.xlsx): File is not a zip file."


# One value


@pytest.mark.parametrize(
    ("kind", "text", "value", "message"),
    [
        ("text", "12", "12", ""),
        ("number", "12", 12, ""),
        ("number", "-0.50", Decimal("-0.50"), ""),
        ("number", "1e5", "1e5", "'1e5' is no number: write it like 1234.5, without other signs."),
        (
            "number",
            "1.2.3",
            "1.2.3",
            "'1.2.3' is no number: write it like 1234.5, without other signs.",
        ),
        ("boolean", "No", False, ""),
        ("boolean", "perhaps", "perhaps", "'perhaps' is neither yes nor no."),
        ("date", "02-03-2026", "02-03-2026", ""),
        ("date", "soon", "soon", "'soon' is no date: write it like 2026-03-31, or 31-03-2026."),
    ],
)
def test_what_was_typed_becomes_a_value_or_stays_with_a_message(kind, text, value, message):
    found = value_of(Field("a", "a", kind, True), text)
    assert found == (value, message)
    assert type(found[0]) is type(value)
