"""Words in the names of columns and fields, and how near their meanings are."""

import difflib
import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+|#")
_ACRONYMS = re.compile(r"([A-Z]{2,})s(?![a-z])")  # with the s of their plural
_SAME = (  # spellings and short forms of one word
    ("quantity", "qty", "qnty", "quant", "pcs", "pieces", "units"),
    ("number", "no", "nr", "num", "nbr", "#"),
    ("id", "identifier", "ident"),
    ("amount", "amt"),
    ("address", "addr"),
    ("telephone", "tel", "phone", "mobile", "cell"),
    ("email", "mail"),
    ("first", "given", "fore"),
    ("last", "family", "sur"),
    ("company", "co", "firm", "corporation", "organization", "organisation", "business"),
    ("department", "dept"),
    ("description", "desc", "descr"),
    ("reference", "ref"),
    ("zip", "postcode", "postal", "plz"),
    ("date", "day"),
    ("percent", "percentage", "pct", "%"),
    ("street", "str"),
    ("purchase", "po"),
    ("customer", "cust", "client"),
    ("expiry", "expiration", "expires", "exp"),
    ("delivery", "dlv"),
    ("shipping", "ship"),
    ("signature", "sign"),
    ("maximum", "max"),
    ("minimum", "min"),
)
_NEAR = (  # words that often name the same value
    ("number", "id", "code"),
    ("vendor", "supplier", "seller"),
    ("customer", "buyer", "recipient"),
    ("product", "item", "article", "good"),
    ("line", "item", "position", "row"),
    ("total", "sum", "amount"),
    ("price", "cost", "rate"),
    ("city", "town", "place"),
    ("state", "province", "region", "county"),
    ("country", "nation"),
    ("note", "comment", "remark"),
    ("job", "position", "role"),
    ("salary", "wage", "pay"),
    ("begin", "start", "from"),
    ("end", "finish", "until"),
    ("logo", "picture", "image"),
    ("salutation", "title"),
    ("employee", "staff", "worker"),
    ("manager", "boss", "supervisor"),
    ("zip", "code"),
    ("name", "title"),
    ("vat", "tax"),
    ("purchase", "order"),
    ("delivery", "shipping"),
    ("due", "deadline"),
    ("description", "text"),
    ("category", "type", "kind", "class"),
)
_FAR = (
    ("buyer", "requester", "orderer"),
    ("line", "product"),
    ("owner", "holder"),
    ("contact", "person"),
)
_WEIGHTS = {"the": 0.1, "of": 0.1, "a": 0.1, "per": 0.2, "unit": 0.2, "each": 0.2, "full": 0.3}
NAMING = ("name", "title", "company", "description")  # stands for the whole: "Item" is item.name
_COMPOUNDS = {
    "surname": "last name",
    "forename": "first name",
    "lastname": "last name",
    "firstname": "first name",
    "postcode": "zip",
    "zipcode": "zip",
    "e mail": "email",
    "valid until": "expiry date",
}
_MIN_FUZZY, _SIMILAR = 5, 0.84


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, singular and in their usual spelling.

    >>> words_of("customer.firstName"), words_of("Qty"), words_of("Order No.")
    (('customer', 'first', 'name'), ('quantity',), ('order', 'number'))
    """
    words = _WORD.findall(_ACRONYMS.sub(r"\1", name))
    spaced = " ".join(word.casefold() for word in words)
    for compound, plain in _COMPOUNDS.items():
        spaced = re.sub(rf"\b{compound}\b", plain, spaced)
    return tuple(
        _USUAL.get(word, _USUAL.get(_singular(word), _singular(word))) for word in spaced.split()
    )


def weight(word: str) -> float:
    """Return how much a word counts among others: little for ``of`` or ``unit``."""
    return _WEIGHTS.get(word, 1.0)


@lru_cache(maxsize=200_000)
def nearness(first: str, second: str) -> float:
    """Return how near two words are, from 0 to 1.

    >>> nearness("supplier", "vendor"), nearness("requester", "requestor") > 0.8
    (0.8, True)
    """
    if first == second:
        return 1.0
    shared = _VALUES.get(first, {}).keys() & _VALUES.get(second, {}).keys()
    if shared:
        return max(_VALUES[first][group] for group in shared)
    # Typing errors are rarely in the first letter, and comparing all words would be slow.
    if first[0] != second[0] or min(len(first), len(second)) < _MIN_FUZZY:
        return 0.0
    is_similar = difflib.SequenceMatcher(None, first, second).ratio() >= _SIMILAR
    return 0.9 if is_similar else 0.0


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    is_plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if is_plural else word


_USUAL = {word: group[0] for group in _SAME for word in group}
_GROUPS = [*((group, 0.8) for group in _NEAR), *((group, 0.5) for group in _FAR)]
_VALUES: dict[str, dict[int, float]] = {}  # by word, then by the number of its group
for _number, (_group, _value) in enumerate(_GROUPS):
    for _word in _group:
        _VALUES.setdefault(_word, {})[_number] = _value
