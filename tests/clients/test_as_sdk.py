"""Tests of Box's SDK over the connection of our client."""

from io import BytesIO

import pytest
from box_sdk_gen import (
    BoxAPIError,
    BoxSDKError,
    UploadFileAttributes,
    UploadFileAttributesParentField,
)
from box_sdk_gen.managers.docgen import CreateDocgenBatchV2025R0DestinationFolder
from box_sdk_gen.schemas.v2025_r0.doc_gen_document_generation_data_v2025_r0 import (
    DocGenDocumentGenerationDataV2025R0 as Document,
)
from box_sdk_gen.schemas.v2025_r0.file_reference_v2025_r0 import FileReferenceV2025R0
from standin import Answer, scripted

import docgen_nb as dg
from docgen_nb import samples, wire
from docgen_nb.auth import ClientCredentials
from docgen_nb.client import Client
from docgen_nb.service import Fault, LocalDocGen

ROOT = UploadFileAttributesParentField("0")


@pytest.fixture
def box(local):
    with local.session() as session, dg.connect(wire.LOCAL_URL, session=session) as client:
        yield client


def send_letter(box, sdk):
    """Send one letter by the SDK, from a template that our client has marked."""
    template = samples.template("Dear {{name}},")
    attributes = UploadFileAttributes("Letter.docx", ROOT)
    file = sdk.uploads.upload_file(attributes, BytesIO(template)).entries[0]
    box.mark_template(file.id)
    return sdk.docgen.create_docgen_batch_v2025_r0(
        FileReferenceV2025R0(file.id),
        "api",
        CreateDocgenBatchV2025R0DestinationFolder("0"),
        "docx",
        [Document("Letter Ada", {"name": "Ada"})],
    )


def test_the_sdk_and_our_client_share_one_connection(local, box):
    batch = send_letter(box, box.as_sdk())
    local.finish()
    [job] = dg.Batch(box, batch.id).refresh().jobs
    assert (job["status"], len(local.log) > 3) == ("completed", True)
    content = box.as_sdk().downloads.download_file(job["output_file"]["id"]).read()
    assert content == box.download_file(job["output_file"]["id"])


def test_a_batch_is_sent_once_although_the_answer_is_503(local, box):
    local.set_faults([Fault("error_reply", method="POST", path=wire.BATCHES, seconds=0)])
    with pytest.raises(BoxAPIError):
        send_letter(box, box.as_sdk())
    local.finish()
    assert len(list(box.list_jobs())) == 1


def test_proxy_and_token_are_those_of_the_client():
    with (
        scripted(Answer(body={"type": "user", "id": "7"})) as (proxy, received),
        dg.connect("http://box.example", token="t0ken", proxy=proxy) as box,
    ):
        assert box.as_sdk().users.get_user_me().id == "7"
    assert received[0].path == "http://box.example/2.0/users/me"
    assert received[0].token == "Bearer t0ken"


def test_a_refused_token_is_renewed_once_or_an_error():
    source = ClientCredentials(
        client_id="a", client_secret="right", subject_type="user", subject_id="8"
    )
    with LocalDocGen(token="right") as service, service.listen() as url:
        service.set_faults([Fault("expired_token", path="/2.0/users/me", times=1)])
        with Client(url, token_source=source) as box:
            assert box.as_sdk().users.get_user_me().id == "8"
        with (
            dg.connect(url, token="wrong") as box,
            pytest.raises(BoxSDKError, match="there is no other one"),
        ):
            box.as_sdk().users.get_user_me()
        assert [entry.status for entry in service.log][-1] == 401
    sdk = box.as_sdk()
    with pytest.raises(ValueError, match="This client is closed"):
        sdk.users.get_user_me()
