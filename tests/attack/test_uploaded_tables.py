"""Tables that ask for more memory or time than they look, and cells that hold no value."""

import json
import os
import random
import subprocess
import sys
import textwrap
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from docgen_nb.errors import CellsWithoutValue, UnreadableData
from docgen_nb.request import TableLimits, read_table, rows_from_table

MOST_MB = 1000  # of memory; the attacks took up to 10 GB, importing pandas takes about 150 MB
MOST_SECONDS = 60

CHILD = textwrap.dedent(
    r"""
    import json, re, resource, sys, time
    from pathlib import Path
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    from docgen_nb.errors import UnreadableData
    from docgen_nb.request import read_table
    began, message = time.monotonic(), ""
    try:
        read_table(sys.argv[1])
    except UnreadableData as error:
        message = str(error)
    # Of this program alone: ru_maxrss begins with what the process had that started it.
    peak = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps([message, int(peak[1]) // 1024, time.monotonic() - began]))
    """
)


def refusal_of(path):
    """Read a table in another process; return the error without the path."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    message, megabytes, seconds = json.loads(done.stdout)
    assert megabytes < MOST_MB, f"{megabytes} MB"
    assert seconds < MOST_SECONDS
    return message.replace(f"{path.parent}/", "")


# Spreadsheets


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


STRINGS = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def book_with(path, *, sheet="", strings="", sheet_parts=(), string_parts=()):
    """Write an XLSX whose sheet and shared strings are these, from one text or many parts."""
    blank = BytesIO()
    openpyxl.Workbook().save(blank)
    with ZipFile(blank) as old, ZipFile(path, "w", ZIP_DEFLATED) as new:
        contents = {name: [old.read(name).decode()] for name in old.namelist()}
        [types] = contents["[Content_Types].xml"]
        contents["[Content_Types].xml"] = [types.replace("</Types>", STRINGS)]
        before, after = f'<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"
        contents["xl/worksheets/sheet1.xml"] = [before, sheet, *sheet_parts, after]
        before, after = f'<sst xmlns="{MAIN}">', "</sst>"
        contents["xl/sharedStrings.xml"] = [before, strings, *string_parts, after]
        for name, texts in contents.items():
            with new.open(name, "w") as part:
                for text in texts:
                    part.write(text.encode())
    return path


def inline(address, text="x"):
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


SPLIT = "Split it into smaller tables, or pass limits=TableLimits"


def test_a_cell_in_the_last_row_and_column(tmp_path):
    rows = f'<row r="1">{inline("A1")}</row><row r="1048576">{inline("XFD1048576")}</row>'
    message = refusal_of(book_with(tmp_path / "a.xlsx", sheet=rows))
    assert message == (
        "a.xlsx, cell XFD1048576: row 1 has no name for this column. Name the column, delete the "
        "cell, or, if the names are in another row, pass header_row=."
    )


def test_a_row_beyond_the_last_one_of_excel(tmp_path):
    rows = f'<row r="1">{inline("A1")}</row><row r="99999999">{inline("A99999999")}</row>'
    message = refusal_of(book_with(tmp_path / "a.xlsx", sheet=rows))
    assert message == (
        "a.xlsx has a cell below row 1,048,576, the last one of Excel. Delete the rows below the "
        "data."
    )


def test_one_shared_string_of_hundreds_of_megabytes(tmp_path):
    cells = f'<row r="1">{inline("A1")}</row><row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    megabyte = "x" * 1_000_000
    path = book_with(
        tmp_path / "a.xlsx",
        sheet=cells,
        string_parts=["<si><t>", *[megabyte] * 600, "</t></si>"],
    )
    assert path.stat().st_size < 1_000_000
    message = refusal_of(path)
    assert message.startswith(
        "a.xlsx: the part 'xl/sharedStrings.xml' has 600,000,093 bytes after unpacking; at most "
        f"100,000,000 are read. {SPLIT}(text=...)."
    )


def test_one_long_text_in_many_cells(tmp_path):
    path = book_with(
        tmp_path / "a.xlsx",
        sheet=f'<row r="1">{inline("A1")}</row>',
        sheet_parts=[f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 20000)],
        strings=f"<si><t>{'x' * 30_000}</t></si>",
    )
    assert refusal_of(path) == (
        f"a.xlsx has more than 100,000,000 characters of text (row 3,334). {SPLIT}(text=...)."
    )


def test_a_sheet_of_many_small_elements(tmp_path):
    path = book_with(tmp_path / "a.xlsx", sheet_parts=["<a/>" * 100_000] * 90)
    message = refusal_of(path)
    assert message.startswith("a.xlsx: the part 'xl/worksheets/sheet1.xml' unpacks from ")
    assert message.endswith("bytes, which no real table does. Save the sheet as CSV.")

    path = book_with(tmp_path / "b.xlsx", sheet_parts=["<a/>" * 100_000])
    with pytest.raises(UnreadableData) as raised:
        read_table(path, limits=TableLimits(cells=20))
    assert str(raised.value) == (
        f"{path}: the part 'xl/worksheets/sheet1.xml' has more than 100,000 XML elements. "
        f"{SPLIT}(cells=...)."
    )


def test_styles_of_many_megabytes(tmp_path):
    path = book_with(tmp_path / "a.xlsx", sheet=f'<row r="1">{inline("A1")}</row>')
    with ZipFile(path) as old, ZipFile(tmp_path / "b.xlsx", "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w") as part:
                content = old.read(name)
                if name == "xl/styles.xml":
                    for _ in range(80):
                        part.write(b"<!--" + b"x" * 1_000_000 + b"-->")
                part.write(content)
    message = refusal_of(tmp_path / "b.xlsx")
    assert "the part 'xl/styles.xml' has 80,0" in message
    assert "at most 10,000,000 are read" in message


def test_a_sheet_in_place_of_a_picture(tmp_path):
    path = book_with(tmp_path / "a.xlsx")
    with ZipFile(path) as old, ZipFile(tmp_path / "b.xlsx", "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("workbook.xml.rels"):
                content = content.replace(b"worksheets/sheet1.xml", b"media/image1.png")
            new.writestr(name, content)
        with new.open("xl/media/image1.png", "w") as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            part.write(f'<row r="1">{inline("A1")}</row><row r="2"><c r="A2"><v>'.encode())
            for _ in range(400):
                part.write(b"1" * 1_000_000)
            part.write(b"</v></c></row></sheetData></worksheet>")
    assert "the part 'xl/media/image1.png' has 400,000," in refusal_of(tmp_path / "b.xlsx")


def test_a_part_that_lies_about_its_size(tmp_path):
    path = tmp_path / "a.xlsx"
    book_with(path)
    with ZipFile(path) as old, ZipFile(tmp_path / "b.xlsx", "w", ZIP_BZIP2) as new:
        for name in old.namelist():
            with new.open(name, "w") as part:
                part.write(old.read(name))
                for _ in range(300 if name == "xl/worksheets/sheet1.xml" else 0):
                    part.write(b" " * 1_000_000)
    content = (tmp_path / "b.xlsx").read_bytes()
    size = next(
        info.file_size
        for info in ZipFile(BytesIO(content)).infolist()
        if info.filename == "xl/worksheets/sheet1.xml"
    )
    lie = content.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    (tmp_path / "c.xlsx").write_bytes(lie)
    assert refusal_of(tmp_path / "c.xlsx") == (
        "c.xlsx: a part is compressed in a way that Excel does not use. Save the sheet as CSV."
    )


def test_a_picture_of_many_megabytes_is_no_table(tmp_path):
    path = saved(tmp_path, ["a"], ["x"])
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.jpeg", random.Random(0).randbytes(11_000_000))
    assert read_table(path)["a"].tolist() == ["x"]


def test_wide_rows(tmp_path):
    header = "".join(f"<c><v>{n}</v></c>" for n in range(2001))
    path = book_with(tmp_path / "a.xlsx", sheet=f'<row r="1">{header}</row>')
    with pytest.raises(UnreadableData) as raised:
        read_table(path)
    assert str(raised.value) == (
        f"{path} has more than 2,000 columns. Split it into smaller tables, or pass "
        "limits=TableLimits(columns=...)."
    )


def test_entities_that_expand(tmp_path):
    definitions = '<!ENTITY a "xxxxxxxxxx">' + "".join(
        f'<!ENTITY {chr(n + 1)} "{f"&{chr(n)};" * 10}">' for n in range(97, 107)
    )
    path = tmp_path / "a.xlsx"
    blank = BytesIO()
    openpyxl.Workbook().save(blank)
    with ZipFile(blank) as old, ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                row = f'<row r="1">{inline("A1", "&k;")}</row>'
                content = (
                    f'<!DOCTYPE a [{definitions}]><worksheet xmlns="{MAIN}"><sheetData>{row}'
                    "</sheetData></worksheet>"
                )
            new.writestr(name, content)
    assert refusal_of(path).startswith("a.xlsx is not an Excel file (.xlsx): ")


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>abc</v></c></row>',
        f'<row r="1"><c r="A1"><v>{"9" * 5000}</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="AAAAAAAAAAAAAA1"><v>7</v></c></row>',
        f'<row r="{"9" * 5000}"/>',
        '<row r="x"><c r="1"/></row>',
        "<row",
    ],
)
def test_damaged_sheets_are_errors_of_ours(rows, tmp_path):
    path = book_with(tmp_path / "a.xlsx", sheet=rows)
    with pytest.raises(UnreadableData):
        read_table(path)


# Formulas


def saved(tmp_path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def test_formulas_without_a_stored_value_are_named_and_their_rows_kept(tmp_path):
    path = saved(
        tmp_path, ["id", "total"], [1, "=A2*2"], [None, "=A3*2"], [], ["=A2+2", None], [4, 5.0]
    )

    with pytest.warns(CellsWithoutValue) as caught:
        table = read_table(path)

    assert table.astype(object).where(table.notna(), None).values.tolist() == [
        [1, None],
        [None, None],
        [None, None],
        [4, 5],
    ]
    assert table.attrs["formulas_without_value"] == ["B2", "B3", "A5"]
    assert [str(warning.message) for warning in caught] == [
        f"{path}: 3 formulas have no stored value: B2, B3, A5. Open the file in Excel or "
        "LibreOffice, save it, and read it again."
    ]
    assert table.attrs["notes"] == [str(warning.message) for warning in caught]
    assert len(rows_from_table(table, tags=[])) == 4


def test_formulas_with_a_stored_value_have_it(tmp_path):
    formula = (
        '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>"a"</f><v>a</v></c>'
        '<c r="C2" t="str"><f>""</f><v></v></c>'
    )
    names = inline("A1", "n") + inline("B1", "t") + inline("C1", "e")
    path = book_with(
        tmp_path / "a.xlsx", sheet=f'<row r="1">{names}</row><row r="2">{formula}</row>'
    )
    table = read_table(path)
    assert table.values.tolist() == [[2, "a", None]]
    assert table.attrs == {}


def test_cells_with_an_error_are_named(tmp_path):
    path = saved(tmp_path, ["id"], ["#REF!"], ["NA"])
    with pytest.warns(CellsWithoutValue) as caught:
        table = read_table(path)
    assert [str(warning.message) for warning in caught] == [
        f"{path}: 1 cell has an error instead of a value: A2 (#REF!)."
    ]
    assert table["id"].iloc[1] == "NA"


def test_many_formulas_are_counted(tmp_path):
    path = saved(tmp_path, ["id"], *[["=1"]] * 50)
    with pytest.warns(CellsWithoutValue) as caught:
        read_table(path)
    assert "50 formulas have no stored value: A2, A3, A4" in str(caught[0].message)
    assert ", A11 and 40 more. Open" in str(caught[0].message)


# CSV and JSON


def sparse(path, size, start=b""):
    """Write a file of a size of which only the start takes room on the disk."""
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(size)
    return path


def test_a_csv_of_hundreds_of_megabytes(tmp_path):
    path = sparse(tmp_path / "a.csv", 500_000_000, b"a,b\n1,2\n")
    assert refusal_of(path) == (
        f"a.csv has 500,000,000 bytes; at most 100,000,000 are read. {SPLIT}(text=...)."
    )


def test_a_line_without_end(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "x" * 40_000_000)
    assert refusal_of(path) == (
        "a.csv, line 2: more than 1,000,000 characters in one row. Check that its lines end, and "
        "that its quotes are closed."
    )


def test_a_row_of_many_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n" + '"\n",' * 4_000_000)
    assert refusal_of(path).startswith("a.csv, line 250002: more than 1,000,000 characters in one")


def test_a_csv_of_many_cells(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write(",".join(f"c{n}" for n in range(100)) + "\n")
        for _ in range(300):
            file.write(("x" + "," * 99 + "\n") * 1000)
    assert refusal_of(path) == (
        f"a.csv has more than 2,000,000 cells (row 20,001). {SPLIT}(cells=...)."
    )


def test_a_csv_of_many_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a\n" + "x\n" * 1_000_001)
    assert refusal_of(path) == (
        f"a.csv has more than 1,000,000 rows (row 1,000,001). {SPLIT}(rows=...)."
    )


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ",".join(map(str, range(100_000))),
            f"a.csv has more than 2,000 columns. {SPLIT}(columns=...).",
        ),
        (
            "a." * 60_000,
            "a.csv, line 1: the name of column 1 has 120,000 characters; at most 1,000 are "
            "possible. Shorten it.",
        ),
    ],
    ids=["columns", "name"],
)
def test_a_header_that_is_too_long(header, message, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(header + "\n1\n")
    assert refusal_of(path) == message


def test_a_device_without_end():
    with pytest.raises(UnreadableData) as raised:
        read_table("/dev/zero", kind="csv")
    assert str(raised.value).startswith("/dev/zero, line 1: a null character, which no text has.")


def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    with pytest.raises(UnreadableData) as raised:
        read_table(path)
    assert str(raised.value) == (
        f"{path} is a pipe. Write what it carries to a file, or pass its content as bytes."
    )


def test_two_byte_order_marks_are_none_of_the_name():
    assert list(read_table(b"\xef\xbb\xbf\xef\xbb\xbfname\nAda\n", kind="csv")) == ["name"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_a_null_character_is_named_with_its_line(kind):
    with pytest.raises(UnreadableData) as raised:
        read_table("name\nA\0da\n" if kind != "jsonl" else '{"a": "1"}\n{"a": "\0"}\n', kind=kind)
    assert str(raised.value) == (
        "The text, line 2: a null character, which no text has. If the file is UTF-16, pass "
        "encoding='utf-16-le'."
    )


@pytest.mark.parametrize("number", ["-5", "0", " -1"])
def test_a_row_that_excel_does_not_show_is_refused(number, tmp_path):
    rows = f'<row r="1">{inline("A1", "name")}</row><row spans="1:1" r="{number}">'
    path = book_with(tmp_path / "a.xlsx", sheet=f"{rows}{inline('A2', 'Ada')}</row>")
    assert "has a row with a number below 1" in refusal_of(path)


def test_json_lines_with_a_column_each(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"c{n % 1900}": {n}}}\n' for n in range(20_000)))
    assert refusal_of(path) == f"a.jsonl has more than 2,000,000 cells. {SPLIT}(cells=...)."


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_json_of_many_values(name, tmp_path):
    path = tmp_path / name
    path.write_text('[{"a": [' + "[]," * 20_000_000 + "0]}]")
    assert refusal_of(path) == (
        f"{name} has {path.stat().st_size:,} bytes; at most 25,000,000 are read. {SPLIT}(text=...)."
    )


def test_a_time_limit(tmp_path):
    path = saved(tmp_path, ["a"], [1])
    csv = tmp_path / "a.csv"
    csv.write_text("a\n1\n")
    for source in (path, csv):
        with pytest.raises(UnreadableData) as raised:
            read_table(source, limits=TableLimits(seconds=0))
        assert str(raised.value) == (
            f"{source} takes more than 0 seconds to read. Split it into smaller tables, or pass "
            "limits=TableLimits(seconds=...)."
        )


def test_limits_can_be_raised_and_lowered():
    text = "a,b\n1,2\n3,4\n"
    assert len(read_table(text, kind="csv", limits=TableLimits(rows=2, cells=4))) == 2
    for limits in (TableLimits(rows=1), TableLimits(cells=3), TableLimits(columns=1)):
        with pytest.raises(UnreadableData):
            read_table(text, kind="csv", limits=limits)


def row_of(number, *values):
    cells = "".join(
        f'<c r="{column}{number}" t="str"><v>{value}</v></c>'
        for column, value in zip("ABC", values, strict=False)
    )
    return f'<row r="{number}">{cells}</row>'


@pytest.mark.parametrize(
    ("numbers", "row", "last"),
    [((1, 2, 2, 3), 2, 2), ((1, 3, 2), 2, 3), ((2, 1), 1, 2), ((1, 2, 1), 1, 2)],
)
def test_rows_that_repeat_or_are_out_of_order_are_refused(tmp_path, numbers, row, last):
    path = tmp_path / "rows.xlsx"
    rows = "".join(row_of(number, "name", f"value {at}") for at, number in enumerate(numbers))
    book_with(path, sheet=rows)

    assert refusal_of(path) == (
        f"rows.xlsx: row {row} in the part 'xl/worksheets/sheet1.xml' comes after row {last}. Open "
        "the file in Excel or LibreOffice, save it, and read it again."
    )


def test_rows_with_gaps_are_read(tmp_path):
    path = tmp_path / "rows.xlsx"
    book_with(path, sheet=row_of(1, "name") + row_of(4, "Ada") + row_of(9, "Grace"))
    assert read_table(path)["name"].tolist() == ["Ada", "Grace"]
