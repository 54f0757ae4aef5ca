"""Box's official Python SDK through the calls of its own test suites, over HTTP and HTTPS.

Its package ships no tests; these make the same calls and check the same things. Its
calls for tokens are in test_python_sdk_tokens.py.
"""

import os
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from box_sdk_gen.internal.utils import create_null, epoch_seconds_to_date_time
from box_sdk_gen.managers import events, files, folders, uploads, webhooks
from box_sdk_gen.managers.docgen import CreateDocgenBatchV2025R0DestinationFolder
from box_sdk_gen.schemas.v2025_r0.doc_gen_document_generation_data_v2025_r0 import (
    DocGenDocumentGenerationDataV2025R0 as Document,
)
from box_sdk_gen.schemas.v2025_r0.file_reference_v2025_r0 import FileReferenceV2025R0
from clients.sdk import ENTERPRISE, MEBIBYTE, folder, name, refusal, sdk_place, some_bytes, upload


@pytest.fixture(scope="module", params=["http", "https"])
def place(request, tmp_path_factory):
    with sdk_place(request.param, tmp_path_factory.mktemp("tls")) as place:
        yield place


@pytest.fixture
def client(place):
    return place.connect(place.jwt())


# Doc Gen: any file can be marked; the jobs of a file that is not a Word document fail.


def test_random_bytes_can_be_marked_and_their_job_fails(place, client):
    file, target = upload(client, called=f"{name()}.pdf"), folder(client)
    reference = FileReferenceV2025R0(file.id)
    client.docgen_template.create_docgen_template_v2025_r0(reference)
    assert client.docgen_template.get_docgen_template_by_id_v2025_r0(file.id).file.id == file.id
    client.docgen_template.get_docgen_template_tags_v2025_r0(file.id)
    jobs_of_it = client.docgen_template.get_docgen_template_job_by_id_v2025_r0(file.id)
    assert jobs_of_it.entries == []

    batch = client.docgen.create_docgen_batch_v2025_r0(
        reference,
        "api",
        CreateDocgenBatchV2025R0DestinationFolder(target.id),
        "pdf",
        [Document("test", {"abc": "xyz"})],
    )
    place.local.finish()

    (job,) = client.docgen.get_docgen_batch_job_by_id_v2025_r0(batch.id).entries
    assert (job.status, job.output_file, job.output_type) == ("failed", None, "pdf")
    every = client.docgen.get_docgen_jobs_v2025_r0(limit=10000)
    assert (every.limit, every.entries[0].id, every.entries[0].source) == (1000, job.id, "api")
    assert every.entries[0].created_by.id == client.users.get_user_me().id
    assert every.entries[0].enterprise.id == ENTERPRISE
    assert client.docgen.get_docgen_job_by_id_v2025_r0(job.id).template_file.id == file.id
    client.folders.delete_folder_by_id(target.id)
    client.docgen_template.delete_docgen_template_by_id_v2025_r0(file.id)
    client.files.delete_file_by_id(file.id)


# Files.


def test_a_file_has_a_thumbnail_at_an_address_without_a_token(place, client):
    file = upload(client)
    url = client.files.get_file_thumbnail_url(file.id, files.GetFileThumbnailUrlExtension.PNG)
    assert url.startswith(f"{place.url}/")
    thumbnail = client.files.get_file_thumbnail_by_id(
        file.id, files.GetFileThumbnailByIdExtension.PNG
    )
    assert thumbnail.read()[:8] == b"\x89PNG\r\n\x1a\n"


def test_fields_select_what_is_returned(client):
    file = upload(client)
    fields = ["is_externally_owned", "has_collaborations"]
    shown = client.files.get_file_by_id(file.id, fields=fields)
    assert (shown.is_externally_owned, shown.has_collaborations) == (False, False)


def test_a_file_is_created_and_deleted(place, client):
    file = upload(client, some_bytes(10), called="comes.bin")
    whole = client.files.get_file_by_id(file.id)
    assert (whole.name, whole.size, whole.parent.id) == ("comes.bin", 10, "0")
    with pytest.raises(TypeError):  # the SDK finds no file in the empty body of a 304
        client.files.get_file_by_id(file.id, fields=["name"], if_none_match=whole.etag)
    assert place.local.log[-1].status == 304

    client.files.delete_file_by_id(file.id)

    trashed = client.trashed_files.get_trashed_file_by_id(file.id)
    assert (trashed.id, trashed.name, trashed.item_status) == (file.id, "comes.bin", "trashed")


def test_a_file_gets_another_name_and_description(client):
    file, new = upload(client), name()
    changed = client.files.update_file_by_id(file.id, name=new, description="Updated description")
    assert (changed.name, changed.description) == (new, "Updated description")


def test_a_file_is_locked_and_unlocked(client):
    file = upload(client)
    lock = files.UpdateFileByIdLock(access=files.UpdateFileByIdLockAccessField.LOCK)
    locked = client.files.update_file_by_id(file.id, lock=lock, fields=["lock"])
    assert locked.lock.type == "lock"
    unlocked = client.files.update_file_by_id(file.id, lock=create_null(), fields=["lock"])
    assert unlocked.lock is None


def test_a_copy_is_another_file_with_the_same_bytes(client):
    content, copied = os.urandom(1000), name()
    file = upload(client, BytesIO(content))
    copy = client.files.copy_file(file.id, files.CopyFileParent("0"), name=copied)
    assert (copy.name, copy.id == file.id) == (copied, False)
    assert client.downloads.download_file(copy.id).read() == content


# Folders.


def test_the_root_folder_is_all_files(client):
    root = client.folders.get_folder_by_id("0")
    assert (root.id, root.name) == ("0", "All Files")
    shown = client.folders.get_folder_by_id("0", fields=["has_collaborations", "tags"])
    assert (shown.has_collaborations, shown.tags) == (False, [])


def test_a_folder_is_created_changed_and_deleted(client):
    created, new = folder(client), name()
    assert client.folders.get_folder_by_id(created.id).name == created.name
    changed = client.folders.update_folder_by_id(
        created.id, name=new, description="Updated description"
    )
    assert (changed.name, changed.description) == (new, "Updated description")
    client.folders.delete_folder_by_id(created.id)
    assert refusal(lambda: client.folders.get_folder_by_id(created.id)) == (404, "trashed")


def test_a_folder_is_copied_and_moved(client):
    created, copied = folder(client), name()
    copy = client.folders.copy_folder(created.id, folders.CopyFolderParent("0"), name=copied)
    assert copy.parent.id == "0"
    moved = client.folders.update_folder_by_id(
        copy.id, name=copied, parent=folders.UpdateFolderByIdParent(id=created.id)
    )
    assert moved.parent.id == created.id
    inside = client.folders.get_folder_items(created.id)
    assert [(item.id, item.name) for item in inside.entries] == [(copy.id, copied)]
    client.folders.delete_folder_by_id(copy.id)
    client.folders.delete_folder_by_id(created.id)


# Uploads and downloads.


def test_a_new_version_can_rename_the_file(client):
    file, new = upload(client), name()
    attributes = uploads.UploadFileVersionAttributes(new)
    changed = client.uploads.upload_file_version(file.id, attributes, some_bytes()).entries[0]
    assert (changed.id, changed.name, changed.etag) == (file.id, new, "1")


def test_an_upload_can_start_with_a_preflight(client):
    def attempt(size):
        parent = uploads.UploadWithPreflightCheckAttributesParentField("0")
        attributes = uploads.UploadWithPreflightCheckAttributes(called, parent, size)
        return client.uploads.upload_with_preflight_check(attributes, some_bytes())

    called = name()
    assert refusal(lambda: attempt(-1)) == (400, "bad_request")
    file = attempt(MEBIBYTE).entries[0]
    assert (file.name, file.size) == (called, MEBIBYTE)
    assert refusal(lambda: attempt(MEBIBYTE)) == (409, "item_name_in_use")


def test_a_preflight_returns_the_upload_address(place, client):
    parent = uploads.PreflightFileUploadCheckParent(id="0")
    reply = client.uploads.preflight_file_upload_check(name=name(), size=MEBIBYTE, parent=parent)
    assert reply.upload_url.startswith(f"{place.url}/api/2.0/files/content")


def test_a_download_equals_the_upload(client):
    content, into = os.urandom(MEBIBYTE), BytesIO()
    file = upload(client, BytesIO(content))
    assert client.downloads.download_file(file.id).read() == content
    client.downloads.download_file_to_output_stream(file.id, into)
    assert into.getvalue() == content


def test_a_download_address_needs_no_token(place, client):
    content = os.urandom(1000)
    url = client.downloads.get_download_file_url(upload(client, BytesIO(content)).id)
    assert url.startswith(f"{place.url}/")
    assert place.session.get(url, timeout=30).content == content


# Webhooks and events.


def test_a_webhook_is_created_changed_and_deleted(client):
    created = folder(client)
    target = webhooks.CreateWebhookTarget(
        id=created.id, type=webhooks.CreateWebhookTargetTypeField.FOLDER
    )
    trigger = webhooks.CreateWebhookTriggers.FILE_UPLOADED
    hook = client.webhooks.create_webhook(target, "https://example.com/new-webhook", [trigger])
    assert (hook.target.id, hook.target.type) == (created.id, "folder")
    assert (hook.address, hook.triggers) == ("https://example.com/new-webhook", ["FILE.UPLOADED"])
    assert hook.id in [one.id for one in client.webhooks.get_webhooks().entries]
    assert client.webhooks.get_webhook_by_id(hook.id).address == hook.address
    other = "https://example.com/updated-webhook"
    changed = client.webhooks.update_webhook_by_id(hook.id, address=other)
    assert (changed.id, changed.address) == (hook.id, other)
    client.webhooks.delete_webhook_by_id(hook.id)
    assert refusal(lambda: client.webhooks.delete_webhook_by_id(hook.id)) == (404, "not_found")


@pytest.fixture
def eventful(client):
    """A file that was uploaded and a user who was deleted."""
    user = client.users.create_user(name(), is_platform_access_only=True)
    client.users.delete_user_by_id(user.id)
    return SimpleNamespace(client=client, file=upload(client), user=user)


def entries(client, kind=None, **asked):
    if kind is not None:
        asked |= {"event_type": [kind], "stream_type": events.GetEventsStreamType.ADMIN_LOGS}
    return client.events.get_events(**asked).entries


def test_the_events_of_a_user_name_their_author(eventful):
    first = entries(eventful.client)[0]
    assert first.created_by.type == "user"
    assert first.event_type


def test_admin_logs_contain_uploads(eventful):
    uploads = entries(eventful.client, events.GetEventsEventType.UPLOAD)
    assert {event.event_type for event in uploads} == {"UPLOAD"}
    assert uploads[-1].additional_details["service_id"]
    source = uploads[-1].source
    assert (source.item_type, source.item_id) == ("file", eventful.file.id)
    assert source.item_name == eventful.file.name


def test_admin_logs_contain_deleted_users(eventful):
    uploads = entries(eventful.client, events.GetEventsEventType.DELETE_USER)
    assert {event.event_type for event in uploads} == {"DELETE_USER"}
    assert (uploads[-1].source.type, uploads[-1].source.id) == ("user", eventful.user.id)


def test_changes_are_a_separate_stream(eventful):
    assert entries(eventful.client, stream_type=events.GetEventsStreamType.CHANGES)


def test_one_address_for_long_polling_is_returned(place, client):
    (server,) = client.events.get_events_with_long_polling().entries
    assert server.type == "realtime_server"
    assert server.url.startswith(f"{place.url}/")


def test_events_between_two_times_respect_the_limit(place, eventful):
    now = int(place.local.clock.now()) + 1
    week = epoch_seconds_to_date_time(now) - timedelta(days=7)
    span = {"created_after": week, "created_before": epoch_seconds_to_date_time(now)}
    admin = events.GetEventsStreamType.ADMIN_LOGS
    assert len(entries(eventful.client, stream_type=admin, limit=1, **span)) == 1
