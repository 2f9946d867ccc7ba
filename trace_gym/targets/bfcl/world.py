"""One episode of a multi-turn entry."""

from __future__ import annotations

from trace_gym.env.episode import Episode
from trace_gym.env.reward import changes
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.backend import Backend
from trace_gym.targets.bfcl.calls import Instances
from trace_gym.targets.bfcl.checker import judged
from trace_gym.targets.bfcl.entries import Entry
from trace_gym.targets.bfcl.state import state_of


class BFCLWorld:
    """The entry's instances, and the calls made on them by user turn."""

    def __init__(self, entry: Entry) -> None:
        """Opens the task's initial state.

        Args:
            entry: The entry, in its initial state.
        """
        self.entry = entry
        self.turns: list[list[ToolCall]] = [[]]
        self.forced = False
        self._steps = 0
        self._instances = Instances(Backend(entry).objects(), f"trace_gym_{entry.name}")

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call; returns the result as BFCL writes it, and whether nothing came of it.

        Args:
            call: The call, as parsed.
        """
        self.turns[-1].append(call)
        return self._instances.run(call)

    def end_step(self) -> None:
        """Counts a step with calls; beyond BFCL's limit for a user turn it stops the agent."""
        self._steps += 1
        self.forced = self._steps > upstream.module("constants.default_prompts").MAXIMUM_STEP_LIMIT

    def next_turn(self) -> None:
        """Goes on to the user's next turn."""
        self.turns.append([])
        self._steps = 0

    def snapshot(self) -> Json:
        """Returns what differs from the initial state, by path."""
        found = changes(state_of(Backend(self.entry).objects()), state_of(self._instances.objects))
        return {"/".join(path): value for path, value in found.items()}

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns what BFCL's checker looks at, and `finished`: whether the last user turn was reached.

        Args:
            episode: The current one.
        """
        return self.score()

    def score(self) -> dict[str, float]:
        """Returns the same; what was said does not count."""
        # stopped in the last turn, BFCL judges all the same
        finished = len(self.turns) == len(self.entry.turns)
        return {**judged(self.entry, self.turns), "finished": float(finished)}
