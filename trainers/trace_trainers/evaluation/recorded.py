"""An agent that chooses an adapter per conversation and replays that adapter's recorded episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_gym.rollouts.policy import TurnRequest
from trace_gym.trajectories.record import Trajectory
from trace_trainers.policies.adapters import Chooser


class RecordedPolicy:
    """Chooses an adapter once per conversation and repeats what that adapter's agent said on the same task.

    A policy's turns depend only on the task, the adapter and the episode's own generator, so playing the task again
    with the chosen adapter would produce the same turns.

    Example:
        >>> RecordedPolicy(lambda requests: [""] * len(requests), {"": []}, policy_id="routed").adapter_of(0)
        ''
    """

    def __init__(self, choose: Chooser, recorded: Mapping[str, Sequence[Trajectory]], *, policy_id: str) -> None:
        """Prepares a policy that has not chosen yet.

        Args:
            choose: Names an adapter for each new conversation.
            recorded: By adapter, its agent's episodes on tasks 0, 1, ...
            policy_id: Written into trajectories.
        """
        self.policy_id = policy_id
        self._choose = choose
        self._recorded = recorded
        self._adapter_of: dict[int, str] = {}
        self._turns: dict[int, list[str]] = {}

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the recorded next turn of each request, or an empty turn where the record has ended.

        Args:
            requests: Episodes that wait for a turn, of tasks that are recorded.
        """
        # one call for all new conversations: a router embeds them in batches
        new = [request for request in requests if request.key not in self._adapter_of]
        if new:
            for request, name in zip(new, self._choose(new), strict=True):
                self._adapter_of[request.key] = name
                self._turns[request.key] = self._recorded[name][request.env.index].turns()

        turns = []
        for request in requests:
            recorded = self._turns[request.key]
            number = request.env.episode.turns
            turn = ""
            if number < len(recorded):
                turn = recorded[number]
            turns.append(turn)
        return turns

    def adapter_of(self, key: int) -> str:
        """Returns the adapter chosen for an episode, or an empty name before the choice.

        Args:
            key: The episode.
        """
        return self._adapter_of.get(key, "")

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes.

        Args:
            keys: Episodes that are over.
        """
        for key in keys:
            self._adapter_of.pop(key, None)
            self._turns.pop(key, None)
