"""A question to a language model that wants an answer in JSON, and what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """One request for structured output.

    Example:
        >>> body = {"messages": [{"role": "user", "content": "Is 7 prime?"}], "seed": 1}
        >>> first = Question(body, {"type": "boolean"})
        >>> second = Question({**body, "seed": 2}, {"type": "boolean"})
        >>> first.digest("my-model") == second.digest("my-model")
        False
    """

    body: Mapping[str, Any]
    """The request without its model: `messages`, and the sampling with its seed."""
    schema: Mapping[str, Any]
    """The JSON Schema of the answer."""
    name: str = "answer"
    """What the schema is called in the request."""

    def digest(self, model: str) -> str:
        """Returns the SHA-256 of the whole request, which names its answer in a cache.

        Args:
            model: The model that is asked.
        """
        request = {"model": model, "body": self.body, "schema": self.schema, "name": self.name}
        # in ASCII, because texts may hold halves of characters, which UTF-8 cannot write
        return hashlib.sha256(json.dumps(request, sort_keys=True).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What a model made of a question; a bad answer is data too.

    Example:
        >>> Answer(True).is_usable, Answer(fault="it is not JSON").is_usable
        (True, False)
    """

    value: Any = None
    """The answer, which satisfies the schema; None if there is none."""
    fault: str = ""
    """Why there is none: one sentence; empty if there is one."""
    is_refused: bool = False
    """Whether the endpoint refused the request, so that asking again may help."""

    @property
    def is_usable(self) -> bool:
        """Whether there is an answer that satisfies the schema."""
        return self.fault == ""
