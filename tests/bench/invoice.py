"""A two-page invoice in each library's tag syntax: 30 text tags, 20 rows and a picture."""

import base64
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

import docx
from docx.shared import Mm, Pt

PARTIES = ("seller", "buyer", "delivery")
LINES = (("name", "contact"), ("street", "city", "code"), ("country", "phone"))
INVOICE_FIELDS = (
    *("number", "date", "due", "order", "currency"),
    *("net", "vat", "total", "terms"),
)
PARTY_FIELDS = tuple(f"{party}_{one}" for party in PARTIES for line in LINES for one in line)
NAMES = (*INVOICE_FIELDS, *PARTY_FIELDS)  # 30
COLUMNS = ("place", "product", "quantity", "price", "amount")
ROWS, FAULTY_EVERY = 20, 10
SMALL_PRINT = (
    "Goods remain the property of the seller until they are paid for in full. Payment is due on "
    "the date given above, without deduction, to the account named in the order. Damage must be "
    "reported to the carrier when the goods arrive, and to the seller within seven days. Questions "
    "about this invoice are answered on working days between nine and five o'clock, by telephone "
    "or in writing. Please quote its number in every letter."
)
VOCABULARY = (
    *("amber", "bright", "calm", "dark", "eager", "fresh", "grand", "hollow", "ivory", "jolly"),
    *("kind", "light", "modest", "narrow", "open", "plain", "quiet", "round", "silver", "tall"),
    *("Bridge", "Castle", "Dale", "Elm", "Field", "Gate", "Harbour", "Inn", "Keep", "Lane", "Mill"),
    *("North", "Oak", "Paper", "Quarry", "River", "Station", "Tower", "Union", "Vale", "Works"),
)


@dataclass(frozen=True)
class Syntax:
    """The tag syntax of one library."""

    text: Callable[[str], str]
    column: Callable[[str], str]
    conditions: tuple[tuple[str, str], ...]  # begin and end of each of two
    row: tuple[str, str] = ("", "")  # before the first cell, after the last cell
    separate_rows: tuple[str, str] | None = None  # loop tags in their own rows
    placeholder: str | None = None  # alternative text of the picture to replace
    picture: str = ""  # or a text tag


SYNTAXES = {
    "box": Syntax(
        text=lambda name: f"{{{{invoice.{name}}}}}",
        column=lambda name: f"{{{{item.{name}}}}}",
        conditions=(
            ("{{if invoice.buyer_country == “United Kingdom”}}", "{{endif}}"),
            ("{{if invoice.discount isPresent}}", "{{endif}}"),
        ),
        row=("{{tablerow item in invoice.items}}", "{{endtablerow}}"),
        placeholder="{{invoice.logo}}",
    ),
    "docxtpl": Syntax(
        text=lambda name: f"{{{{ invoice.{name} }}}}",
        column=lambda name: f"{{{{ item.{name} }}}}",
        conditions=(
            ('{%p if invoice.buyer_country == "United Kingdom" %}', "{%p endif %}"),
            ("{%p if invoice.discount %}", "{%p endif %}"),
        ),
        separate_rows=("{%tr for item in invoice['items'] %}", "{%tr endfor %}"),
        placeholder="Logo",
    ),
    "docxtemplater": Syntax(
        text=lambda name: f"{{{name}}}",
        column=lambda name: f"{{{name}}}",
        conditions=(("{#is_uk}", "{/is_uk}"), ("{#has_discount}", "{/has_discount}")),
        row=("{#items}", "{/items}"),
        picture="{%logo}",
    ),
    "easy-template-x": Syntax(
        text=lambda name: f"{{{name}}}",
        column=lambda name: f"{{{name}}}",
        conditions=(("{#is_uk}", "{/is_uk}"), ("{#has_discount}", "{/has_discount}")),
        row=("{#items}", "{/items}"),
        picture="{logo}",
    ),
    "carbone": Syntax(
        text=lambda name: f"{{d.{name}}}",
        column=lambda name: f"{{d.items[i].{name}}}",
        conditions=(
            ("{d.is_uk:ifEQ(true):showBegin}", "{d.is_uk:showEnd}"),
            ("{d.has_discount:ifEQ(true):showBegin}", "{d.has_discount:showEnd}"),
        ),
        separate_rows=("", "{d.items[i+1].place}"),  # the free edition doesn't support pictures
    ),
}


@cache
def template(name: str) -> bytes:
    """Return the invoice in the syntax of one library, with Word's default styles."""
    syntax = SYNTAXES[name]
    document = docx.Document()
    document.styles["Normal"].paragraph_format.space_after = Pt(1)
    _picture(document, syntax)
    document.add_heading(f"Invoice {syntax.text('number')}", 0)
    for one in INVOICE_FIELDS[1:5]:
        document.add_paragraph(f"{one.capitalize()}: {syntax.text(one)}")
    for party in PARTIES:
        document.add_heading(party.capitalize(), 1)
        for line in LINES:
            document.add_paragraph(", ".join(syntax.text(f"{party}_{one}") for one in line))
    _table(document, syntax)
    for one in INVOICE_FIELDS[5:]:
        document.add_paragraph(f"{one.capitalize()}: {syntax.text(one)}")
    contents = ("The usual terms for the United Kingdom apply.", "A discount was deducted.")
    for (begin, end), text in zip(syntax.conditions, contents, strict=True):
        for line in (begin, text, end):
            document.add_paragraph(line)
    document.add_paragraph(SMALL_PRINT)
    return _to_bytes(document)


def _picture(document: Any, syntax: Syntax) -> None:
    if syntax.placeholder is None:
        document.add_paragraph(syntax.picture)
    else:
        drawn = document.add_picture(BytesIO(picture(0, side=8)), Mm(30), Mm(30))
        drawn._inline.docPr.set("descr", syntax.placeholder)


def _table(document: Any, syntax: Syntax) -> None:
    table = document.add_table(1, len(COLUMNS), style="Table Grid")
    for cell, name in zip(table.rows[0].cells, COLUMNS, strict=True):
        cell.text = name.capitalize()
    texts = [syntax.column(name) for name in COLUMNS]
    before, after = syntax.separate_rows or ("", "")
    if before:
        table.add_row().cells[0].text = before
    cells = table.add_row().cells
    for cell, text in zip(cells, texts, strict=True):
        cell.text = text
    cells[0].text = syntax.row[0] + texts[0]
    cells[-1].text = texts[-1] + syntax.row[1]
    if after:
        table.add_row().cells[0].text = after


def _to_bytes(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def rows(count: int) -> list[dict[str, Any]]:
    """Return data for `count` invoices, each with its own picture.

    Each invoice has text that needs escaping and text with bold words. One in ten lacks a tag's
    value and has a value that no tag uses.
    """
    return [_row(number) for number in range(count)]


def _row(number: int) -> dict[str, Any]:
    chance = random.Random(number)
    data: dict[str, Any] = {name: _random_text(chance) for name in NAMES}
    data["buyer_name"] = f"Smith & Sons <{number}>"
    data["terms"] = "Pay <b>within 30 days</b> & not later"
    data["buyer_country"] = ("United Kingdom", "Japan")[number % 2]
    data |= {"total": 5060.5 + number, "net": 4000 + number, "vat": 1060.5}
    data |= {"discount": "10 %"} if number % 3 else {}
    data["items"] = [_item(place, chance) for place in range(1, ROWS + 1)]
    data["logo"] = base64.b64encode(picture(number)).decode()
    if number % FAULTY_EVERY == FAULTY_EVERY - 1:
        data["seller_fone"] = data.pop("seller_phone")
    return {"invoice": data}


def _item(place: int, chance: random.Random) -> dict[str, Any]:
    quantity, price = chance.randrange(1, 90), chance.randrange(1, 900)
    product = f"{_random_text(chance)}{' & more' if place % 5 == 0 else ''}"
    amount = quantity * price
    return dict(zip(COLUMNS, (place, product, quantity, price, amount), strict=True))


def _random_text(chance: random.Random) -> str:
    return f"{' '.join(chance.sample(VOCABULARY, 2))} {chance.randrange(1000)}"


def for_peers(row: dict[str, Any]) -> dict[str, Any]:
    """Return the data for other libraries: text without markup, conditions evaluated."""
    data = dict(row["invoice"])
    data["terms"] = data["terms"].replace("<b>", "").replace("</b>", "")
    data["is_uk"] = data["buyer_country"] == "United Kingdom"
    data["has_discount"] = "discount" in data
    return data


def picture(seed: int, *, side: int = 64) -> bytes:
    """Return a PNG of noise; 64 x 64 pixels take 12 kB."""
    noise = random.Random(seed).randbytes(side * side * 3)
    width = side * 3
    lines = b"".join(b"\0" + noise[at : at + width] for at in range(0, len(noise), width))
    head = struct.pack(">2L5B", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        for kind, data in chunks
    )
