"""Replies as a probe of another service found them, where they differ from this service's own."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from docgen_nb import exact_json, wire
from docgen_nb.evidence import WIRE, Evidence
from docgen_nb.service.http.messages import ApiFailure, Reply, Request, is_id

_LISTS = {
    "jobs": re.compile(f"{wire.JOBS}$"),
    "template_jobs": re.compile(wire.TEMPLATE_JOBS.format(template_id="[^/]+$")),
    "batch_jobs": re.compile(wire.BATCH_JOBS.format(batch_id="[^/]+$")),
}
_JOB = re.compile(wire.JOB.format(job_id="[^/]+$"))
_REFUSED = re.compile(r"([45]\d\d) (\w+)")
# Questions about refused batches, by the name of the parameter that the service refuses.
_PARAMETERS = {
    "file.id": "unmarked_file",
    "destination_folder.id": "unknown_folder",
    "output_type": "output_type",
    "input_source": "input_source",
    "document_generation_data": "no_documents",
    "document_generation_data[0].user_input": "oversized_data",
}
_CHOICES = {
    "batch_id": ("decimal",),
    **dict.fromkeys(("jobs_order", "template_jobs_order"), ("newest first",)),
    "batch_jobs_order": ("reversed",),
    "last_marker": ("empty", "absent"),
    **dict.fromkeys((f"created_at_{name}" for name in _LISTS), ("epoch seconds", "absent")),
    "external_id": ("dropped",),
    "missing_data": ("completed",),
    "missing_message": ("that of the OpenAPI, a warning", "none"),
    "unused_message": ("none",),
    # These three are followed where documents are stored.
    "extension": ("not added",),
    "own_extension": ("doubled",),
    "name_clash": ("a new version", "failed"),
}
_REFUSALS = (*_PARAMETERS.values(), "unknown_template", "unknown_job", "unknown_batch")
_REFUSALS = (*_REFUSALS, "wrong_limit", "wrong_marker")


def other_answers(evidence: Evidence) -> tuple[dict[str, str], dict[str, str]]:
    """Return the answers that differ from this service's own: those it follows, and the others."""
    other = {
        key: answer.text for key, answer in evidence.wire.items() if answer.text != WIRE[key].ours
    }
    followed = {key: text for key, text in other.items() if _can_follow(key, text)}
    return followed, {key: text for key, text in other.items() if key not in followed}


def _can_follow(key: str, text: str) -> bool:
    if key in ("default_page", "largest_page"):
        return text.isdecimal() and 0 < int(text) <= wire.MAX_LIMIT
    if key in _REFUSALS:
        return _REFUSED.fullmatch(text) is not None
    return text in _CHOICES.get(key, ())


def with_page_size(request: Request, answers: Mapping[str, str]) -> Request:
    """Return a request of jobs with the page size that it would have elsewhere."""
    if not _list_of(request):
        return request
    limit = request.one("limit")
    if limit is None:
        limit = answers.get("default_page")
    largest = answers.get("largest_page")
    if largest and limit and is_id(limit) and int(limit) > int(largest):
        limit = largest
    return replace(request, query=[*request.query, ("limit", limit)]) if limit else request


def rewritten(reply: Reply, request: Request, answers: Mapping[str, str]) -> Reply:
    """Return a reply about jobs, or a refusal, as it would be elsewhere."""
    kind = _list_of(request)
    is_batch = (request.method, request.path) == ("POST", wire.BATCHES)
    if not (kind or is_batch or _JOB.match(request.path)) or not isinstance(reply.body, bytes):
        return reply
    content = json.loads(reply.body) if reply.body else None
    if not isinstance(content, dict):
        return reply
    if reply.status >= HTTPStatus.BAD_REQUEST:
        return _refusal(reply, content, answers.get(_question(content, kind, is_batch), ""))
    if is_batch:
        return reply
    for entry in content["entries"] if kind else [content]:
        _change_job(entry, answers, created_at=answers.get(f"created_at_{kind}", ""))
    if kind and not content["next_marker"] and "last_marker" in answers:
        content["next_marker"] = ""
        if answers["last_marker"] == "absent":
            del content["next_marker"]
    return replace(reply, body=exact_json.encode(content))


def _list_of(request: Request) -> str:
    """Return which list of jobs is requested, or ""."""
    if request.method != "GET":
        return ""
    return next((kind for kind, path in _LISTS.items() if path.match(request.path)), "")


def _question(content: Mapping[str, Any], kind: str, is_batch: bool) -> str:
    if content.get("status") == HTTPStatus.NOT_FOUND:
        if is_batch:
            return "unknown_template"
        return {"batch_jobs": "unknown_batch", "": "unknown_job"}.get(kind, "")
    if is_batch:
        errors = (content.get("context_info") or {}).get("errors") or [{}]
        return _PARAMETERS.get(errors[0].get("name", ""), "")
    if content.get("code") == "invalid_limit":
        return "wrong_limit"
    return "wrong_marker" if "marker" in content.get("message", "") else ""


def _refusal(reply: Reply, content: Mapping[str, Any], answer: str) -> Reply:
    refused = _REFUSED.fullmatch(answer)
    if refused is None:
        return reply
    status, code = int(refused[1]), refused[2]
    context = content.get("context_info")
    return ApiFailure(status, code, content["message"], context=context).reply()


def _change_job(job: dict[str, Any], answers: Mapping[str, str], *, created_at: str) -> None:
    if created_at:
        moment = job.pop("created_at")
        if created_at == "epoch seconds":
            job["created_at"] = str(int(datetime.fromisoformat(moment).timestamp()))
    if "external_id" in answers:
        job.pop("external_id", None)
    failures = job["failures"]
    if job["status"] == "completed_with_error":
        job["status"] = answers.get("missing_data", job["status"])
        if answers.get("missing_message") == "none":
            failures = None
        elif "missing_message" in answers:
            failures = {"errors": [], "warnings": [*failures["errors"], *failures["warnings"]]}
    elif failures and "unused_message" in answers and not failures["errors"]:
        failures = None
    job["failures"] = failures
