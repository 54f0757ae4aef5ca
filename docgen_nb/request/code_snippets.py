"""A batch as code to paste elsewhere: curl, Python with this package, Python with Box's SDK.

The token is never written: the code reads it from the environment.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Any

from docgen_nb import exact_json, wire

TOKEN_NAME = "BOX_DEVELOPER_TOKEN"  # noqa: S105  the name of a variable
CIRCULAR = "An object contains itself, which JSON cannot hold"
_END = "END_OF_JSON"  # no line of JSON starts with a letter, so no line of the data can be this
_WIDTH = 88
_OPTIONAL = (
    *("template_version_id", "folder_id", "output_type", "file_name", "external_id"),
    *("common", "rows"),
)


def as_json(body: Mapping[str, Any]) -> str:
    """Return a body as indented JSON. ValueError for data that JSON cannot hold."""
    try:
        exact_json.check_numbers(body)
        return exact_json.encode_indented(body)
    except RecursionError as error:
        raise ValueError(f"{CIRCULAR}.") from error
    except TypeError as error:
        raise ValueError(f"{error}.") from error


def as_curl(body: Mapping[str, Any], *, url: str, token_name: str) -> str:
    """Return a curl command. The data is a here-document, so that no quote in it can end it."""
    return "\n".join(
        [
            f"curl --fail-with-body --request POST {shlex.quote(url + wire.BATCHES)} \\",
            f'  --header "Authorization: Bearer ${token_name}" \\',
            f"  --header 'box-version: {wire.BOX_VERSION}' \\",
            "  --header 'content-type: application/json' \\",
            f"  --data-binary @- <<'{_END}'",
            as_json(body),
            _END,
        ]
    )


def as_python(request: Any, *, url: str | None) -> str:
    """Return Python code that sends a request with this package."""
    as_json(request.body())  # raises for data that JSON cannot hold
    fields = {name: exact_json.to_builtins(getattr(request, name)) for name in _OPTIONAL}
    arguments = [
        f"    {name}={_literal(value, indent=len(name) + 5)},"
        for name, value in fields.items()
        if value is not None and (name not in ("common", "external_id") or value)
    ]
    needs_decimal = "Decimal('" in "".join(arguments)
    return "\n".join(
        [
            *(["from decimal import Decimal", ""] if needs_decimal else []),
            "import docgen_nb as dg",
            "",
            "request = dg.BatchRequest(",
            f"    {request.template_id!r},",
            *arguments,
            ")",
            f"box = dg.connect({'' if url is None else repr(url)})",
            "batch = dg.submit(box, request)",
            "print(batch.id)",
        ]
    )


def as_sdk_python(body: Mapping[str, Any], *, url: str | None, token_name: str) -> str:
    """Return Python code that sends a body with Box's SDK."""
    version = body.get("file_version")
    # Decimals become floats: the SDK uses Python's own JSON encoder, which rejects them.
    rows = json.loads(as_json(body))["document_generation_data"]
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
            f"rows = {_literal(rows, indent=7)}",
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
