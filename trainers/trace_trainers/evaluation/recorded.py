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
    """

    def __init__(self, choose: Chooser, recorded: Mapping[str, Sequence[Trajectory]], *, policy_id: str) -> None:
        """Args: choose: names adapters. recorded: by adapter name, its agent's episodes on tasks 0, 1, ..."""
        self.policy_id = policy_id
        self._choose, self._recorded = choose, recorded
        self._chosen: dict[int, str] = {}
        self._turns: dict[int, list[str]] = {}

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the recorded next turn of each request."""
        fresh = [request for request in requests if request.key not in self._chosen]
        if fresh:
            for request, name in zip(fresh, self._choose(fresh), strict=True):
                self._chosen[request.key] = name
                self._turns[request.key] = self._recorded[name][request.env.index].turns()
        return [next(iter(self._turns[r.key][r.env.episode.turns :]), "") for r in requests]

    def adapter_of(self, key: int) -> str:
        """Returns the adapter that was chosen for an episode."""
        return self._chosen.get(key, "")

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes."""
        for key in keys:
            self._chosen.pop(key, None)
            self._turns.pop(key, None)
