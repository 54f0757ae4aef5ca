"""A probe: asks all questions that are not answered yet, cleans up, and can be resumed."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from docgen_nb.client_protocol import Entry
from docgen_nb.errors import ApiError, DocGenError, ProbeStopped
from docgen_nb.evidence import DIFFERENT, FAILED, SAME, WIRE, Evidence, Finding
from docgen_nb.probe import wire_questions
from docgen_nb.probe.language import DOCUMENTS, Case, case, split
from docgen_nb.probe.state import State, today
from docgen_nb.probe.workspace import ProbeClient, Workspace
from docgen_nb.template.docx.outline import outline

MOST_DOCUMENTS = 60
_AT_A_TIME = 10  # documents: as many are lost if a probe is killed


@dataclass(frozen=True)
class Plan:
    """What a probe is going to cost: questions, documents, and at most so many documents."""

    questions: int
    documents: int
    most_documents: int


class Probe:
    """The questions to one account.

    Parameters
    ----------
    box : Client
        The account. Doc Gen has to be switched on for it.
    folder_id : str
        Where a folder is created for the time of the probe.
    state : path, optional
        A file that keeps the answers while the probe runs; a probe that was stopped goes on from
        it.
    report : callable, optional
        Called with a line of text from time to time.
    pause : float
        Seconds between two looks at jobs that are not finished, at most.
    patience : float
        Seconds without any finished job after which the probe gives up.

    Attributes
    ----------
    left : list of str
        What could not be deleted, in words.

    Raises
    ------
    UnreadableEvidence
        If the file of the state is something else, or of another account.
    """

    def __init__(
        self,
        box: ProbeClient,
        *,
        folder_id: str = "0",
        state: Path | None = None,
        report: Callable[[str], None] = lambda text: None,
        pause: float = 2.0,
        patience: float = 900.0,
    ) -> None:
        user = box.get_me()
        account = hashlib.sha256(f"{box.url} {user['id']}".encode()).hexdigest()[:16]
        self._state = State.resume(state, account=account)
        self._space = Workspace(box, folder_id, state=self._state, pause=pause, patience=patience)
        self._report = report
        self.left: list[str] = []

    @property
    def documents(self) -> int:
        """How many documents were made so far."""
        return self._state.documents

    @property
    def evidence(self) -> Evidence:
        """The answers so far."""
        return self._state.evidence()

    def plan(self) -> Plan:
        """Return what is still to be asked, and what that costs."""
        documents = [*self._open_documents(), *self._failed_with_others()]
        of_wire = 0 if self._state.wire else len(wire_questions.DOCUMENTS)
        questions = sum(map(len, documents)) + len(WIRE) - len(self._state.wire)
        most = max(0, MOST_DOCUMENTS - self.documents)
        return Plan(questions, min(len(documents) + of_wire, most), most)

    def run(self) -> Evidence:
        """Ask, and delete what was made for it; return all answers.

        Raises
        ------
        ProbeStopped
            If the account refuses something that the probe needs, or documents do not finish. The
            answers so far are kept in the file of the state.
        """
        self._space.remove_folder()  # of a probe that was killed
        try:
            self._space.open()
            self._ask()
        except ApiError as error:
            raise ProbeStopped(f"The probe cannot go on: {error}") from error
        finally:
            self._report("Deleting the probe's folder.")
            self.left = self._space.remove()
        self._state.forget()
        return self.evidence

    def _ask(self) -> None:
        if not self._state.wire:
            self._report("Asking how the API answers.")
            self._state.wire = wire_questions.ask_all(self._space)
            self._state.save()
        self._ask_language(list(self._open_documents()))
        most = max(0, MOST_DOCUMENTS - self.documents)
        self._ask_language(islice(self._failed_with_others(), most))
        self._state.wire |= wire_questions.ask_at_the_end(self._space)

    def _open_documents(self) -> Iterator[Mapping[str, str]]:
        known = self._state.constructs
        return (document for document in DOCUMENTS if not document.keys() <= known.keys())

    def _failed_with_others(self) -> list[Mapping[str, str]]:
        """Return the failed constructs of shared documents, each for a document of its own."""
        failed = {name for name, one in self._state.constructs.items() if one.verdict == FAILED}
        shared = (document for document in DOCUMENTS if len(document) > 1)
        return [
            {name: text} for document in shared for name, text in document.items() if name in failed
        ]

    def _ask_language(self, documents: Iterable[Mapping[str, str]]) -> None:
        remaining = iter(documents)
        while some := list(islice(remaining, _AT_A_TIME)):
            left = MOST_DOCUMENTS - self.documents
            if left < len(some):
                raise ProbeStopped(f"The limit of {MOST_DOCUMENTS} documents is reached.")
            cases = [case(document) for document in some]
            sent = {self._send(one): one for one in cases}
            for batch_id, jobs in self._space.wait(sent).items():
                self._state.constructs |= self._findings(sent[batch_id], jobs[0])
            self._state.save()
            self._report(f"{len(self._state.constructs)} constructs, {self.documents} documents")

    def _send(self, one: Case) -> str:
        name = f"Question {self.documents + 1}"
        template_id = self._space.add_template(f"{name} template.docx", one.template)
        document = {"generated_file_name": name, "user_input": one.user_input}
        try:
            return self._space.send(self._space.body(template_id, [document]))
        except ApiError as error:
            message = f"A batch was refused after {self.documents} documents: {error}"
            raise ProbeStopped(message) from error

    def _findings(self, one: Case, job: Entry) -> dict[str, Finding]:
        ours, date = one.ours(), today()
        file = job.get("output_file")
        if not file:
            return {name: Finding(FAILED, date, ours[name]) for name in one.constructs}
        theirs = self._outline(str(file["id"]))
        return {
            name: Finding(
                SAME if ours[name] == theirs.get(name) else DIFFERENT,
                date,
                ours[name],
                theirs.get(name, ()),
            )
            for name in one.constructs
        }

    def _outline(self, file_id: str) -> dict[str, tuple[str, ...]]:
        try:
            return split(outline(self._space.box.download_file(file_id)))
        except DocGenError as error:
            raise ProbeStopped(f"A document of the probe can't be read: {error}") from error
