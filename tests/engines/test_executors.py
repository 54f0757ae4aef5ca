"""A Dask cluster renders jobs: for the service, and for many documents of one template."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import docx
import pytest
from api import Api, batch_body
from tools import require

from docgen_nb import samples
from docgen_nb.service import LocalDocGen
from docgen_nb.template import Template

ROWS = [{"name": f"Person {number}"} for number in range(20)]


@pytest.fixture(scope="module")
def executor() -> Iterator[Any]:
    require("dask")
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


def greeting(content: bytes) -> str:
    return docx.Document(BytesIO(content)).paragraphs[0].text


def test_a_cluster_renders_the_jobs_of_the_service(executor):
    with LocalDocGen(workers=executor) as local, local.session() as session:
        api = Api(session, "http://docgen.local")
        template = api.template(samples.template("Dear {{name}},"))
        batch = api.batch(batch_body(template, "0", ROWS))
        local.finish()
        jobs = api.entries(f"/2.0/docgen_batch_jobs/{batch}")
        texts = [greeting(api.content(job["output_file"]["id"])) for job in jobs]
    assert texts == [f"Dear {row['name']}," for row in ROWS]


def test_a_cluster_renders_many_documents_in_order(executor):
    template = Template(samples.template("Dear {{name}},"))
    result = template.render_many(ROWS, executor=executor)
    assert [greeting(one.content) for one in result] == [f"Dear {row['name']}," for row in ROWS]
