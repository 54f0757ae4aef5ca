"""Every page of a list costs the same, however long the list is."""

import pytest
from api import Api

JOBS = 5_000
STEPS = 100  # of SQLite's virtual machine, between two calls of the counter


def fill(store, *, user):
    with store.write() as db:
        file = (
            "INSERT INTO items (kind, owner_id, parent_id, name, name_key, created_at, modified_at)"
        )
        template = db.execute(f"{file} VALUES ('file', ?, 0, 'a', 'a', 0, 0)", (user,)).lastrowid
        batch = db.execute(
            "INSERT INTO batches (user_id, template_id, template_version_id, folder_id, "
            "output_type, created_at, uuid) VALUES (?, ?, 1, 0, 'docx', 0, 'a-b-c')",
            (user, template),
        ).lastrowid
        db.executemany(
            "INSERT INTO jobs (batch_id, user_id, template_id, status, name) "
            "VALUES (?, ?, ?, 'completed', 'a')",
            [(batch, user, template)] * JOBS,
        )
    return template, "a-b-c"


@pytest.mark.parametrize("which", ["jobs", "batch", "template"])
def test_the_last_page_costs_as_much_as_the_first(local, api: Api, which):
    template, batch = fill(local.store, user=local.default_user_id)
    path = {
        "jobs": "/2.0/docgen_jobs",
        "batch": f"/2.0/docgen_batch_jobs/{batch}",
        "template": f"/2.0/docgen_template_jobs/{template}",
    }[which]
    steps, queries = [], []
    db = local.store.database  # of this thread, which the adapter uses
    seen = [0]
    db.set_progress_handler(lambda: seen.__setitem__(0, seen[0] + 1), STEPS)
    statements: list[str] = []
    db.set_trace_callback(statements.append)

    marker = "0"
    while marker:
        seen[0], before = 0, len(statements)
        page = api("GET", path, params={"limit": 1000, "marker": marker}).json()
        assert len(page["entries"]) == 1000
        marker = page["next_marker"]
        steps.append(seen[0])
        queries.append(sum("FROM jobs" in s for s in statements[before:]))

    assert len(steps) == JOBS // 1000
    assert set(queries) == {1}
    assert steps[0] > 100
    assert max(steps) <= 1.1 * min(steps)
