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
    """The entry's instances, and the calls made on them, by user turn.

    Example:
        >>> without_classes = Entry("multi_turn_base_0", "base", ("Hello.", "Bye."), (), {}, {}, (), ((), ()))
        >>> world = BFCLWorld(without_classes)
        >>> world.call(ToolCall("cd", {"folder": "document"}))
        ("Error during execution: name 'cd' is not defined", True)
        >>> world.next_turn()
        >>> [len(calls) for calls in world.turns]
        [1, 0]
    """

    def __init__(self, entry: Entry) -> None:
        """Opens the entry's initial state.

        Args:
            entry: The entry.
        """
        self.entry = entry
        self.turns: list[list[ToolCall]] = [[]]
        self.forced = False
        self._steps = 0
        self._instances = Instances(Backend(entry).objects(), f"trace_gym_{entry.name}")

    def call(self, call: ToolCall) -> tuple[str, bool]:
        """Runs one call and keeps it for the checker.

        Args:
            call: The call, as parsed.

        Returns:
            The result as BFCL writes it, and whether the call failed.
        """
        self.turns[-1].append(call)
        return self._instances.run(call)

    def end_step(self) -> None:
        """Counts a step with calls; the agent is stopped once it exceeds BFCL's limit for a user turn."""
        self._steps += 1
        self.forced = self._steps > upstream.module("constants.default_prompts").MAXIMUM_STEP_LIMIT

    def next_turn(self) -> None:
        """Starts the user's next turn."""
        self.turns.append([])
        self._steps = 0

    def snapshot(self) -> Json:
        """Returns what differs from the initial state, by path."""
        initial = state_of(Backend(self.entry).objects())
        differences = changes(initial, state_of(self._instances.objects))
        return {"/".join(path): value for path, value in differences.items()}

    def terms(self, episode: Episode) -> dict[str, float]:
        """Returns the parts of BFCL's verdict; see `score`.

        Args:
            episode: The finished episode; not used, as only the calls count.
        """
        return self.score()

    def score(self) -> dict[str, float]:
        """Returns what BFCL's checker checks, and `finished`: whether the last user turn was reached."""
        # reached, not ended: BFCL judges an agent that it has stopped in the last turn like any other
        finished = len(self.turns) == len(self.entry.turns)
        return {**judged(self.entry, self.turns), "finished": float(finished)}
