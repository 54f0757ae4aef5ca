"""Webhooks: stored, signed, in order, retried, and by default for this machine only."""

import base64
import datetime
import errno
import hashlib
import hmac
import json
import ssl
import threading

import certificates
import pytest
from api import Api, batch_body, error
from box_sdk_gen.managers.webhooks import WebhooksManager
from receiver import Receiver
from served import wait_until

from docgen_nb import connect, samples
from docgen_nb.errors import Conflict
from docgen_nb.frames import add_webhook_times, jobs_frame
from docgen_nb.service import LocalDocGen, ManualClock, check_signature
from docgen_nb.service.signatures import signature
from docgen_nb.service.workers.webhook_sender import WAITS

DOCGEN = "DOCGEN_DOCUMENT_GENERATION"
KEYS = ("primary key", "secondary key")
REFUSED = f"ConnectionRefusedError: [Errno {errno.ECONNREFUSED}] Connection refused"
NOWHERE = "https://example.com/hook"


@pytest.fixture
def receiver():
    with Receiver().listening() as receiver:
        yield receiver


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def local(clock):
    with LocalDocGen(clock=clock, webhook_keys=KEYS) as service:
        yield service


def hook(api, kind, id, *triggers, address=NOWHERE):
    body = {"target": {"type": kind, "id": id}, "address": address, "triggers": list(triggers)}
    return api("POST", "/2.0/webhooks", json=body)


def test_a_webhook_is_created_shown_changed_and_deleted(both):
    folder = both.folder("Out")
    created = hook(both, "folder", folder, "FILE.UPLOADED", f"{DOCGEN}.SUCCEEDED")
    me = both("GET", "/2.0/users/me").json()
    assert created.status_code == 201
    webhook = created.json()
    path = f"/2.0/webhooks/{webhook['id']}"
    assert webhook == {
        "id": webhook["id"],
        "type": "webhook",
        "target": {"id": folder, "type": "folder"},
        "created_by": {key: me[key] for key in ("type", "id", "name", "login")},
        "created_at": webhook["created_at"],
        "address": NOWHERE,
        "triggers": ["FILE.UPLOADED", f"{DOCGEN}.SUCCEEDED"],
    }
    assert both("GET", path).json() == webhook
    changed = both("PUT", path, json={"address": "https://example.com/b"})
    assert changed.json() == webhook | {"address": "https://example.com/b"}
    changed = both("PUT", path, json={"triggers": ["FOLDER.CREATED"]}).json()
    assert changed["triggers"] == ["FOLDER.CREATED"]
    assert both("DELETE", path).status_code == 204
    assert error(both("DELETE", path)) == (404, "not_found", f"Not Found: webhook {webhook['id']}")
    assert error(both("GET", path))[0] == 404


def test_webhooks_are_listed_in_pages_in_their_short_form(api):
    ids = [hook(api, "folder", api.folder(f"F{n}"), "FILE.UPLOADED").json()["id"] for n in range(3)]
    page = api("GET", "/2.0/webhooks", params={"limit": 2}).json()
    assert [list(entry) for entry in page["entries"]] == [["id", "type", "target"]] * 2
    rest = api("GET", "/2.0/webhooks", params={"marker": page["next_marker"]}).json()
    assert [entry["id"] for entry in page["entries"] + rest["entries"]] == ids
    assert rest["next_marker"] is None


def test_a_user_has_one_webhook_for_each_item(api):
    a, b = api.folder("A"), api.folder("B")
    hook(api, "folder", a, "FILE.UPLOADED")
    other = hook(api, "folder", b, "FILE.UPLOADED").json()["id"]
    conflict = (409, "conflict", f"You already have a webhook on item {a}")
    assert error(hook(api, "folder", a, "FOLDER.CREATED")) == conflict
    moved = {"target": {"type": "folder", "id": a}}
    assert error(api("PUT", f"/2.0/webhooks/{other}", json=moved)) == conflict
    same = {"target": {"type": "folder", "id": b}}
    assert api("PUT", f"/2.0/webhooks/{other}", json=same).status_code == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": None}, "'target' is required"),
        ({"target": {"type": "user", "id": "1"}}, "'target.type' must be 'file' or 'folder'"),
        ({"target": {"type": "folder", "id": "0"}}, "The root folder cannot have a webhook"),
        ({"address": None}, "'address' is required"),
        ({"address": "ftp://localhost/"}, "'address' must be an https or http URL"),
        ({"address": "http://local host/"}, "'address' must be an https or http URL"),
        (
            {"address": "http://localhost:x/"},
            "'address' is not a URL: Port could not be cast to integer value as 'x'",
        ),
        ({"address": "http://:80/"}, "'address' has no host"),
        ({"triggers": None}, "'triggers' is required"),
        ({"triggers": []}, "'triggers' must be a list of at least one name"),
        ({"triggers": ["FILE.SEEN"]}, "Unknown trigger 'FILE.SEEN'"),
        (
            {"triggers": ["DOCGEN_DOCUMENT_GENERATION_SUCCEEDED"]},
            "Unknown trigger 'DOCGEN_DOCUMENT_GENERATION_SUCCEEDED'",
        ),
    ],
)
def test_an_invalid_webhook_is_refused(api, change, message):
    folder = {"type": "folder", "id": api.folder("Out")}
    right = {"target": folder, "address": NOWHERE, "triggers": ["FILE.UPLOADED"]}
    reply = api("POST", "/2.0/webhooks", json=right | change)
    assert error(reply) == (400, "bad_request", message)


def test_the_target_must_exist(api):
    assert error(hook(api, "file", "12", "FILE.UPLOADED")) == (
        404,
        "not_found",
        "Not Found: file 12",
    )


def test_the_signature_matches_boxs_documentation():
    body = (
        b'{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED",'
        b'"source":{"id":"1234567890","type":"file","name":"Test.txt"}}'
    )
    timestamp = "2020-01-01T00:00:00-07:00"
    signed = [
        signature(key, body=body, timestamp=timestamp)
        for key in ("SamplePrimaryKey", "SampleSecondaryKey")
    ]
    assert signed == [
        "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=",
        "v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=",
    ]


BODY = '{"name":"Müller 🎈"}'.encode()
ESCAPED = b'{"name":"M\\u00fcller \\ud83c\\udf88"}'
SENT = "2026-03-02T10:00:00+01:00"


def headers_of(body, key, *, name="PRIMARY", sent=SENT):
    return {
        "BOX-DELIVERY-TIMESTAMP": sent,
        "BOX-SIGNATURE-VERSION": "1",
        "Box-Signature-Algorithm": "HmacSHA256",
        f"BOX-SIGNATURE-{name}": signature(key, body=body, timestamp=sent),
    }


@pytest.mark.parametrize(
    ("headers", "now", "genuine"),
    [
        (headers_of(BODY, "one"), "2026-03-02T09:00:00Z", True),
        (headers_of(BODY, "two", name="SECONDARY"), "2026-03-02T09:10:00Z", True),
        (headers_of(ESCAPED, "one"), "2026-03-02T08:59:01Z", True),  # as Box signs it
        (headers_of(BODY, "one"), "2026-03-02T09:10:01Z", False),  # too old
        (headers_of(BODY, "one"), "2026-03-02T08:58:59Z", False),  # from the future
        (headers_of(BODY, "three"), "2026-03-02T09:00:00Z", False),
        (headers_of(b"{}", "one"), "2026-03-02T09:00:00Z", False),
        (headers_of(BODY, "one", sent="2026-03-02T09:00:00"), "2026-03-02T09:00:00Z", False),
        (headers_of(BODY, "one") | {"BOX-SIGNATURE-VERSION": "2"}, "2026-03-02T09:00:00Z", False),
        (headers_of(BODY, "one") | {"BOX-SIGNATURE-PRIMARY": "ü"}, "2026-03-02T09:00:00Z", False),
        ({}, "2026-03-02T09:00:00Z", False),
    ],
)
def test_a_receiver_accepts_only_new_messages_with_a_signature(headers, now, genuine):
    moment = datetime.datetime.fromisoformat(now)

    assert check_signature(BODY, headers, keys=("one", "two"), now=moment) is genuine
    lower = {name.lower(): value for name, value in headers.items()}
    assert check_signature(BODY, lower, keys=("one", "two"), now=moment) is genuine


def test_the_client_creates_lists_and_deletes_webhooks():
    with connect("local") as box:
        file = box.upload_file(samples.template("{{a}}"), name="a.docx")["id"]

        webhook = box.create_webhook(NOWHERE, file)

        assert webhook["triggers"] == [f"{DOCGEN}.{n}" for n in ("STARTED", "SUCCEEDED", "FAILED")]
        target = {"id": file, "type": "file"}
        short = {"id": webhook["id"], "type": "webhook", "target": target}
        assert list(box.list_webhooks()) == [short]
        with pytest.raises(Conflict, match="already have a webhook"):
            box.create_webhook(NOWHERE, file)
        box.delete_webhook(webhook["id"])
        assert list(box.list_webhooks(limit=1)) == []


def test_a_message_is_signed_and_describes_the_action(both, local, receiver):
    folder = both.folder("Überweisung 世界")
    webhook = hook(both, "folder", folder, "FILE.UPLOADED", address=receiver.url).json()
    file = both.upload(b"one", name="Müller.txt", parent=folder)
    local.webhook_sender.finish()
    ((path, headers, body),) = receiver.got
    assert path == "/hook?a=1"
    assert headers["User-Agent"] == "Box-WH-Client/0.1"
    assert headers["BOX-SIGNATURE-VERSION"] == "1"
    assert headers["BOX-SIGNATURE-ALGORITHM"] == "HmacSHA256"
    signed = body + headers["BOX-DELIVERY-TIMESTAMP"].encode()
    for name, key in zip(("PRIMARY", "SECONDARY"), KEYS, strict=True):
        digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
        assert headers[f"BOX-SIGNATURE-{name}"] == base64.b64encode(digest).decode()
    assert body.isascii()
    message = json.loads(body)
    assert message == {
        "type": "webhook_event",
        "id": message["id"],
        "created_at": headers["BOX-DELIVERY-TIMESTAMP"],
        "trigger": "FILE.UPLOADED",
        "webhook": {"id": webhook["id"], "type": "webhook"},
        "created_by": webhook["created_by"],
        "source": both("GET", f"/2.0/files/{file['id']}").json(),
        "additional_info": [],
    }


def test_boxs_sdk_accepts_the_message_and_no_altered_one(api, local, receiver):
    folder = api.folder("Out")
    hook(api, "folder", folder, "FILE.UPLOADED", address=receiver.url)
    api.upload(b"one", name="Müller 世界.txt", parent=folder)
    local.webhook_sender.finish()
    ((_, headers, body),) = receiver.got
    headers = {name.lower(): value for name, value in headers.items()}
    check = WebhooksManager.validate_message
    assert check(body.decode(), headers, KEYS[0], secondary_key="x")
    assert check(body.decode(), headers, "x", secondary_key=KEYS[1])
    assert not check(body.decode(), headers, "x", secondary_key="y")
    assert not check(body.decode() + " ", headers, KEYS[0], secondary_key=KEYS[1])


def test_keys_of_a_data_folder_persist(tmp_path):
    with LocalDocGen(tmp_path) as one:
        keys = one.webhook_keys
    with LocalDocGen(tmp_path) as two, LocalDocGen() as other:
        assert two.webhook_keys == keys
        assert len({*keys, *other.webhook_keys}) == 4


def test_each_action_on_a_file_sends_a_message_in_order(api, local, receiver):
    folder = api.folder("Out")
    file = api.upload(b"one", name="a.txt")["id"]
    actions = "UPLOADED DOWNLOADED TRASHED DELETED RESTORED COPIED MOVED LOCKED UNLOCKED RENAMED"
    triggers = [f"FILE.{action}" for action in actions.split()]
    hook(api, "file", file, *triggers, "WEBHOOK.DELETED", address=receiver.url)
    parts = {"attributes": (None, '{"name": "a.txt"}'), "file": ("a.txt", b"two")}
    api("POST", f"/api/2.0/files/{file}/content", files=parts)
    api.content(file)
    api("PUT", f"/2.0/files/{file}", json={"name": "b.txt", "parent": {"id": folder}})
    api("PUT", f"/2.0/files/{file}", json={"lock": {"access": "lock"}})
    api("PUT", f"/2.0/files/{file}", json={"lock": None})
    api("POST", f"/2.0/files/{file}/copy", json={"parent": {"id": "0"}})
    api("DELETE", f"/2.0/files/{file}")
    api("POST", f"/2.0/files/{file}")
    api("DELETE", f"/2.0/files/{file}")
    api("DELETE", f"/2.0/files/{file}/trash")
    local.webhook_sender.finish()
    assert receiver.triggers() == [
        "FILE.UPLOADED",
        "FILE.DOWNLOADED",
        "FILE.RENAMED",
        "FILE.MOVED",
        "FILE.LOCKED",
        "FILE.UNLOCKED",
        "FILE.COPIED",
        "FILE.TRASHED",
        "FILE.RESTORED",
        "FILE.TRASHED",
        "FILE.DELETED",
        "WEBHOOK.DELETED",
    ]
    assert api.entries("/2.0/webhooks") == []


def test_a_webhook_on_a_folder_covers_its_contents_at_any_depth(api, local, receiver):
    outer = api.folder("Outer")
    inner = api.folder("Inner", parent=outer)
    hook(api, "folder", outer, "FOLDER.CREATED", "FILE.UPLOADED", address=receiver.url)
    api.upload(b"", name="a", parent=api.folder("Deep", parent=inner))
    api.upload(b"", name="a")
    local.webhook_sender.finish()
    assert [(b["trigger"], b["source"]["name"]) for b in receiver.bodies()] == [
        ("FOLDER.CREATED", "Deep"),
        ("FILE.UPLOADED", "a"),
    ]


def test_jobs_send_messages_when_they_start_and_end(api, local, receiver):
    out = api.folder("Out")
    template = api.template(samples.template("{{name}}"), name="letter.docx")
    version = api("GET", f"/2.0/files/{template}").json()["file_version"]["id"]
    triggers = [f"{DOCGEN}.{word}" for word in ("STARTED", "SUCCEEDED", "FAILED")]
    hook(api, "file", template, *triggers, address=receiver.url)
    batch = api.batch(batch_body(template, out, [{"name": "a"}]))
    local.finish()
    local.webhook_sender.finish()
    (job,) = api.entries(f"/2.0/docgen_batch_jobs/{batch}")
    assert receiver.triggers() == [f"{DOCGEN}.STARTED", f"{DOCGEN}.SUCCEEDED"]
    started, ended = receiver.bodies()
    info = {
        "job_id": job["id"],
        "batch_id": batch,
        "template_file_id": template,
        "template_file_version_id": version,
        "template_file_name": "letter.docx",
        "destination_folder_id": out,
        "output_type": "docx",
    }
    assert started["additional_info"] == info
    assert ended["additional_info"] == info | {"output_file_id": job["output_file"]["id"]}
    assert ended["source"] == api("GET", f"/2.0/files/{template}").json()


def test_the_message_of_a_failed_job_has_the_reason(api, local, receiver):
    folder = api.folder("Templates")
    file = api.upload(b"no document", name="broken.docx", parent=folder)["id"]
    api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": file}})
    hook(api, "folder", folder, f"{DOCGEN}.FAILED", address=receiver.url)
    batch = api.batch(batch_body(file, "0", [{}]))
    local.finish()
    local.webhook_sender.finish()
    (job,) = api.entries(f"/2.0/docgen_batch_jobs/{batch}")
    (message,) = receiver.bodies()
    assert message["trigger"] == f"{DOCGEN}.FAILED"
    assert message["additional_info"]["reason"] == job["failures"]["errors"][0]


def test_messages_of_jobs_join_to_the_jobs_table(api, local, receiver):
    file = api.upload(b"no document", name="broken.docx")["id"]
    api("POST", "/2.0/docgen_templates", json={"file": {"type": "file", "id": file}})
    letter = api.template(samples.template("{{name}}"), name="letter.docx")
    for template in (file, letter):
        triggers = [f"{DOCGEN}.{word}" for word in ("STARTED", "SUCCEEDED", "FAILED")]
        hook(api, "file", template, *triggers, address=receiver.url)
        api.batch(batch_body(template, "0", [{"name": "a"}]))
        local.finish()
    local.webhook_sender.finish()
    jobs = jobs_frame(api.entries("/2.0/docgen_jobs"))
    table = add_webhook_times(jobs, receiver.bodies())
    assert table["status"].tolist() == ["failed", "completed"]
    assert table["finished_source"].tolist() == ["webhook", "webhook"]
    assert table["duration_seconds"].between(0, 60).all()


def test_a_rolled_back_action_sends_no_message(api, local, receiver):
    folder = api.folder("Out")
    hook(api, "folder", folder, "FILE.UPLOADED", address=receiver.url)
    api.upload(b"", name="a", parent=folder)
    parts = {"attributes": (None, json.dumps({"name": "a", "parent": {"id": folder}}))}
    again = api("POST", "/api/2.0/files/content", files=parts | {"file": ("a", b"")})
    assert again.status_code == 409
    local.webhook_sender.finish()
    assert receiver.triggers() == ["FILE.UPLOADED"]


def test_a_refused_message_is_retried_at_growing_intervals(api, local, receiver, clock):
    folder = api.folder("Out")
    hook(api, "folder", folder, "FILE.UPLOADED", address=receiver.url)
    receiver.statuses = [500, 302, 404]
    api.upload(b"", name="a", parent=folder)
    local.webhook_sender.finish()
    assert [d.status for d in local.deliveries] == [500]
    clock.advance(9)
    local.webhook_sender.finish()
    assert len(local.deliveries) == 1
    clock.advance(1)
    local.webhook_sender.finish()
    clock.advance(20)
    local.webhook_sender.finish()
    clock.advance(40)
    local.webhook_sender.finish()
    assert [(d.attempt, d.status) for d in local.deliveries] == [
        (1, 500),
        (2, 302),
        (3, 404),
        (4, 200),
    ]
    headers = [headers for _, headers, _ in receiver.got]
    assert len({h["BOX-DELIVERY-ID"] for h in headers}) == 4
    assert len({h["BOX-DELIVERY-TIMESTAMP"] for h in headers}) == 4
    assert len({body["id"] for body in receiver.bodies()}) == 1
    clock.advance(100_000)
    local.webhook_sender.finish()
    assert len(receiver.got) == 4


def test_a_missing_receiver_gets_twelve_attempts_in_two_hours(api, local, clock):
    folder = api.folder("Out")
    with Receiver().listening() as gone:
        url = gone.url
    hook(api, "folder", folder, "FILE.UPLOADED", address=url)
    api.upload(b"", name="a", parent=folder)
    for wait in (*WAITS, 100_000):
        local.webhook_sender.finish()
        clock.advance(wait)
    local.webhook_sender.finish()
    assert [d.attempt for d in local.deliveries] == list(range(1, 13))
    assert {(d.status, d.error) for d in local.deliveries} == {(0, REFUSED)}
    assert sum(WAITS) <= 7200
    assert local.store.all("SELECT * FROM deliveries") == []


@pytest.mark.parametrize("address", [NOWHERE, "http://10.0.0.1/", "http://127.0.0.1.example.com/"])
def test_messages_stay_on_this_machine_by_default(api, local, address):
    folder = api.folder("Out")
    webhook = hook(api, "folder", folder, "FILE.UPLOADED", address=address).json()["id"]
    api.upload(b"", name="a", parent=folder)
    local.webhook_sender.finish()
    (delivery,) = local.deliveries
    assert delivery == (
        delivery.at,
        webhook,
        "FILE.UPLOADED",
        address,
        1,
        0,
        "not a loopback address; LocalDocGen(webhooks_beyond_loopback=True) allows others",
    )
    assert local.store.all("SELECT * FROM deliveries") == []


def test_other_addresses_can_be_allowed(clock):
    allowed = {"webhooks_beyond_loopback": True}
    with LocalDocGen(clock=clock, **allowed) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        # 0.0.0.0 is not a loopback address but reaches this machine.
        hook(api, "folder", folder, "FILE.UPLOADED", address="http://0.0.0.0:9/")
        api.upload(b"", name="a", parent=folder)
        local.webhook_sender.finish()
        (delivery,) = local.deliveries
    assert delivery.error == REFUSED


@pytest.fixture
def secure_receiver(tmp_path):
    key = certificates.new_key()
    (tmp_path / "key.pem").write_bytes(certificates.key_pem(key))
    (tmp_path / "certificate.pem").write_bytes(certificates.certificate_pem(key))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with Receiver().listening(tls) as receiver:
        yield receiver


def test_https_works_with_a_trusted_certificate(api, local, secure_receiver, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    folder = api.folder("Out")
    hook(api, "folder", folder, "FILE.UPLOADED", address=secure_receiver.url)
    api.upload(b"", name="a", parent=folder)
    local.webhook_sender.finish()
    assert secure_receiver.triggers() == ["FILE.UPLOADED"]
    assert [delivery.status for delivery in local.deliveries] == [200]


def test_an_untrusted_receiver_gets_no_message(api, local, secure_receiver):
    folder = api.folder("Out")
    hook(api, "folder", folder, "FILE.UPLOADED", address=secure_receiver.url)
    api.upload(b"", name="a", parent=folder)
    local.webhook_sender.finish()
    assert secure_receiver.got == []
    assert [delivery.error.partition(":")[0] for delivery in local.deliveries] == [
        "SSLCertVerificationError"
    ]


def test_two_services_on_a_folder_send_each_message_once(tmp_path, receiver):
    with (
        LocalDocGen(tmp_path) as one,
        LocalDocGen(tmp_path) as two,
        one.session() as first,
        two.session() as second,
    ):
        a, b = Api(first, "http://docgen.local"), Api(second, "http://docgen.local")
        folder = a.folder("Out")
        hook(a, "folder", folder, "FILE.UPLOADED", address=receiver.url)
        for number in range(10):
            a.upload(b"", name=f"a{number}", parent=folder)
            b.upload(b"", name=f"b{number}", parent=folder)
        one.webhook_sender.finish()
        two.webhook_sender.finish()
    names = [body["source"]["name"] for body in receiver.bodies()]
    assert names == [f"{who}{number}" for number in range(10) for who in "ab"]


def test_a_hanging_receiver_blocks_neither_others_nor_the_end(api, local, receiver):
    slow, fast = api.folder("Slow"), api.folder("Fast")
    receiver.hold = threading.Event()
    hook(api, "folder", slow, "FILE.UPLOADED", address=receiver.url)
    with Receiver().listening() as other:
        hook(api, "folder", fast, "FILE.UPLOADED", address=other.url)
        api.upload(b"", name="a", parent=slow)
        assert receiver.arrived.wait(20)
        api.upload(b"", name="a", parent=fast)
        assert other.arrived.wait(20)
        wait_until(lambda: len(local.deliveries) == 1)  # recorded here, not only received there
    local.webhook_sender.stop()
    assert [row["tries"] for row in local.store.all("SELECT * FROM deliveries")] == [0]


def test_unsent_messages_are_sent_by_the_next_process(tmp_path, receiver):
    clock = ManualClock()
    with LocalDocGen(tmp_path, clock=clock) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        hook(api, "folder", folder, "FILE.UPLOADED", address=receiver.url)
        receiver.statuses = [503]
        api.upload(b"", name="a", parent=folder)
        local.webhook_sender.finish()
    clock.advance(10)
    with LocalDocGen(tmp_path, clock=clock) as again:
        again.webhook_sender.finish()
        assert [(d.attempt, d.status) for d in again.deliveries] == [(2, 200)]
    assert receiver.triggers() == ["FILE.UPLOADED"] * 2


def test_without_workers_each_request_sends_one_message(receiver):
    with LocalDocGen(workers=0) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        folder = api.folder("Out")
        hook(api, "folder", folder, "FILE.UPLOADED", address=receiver.url)
        api.upload(b"", name="a", parent=folder)
        api.upload(b"", name="b", parent=folder)
        seen = [len(receiver.got)]
        for _ in range(2):
            api("GET", "/2.0/users/me")
            seen.append(len(receiver.got))
    assert seen == [1, 2, 2]


def test_a_deleted_webhook_gets_only_the_message_that_it_was_deleted(api, local, receiver, clock):
    folder = api.folder("Out")
    webhook = hook(
        api, "folder", folder, "FILE.UPLOADED", "WEBHOOK.DELETED", address=receiver.url
    ).json()["id"]
    receiver.statuses = [500]
    api.upload(b"", name="a", parent=folder)
    local.webhook_sender.finish()
    api("DELETE", f"/2.0/webhooks/{webhook}")
    clock.advance(10)
    local.webhook_sender.finish()
    assert receiver.triggers() == ["FILE.UPLOADED", "WEBHOOK.DELETED"]


def test_users_see_only_their_own_webhooks(api):
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    subject = {"box_subject_type": "user", "box_subject_id": "4711"}
    token = api("POST", "/oauth2/token", data=form | subject).json()["access_token"]
    other = Api(api.session, api.url, token)
    webhook = hook(api, "folder", api.folder("Out"), "FILE.UPLOADED").json()["id"]
    assert other.entries("/2.0/webhooks") == []
    assert other("GET", f"/2.0/webhooks/{webhook}").status_code == 404
    assert other("DELETE", f"/2.0/webhooks/{webhook}").status_code == 404


def test_any_call_can_be_sent_by_the_client():
    with connect("local") as box:
        events = box.request("GET", "/2.0/events", query={"stream_position": "now"})
        assert events["entries"] == []
        folder = box.request("POST", "/2.0/folders", body={"name": "A", "parent": {"id": "0"}})
        assert box.request("DELETE", f"/2.0/folders/{folder['id']}") is None
        with pytest.raises(ValueError, match="must begin with a slash"):
            box.request("GET", "2.0/events")
