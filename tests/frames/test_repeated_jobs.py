"""Tests of lists that contain a job twice."""

from docgen_nb.frames import load_jobs


class Box:
    """A fake client whose list repeats a job with a newer status."""

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
