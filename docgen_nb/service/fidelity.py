"""How like Box the service is: one row for each endpoint and behaviour, and how that is known.

``verified``: an official Box SDK or its test suite relies on it, here, in the tests.
``documented``: Box's OpenAPI or guides say so. ``observed``: recorded on the real service by
somebody. ``guessed``: nothing was found, and the note says what was chosen.
"""

CONFIDENCE = ("verified", "documented", "observed", "guessed")

_ROWS = """
POST /oauth2/token | client credentials, JWT, token exchange | verified | \
Any client_id; the client_secret must be the service's token, if it has one. 3600 s.
POST /oauth2/token | authorization code, refresh | guessed | Any code gives a pair of tokens of \
the default user; a refresh token works once.
POST /oauth2/token | subjects | guessed | A user or enterprise that is named first is made.
POST /oauth2/revoke | 200 whatever the token | verified | Refused from then on, for good.
any | bearer tokens given by hand | guessed | Belong to one default user.
any | 401 | observed | Empty body and a WWW-Authenticate header, against the OpenAPI.
any | header box-version | documented | 400 invalid_api_version, in the five wordings of the guide.
any | error body | observed | help_url and a 16-digit request_id as recorded.
any | 429 | observed | rate_limit_exceeded; the OpenAPI's enum has another code. Retry-After in \
this spelling, for old SDKs.
any | rate limits | documented | 1000 calls a minute and user, off unless asked for.
any | limit over 1000 | documented | Clamped; the reply says to what.
any | page size without limit | guessed | 100.
any | markers | guessed | Opaque; of another list or made up: 400. prev_marker is always null.
any | Content-Encoding of a request | guessed | 400 but for identity: Box documents none.
any | JSON that is refused | guessed | Nested more than 100 deep, integers over 4300 digits, half \
a surrogate pair, NaN and Infinity: 400.
any | what is no HTTP | guessed | 400 with Box's error body; headers end at 64 KB.
any | whose things | guessed | Each user sees only what is theirs; there are no collaborations.
any | As-User | verified | For users of the same enterprise.
any | downscoped tokens | verified | Scopes decide what may be read, renamed, uploaded, deleted; \
the resource is not looked at.
any | path prefix /api | verified | Taken on every path; one host serves API and uploads.
GET /2.0/users/me | enterprise only when asked for | documented | The rest of the user is made up.
POST /2.0/users | app users | verified | Only the name is kept.
DELETE /2.0/users/{user_id} | | verified | Their files stay, out of reach.
POST /2.0/docgen_templates | any file, and twice | verified | 404 for an unknown file.
GET /2.0/docgen_templates | | documented |
GET /2.0/docgen_templates | order | guessed | As they were marked.
GET /2.0/docgen_templates/{template_id} | | documented | 404 if not marked.
DELETE /2.0/docgen_templates/{template_id} | unmarks, keeps the file | documented | 404 the \
second time.
GET /2.0/docgen_templates/{template_id}/tags | | observed | One entry for each occurrence, body \
first, then headers and footers; no entries for else and end tags.
GET /2.0/docgen_templates/{template_id}/tags | a file that is no Word document | guessed | 200 \
without entries; Box's SDK suite needs 200 or 202.
GET /2.0/docgen_templates/{template_id}/tags | 202 while being read | documented | Only by a fault \
on purpose: tags are ready at once.
GET /2.0/docgen_template_jobs/{template_id} | | verified | Empty for a file without jobs, also \
when it is no template any more.
GET /2.0/docgen_template_jobs/{template_id} | order | guessed | Newest first.
POST /2.0/docgen_batches | 202 before anything is rendered | verified | Never with Retry-After.
POST /2.0/docgen_batches | what is refused | guessed | 400 for a wrong folder, output type, source \
or data, and a file that is no template; 404 for a file that is not there.
POST /2.0/docgen_batches | user_input over 100 KB | documented | 400 for the whole batch (status \
guessed).
POST /2.0/docgen_batches | generated_file_name | guessed | Gets .docx or .pdf if it lacks it; a \
name that is taken gets (1), (2) and so on.
POST /2.0/docgen_batches | external_id | verified | Shown on jobs that were given one.
GET /2.0/docgen_batch_jobs/{batch_id} | | documented |
GET /2.0/docgen_batch_jobs/{batch_id} | order | guessed | That of the request.
GET /2.0/docgen_jobs | | documented | The only list with created_at.
GET /2.0/docgen_jobs | whose, and order | guessed | The user's own, newest first.
GET /2.0/docgen_jobs/{job_id} | | documented | Without created_at.
job | order of statuses | observed | pending, submitted, then finished.
job | missing data | documented | completed_with_error: the tag stays, errors name it.
job | data that no tag uses | documented | completed, with a warning.
job | no document | guessed | failed: a template that cannot be read, a folder deleted meanwhile.
job | wording of failures | documented | The two sentences of the OpenAPI's examples; the rest ours.
job | documents a minute | documented | 80 for the whole service, off unless asked for.
job | PDF | guessed | LibreOffice where found, else office2pdf, which wraps a title at a header's \
right tab and flattens nested lists; the sample templates come out with the same words and pages. \
A link to another file leads nowhere in LibreOffice's.
job | template tags | observed | docgen_nb/template/README.md has a row for each decision.
POST /2.0/folders | | verified | Names up to 255 characters without slash, backslash and control \
characters.
GET /2.0/folders/{folder_id} | | verified | With the first hundred items.
PUT /2.0/folders/{folder_id} | name, description, parent | verified | Nothing else is kept.
DELETE /2.0/folders/{folder_id} | recursive | verified | 400 folder_not_empty without it.
GET /2.0/folders/{folder_id}/items | offset and marker | documented | Folders first by name; by \
marker in the order of creation.
POST /2.0/folders/{folder_id}/copy | | verified | With all in it, at once.
POST /2.0/files/content | attributes before the file | documented | metadata_after_file_contents.
POST /2.0/files/content | which part is the file | observed | The one with a file name, as the \
older Node SDK says of Box; two are refused (guessed).
POST /2.0/files/content | 409 | observed | item_name_in_use; conflicts is a list as in the \
OpenAPI, recorded was one bare object.
POST /2.0/files/content | over 50 MB | documented | 413.
OPTIONS /2.0/files/content | preflight | verified | The address it gives is the ordinary one.
GET /2.0/files/{file_id} | | verified | shared_link and permissions are left out.
PUT /2.0/files/{file_id} | name, description, parent, lock | verified | Nothing else is kept.
DELETE /2.0/files/{file_id} | to the trash | verified | Then GET shows it as trashed; \
all else answers 404 trashed.
POST /2.0/files/{file_id} | back from the trash | documented |
POST /2.0/files/{file_id}/copy | | verified |
GET /2.0/files/{file_id}/trash | | verified |
DELETE /2.0/files/{file_id}/trash | | documented |
GET /2.0/files/{file_id}/versions | past versions only | documented |
GET /2.0/files/{file_id}/versions/{file_version_id} | | documented |
POST /2.0/files/{file_id}/content | new version | verified | 200; a name renames.
GET /2.0/files/{file_id}/content | 302 | verified | The address works for 15 minutes without a \
token, on the same host.
GET /2.0/files/{file_id}/thumbnail.png | 302 to a placeholder | verified | Always a grey square.
GET /2.0/files/{file_id}/thumbnail.jpg | 302 to a placeholder | documented | The square is a PNG.
POST /2.0/webhooks | | verified | 409 for a second one on an item; the root folder is refused.
POST /2.0/webhooks | Doc Gen triggers | observed | DOCGEN_DOCUMENT_GENERATION.STARTED, .SUCCEEDED \
and .FAILED; the guide's names with underscores are refused with 400.
POST /2.0/webhooks | address | guessed | http or https on any port; messages go to loopback \
addresses alone, unless allowed. Box demands public https on port 443.
GET /2.0/webhooks | in short | documented |
GET /2.0/webhooks/{webhook_id} | | verified |
PUT /2.0/webhooks/{webhook_id} | | verified | What is queued already goes to the old address.
DELETE /2.0/webhooks/{webhook_id} | | verified | What it was still to be told is forgotten.
webhook | signature and headers | verified | As Box signs; Box's SDK accepts them.
webhook | tries | guessed | Up to 12 in 1 h 50 min; Box documents 12 in two hours, not when.
webhook | more than once | guessed | Again after a process was killed before it wrote down the \
answer; STARTED again for a job that is begun again.
webhook | body of Doc Gen messages | guessed | source is the template; additional_info has job_id, \
batch_id, template_file_id, template_file_version_id, template_file_name, destination_folder_id, \
output_type, output_file_id or reason. completed_with_error is told as SUCCEEDED.
webhook | what is told | guessed | What is done to the item and what lies in it; of a folder \
copied, deleted or restored the folder alone. PREVIEWED and what the service has not (comments, \
tasks, metadata, collaborations, shared links, signatures) never.
GET /2.0/events | streams of a user | verified | sync is as changes: nothing is synced here.
GET /2.0/events | streams of an enterprise | verified | For the default user and \
service accounts alone; at once, each event once. service_id is docgen-nb.
GET /2.0/events | how long | documented | 21, 365 and 14 days.
GET /2.0/events | documents of jobs | guessed | ITEM_UPLOAD and UPLOAD, as an upload.
OPTIONS /2.0/events | one realtime_server | verified | On the same host.
GET /realtime/subscribe | new_change or reconnect | documented | After 25 s at the latest.
POST /2.0/files/upload_sessions | 20 MB to 50 GB | verified | In parts of 8 MB, kept for 7 days.
POST /2.0/files/{file_id}/upload_sessions | new version | verified | A name renames.
GET /2.0/files/upload_sessions/{session} | | documented |
PUT /2.0/files/upload_sessions/{session} | parts | verified | 409 for a part that is there; 416 \
for another range (code guessed); 400 bad_digest.
DELETE /2.0/files/upload_sessions/{session} | | verified | 204 also after the commit.
GET /2.0/files/upload_sessions/{session}/parts | | verified |
POST /2.0/files/upload_sessions/{session}/plan | no hits | documented | Every part is to be \
sent.
POST /2.0/files/upload_sessions/{session}/commit | 201 at once | verified | Never 202; 400 while \
parts are missing. attributes are not kept.
GET /d/1/{ticket}/download | | guessed | Box has another host for it; ranges are not served.
job | a made-up past | guessed | Until their content is asked for, its documents show a stand-in \
for size and sha1.
GET /d/1/placeholder/download | | guessed | The grey square.
"""


def rows() -> list[dict[str, str]]:
    """Return one row for each endpoint and behaviour: call, behaviour, confidence, note."""
    found = []
    for line in _ROWS.strip().splitlines():
        call, behaviour, confidence, note = (part.strip() for part in line.split("|"))
        found.append({"call": call, "behaviour": behaviour, "confidence": confidence, "note": note})
    return found


def as_text() -> str:
    """Return the table as plain text, one row a line, its columns under each other."""
    table = rows()
    widths = {name: max(len(row[name]) for row in table) for name in ("call", "confidence")}
    lines = []
    for row in table:
        what = f"{row['behaviour']}: {row['note']}".strip(": ")
        lines.append(
            f"{row['confidence']:<{widths['confidence']}}  {row['call']:<{widths['call']}}  {what}"
        )
    return "\n".join(lines)
