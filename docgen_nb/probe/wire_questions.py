"""Questions about the API: each answer is a short text, as in `docgen_nb.evidence.WIRE`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docgen_nb import samples, wire
from docgen_nb.client_protocol import Entry
from docgen_nb.errors import ApiError, NotReady, ProbeStopped
from docgen_nb.probe.workspace import Workspace
from docgen_nb.template import Template
from docgen_nb.template.problems import missing, unused

UNKNOWN_ID = "999999999999999"
UNKNOWN_BATCH = "00000000-0000-4000-8000-000000000000"
DOCUMENTS = (
    {"generated_file_name": "First", "user_input": {"a": 1}, "external_id": "first"},
    {"generated_file_name": "Second.docx", "user_input": {"a": 1}},
    {"generated_file_name": "Same", "user_input": {"a": 1}},
    {"generated_file_name": "Same", "user_input": {"a": 1}},
    {"generated_file_name": "Unused", "user_input": {"a": 1, "b": 2}},
    {"generated_file_name": "Gap", "user_input": {}},
)
MOST_DOCUMENTS = len(DOCUMENTS) + 3  # if Box accepts batches that the service refuses
_TAGS = """
    {{a}} {{ b.c :: uppercase }} {{$sum(d.e)}} {{f * g}}
    {{if b.c == “1” and b.d == “2”}}
    {{a}}
    {{elseif b.e isPresent}}
    x
    {{else}}
    y
    {{endif}}
    {{for i in items}}
    {{i.name}}
    {{endfor}}
    | {{tablerow i in items}} {{i.name}} | {{i.price}}{{endtablerow}} |
"""


def ask_all(space: Workspace) -> dict[str, str]:
    """Ask all wire questions except the one about a marker at the end of the probe."""
    answers = _about_tags(space)
    template_id = space.add_template("Probe.docx", samples.template("{{a}}"))
    answers["marked_twice"] = _outcome(lambda: space.box.mark_template(template_id))
    answers |= _about_refusals(space, template_id)
    batch_id, answers["external_id"] = _send_batch(space, template_id)
    answers["batch_id"] = _id_style(batch_id)
    jobs = space.wait([batch_id])[batch_id]
    answers |= _about_jobs(space, jobs)
    answers |= _about_lists(space, template_id, batch_id, jobs)
    if answers["external_id"] == "accepted":
        is_echoed = any(job.get("external_id") == "first" for job in jobs)
        answers["external_id"] = "echoed" if is_echoed else "dropped"
    return answers


def _outcome(call: Callable[[], object]) -> str:
    """Return ``accepted``, or the status and code of a refusal."""
    try:
        call()
    except ApiError as error:
        return _refusal(error)
    return "accepted"


def _refusal(error: ApiError) -> str:
    return f"{error.status} {error.code}".strip()[:80]


# Tags


def _about_tags(space: Workspace) -> dict[str, str]:
    content = samples.template(_TAGS)
    tags, seconds = space.first_tags(space.add_template("Tags.docx", content))
    keys = ("tag_content", "tag_type", "json_paths")
    listed = [{key: tag.get(key) for key in keys} for tag in tags]
    is_same = listed == Template(content).tags()
    return {
        "tags_ready": duration(seconds),
        "tags_list": "as listed here" if is_same else "otherwise",
        "tags_of_text": _tags_of_text(space),
    }


def duration(seconds: float) -> str:
    """Return how long something took, as an answer."""
    limits = ((0.0, "at once"), (10.0, "within 10 s"), (60.0, "within a minute"))
    return next((words for limit, words in limits if seconds <= limit), "not within a minute")


def _tags_of_text(space: Workspace) -> str:
    file_id = space.upload("Probe.txt", b"Dear {{name}}")
    outcome = _outcome(lambda: space.mark(file_id))
    if outcome != "accepted":
        return f"not marked: {outcome}"
    try:
        return "some" if list(space.box.list_tags(file_id)) else "none"
    except NotReady:
        return "not ready"
    except ApiError as error:
        return _refusal(error)


# Refusals


def _about_refusals(space: Workspace, template_id: str) -> dict[str, str]:
    file_id = space.upload("Not marked.docx", samples.template("{{a}}"))
    one = DOCUMENTS[1:2]
    large = [{"generated_file_name": "Large", "user_input": {"a": "x" * 110 * 1024}}]
    folder = {"type": "folder", "id": UNKNOWN_ID}
    bodies = {
        "unknown_template": space.body(UNKNOWN_ID, one),
        "unmarked_file": space.body(file_id, one),
        "unknown_folder": space.body(template_id, one, destination_folder=folder),
        "output_type": space.body(template_id, one, output_type="odt"),
        "input_source": space.body(template_id, one, input_source="probe"),
        "no_documents": space.body(template_id, []),
        "oversized_data": space.body(template_id, large),
    }
    box = space.box
    answers = {name: _outcome(lambda body=body: space.send(body)) for name, body in bodies.items()}  # type: ignore[misc]
    batch, job = wire.BATCH_JOBS.format(batch_id=UNKNOWN_BATCH), wire.JOB.format(job_id=UNKNOWN_ID)
    answers["unknown_batch"] = _outcome(lambda: box.request("GET", batch))
    answers["unknown_job"] = _outcome(lambda: box.request("GET", job))
    return answers


def _send_batch(space: Workspace, template_id: str) -> tuple[str, str]:
    """Send the documents that the other questions are about; without external_id if refused."""
    try:
        return space.send(space.body(template_id, DOCUMENTS)), "accepted"
    except ApiError as error:
        plain = [{**one} for one in DOCUMENTS]
        plain[0].pop("external_id")
        try:
            return space.send(space.body(template_id, plain)), _refusal(error)
        except ApiError as again:
            message = f"A batch was refused after {space.state.documents} documents: {again}"
            raise ProbeStopped(message) from again


# Jobs


def _id_style(text: str) -> str:
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text):
        return "uuid"
    return "decimal" if text.isdecimal() else "other"


def _about_jobs(space: Workspace, jobs: Sequence[Entry]) -> dict[str, str]:
    files = [(job.get("output_file") or {}).get("id") for job in jobs]
    names = ["" if one is None else str(space.box.get_file(one)["name"]) for one in files]
    stems = [str(one["generated_file_name"]).removesuffix(".docx") for one in DOCUMENTS]
    order = _order_of(names, stems)
    requested = {"as requested": jobs, "reversed": jobs[::-1]}.get(order)
    answers = {"batch_jobs_order": order, "statuses": _status_answer(space)}
    answers |= _about_names(names, files)
    for stem, key, field, message in (
        ("Gap", "missing", "data", str(missing("a"))),
        ("Unused", "unused", "data", str(unused("b"))),
    ):
        pairs = zip(jobs, names, strict=True)
        job = next((one for one, name in pairs if name.startswith(stem)), {"status": "failed"})
        answers[f"{key}_{field}"] = str(job["status"])
        answers[f"{key}_message"] = _message_answer(job, message)
    ids = [int(one["id"]) for one in requested or []]
    answers["job_ids"] = "ascending" if ids and ids == sorted(ids) else "other"
    return answers


def _order_of(names: Sequence[str], stems: Sequence[str]) -> str:
    for order, expected in (("as requested", stems), ("reversed", stems[::-1])):
        pairs = zip(names, expected, strict=False)
        # A job without a document has no name, for example where names clash.
        are_alike = all(not name or name.startswith(stem) for name, stem in pairs)
        if any(names) and len(names) == len(stems) and are_alike:
            return order
    return "other"


def _about_names(names: Sequence[str], files: Sequence[Any]) -> dict[str, str]:
    first = next((one for one in names if one.startswith("First")), "")
    second = next((one for one in names if one.startswith("Second")), "")
    own = {"Second.docx": "kept", "Second.docx.docx": "doubled"}
    same = sorted(one for one in names if one.startswith("Same"))
    clash = "another name"
    if len(same) < 2:
        clash = "failed"
    elif len({file for file, name in zip(files, names, strict=True) if name in same}) == 1:
        clash = "a new version"
    elif re.fullmatch(r"Same ?\(1\)(\.docx)?", same[0]):
        clash = "name (1)"
    return {
        "extension": {"First.docx": "added", "First": "not added"}.get(first, "another name"),
        "own_extension": own.get(second, "another name"),
        "name_clash": clash,
    }


def _status_answer(space: Workspace) -> str:
    order = list(wire.STATUSES)
    for seen in space.statuses.values():
        positions = [min(order.index(one), 2) if one in order else -1 for one in seen]
        if -1 in positions or positions != sorted(set(positions)):
            return " > ".join(seen)[:100]
    return "as documented"


def _message_answer(job: Mapping[str, Any], message: str) -> str:
    failures = job.get("failures") or {}
    for kind in ("error", "warning"):
        texts = failures.get(f"{kind}s") or []
        if texts:
            whose = "that of the OpenAPI" if list(texts) == [message] else "another"
            return f"{whose}, {'an error' if kind == 'error' else 'a warning'}"
    return "none"


# Lists


def _about_lists(
    space: Workspace, template_id: str, batch_id: str, jobs: Sequence[Entry]
) -> dict[str, str]:
    box = space.box
    of_template = wire.TEMPLATE_JOBS.format(template_id=template_id)
    of_batch = wire.BATCH_JOBS.format(batch_id=batch_id)
    page = box.request("GET", wire.JOBS) or {}
    whole = box.request("GET", of_template, query={"limit": "1000"}) or {}
    single = box.request("GET", wire.JOB.format(job_id=jobs[0]["id"])) or {}
    batch_page = box.request("GET", of_batch) or {}
    # Of all jobs: the list of a template ends with the template, so a resumed probe has it no more.
    marker = (box.request("GET", wire.JOBS, query={"limit": "2"}) or {}).get("next_marker")
    space.state.marker = str(marker or "")
    last = whole.get("next_marker", ...)
    return {
        "jobs_order": _by_ids(page),
        "template_jobs_order": _by_ids(whole),
        "default_page": str(page.get("limit", "not told"))[:20],
        "largest_page": _page_size(space, "5000"),
        "wrong_limit": _page_size(space, "many"),
        "wrong_marker": _outcome(lambda: box.request("GET", wire.JOBS, query={"marker": "probe"})),
        "last_marker": {None: "null", "": "empty", ...: "absent"}.get(last, "a marker"),
        "created_at_jobs": _time_style(page["entries"][0]),
        "created_at_template_jobs": _time_style(whole["entries"][0]),
        "created_at_batch_jobs": _time_style(batch_page["entries"][0]),
        "created_at_job": _time_style(single),
    }


def _by_ids(page: Mapping[str, Any]) -> str:
    ids = [int(job["id"]) for job in page.get("entries", [])]
    if len(ids) < 2:
        return "other"
    ascending = ids == sorted(ids)
    return "oldest first" if ascending else "newest first" if ids == sorted(ids)[::-1] else "other"


def _page_size(space: Workspace, limit: str) -> str:
    try:
        page = space.box.request("GET", wire.JOBS, query={"limit": limit}) or {}
    except ApiError as error:
        return _refusal(error)
    return str(page.get("limit", "not told"))[:20]


def _time_style(job: Mapping[str, Any]) -> str:
    text = job.get("created_at")
    if text is None:
        return "absent"
    if str(text).isdecimal():
        return "epoch seconds"
    is_time = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", str(text))
    return "RFC 3339" if is_time else "other"


def ask_at_the_end(space: Workspace) -> dict[str, str]:
    """Ask whether a marker of the beginning is still valid."""
    if not space.state.marker:
        return {}
    query = {"limit": "2", "marker": space.state.marker}
    outcome = _outcome(lambda: space.box.request("GET", wire.JOBS, query=query))
    return {"marker_again": "valid" if outcome == "accepted" else outcome}
