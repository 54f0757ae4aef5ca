"""JSON request bodies: strict parsing and required fields, with Box's error bodies."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from docgen_nb import exact_json
from docgen_nb.service.http.messages import bad_request, is_id, missing

# Deep enough for any document; deeper nesting could exhaust the stack.
MAX_DEPTH = 100


def read_json(content: bytes) -> dict[str, Any]:
    """Return a JSON object; numbers with a decimal point become exact Decimals."""
    try:
        value = parse_json(content)
    except ValueError as error:
        raise bad_request(f"The request body is not valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise bad_request("The request body must be a JSON object.")
    return value


def parse_json(content: bytes) -> Any:
    """Return the value of a JSON text; ValueError, with the reason, if it can't be accepted."""
    try:
        value = json.loads(
            content, parse_float=exact_json.read_decimal, parse_constant=_refuse_constant
        )
        if b"\\ud" in content or b"\\uD" in content:
            exact_json.encode(value)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from error
    except UnicodeEncodeError as error:
        raise ValueError("it contains half of a surrogate pair") from error
    if _is_deeper(value, MAX_DEPTH):
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def _is_deeper(value: Any, limit: int) -> bool:
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


def required_text(body: Mapping[str, Any], name: str) -> str:
    """Return a required string field."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    if not isinstance(value, str):
        raise bad_request(f"'{name}' must be a string", name=name)
    return value


def required_id(body: Mapping[str, Any], name: str, *, type: str) -> int:
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
    id = value.get("id")
    if id is None:
        raise missing(f"{name}.id")
    if isinstance(id, bool) or not is_id(str(id)):
        raise bad_request(f"'{name}.id' is not an id: {id!r}", name=f"{name}.id")
    return int(id)
