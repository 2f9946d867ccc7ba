"""A local endpoint with a model that answers in the form it is asked for; for tests of what reads its answers."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from chat_server import Answer, ChatServer

Judge = Callable[[str, str, int], dict[str, Any]]
"""From the transcript, a capability's name and the seed to a judgement."""


def completion(content: str) -> Answer:
    """A chat completion that took 100 prompt and 10 completion tokens."""
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    body = {"choices": [{"message": {"role": "assistant", "content": content}}], "usage": usage}
    return 200, "application/json", json.dumps(body).encode()


def judgement(label: str, *messages: int, reason: str = "So it is.") -> dict[str, Any]:
    return {"reason": reason, "messages": list(messages), "label": label}


def transcript_in(body: dict[str, Any]) -> str:
    """The transcript that a request quotes."""
    return str(body["messages"][1]["content"].split("<transcript>\n")[1].split("\n</transcript>")[0])


def never_looks(transcript: str, name: str, seed: int) -> dict[str, Any]:
    """LACKING where the assistant calls no tool, else PRESENT, at the last message; unsure in one pass of four."""
    last = int(re.findall(r"^\[(\d+)\]", transcript, re.MULTILINE)[-1])
    if seed % 4 == 0:
        return judgement("NA")
    return judgement("PRESENT" if "\n> " in transcript else "LACKING", last, reason=f"{name}, seen in pass {seed}.")


class ModelServer(ChatServer):
    """Judges transcripts by `judge`; what `instead` returns is sent in place of its answer."""

    def __init__(self) -> None:
        self.judge: Judge = never_looks
        self.instead: Callable[[dict[str, Any]], Answer | None] = lambda body: None
        self.busiest = 0
        self._busy = 0
        self._lock = threading.Lock()
        super().__init__(self._answered)

    def times_asked(self) -> Counter[str]:
        """How often each request came, its path and the model included."""
        return Counter(json.dumps(body, sort_keys=True) for body in list(self.asked))

    def _answered(self, body: dict[str, Any]) -> Answer:
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        try:
            self.closing.wait(0.002)
            return self.instead(body) or completion(json.dumps(self._judgements(body)))
        finally:
            with self._lock:
                self._busy -= 1

    def _judgements(self, body: dict[str, Any]) -> dict[str, Any]:
        names = body["response_format"]["json_schema"]["schema"]["required"]
        return {name: self.judge(transcript_in(body), name, body["seed"]) for name in names}
