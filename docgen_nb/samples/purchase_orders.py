"""A purchase order: a template with the tags of Box's guide, and its data."""

import random
from datetime import date, timedelta
from typing import Any

from docgen_nb.samples.notation import body
from docgen_nb.samples.word_xml import document, field, paragraph, row, table

_HALVES = (4819, 4819)
_FACTS = (1950, 2869, 1950, 2869)
_COLUMNS = (700, 3338, 1500, 1300, 1300, 1500)


def order_template() -> bytes:
    """Return a purchase order (.docx): text tags with formats, a table of products, a condition.

    It uses exactly the paths of `order`.

    >>> from docgen_nb import Template
    >>> Template(order_template()).check(order())
    []
    """
    page = field("PAGE", "1")
    footer = paragraph("Purchase order {{order.id}}\tPage ", style="Edge").replace(
        "</w:p>", f"{page}</w:p>"
    )
    header = paragraph(
        "{{order.department}}\t{{order.date :: format(“dd-mmm-yyyy”)}}", style="Edge"
    )
    inside = (_head(), _facts(), _products(), body(_TERMS), _signatures())
    return document("".join(inside), header=header, footer=footer)


_TERMS = """
    ## Conditions
    {{if order.country == “US”}}
    Sales tax of {{order.taxRate}}% is not included and is added to the invoice.
    {{else}}
    Goods come from abroad: the vendor pays import duties and {{order.taxRate}}% tax.
    {{endif}}
    - Goods are checked within ten days of delivery.
    - This order expires on {{order.expiryDate}}.
"""


def _head() -> str:
    vendor = _party(
        "Vendor",
        "**{{order.vendor.company :: uppercase}}**",
        "{{order.vendor.address.street}}",
        "{{order.vendor.address.zip}} {{order.vendor.address.city}}",
    )
    buyer = _party(
        "Ordered by",
        "**{{order.requester}}**",
        "{{order.department}}",
        "Country: {{order.country}}",
    )
    return (
        paragraph("Purchase order {{order.id}}", style="Title")
        + paragraph("Please quote this number on all documents and deliveries.", style="Subtitle")
        + table([row([vendor, buyer], widths=_HALVES)], widths=_HALVES, style="Plain")
        + paragraph("")
    )


def _party(title: str, *lines: str) -> str:
    cells = "".join(paragraph(line, style="Cell") for line in lines)
    return paragraph(title, style="Heading2") + cells


def _facts() -> str:
    cells = (
        ("Order date", "{{order.date :: format(“dd-mmm-yyyy”)}}"),
        ("Delivery date", "{{order.deliveryDate :: format(“dd-mmm-yyyy”)}}"),
        ("Delivery terms", "{{order.deliveryTerms}}"),
        ("Payment terms", "{{order.paymentTerms}}"),
        ("Valid until", "{{order.expiryDate :: format(“dd-mmm-yyyy”)}}"),
        ("Approved by", "{{order.approver}}"),
    )
    rows = []
    for left, right in zip(cells[::2], cells[1::2], strict=True):
        texts = [
            paragraph(text, style=style)
            for text, style in zip((*left, *right), ("Label", "Cell") * 2, strict=True)
        ]
        rows.append(row(texts, widths=_FACTS))
    return table(rows, widths=_FACTS) + paragraph("Products", style="Heading1")


def _products() -> str:
    titles = ("No.", "Product", "Type", "Quantity", "Price", "Amount")
    tags = (
        "{{tablerow item in order.products}} {{item.id}}",
        "{{item.name}}",
        "{{item.type}}",
        "{{item.quantity}}",
        "{{order.currency}}{{item.price :: format(“US-Number”)}}",
        "{{order.currency}}{{item.amount :: format(“US-Number”)}}{{endtablerow}}",
    )
    amount = "**{{order.currency}}{{order.amount :: format(“US-Number”)}}**"
    total = ("", "**Total**", "", "", "", amount)
    return table(
        [
            row(_numbers(titles), widths=_COLUMNS, is_header=True),
            row(_numbers(tags), widths=_COLUMNS),
            row(_numbers(total), widths=_COLUMNS),
        ],
        widths=_COLUMNS,
        header=True,
    )


def _numbers(texts: tuple[str, ...]) -> list[str]:
    """Return cells, of which the last three are right-aligned for numbers."""
    return [
        paragraph(text, style="Cell", align="right" if index > 2 else "")
        for index, text in enumerate(texts)
    ]


def _signatures() -> str:
    lines = [
        paragraph("")
        + paragraph("_" * 30, style="Label")
        + paragraph(f"{who}, {role}", style="Cell")
        for who, role in (("{{order.requester}}", "requester"), ("{{order.approver}}", "approver"))
    ]
    signatures = table([row(lines, widths=_HALVES)], widths=_HALVES, style="Plain")
    return paragraph("") + signatures + paragraph("")


def order() -> dict[str, Any]:
    """Return the order of Box's guide to Doc Gen jobs, with corrected sums (600 and 5060).

    >>> order()["order"]["amount"]
    5060
    """
    return {
        "order": {
            "id": "12305",
            "date": "18-08-2023",
            "country": "US",
            "expiryDate": "18-08-2024",
            "currency": "$",
            "amount": 5060,
            "taxRate": 10,
            "requester": "John",
            "approver": "Smith",
            "department": "Procurement",
            "paymentTerms": "30 days",
            "deliveryTerms": "30 days",
            "deliveryDate": "18-09-2023",
            "vendor": {
                "company": "Example company",
                "address": {"street": "Example street", "city": "Example city", "zip": "EX-456"},
            },
            "products": [
                _product(1, "A4 Papers", 100, 29),
                _product(2, "Ink Cartridge", 40, 39),
                _product(3, "Adhesive tape", 20, 30),
            ],
        }
    }


def _product(number: int, name: str, quantity: int, price: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "type": "non-fragile",
        "quantity": quantity,
        "price": price,
        "amount": quantity * price,
    }


def orders(count: int, *, seed: int = 0, incomplete: int = 0) -> list[dict[str, Any]]:
    """Return different orders for `order_template`, the last ones without ``order.requester``.

    `incomplete` is how many lack it. The same seed gives the same orders.

    >>> [one["order"].get("requester") for one in orders(3, incomplete=1)][-1] is None
    True
    """
    if not 0 <= incomplete <= count:
        raise ValueError(f"incomplete must be between 0 and count ({count}), not {incomplete}.")
    chance = random.Random(seed)  # noqa: S311  lessons, not secrets
    rows = [_random_order(chance, number) for number in range(count)]
    for one in rows[count - incomplete :]:
        del one["order"]["requester"]
    return rows


def _random_order(chance: random.Random, number: int) -> dict[str, Any]:
    day = date(2026, 1, 5) + timedelta(days=chance.randrange(300))
    products = [
        _product(place, name, chance.randrange(1, 60), price)
        for place, (name, price) in enumerate(chance.sample(_GOODS, chance.randint(1, 6)), 1)
    ]
    company, street, city, code = chance.choice(_VENDORS)
    terms = f"{chance.choice((14, 30, 60))} days"
    country = chance.choice(("US", "US", "UK", "JP", "DE"))
    return {
        "order": {
            "id": str(12306 + number),
            "date": f"{day:%d-%m-%Y}",
            "country": country,
            "expiryDate": f"{day + timedelta(days=365):%d-%m-%Y}",
            "currency": "$",
            "amount": sum(product["amount"] for product in products),
            "taxRate": chance.choice((7, 10, 19)),
            "requester": chance.choice(_PEOPLE),
            "approver": chance.choice(_PEOPLE),
            "department": chance.choice(("Procurement", "Facilities", "Research", "Sales")),
            "paymentTerms": terms,
            "deliveryTerms": terms,
            "deliveryDate": f"{day + timedelta(days=31):%d-%m-%Y}",
            "vendor": {
                "company": company,
                "address": {"street": street, "city": city, "zip": code},
            },
            "products": products,
        }
    }


_PEOPLE = ("John", "Smith", "Amara Okafor", "Li Wei", "Zoë Müller", "Priya Nair", "Tomás Vega")
_VENDORS = (
    ("Example company", "Example street", "Example city", "EX-456"),
    ("Northwind Paper & Sons", "12 Harbour Road", "Bristol", "BS1 4QA"),
    ("Lakeside Office", "77 Lake Avenue", "Chicago", "60601"),
    ("Büro Schmidt", "Lindenweg 5", "Köln", "50667"),
    ("Sakura Supplies", "2-11 Honcho", "Tokyo", "100-0001"),
)
_GOODS = (
    ("A4 Papers", 29),
    ("Ink Cartridge", 39),
    ("Adhesive tape", 30),
    ("Desk lamp", 45),
    ("Filing cabinet", 210),
    ("Notebook, lined", 4),
    ("Whiteboard", 120),
    ("Office chair", 260),
    ("Envelopes C5", 12),
)
