"""One episode of ToolSandbox as the environment sees it; whatever happens to its process becomes an observation."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.toolsandbox.channel import ClosedError
from trace_gym.targets.toolsandbox.client import EpisodeProcess

MOST_CALLS = 5
"""Calls in one turn; ToolSandbox runs them in every order, which for six would be 720 runs."""


class SandboxWorld:
    """A scenario's state, in a process of its own.

    Example:
        >>> class Process:
        ...     def ask(self, request):
        ...         return {"results": [{"text": "True", "error": False}], "count": 2}
        >>> world = SandboxWorld(Process(), offered=["set_wifi_status"], messages=30)
        >>> world.call(ToolCall("set_wifi_status", {"on": True}))
        ('True', False)
        >>> world.call(ToolCall("fly"))
        ("Error: there is no tool 'fly'; there are: set_wifi_status.", True)
    """

    def __init__(self, process: EpisodeProcess, offered: Collection[str], messages: int) -> None:
        """Takes over an episode's process.

        Args:
            process: The episode's process.
            offered: Names of the tools on offer.
            messages: The scenario's limit on messages.
        """
        self._process = process
        self._offered = offered
        self._messages = messages
        self._results: deque[tuple[str, bool]] = deque()
        self._turn = 0
        self._count = 0
        self._score: dict[str, float] | None = None
        self._last: Json = None
        self.fault = ""

    @property
    def exhausted(self) -> bool:
        """Whether the scenario's messages are used up, or its process has ended."""
        return bool(self.fault) or self._count >= self._messages

    def prepare(self, calls: Sequence[ToolCall]) -> None:
        """Runs the calls of one turn together, as ToolSandbox does; `call` then hands out their results in order.

        Args:
            calls: The calls of one turn.
        """
        self._turn += 1
        # a call to a tool that does not exist would end ToolSandbox's run, so that it is answered here
        offered_calls = [call for call in calls if call.name in self._offered]
        if len(offered_calls) > MOST_CALLS:
            refusal = f"Error: at most {MOST_CALLS} calls can be made at once, got {len(offered_calls)}; none was made."
            self._results = deque([(refusal, True)] * len(calls))
            return

        answers: deque[dict[str, Any]] = deque()
        if offered_calls:
            request = {"do": "calls", "calls": self._rows(offered_calls)}
            answers.extend(self._ask(request).get("results", []))
        self._results = deque(self._result(call, answers) for call in calls)

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Returns the next prepared result; a call that was not prepared is run by itself.

        Args:
            call: The call, as parsed.

        Returns:
            What the model reads, and whether it is an error.
        """
        if not self._results:
            self.prepare([call])
        return self._results.popleft()

    def talk(self, message: str, reply: str, over: bool) -> bool:
        """Records what the assistant says, and what the user answers or that the user ends the conversation.

        Args:
            message: What the assistant said, any text.
            reply: What the user answers.
            over: Whether the user ends the conversation instead.

        Returns:
            Whether the conversation is over, be it at the scenario's limit.
        """
        # ToolSandbox's tables cannot hold half a surrogate pair, which a model can write
        text = message.encode("utf-8", "replace").decode()
        self._ask({"do": "say", "text": text})
        if over:
            self._ask({"do": "end"})
            return True
        self._ask({"do": "hear", "text": reply})
        return self.exhausted

    def snapshot(self) -> Json:
        """Returns the tables that have changed since the start; after a fault or the end, as they were last seen."""
        self._last = self._ask({"do": "changes"}).get("changes", self._last)
        return self._last

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns `similarity`, ToolSandbox's own, in [0, 1], and `perfect`, whether it is 1; both are 0 after a fault.

        The episode's process is ended, since its work is done.

        Args:
            episode: The finished episode.
        """
        if self._score is None:
            # the last chance to look at the tables
            self.snapshot()
            similarity = float(self._ask({"do": "score"}).get("similarity", 0.0))
            similarity = min(max(similarity, 0.0), 1.0)
            self._score = {"similarity": similarity, "perfect": float(similarity >= 1.0 - 1e-9)}
            self.close()
            if not self.fault:
                self.fault = "the episode is over."
        return dict(self._score)

    def close(self) -> None:
        """Ends the process."""
        self._process.close()

    def _rows(self, calls: Sequence[ToolCall]) -> list[dict[str, Json]]:
        """The calls as the episode's process reads them, with identifiers that are unique in the episode."""
        rows = []
        for number, call in enumerate(calls):
            identifier = f"call_{self._turn}_{number}"
            rows.append({"id": identifier, "name": call.name, "arguments": dict(call.arguments)})
        return rows

    def _result(self, call: ToolCall, answers: deque[dict[str, Any]]) -> tuple[str, bool]:
        """Takes a call's answer; what was not run, or not answered, is an error."""
        if call.name not in self._offered:
            known = ", ".join(self._offered)
            return f"Error: there is no tool {call.name[:80]!r}; there are: {known}.", True
        if not answers:
            return f"Error: {self.fault}", True
        answer = answers.popleft()
        return str(answer["text"]), bool(answer["error"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Asks the process; after a fault there is no answer, and the first fault is kept."""
        if self.fault:
            return {}
        try:
            answer = self._process.ask(request)
        except ClosedError as closed:
            self.fault = f"the sandbox {closed}; the episode cannot be solved any more."
            return {}

        self._count = int(answer.get("count", self._count))
        return answer
