"""One episode of ToolSandbox as the environment sees it; whatever happens to its process is an observation."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.toolsandbox.channel import ClosedError
from trace_gym.targets.toolsandbox.client import EpisodeProcess

MOST_CALLS = 5
"""Calls in one turn; ToolSandbox runs them in every order, so that six would already be 720 runs."""


class SandboxWorld:
    """A scenario's state, in a process of its own."""

    def __init__(self, process: EpisodeProcess, offered: Collection[str], messages: int) -> None:
        """Looks at an episode's process.

        Args:
            process: The episode's process.
            offered: The tools on offer, by name.
            messages: The scenario's limit of messages.
        """
        self._process = process
        self._offered = offered
        self._messages = messages
        self._results: deque[tuple[str, bool]] = deque()
        self._turn = self._count = 0
        self._score: dict[str, float] | None = None
        self._last: Json = None

        self.fault = ""

    @property
    def exhausted(self) -> bool:
        """Whether the scenario's messages, or its process, have come to an end."""
        return bool(self.fault) or self._count >= self._messages

    def prepare(self, calls: Sequence[ToolCall]) -> None:
        """Runs the calls of one turn together, as ToolSandbox does; `call` then hands out their results in order.

        Args:
            calls: The calls of one turn.
        """
        self._turn += 1
        known = [call for call in calls if call.name in self._offered]
        if len(known) > MOST_CALLS:
            refusal = f"Error: at most {MOST_CALLS} calls can be made at once, got {len(known)}; none was made."
            self._results = deque([(refusal, True)] * len(calls))
            return

        rows = [
            {"id": f"call_{self._turn}_{number}", "name": call.name, "arguments": dict(call.arguments)}
            for number, call in enumerate(known)
        ]
        answers = deque(self._ask({"do": "calls", "calls": rows}).get("results", []) if rows else [])
        self._results = deque(self._result(call, answers) for call in calls)

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Returns a prepared result, or runs the call by itself.

        Args:
            call: The call, as parsed.
        """
        if not self._results:
            self.prepare([call])
        return self._results.popleft()

    def talk(self, message: str, reply: str, over: bool) -> bool:
        """Records what the assistant says and what the user answers, or that it ends the conversation.

        Args:
            message: What the assistant said.
            reply: What the user answered.
            over: Whether the conversation ends.

        Returns:
            Whether the conversation is over.
        """
        # the tables hold no halves of characters
        text = message.encode("utf-8", "replace").decode()
        self._ask({"do": "say", "text": text})
        self._ask({"do": "end"} if over else {"do": "hear", "text": reply})
        return over or self.exhausted

    def snapshot(self) -> Json:
        """Returns the tables that differ from those at the start; after a fault or the end, as they were last seen."""
        self._last = self._ask({"do": "changes"}).get("changes", self._last)
        return self._last

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns `similarity`, ToolSandbox's own, in [0, 1], and `perfect`, whether it is 1; both are 0 after a fault.

        The episode's process has then done its work, and ends.

        Args:
            episode: The current one.
        """
        if self._score is None:
            self.snapshot()
            similarity = float(self._ask({"do": "score"}).get("similarity", 0.0))
            similarity = min(max(similarity, 0.0), 1.0)
            self._score = {"similarity": similarity, "perfect": float(similarity >= 1.0 - 1e-9)}
            self.close()
            self.fault = self.fault or "the episode is over."

        return dict(self._score)

    def close(self) -> None:
        """Ends the process."""
        self._process.close()

    def _result(self, call: ToolCall, answers: deque[dict[str, Any]]) -> tuple[str, bool]:
        if call.name not in self._offered:
            known = ", ".join(self._offered)
            return f"Error: there is no tool {call.name[:80]!r}; there are: {known}.", True
        if not answers:
            return f"Error: {self.fault}", True
        answer = answers.popleft()
        return str(answer["text"]), bool(answer["error"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.fault:
            return {}
        try:
            answer = self._process.ask(request)
        except ClosedError as closed:
            self.fault = f"the sandbox {closed}; the episode cannot be solved any more."
            return {}

        self._count = int(answer.get("count", self._count))
        return answer
