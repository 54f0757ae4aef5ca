"""A job that a list names twice is one job."""

from docgen_nb.frames import load_jobs


class Box:
    """Lists a job again that was open on the page before."""

    def list_jobs(self, *, limit):
        yield {"id": "9", "status": "pending"}
        yield {"id": "8", "status": "pending"}
        yield {"id": None, "status": "failed"}
        yield {"id": "8", "status": "completed"}
        yield {"status": "failed"}


def test_a_job_listed_twice_is_one_row_as_last_read():
    frame = load_jobs(Box())

    assert frame["job_id"].fillna("").tolist() == ["9", "", "8", ""]
    assert frame["status"].tolist() == ["pending", "failed", "completed", "failed"]
    assert frame.index.tolist() == [0, 1, 2, 3]
    assert frame.attrs["box_version"] == "2025.0"
