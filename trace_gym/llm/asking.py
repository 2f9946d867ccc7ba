"""Asking a language model many questions at once: the cache first, then a few threads, each answer kept at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from trace_gym.errors import UserError
from trace_gym.llm.account import Account
from trace_gym.llm.cache import AnswerCache
from trace_gym.llm.client import ChatClient, InvalidAnswerError, RefusedRequestError
from trace_gym.llm.question import Answer, Question

_REFUSALS_THAT_STOP = 8
"""Refused requests after which the fault is taken to lie with all of them, if none has been answered."""


class Asker:
    """Asks questions of one model at one endpoint.

    A question is asked once, however often it occurs, and not at all if the cache holds its answer. Answers come back
    in the order of the questions, so nothing depends on which of them arrives first.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> question = Question({"messages": [], "seed": 1}, {"type": "boolean"})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cache = AnswerCache(Path(folder))
        ...     cache.put("my-model", question, Answer(True))
        ...     asker = Asker(ChatClient("my-model", "http://127.0.0.1:8000/v1"), cache)
        ...     [answer.value for answer in asker.ask([question, question])]
        [True, True]
    """

    def __init__(self, client: ChatClient, cache: AnswerCache, *, workers: int = 4) -> None:
        """Asks nothing yet.

        Args:
            client: The endpoint and the model.
            cache: Where answers are kept.
            workers: Requests in flight, >= 1.
        """
        self.account = Account(usage=client.usage)
        """What the questions took so far."""
        self._client = client
        self._cache = cache
        self._workers = workers

    def ask(self, questions: Sequence[Question], progress: Callable[[int], None] = lambda count: None) -> list[Answer]:
        """Returns the answer to each question.

        Args:
            questions: The questions.
            progress: Is told how many more questions are done.

        Returns:
            Their answers, in the same order. Where the model gave no valid answer, or the endpoint refused this one
            request, the answer says so.

        Raises:
            UserError: If the endpoint cannot be reached, or refuses everything. Answers that came are kept.
        """
        digests = [question.digest(self._client.model) for question in questions]
        different = dict(zip(digests, questions, strict=True))
        copies = Counter(digests)
        answers = self._cached(different)
        if answers:
            progress(sum(copies[digest] for digest in answers))

        waiting = {digest: question for digest, question in different.items() if digest not in answers}
        self._ask_endpoint(waiting, answers, lambda digest: progress(copies[digest]))
        self._count(list(answers.values()))
        return [answers[digest] for digest in digests]

    def _cached(self, questions: dict[str, Question]) -> dict[str, Answer]:
        answers = {}
        for digest, question in questions.items():
            answer = self._cache.get(self._client.model, question)
            if answer is not None:
                answers[digest] = answer

        self.account.cached += len(answers)
        self.account.damaged = self._cache.damaged
        return answers

    def _ask_endpoint(
        self, questions: dict[str, Question], answers: dict[str, Answer], done: Callable[[str], None]
    ) -> None:
        """Adds the endpoint's answers to `answers`; `done` is told the digest of each."""
        patience = min(_REFUSALS_THAT_STOP, len(questions))
        with ThreadPoolExecutor(self._workers) as pool:
            pending: dict[Future[Answer], str] = {}
            for digest, question in questions.items():
                pending[pool.submit(self._answer, question)] = digest

            try:
                for future in as_completed(pending):
                    answer = future.result()
                    answers[pending[future]] = answer
                    done(pending[future])
                    if len(answers) == patience and all(one.is_refused for one in answers.values()):
                        raise UserError(answer.fault)
            except BaseException as error:
                # those in flight are paid for: they are waited for and kept, the rest is not begun
                pool.shutdown(wait=True, cancel_futures=True)
                if isinstance(error, UserError):
                    raise self._stopped(error) from None
                raise

    def _answer(self, question: Question) -> Answer:
        """Asks one question; called by several threads.

        Raises:
            UserError: If the endpoint does not answer at all.
        """
        try:
            answer = Answer(self._client.complete_json(question.body, question.schema, name=question.name))
        except InvalidAnswerError as error:
            answer = Answer(fault=str(error))
        except RefusedRequestError as error:
            # not kept, so that the same command asks again
            return Answer(fault=str(error), is_refused=True)

        self._cache.put(self._client.model, question, answer)
        return answer

    def _stopped(self, error: UserError) -> UserError:
        return UserError(
            f"{str(error).rstrip('.')}; the answers so far are kept in {self._cache.folder}, and the same command goes "
            "on from there."
        )

    def _count(self, answers: Sequence[Answer]) -> None:
        self.account.questions += len(answers)
        for answer in answers:
            if answer.is_refused:
                self.account.refused += 1
            elif not answer.is_usable:
                self.account.invalid += 1
