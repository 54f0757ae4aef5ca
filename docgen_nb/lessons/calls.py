"""The second set of exercises: the calls of the API."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from docgen_nb import samples, wire
from docgen_nb.errors import ApiError, NotFound, Unauthorized
from docgen_nb.lessons.exercise import (
    Exercise,
    TooManyCalls,
    Wrong,
    in_words,
    raised,
    require,
    require_function,
    run,
    shown,
)
from docgen_nb.lessons.practice import Practice
from docgen_nb.request import BatchRequest
from docgen_nb.service import Fault

LETTER = "Dear {{name}}, welcome."
_LONGEST_ID = 40  # characters

# 02a


def _start_marking(seed: int) -> Practice:
    practice = Practice()
    for number in range(seed % 5):  # so that ids differ between seeds
        practice.box.create_folder(f"Archive {number + 1}")
    return practice


def _judge_marking(answer: Any, practice: Practice) -> None:
    template_id = _id_of(answer)
    box = practice.box
    try:
        file = box.get_file(template_id)
    except (ApiError, ValueError):
        raise Wrong(
            f"The service has no file with the id {shown(template_id)}.",
            "The reply to an upload is a dict. Which key holds the id?",
        ) from None
    try:
        box.get_template(template_id)
    except NotFound:
        raise Wrong(
            f"The file {file['name']!r} is there, but it isn't marked as a template.",
            "It takes one more call to make a Word file a template. See notebook 01.",
        ) from None
    if file["name"] != "Welcome.docx":
        raise Wrong(f"The template is named {file['name']!r} instead of 'Welcome.docx'.")
    if file["parent"]["name"] != "Templates":
        raise Wrong(
            f"The template is in the folder {file['parent']['name']!r} instead of 'Templates'.",
            "An upload goes to the root folder unless it names another one.",
        )
    if not list(box.list_tags(template_id)):
        raise Wrong("The template has no tags.", "Upload `letter`, the content of the start cell.")


def _id_of(answer: Any) -> str:
    if isinstance(answer, Mapping):
        answer = answer.get("file", answer)
        answer = answer.get("id", "") if isinstance(answer, Mapping) else answer
    require(answer, (str, int), "the id of the template")
    if len(str(answer)) > _LONGEST_ID:
        raise Wrong(f"{shown(answer)} is too long for an id.")
    return str(answer)


# 02b


def _token(seed: int) -> str:
    return f"class-token-{seed}"


def _judge_headers(answer: Any, token: str) -> None:
    require(answer, Mapping, "a dict of headers")
    texts = dict(answer.items())
    for name, value in texts.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise Wrong(f"The header {shown(name)} is {shown(value)}; headers are texts.")
    practice = Practice(token=token)
    try:
        reply = practice.session.get(wire.LOCAL_URL + wire.JOBS, headers=texts)
    except (ValueError, OSError) as error:
        raise Wrong(f"requests can't send these headers: {in_words(error)}.") from None
    if reply.status_code == 401:
        reason, hint = _no_token(texts)
        raise Wrong(f"The service answers 401: {reason}.", hint)
    if not reply.ok:
        message = reply.json().get("message", "")
        raise Wrong(
            f"The service answers {reply.status_code}: {message}",
            "You are let in. Box has more than one version of this API.",
        )


def _no_token(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return why the token is not accepted, and what to look at."""
    given = {name.lower(): value for name, value in headers.items()}.get("authorization")
    if given is None:
        return "there is no header Authorization", "The service has to know who asks."
    if not given.lower().startswith("bearer "):
        reason = "Authorization does not name the kind of the token before it"
        return reason, "The kind is one word before the token, with a space between them."
    reason = "it does not know the token that Authorization names"
    return reason, "Take the token from the variable: a new seed gives a new one."


# 02c


def _start_batch(seed: int) -> Practice:
    practice = _start_marking(seed)
    practice.add_template(samples.template(LETTER), name="Welcome.docx")
    practice.box.create_folder("Letters")
    return practice


def _judge_batch(answer: Any, practice: Practice) -> None:
    if isinstance(answer, str):
        answer = _decoded(answer)
    body = answer.body() if isinstance(answer, BatchRequest) else answer
    require(body, Mapping, "a dict, the body of the request,")
    box = practice.box
    try:
        batch = box.create_batch(body)
    except ApiError as error:
        details = [one.get("message", "") for one in error.context_info.get("errors", [])]
        message = "; ".join(filter(None, details)) or error.message
        raise Wrong(f"The service refuses it with {error.status}: {message}.") from None
    except (TypeError, ValueError) as error:
        raise Wrong(f"The body can't be sent as JSON: {in_words(error)}.") from None
    practice.settle()
    jobs = [box.get_job(job["id"]) for job in box.list_batch_jobs(batch["id"])]
    files = [box.get_file(job["output_file"]["id"]) for job in jobs if job.get("output_file")]
    _check_jobs(jobs)
    names = sorted(file["name"] for file in files)
    if len(names) != 2:
        raise Wrong(f"The batch made {len(names)} documents, and not two.")
    _check_files(files)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Wrong(f"The answer is a text, and no JSON: {in_words(error)}.") from None


def _check_jobs(jobs: list[dict[str, Any]]) -> None:
    for job in jobs:
        if job["status"] != "completed":
            messages = (job.get("failures") or {}).get("errors") or [job["status"]]
            raise Wrong(
                f"The batch was accepted, but a job ended as {job['status']}: {messages[0]}",
                "Compare the keys of `user_input` with the tags of the template.",
            )


def _check_files(files: list[dict[str, Any]]) -> None:
    for file in files:
        folder = file["parent"]["name"]
        if folder != "Letters":
            raise Wrong(f"{file['name']!r} is in the folder {folder!r}, and not in 'Letters'.")
    stems = {file["name"].split(".docx")[0].split(" (")[0] for file in files}
    if stems != {"Letter to Ada", "Letter to Bo"}:
        raise Wrong(
            f"The documents are named {', '.join(sorted(file['name'] for file in files))}.",
            "Each document has a name of its own. Box adds the extension.",
        )


# 02d


class _Pages:
    """Pages of a list, as Box sends them; the second one is empty and not the last."""

    def __init__(self, end: Any) -> None:
        self.ids = [str(4000 + number) for number in range(7)]
        pages = [self.ids[:3], [], self.ids[3:6], self.ids[6:]]
        following: list[Any] = ["m1", "m2", "m3", end]
        self._pages: dict[Any, dict[str, Any]] = {}
        for marker, ids, after in zip([None, "m1", "m2", "m3"], pages, following, strict=True):
            page: dict[str, Any] = {"entries": [{"id": id} for id in ids], "limit": 3}
            self._pages[marker] = page if after is _ABSENT else page | {"next_marker": after}
        self.asked: list[Any] = []

    def get(self, marker: str | None = None) -> dict[str, Any]:
        """Return the page of a marker, the first one without any."""
        if self.asked.count(marker) > 1:
            raise TooManyCalls(f"It asks for the page of the marker {marker!r} again and again.")
        self.asked.append(marker)
        if marker not in self._pages:
            raise ValueError(f"invalid marker {shown(marker)}")
        return self._pages[marker]


_ABSENT = object()


def _judge_pages(answer: Any, _: Any) -> None:
    require_function(answer)
    for end, words in ((None, "null"), ("", '""'), (_ABSENT, "absent")):
        pages = _Pages(end)
        ids = run(answer, pages.get)
        if ids is None:
            raise Wrong("Your function returns None.", "A `return` is missing, or is too deep.")
        if not isinstance(ids, list | tuple):
            raise Wrong(f"Your function returns {shown(ids)} instead of a list of ids.")
        if ids and isinstance(ids[0], Mapping):
            raise Wrong("Your function returns entries instead of their ids.")
        if list(ids) != pages.ids:
            raise Wrong(
                f"The list has 7 jobs on 4 pages, with next_marker {words} on the last one; your "
                f"function returns {len(ids)} ids{_difference(list(ids), pages)}.",
                "Print `page` in your loop: which key says whether there is more?",
            )


def _difference(ids: list[Any], pages: _Pages) -> str:
    if len(pages.asked) == 1:
        return ", those of the first page alone"
    if ids == pages.ids[:3]:
        return ", those before the empty page: a page can be empty and not the last"
    return ", some of them twice" if len(ids) > len(pages.ids) else ""


# 02e


def _judge_errors(answer: Any, _: Any) -> None:
    require_function(answer)
    practice = Practice()
    template = practice.add_template(samples.template(LETTER), name="Welcome.docx")
    request = BatchRequest(template, rows=[{"name": "Ada"}])
    batch = practice.box.create_batch(request.body())
    practice.settle()
    job_id = next(iter(practice.box.list_batch_jobs(batch["id"])))["id"]
    status = run(answer, practice.box, job_id)
    if status != "completed":
        raise Wrong(f"For a job that is completed, your function returns {shown(status)}.")
    status = run(answer, practice.box, "1")
    if status != "unknown":
        raise Wrong(f"For a job that does not exist, your function returns {shown(status)}.")
    practice.set_faults([Fault("expired_token")])
    _expect_raise(answer, practice, job_id)


def _expect_raise(answer: Callable[..., Any], practice: Practice, job_id: str) -> None:
    try:
        status = answer(practice.box, job_id)
    except Unauthorized:
        return
    except (Exception, SystemExit) as error:  # noqa: BLE001  it becomes a reason
        raise raised(error) from None
    raise Wrong(
        f"With an expired token (401), your function returns {shown(status)}, as if it had asked.",
        "Only one error means that there is no such job. Let all others through.",
    )


EXERCISES = (
    Exercise(
        id="02a",
        task="Make a template",
        judge=_judge_marking,
        hints=(
            "It takes three calls: create a folder, upload the file to it, mark it as a template.",
            "`dir(box)` lists the calls: look for create, upload and mark. "
            '`dg.help("Client.upload_file")` shows how to name a folder.',
            "Each reply is a dict with an `id`. Pass the id of the folder to the upload, and "
            "the id of the file to the last call.",
        ),
        solution='folder = box.create_folder("Templates")\n'
        'file = box.upload_file(letter, name="Welcome.docx", folder_id=folder["id"])\n'
        'box.mark_template(file["id"])\n'
        'answer_02a = file["id"]',
        learned="A template is a file that is marked as one. Its id is the id of the file.",
        start=_start_marking,
    ),
    Exercise(
        id="02b",
        task="The headers of a request",
        judge=_judge_headers,
        hints=(
            "One header says who you are, one says which version of the API you speak.",
            '`print(dg.BatchRequest("1").as_curl())` shows a request with all of its headers, '
            "and `dg.show_wire` those that a client sends.",
            "Before the token stands a word that says what kind of token it is. The other header "
            "is Doc Gen's own, and its value looks like a year with a decimal.",
        ),
        solution="answer_02b = {\n"
        '    "Authorization": f"Bearer {token}",\n'
        '    "box-version": "2025.0",\n'
        "}",
        learned="Every Doc Gen call needs both: without the token it is 401, without the version "
        "400. The client of this package sends them for you.",
        start=_token,
    ),
    Exercise(
        id="02c",
        task="The body of a batch",
        judge=_judge_batch,
        hints=(
            "The service names one missing or wrong field at a time: add it, and check again. "
            "Notebook 07 sends a whole body under the title Generate documents.",
            "`dg.BatchRequest(…).as_json()` shows a body that Box accepts. Compare yours with it.",
            "The keys are `file`, `input_source`, `destination_folder`, `output_type` and "
            "`document_generation_data`, a list with `generated_file_name` and `user_input` (a "
            "dict, no text) for each letter.",
        ),
        solution="answer_02c = {\n"
        '    "file": {"type": "file", "id": template_id},\n'
        '    "input_source": "api",\n'
        '    "destination_folder": {"type": "folder", "id": folder_id},\n'
        '    "output_type": "docx",\n'
        '    "document_generation_data": [\n'
        '        {"generated_file_name": f"Letter to {name}", "user_input": {"name": name}}\n'
        '        for name in ("Ada", "Bo")\n'
        "    ],\n"
        "}",
        learned="202 means accepted, and not done: what became of the documents is in the jobs.",
        start=_start_batch,
    ),
    Exercise(
        id="02d",
        task="A list of several pages",
        judge=_judge_pages,
        hints=(
            "Neither the number of entries nor the limit says whether a page is the last one.",
            "A loop: ask for a page, keep its ids, then ask again with the `next_marker` of this "
            "page. Null, an empty text and an absent key all mean that there is no next page.",
            "Begin with `marker = None`. In the loop, set it from the page with `page.get(…)`, and "
            "`return` as soon as it is empty.",
        ),
        solution="def answer_02d(get_page):\n"
        "    ids, marker = [], None\n"
        "    while True:\n"
        "        page = get_page(marker)\n"
        '        ids += [entry["id"] for entry in page["entries"]]\n'
        '        marker = page.get("next_marker")\n'
        "        if not marker:\n"
        "            return ids",
        learned="Only the marker tells. `box.list_jobs()` walks the pages for you, and refuses to "
        "walk in a circle.",
    ),
    Exercise(
        id="02e",
        task="A job that does not exist",
        judge=_judge_errors,
        hints=(
            'Run `box.get_job` with the id "1" in a cell of your own, and read the error\'s name.',
            "`try`, `except`, and the one error that means it. All are in `dg.errors`.",
            "Its status is 404. A wider net, such as `Exception` or `dg.errors.DocGenError`, would "
            "also catch the expired token.",
        ),
        solution="def answer_02e(box, job_id):\n"
        "    try:\n"
        '        return box.get_job(job_id)["status"]\n'
        "    except dg.errors.NotFound:\n"
        '        return "unknown"',
        learned="Catch the error that you have an answer to, and let the others pass: an expired "
        "token doesn't mean that the job is missing.",
    ),
)
