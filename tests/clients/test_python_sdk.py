"""Box's official Python SDK as a client of `docgen-nb serve`."""

from io import BytesIO

import docx
import pytest
from box_sdk_gen import (
    BaseUrls,
    BoxAPIError,
    BoxCCGAuth,
    BoxClient,
    BoxDeveloperTokenAuth,
    BoxNetworkClient,
    BoxSDKError,
    CCGConfig,
    CreateFolderParent,
    NetworkSession,
    UploadFileAttributes,
    UploadFileAttributesParentField,
    UploadFileVersionAttributes,
)
from box_sdk_gen.managers.docgen import CreateDocgenBatchV2025R0DestinationFolder
from box_sdk_gen.schemas.v2025_r0.doc_gen_document_generation_data_v2025_r0 import (
    DocGenDocumentGenerationDataV2025R0 as Document,
)
from box_sdk_gen.schemas.v2025_r0.file_reference_v2025_r0 import FileReferenceV2025R0
from box_sdk_gen.schemas.v2025_r0.file_version_base_v2025_r0 import FileVersionBaseV2025R0
from served import judged_session, serving, wait_until

TOKEN = "the right token"
ROOT = UploadFileAttributesParentField("0")
FINISHED = {"completed", "completed_with_error", "failed"}


@pytest.fixture(scope="module")
def url():
    with serving("--token", TOKEN) as served:
        yield served.url


@pytest.fixture
def connect(url):
    with judged_session() as session:
        urls = BaseUrls(base_url=url, upload_url=f"{url}/api", oauth_2_url=f"{url}/oauth2")
        network = NetworkSession(base_urls=urls, network_client=BoxNetworkClient(session))
        yield lambda auth: BoxClient(auth, network_session=network)


def developer(token=TOKEN):
    return BoxDeveloperTokenAuth(token)


def credentials(secret=TOKEN, **subject):
    return BoxCCGAuth(CCGConfig("client", secret, **subject))


def letter(*lines):
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    file = BytesIO()
    document.save(file)
    file.seek(0)
    return file


def lines_of(content):
    return [paragraph.text for paragraph in docx.Document(BytesIO(content.read())).paragraphs]


def upload(client, content, name):
    files = client.uploads.upload_file(UploadFileAttributes(name, ROOT), content)
    assert files.total_count == 1
    return files.entries[0]


def finished_jobs(client, batch):
    def jobs():
        return client.docgen.get_docgen_batch_job_by_id_v2025_r0(batch, limit=1000).entries

    wait_until(lambda: all(job.status in FINISHED for job in jobs()))
    return jobs()


@pytest.mark.parametrize(
    "auth",
    [developer(), credentials(enterprise_id="77"), credentials(user_id="78")],
    ids=["developer token", "credentials of an enterprise", "credentials of a user"],
)
def test_the_workflow_from_a_template_to_documents(connect, auth):
    client = connect(auth)
    old = upload(client, letter("Old {{name}}"), "template.docx")
    file = client.uploads.upload_file_version(
        old.id, UploadFileVersionAttributes("letter.docx"), letter("Dear {{name}},", "{{place}}")
    ).entries[0]
    assert (file.id, file.name, file.etag) == (old.id, "letter.docx", "1")
    assert file.file_version.id != old.file_version.id
    folder = client.folders.create_folder("Letters", CreateFolderParent("0"))
    assert (folder.name, folder.parent.name) == ("Letters", "All Files")

    template = FileReferenceV2025R0(file.id)
    marked = client.docgen_template.create_docgen_template_v2025_r0(template)
    assert marked.file.id == file.id
    templates = client.docgen_template.get_docgen_templates_v2025_r0()
    assert [(t.file.id, t.file_name) for t in templates.entries] == [(file.id, "letter.docx")]
    one = client.docgen_template.get_docgen_template_by_id_v2025_r0(file.id)
    assert (one.file.id, one.file_name) == (file.id, "letter.docx")
    tags = client.docgen_template.get_docgen_template_tags_v2025_r0(file.id)
    assert [(t.tag_content, t.tag_type, t.json_paths) for t in tags.entries] == [
        ("{{name}}", "text", ["name"]),
        ("{{place}}", "text", ["place"]),
    ]
    before = client.docgen_template.get_docgen_template_job_by_id_v2025_r0(file.id)
    assert before.entries == []

    batch = client.docgen.create_docgen_batch_v2025_r0(
        template,
        "api",
        CreateDocgenBatchV2025R0DestinationFolder(folder.id),
        "docx",
        [
            Document("Ada", {"name": "Ada", "place": "London"}, external_id="A-1"),
            Document("Grace", {"name": "Grace"}),
        ],
    )
    assert batch.type == "docgen_batch"
    first, second = finished_jobs(client, batch.id)
    assert [first.status, second.status] == ["completed", "completed_with_error"]
    assert second.failures.errors == ["The tag 'place' was not provided in the input data."]
    assert [first.external_id, second.external_id] == ["A-1", None]
    assert {job.template_file_version.id for job in (first, second)} == {file.file_version.id}

    every = client.docgen.get_docgen_jobs_v2025_r0(limit=10000)
    assert every.limit == 1000
    assert [job.id for job in every.entries] == [first.id, second.id]
    me = client.users.get_user_me(fields=["enterprise"])
    newest = every.entries[-1]
    assert (newest.source, newest.created_by.id) == ("api", me.id)
    assert newest.enterprise.id == me.enterprise.id
    assert client.docgen.get_docgen_job_by_id_v2025_r0(first.id).batch.id == batch.id
    of_template = client.docgen_template.get_docgen_template_job_by_id_v2025_r0(file.id)
    assert [job.id for job in of_template.entries] == [first.id, second.id]

    document = client.downloads.download_file(first.output_file.id)
    assert lines_of(document) == ["Dear Ada,", "London"]
    document = client.downloads.download_file(second.output_file.id)
    assert lines_of(document) == ["Dear Grace,", "{{place}}"]
    one = client.folders.get_folder_items(folder.id, usemarker=True, limit=1)
    rest = client.folders.get_folder_items(folder.id, usemarker=True, marker=one.next_marker)
    assert [len(one.entries), len(rest.entries), rest.next_marker] == [1, 1, None]
    # By marker, items come in the order of ids, in which the parallel jobs happened to end.
    names = [item.name for item in one.entries + rest.entries]
    assert sorted(names) == ["Ada.docx", "Grace.docx"]

    client.docgen_template.delete_docgen_template_by_id_v2025_r0(file.id)
    assert client.docgen_template.get_docgen_templates_v2025_r0().entries == []
    client.files.delete_file_by_id(file.id)
    assert client.files.get_file_by_id(file.id).item_status == "trashed"
    assert refusal(lambda: client.folders.delete_folder_by_id(folder.id)) == (
        400,
        "folder_not_empty",
    )
    client.folders.delete_folder_by_id(folder.id, recursive=True)
    assert refusal(lambda: client.folders.get_folder_by_id(folder.id)) == (404, "trashed")


def refusal(call):
    with pytest.raises(BoxAPIError) as raised:
        call()
    info = raised.value.response_info
    assert info.body["status"] == info.status_code
    assert info.request_id == info.body["request_id"]
    return info.status_code, info.code


def test_an_older_version_can_be_rendered(connect):
    client = connect(credentials(user_id="79"))
    file = upload(client, letter("Old {{name}}"), "template.docx")
    client.uploads.upload_file_version(
        file.id, UploadFileVersionAttributes("template.docx"), letter("New {{name}}")
    )
    template = FileReferenceV2025R0(file.id)
    client.docgen_template.create_docgen_template_v2025_r0(template)
    batch = client.docgen.create_docgen_batch_v2025_r0(
        template,
        "api",
        CreateDocgenBatchV2025R0DestinationFolder("0"),
        "docx",
        [Document("out", {"name": "Ada"})],
        file_version=FileVersionBaseV2025R0(file.file_version.id),
    )
    (job,) = finished_jobs(client, batch.id)
    assert lines_of(client.downloads.download_file(job.output_file.id)) == ["Old Ada"]


def test_a_missing_item_is_a_404_with_all_fields(connect):
    client = connect(developer())
    assert refusal(lambda: client.files.get_file_by_id("12")) == (404, "not_found")
    assert refusal(lambda: client.docgen.get_docgen_job_by_id_v2025_r0("12")) == (404, "not_found")
    with pytest.raises(BoxAPIError) as raised:
        client.docgen_template.create_docgen_template_v2025_r0(FileReferenceV2025R0("12"))
    request_id = raised.value.response_info.request_id
    assert raised.value.message == f"404 Not Found: file 12; Request ID: {request_id}"


def test_a_wrong_token_is_refused_with_the_sdks_message(connect):
    with pytest.raises(BoxSDKError) as raised:
        connect(developer("wrong")).users.get_user_me()
    assert raised.value.message == ("Developer token has expired. Please provide a new one.")


def test_wrong_credentials_get_no_token(connect):
    with pytest.raises(BoxAPIError) as raised:
        connect(credentials("wrong", enterprise_id="77")).users.get_user_me()
    info = raised.value.response_info
    assert (info.status_code, info.body["error"]) == (400, "invalid_client")
