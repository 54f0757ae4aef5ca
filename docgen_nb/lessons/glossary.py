"""The words of Doc Gen, each with the sentence of README that explains it."""

_TEMPLATE = (
    "A **template** is a Word file that was marked as one in Box. A **tag** is a placeholder in "
    "it, such as `{{order.id}}`."
)
_BATCH = (
    "A **batch** is one request. Each **job** in it generates one document from its **user_input**."
)
_STATUSES = (
    "A job is **open** while `pending` or `submitted`, then **finished**: `completed`, "
    "`completed_with_error` (a document exists, but data was missing) or `failed` (no document)."
)
_LEDGER = "A **ledger** is a local file that keeps the history of jobs, which Box doesn't."

# By word: what it means, and the lesson that shows it.
WORDS: dict[str, tuple[str, str]] = {
    "template": (_TEMPLATE, "02-templates-and-tags"),
    "tag": (_TEMPLATE, "02-templates-and-tags"),
    "batch": (_BATCH, "01-one-batch"),
    "job": (f"{_BATCH} {_STATUSES}", "04-jobs-as-a-table"),
    "user_input": (_BATCH, "03-the-form"),
    "ledger": (_LEDGER, "04-jobs-as-a-table"),
}
