"""JSON that came in: read strictly, refused with Box's words, and looked into by name."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import msgspec

from docgen_nb.service.http.messages import bad_request, is_id, missing

# Deep enough for any document; a bomb of brackets is refused instead of exhausting the stack.
MAX_DEPTH = 100
_encode = msgspec.json.Encoder().encode


def read_json(content: bytes) -> dict[str, Any]:
    """Return a JSON object; numbers with a point stay exact as Decimal."""
    try:
        value = parse_json(content)
    except ValueError as error:
        raise bad_request(f"The request body is not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise bad_request("The request body must be a JSON object.")
    return value


def parse_json(content: bytes) -> Any:
    """Return what a JSON text holds; ValueError, with the reason, if it is none to be kept."""
    try:
        value = json.loads(content, parse_float=_decimal, parse_constant=_refuse_constant)
        if b"\\ud" in content or b"\\uD" in content:
            _encode(value)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise ValueError("it holds half of a surrogate pair") from error
    if _deeper(value, MAX_DEPTH):
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
    return value


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"the number {text[:40]} has too great an exponent") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _deeper(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [v for v in value.values() if isinstance(v, dict | list)]
    return [v for v in value if isinstance(v, dict | list)] if isinstance(value, list) else []


def text(body: Mapping[str, Any], name: str) -> str:
    """Return a required string."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, str):
        raise bad_request(f"'{name}' must be a string", name=name)
    return value


def reference(body: Mapping[str, Any], name: str, *, type: str) -> int:
    """Return the id of a required reference such as ``{"type": "file", "id": "1"}``.

    The id may be a number: Box's own SDK tests send one.
    """
    value = body.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, dict):
        raise bad_request(f"'{name}' must be an object", name=name)
    if value.get("type", type) != type:
        raise bad_request(f"'{name}.type' must be '{type}'", name=f"{name}.type")
    given = value.get("id")
    if given is None:
        raise missing(f"{name}.id")
    if isinstance(given, bool) or not is_id(str(given)):
        raise bad_request(f"'{name}.id' is not an id: {given!r}", name=f"{name}.id")
    return int(given)
