"""Checks of one reply against Box's OpenAPI."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from contract.documented import Documented
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from jsonschema_path import SchemaPath
from openapi_core import OpenAPI
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.templating.responses.finders import ResponseFinder
from openapi_core.testing import MockRequest, MockResponse
from openapi_core.validation.response.exceptions import DataValidationError
from openapi_core.validation.response.validators import V30ResponseValidator
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from openapi_core.validation.schemas.factories import SchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS30ReadValidator

DATA = Path(__file__).parent / "data"
API, UPLOAD = "https://api.box.com", "https://upload.box.com/api"
UPLOADS = re.compile(r"/2\.0/files/(\d+/)?content")


@dataclass(frozen=True)
class Exchange:
    """A request and its reply, with the body decoded if it is JSON."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    content: bytes | None  # None: a file that is being sent

    @cached_property
    def body(self) -> Any:
        try:
            return json.loads(self.content or b"null")
        except ValueError:
            return None

    def field(self, name: str) -> Any:
        return self.body.get(name) if isinstance(self.body, dict) else None


@dataclass(frozen=True)
class Violation:
    """One violation of Box's OpenAPI in a reply; `kind` names the rule."""

    kind: str
    place: str
    message: str
    exchange: Exchange

    def __str__(self) -> str:
        e = self.exchange
        where = f" at {self.place}" if self.place else ""
        shown = (
            "(a file)" if e.content is None else repr(e.content[:2000].decode("utf-8", "replace"))
        )
        return (
            f"{e.method} {e.path} -> {e.status}, {self.kind}{where}: {self.message}\n"
            f"    query {dict(e.query)}, headers {dict(e.headers)}, body {shown}"
        )


def all_violations(exchange: Exchange) -> list[Violation]:
    """Return all violations of the OpenAPI in a reply, including known ones."""
    docgen, neighbours = contracts()
    contract = docgen if exchange.path.startswith("/2.0/docgen_") else neighbours
    return list(contract.violations(exchange))


@cache
def contracts() -> tuple["Contract", "Contract"]:
    """Return both files of the OpenAPI, read once: Doc Gen and other endpoints."""
    return Contract("box-openapi-docgen-2025.0.json"), Contract("box-openapi-neighbours.json")


def folder_fields() -> set[str]:
    """Return the names of all fields that a folder can have."""
    _, neighbours = contracts()
    whole = neighbours.document["components"]["schemas"]["Folder--Full"]
    return set(neighbours.documented.shape((whole,), "folder").fields)


class Contract:
    """One file of Box's OpenAPI."""

    def __init__(self, name: str) -> None:
        self.document = without_remarks(json.loads((DATA / name).read_text(encoding="utf-8")))
        self.spec = OpenAPI.from_dict(self.document).spec
        self.schemas = RememberingFactory(remembering_validator())
        self.validator = V30ResponseValidator(
            self.spec,
            path_finder_cls=RememberingPathFinder,
            schema_validators_factory=self.schemas,
        )
        self.documented = Documented(self.document)

    def violations(self, exchange: Exchange) -> Iterator[Violation]:
        """Yield the violations of this file in one reply."""
        path = exchange.path.removeprefix("/api")
        is_upload = exchange.method == "POST" and UPLOADS.fullmatch(path) is not None
        if is_upload != exchange.path.startswith("/api/"):
            yield Violation("server", "", "The OpenAPI has this call on the other host.", exchange)
        address = UPLOAD + path if is_upload else API + path
        try:
            operation = self._operation(exchange, address)
        except PathError as error:
            yield Violation("path", "", f"The OpenAPI has no such call: {error}", exchange)
            if exchange.status >= 400:
                schema = self.spec / "components" / "schemas" / "ClientError"
                yield from self._body_violations(exchange, schema)
            return
        yield from self._reply_violations(exchange, operation, address)

    def _operation(self, exchange: Exchange, address: str) -> Any:
        return self.validator.path_finder.find(exchange.method.lower(), address).operation

    def _reply_violations(
        self, exchange: Exchange, operation: Any, address: str
    ) -> Iterator[Violation]:
        status = str(exchange.status)
        if status not in operation / "responses" and exchange.status < 400:
            # `default` is for errors; as a schema it would accept any object.
            yield Violation("status", "", f"The OpenAPI has no {status} here.", exchange)
            return
        request = MockRequest(address, exchange.method, "")
        mimetype = exchange.headers.get("content-type", "").partition(";")[0]
        response = MockResponse(
            exchange.content or b"", exchange.status, dict(exchange.headers), mimetype
        )
        for error in self.validator.iter_errors(request, response):
            yield from _violations_of(error, exchange)
        documented = ResponseFinder(operation / "responses").find(status)
        if "content" not in documented:
            if exchange.content != b"":
                yield Violation("body", "", "The OpenAPI has no body here.", exchange)
        elif isinstance(exchange.body, dict):
            schema = documented / "content" / "application/json" / "schema"
            yield from self._own_rules(exchange, schema)

    def _body_violations(self, exchange: Exchange, schema: SchemaPath) -> Iterator[Violation]:
        if not exchange.content:
            yield Violation("body", "", "Missing response data", exchange)
            return
        for error in self.schemas.create(self.spec, schema).validator.iter_errors(exchange.body):
            yield _schema_violation(error, exchange)
        yield from self._own_rules(exchange, schema)

    def _own_rules(self, exchange: Exchange, schema: SchemaPath) -> Iterator[Violation]:
        """Check rules that the OpenAPI states only in its text, or that its schemas omit."""
        with schema.resolve() as resolved:
            for place in self.documented.undocumented(exchange.body, (resolved.contents,)):
                yield Violation("extra", place, "The OpenAPI has no such field.", exchange)
        limit, asked = exchange.field("limit"), exchange.query.get("limit")
        if asked is not None and limit is not None and str(limit) != asked:
            message = f"The request has limit {asked}; the reply has {limit}."
            yield Violation("limit", "limit", message, exchange)
        if exchange.status >= 400 and not exchange.path.startswith("/oauth2/"):
            for name in ("type", "status", "code", "message", "request_id"):
                if exchange.field(name) is None:
                    yield Violation("error", name, "An error needs this field.", exchange)
            if exchange.field("status") not in (None, exchange.status):
                yield Violation(
                    "error", "status", "It differs from the status of the reply.", exchange
                )


def _violations_of(error: Exception, exchange: Exchange) -> Iterator[Violation]:
    cause = error.__cause__
    if isinstance(cause, InvalidSchemaValue):
        for inner in cause.schema_errors:
            yield _schema_violation(inner, exchange)
    else:
        kind = "body" if isinstance(error, DataValidationError) else "header"
        yield Violation(kind, "", str(cause or error), exchange)


def _schema_violation(error: Any, exchange: Exchange) -> Violation:
    inner = "; ".join(dict.fromkeys(e.message for e in error.context or ()))
    message = f"{error.message} ({inner})" if inner else error.message
    return Violation(error.validator, "/".join(map(str, error.absolute_path)), message, exchange)


REMARKS = {"description", "title", "example", "readOnly", "deprecated"}


def without_remarks(document: Any) -> Any:
    """Return the same OpenAPI without the parts that a validator ignores, for speed."""
    for schema in document["components"]["schemas"].values():
        _drop_remarks(schema)
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for media in response.get("content", {}).values():
                    _drop_remarks(media["schema"])
    return document


def _drop_remarks(schema: Any) -> None:
    for name in [name for name in schema if name in REMARKS or name.startswith("x-")]:
        del schema[name]
    inner = [schema[name] for name in ("items", "additionalProperties") if name in schema]
    inner += schema.get("properties", {}).values()
    for name in ("allOf", "oneOf", "anyOf"):
        inner += schema.get(name, ())
    for part in inner:
        if isinstance(part, dict):
            _drop_remarks(part)
    parts = [part for part in schema.pop("allOf", ()) if part not in ({}, {"nullable": False})]
    if parts:
        schema["allOf"] = parts


def remembering_validator() -> Any:
    """Return openapi-core's validator of replies, faster, and exact about null.

    A value that was valid for a `$ref` once is not checked again: a page of a thousand jobs repeats
    its batch, template and user a thousand times.
    """
    known: set[tuple[str, str]] = set()
    read_reference = OAS30ReadValidator.VALIDATORS["$ref"]
    read_all_of = OAS30ReadValidator.VALIDATORS["allOf"]

    def reference(validator: Any, ref: str, instance: Any, schema: Any) -> Iterator[Any]:
        key = (ref, repr(instance))
        if key in known:
            return
        errors = list(read_reference(validator, ref, instance, schema))
        if not errors:
            known.add(key)
        yield from errors

    def all_of(validator: Any, parts: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if instance is None and schema.get("nullable"):
            yield ValidationError("None where nullable is next to allOf", validator="nullable")
        else:
            yield from read_all_of(validator, parts, instance, schema)

    return extend(OAS30ReadValidator, {"$ref": reference, "allOf": all_of})


class RememberingPathFinder(APICallPathFinder):
    """A path finder that looks up each address once, ignoring the numbers in it."""

    def __init__(self, spec: SchemaPath, base_url: str | None = None) -> None:
        super().__init__(spec, base_url)
        self._matches: dict[tuple[str, str], Any] = {}

    def find(self, method: str, name: str) -> Any:
        key = (method, re.sub(r"/\d+(?=/|$)", "/0", name))
        if key not in self._matches:
            self._matches[key] = super().find(method, name)
        return self._matches[key]


class RememberingFactory(SchemaValidatorsFactory):
    """A factory with one validator for each schema; openapi-core makes one for each reply."""

    def __init__(self, validator: Any) -> None:
        super().__init__(validator)
        self._validators: dict[tuple[Any, ...], SchemaValidator] = {}

    def create(self, spec: SchemaPath, schema: SchemaPath, **options: Any) -> SchemaValidator:
        key = schema.parts
        if key not in self._validators:
            self._validators[key] = super().create(spec, schema, **options)
        return self._validators[key]
