"""Ids of batches and jobs, in the form that was recorded from Box."""

import hashlib
import uuid

_STEPS = (1, 1, 3, 1, 2, 5, 1)  # jobs of other users lie between those of one


def batch_uuid(number: int) -> str:
    """Return the id of the batch with this number: a UUID, the same in every data folder.

    >>> batch_uuid(3000001)
    '64621e09-b806-4cf9-b1a5-6377fb5b84eb'
    """
    digest = hashlib.sha256(f"docgen-nb batch {number}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def next_job_id(last: int) -> int:
    """Return the id of the next job: ids ascend, with gaps.

    >>> ids = [4000000]
    >>> for _ in range(7):
    ...     ids.append(next_job_id(ids[-1]))
    >>> ids[1:]
    [4000002, 4000003, 4000004, 4000005, 4000008, 4000013, 4000014]
    """
    return last + _STEPS[last % len(_STEPS)]
