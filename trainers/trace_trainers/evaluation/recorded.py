"""An agent put together from episodes that were played already: it chooses, what follows is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trace_gym.rollouts.policy import TurnRequest
from trace_gym.trajectories.record import Trajectory
from trace_trainers.policies.adapters import Chooser


class RecordedPolicy:
    """Chooses an adapter once per conversation and says what that adapter's agent said on the same task.

    A policy's turns depend on the task, the adapter and the episode's own generator alone, so playing the task again
    with the chosen adapter would only repeat them.

    Example:
        >>> RecordedPolicy(lambda requests: [""] * len(requests), {"": []}, policy_id="routed").adapter_of(0)
        ''
    """

    def __init__(self, choose: Chooser, recorded: Mapping[str, Sequence[Trajectory]], *, policy_id: str) -> None:
        """Puts an agent together.

        Args:
            choose: Names adapters.
            recorded: By adapter, its agent's episodes on tasks 0, 1, ...
            policy_id: Written into trajectories.
        """
        self.policy_id = policy_id
        self._choose = choose
        self._recorded = recorded
        self._adapter_of: dict[int, str] = {}
        self._turns: dict[int, list[str]] = {}

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the recorded next turn of each request, empty where the record has ended.

        Args:
            requests: Episodes that wait for a turn.
        """
        new = [request for request in requests if request.key not in self._adapter_of]
        if new:
            for request, name in zip(new, self._choose(new), strict=True):
                self._adapter_of[request.key] = name
                self._turns[request.key] = self._recorded[name][request.env.index].turns()

        turns = []
        for request in requests:
            recorded = self._turns[request.key]
            number = request.env.episode.turns
            turns.append(recorded[number] if number < len(recorded) else "")
        return turns

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that was chosen for an episode.

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
