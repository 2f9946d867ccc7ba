"""Answers of language models on disk, each under the hash of the request that it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from trace_gym.errors import UserError
from trace_gym.files import read_versioned, write_atomic
from trace_gym.llm.question import Answer, Question

SCHEMA = "trace-gym/llm-answer"
VERSION = 1


class AnswerCache:
    """A folder of answers: one file each, in subfolders named by the first two digits of the hash.

    Files are written atomically, so a process that is killed leaves whole answers behind. A file that is damaged, or
    that answers something else, counts as missing.

    Example:
        >>> import tempfile
        >>> question = Question({"messages": [], "seed": 1}, {"type": "boolean"})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cache = AnswerCache(Path(folder))
        ...     cache.put("my-model", question, Answer(True))
        ...     cache.get("my-model", question).value, cache.get("another", question)
        (True, None)
    """

    def __init__(self, folder: Path) -> None:
        """Names the folder.

        Args:
            folder: Where answers are kept; it is made when the first one comes.
        """
        self.folder = folder
        self.damaged = 0
        """Files that were there and could not be used."""

    def get(self, model: str, question: Question) -> Answer | None:
        """Returns the answer to a question; None if there is no file, or none that can be used.

        Args:
            model: The model that is asked.
            question: The question.
        """
        path = self._path(model, question)
        if not path.is_file():
            return None

        try:
            return _answer(read_versioned(path, SCHEMA, VERSION, advice="ask again"), path.stem, question)
        except (UserError, ValueError):
            # one answer is asked anew, which costs less than a stop
            self.damaged += 1
            return None

    def put(self, model: str, question: Question, answer: Answer) -> None:
        """Keeps an answer.

        Args:
            model: The model that gave it.
            question: The question.
            answer: Its answer, or why there is none.

        Raises:
            UserError: If the file cannot be written.
        """
        path = self._path(model, question)
        record = {
            "schema": SCHEMA,
            "version": VERSION,
            "request": path.stem,
            "model": model,
            "answer": answer.value,
            "fault": answer.fault,
        }
        # in ASCII, because models do write halves of characters, which UTF-8 cannot
        write_atomic(path, json.dumps(record, indent=2) + "\n")

    def _path(self, model: str, question: Question) -> Path:
        digest = question.digest(model)
        return self.folder / digest[:2] / f"{digest}.json"


def _answer(record: dict[str, Any], digest: str, question: Question) -> Answer:
    """Reads a cached record.

    Raises:
        ValueError: If it does not answer this question.
    """
    fault = record.get("fault")
    if record.get("request") != digest or not isinstance(fault, str):
        raise ValueError("another request")
    if fault:
        return Answer(fault=fault)

    value = record.get("answer")
    if not jsonschema.Draft202012Validator(dict(question.schema)).is_valid(value):
        raise ValueError("another form of answer")
    return Answer(value)
