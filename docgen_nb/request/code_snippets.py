"""A batch as a call that can be pasted elsewhere: curl, Python with this package, Box's SDK.

No token is ever written: each call reads it from the environment.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pprint import pformat
from typing import Any

import msgspec

from docgen_nb import wire

TOKEN_NAME = "BOX_DEVELOPER_TOKEN"  # noqa: S105  the name of a variable
_END = "END_OF_JSON"  # no line of JSON begins with a letter, so this is no line of the data
_encode = msgspec.json.Encoder(decimal_format="number").encode
_WIDTH = 88


def as_json(body: Mapping[str, Any]) -> str:
    """Return a body as JSON for people; numbers keep their digits.

    ValueError for what is no JSON: NaN, an infinity, a circle.
    """
    refuse_no_json(body)
    return msgspec.json.format(_encode(body), indent=2).decode()


def refuse_no_json(value: Mapping[str, Any]) -> None:
    """ValueError for NaN, an infinity or a circle, which msgspec would write as null, or as is."""
    json.dumps(value, allow_nan=False, default=_finite)


def _finite(value: Any) -> str:
    """Stand in for what Python's module does not know; a Decimal is judged as a float is."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError(f"Out of range decimal values are not JSON compliant: {value}")
    return str(value)


def as_curl(body: Mapping[str, Any], *, url: str, token_name: str) -> str:
    """Return a command for a shell; the data come by standard input, so no quote can end them."""
    return "\n".join(
        [
            f"curl --fail-with-body --request POST {_shell(url + wire.BATCHES)} \\",
            f'  --header "Authorization: Bearer ${token_name}" \\',
            f"  --header 'box-version: {wire.BOX_VERSION}' \\",
            "  --header 'content-type: application/json' \\",
            f"  --data-binary @- <<'{_END}'",
            as_json(body),
            _END,
        ]
    )


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def as_python(request: Any, *, url: str | None) -> str:
    """Return Python that sends a request with this package."""
    as_json(request.body())
    fields = {
        "template_version_id": request.template_version_id,
        "folder_id": request.folder_id,
        "output_type": request.output_type,
        "file_name": request.file_name,
        "rows": request.rows,
    }
    lines = [
        f"    {name}={_literal(value, indent=len(name) + 5)},"
        for name, value in fields.items()
        if value is not None
    ]
    return "\n".join(
        [
            *_decimal_import(request.rows),
            "import docgen_nb as dg",
            "",
            "request = dg.BatchRequest(",
            f"    {request.template_id!r},",
            *lines,
            ")",
            f"box = dg.connect({'' if url is None else repr(url)})",
            "batch = box.create_batch(request.body())",
            'print(batch["id"])',
        ]
    )


def as_sdk_python(request: Any, *, url: str | None, token_name: str) -> str:
    """Return Python that sends a request with Box's own SDK."""
    body = _with_floats(request.body())
    as_json(body)
    version = body.get("file_version")
    return "\n".join(
        [
            "import os",
            "",
            "from box_sdk_gen import (",
            *(f"    {name}," for name in _sdk_names(at_url=url is not None, version=version)),
            ")",
            "",
            f"auth = BoxDeveloperTokenAuth(os.environ[{token_name!r}])",
            *_sdk_client(url),
            f"rows = {_literal(body['document_generation_data'], indent=7)}",
            "batch = client.docgen.create_docgen_batch_v2025_r0(",
            f"    FileReferenceV2025R0({body['file']['id']!r}),",
            f"    {body['input_source']!r},",
            f"    CreateDocgenBatchV2025R0DestinationFolder({body['destination_folder']['id']!r}),",
            f"    {body['output_type']!r},",
            "    [DocGenDocumentGenerationDataV2025R0(**row) for row in rows],",
            *([f"    file_version=FileVersionBaseV2025R0({version['id']!r}),"] if version else []),
            ")",
            "print(batch.id)",
        ]
    )


def _with_floats(value: Any) -> Any:
    """The SDK writes JSON with Python's own module, which takes no Decimal."""
    if isinstance(value, Mapping):
        return {key: _with_floats(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with_floats(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _sdk_names(*, at_url: bool, version: Any) -> Iterator[str]:
    if at_url:
        yield "BaseUrls"
    yield from ("BoxClient", "BoxDeveloperTokenAuth", "CreateDocgenBatchV2025R0DestinationFolder")
    yield from ("DocGenDocumentGenerationDataV2025R0", "FileReferenceV2025R0")
    if version:
        yield "FileVersionBaseV2025R0"
    if at_url:
        yield "NetworkSession"


def _sdk_client(url: str | None) -> Iterator[str]:
    if url is None:
        yield "client = BoxClient(auth)"
        return
    yield f"urls = BaseUrls(base_url={url!r}, upload_url={url + '/api'!r})"
    yield "client = BoxClient(auth, network_session=NetworkSession(base_urls=urls))"


def _literal(value: Any, *, indent: int) -> str:
    text = pformat(value, width=_WIDTH - indent, sort_dicts=False)
    return text.replace("\n", "\n" + " " * indent)


def _decimal_import(value: Any) -> list[str]:
    return ["from decimal import Decimal", ""] if _holds_decimal(value) else []


def _holds_decimal(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_decimal, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_holds_decimal, value))
    return isinstance(value, Decimal)
