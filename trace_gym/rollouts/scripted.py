"""Policies that need no model: the oracle, a random agent, a silent one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.env.types import ToolCall
from trace_gym.rollouts.policy import Policy, Stateless, TurnRequest


class OraclePolicy(Stateless):
    """Plays the gold solution.

    Example:
        >>> from trace_gym import make_env
        >>> from trace_gym.rollouts.play import Job, play_batch
        >>> env = make_env("trace/ServiceDesk-v0")
        >>> play_batch([env], OraclePolicy(), [Job(0)], seed=0, env_id="trace/ServiceDesk-v0")[0].reward
        1.0
    """

    policy_id = "oracle"

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the gold turn of each request, then closing words.

        Args:
            requests: Episodes that wait for a turn.
        """
        turns = []
        for request in requests:
            script = request.env.oracle()
            taken = request.env.episode.turns
            turns.append(script[taken] if taken < len(script) else "Done.")
        return turns


class RandomPolicy(Stateless):
    """Draws schema-valid calls, and a closing message with probability 0.2.

    Example:
        >>> RandomPolicy().policy_id
        'random'
    """

    policy_id = "random"

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns a random turn for each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        return [self._turn(request) for request in requests]

    @staticmethod
    def _turn(request: TurnRequest) -> str:
        if not request.tools or request.rng.random() < 0.2:
            return "Done."
        body = request.tools[int(request.rng.integers(len(request.tools)))]["function"]
        return render_call(ToolCall(body["name"], sample_value(body["parameters"], request.rng)))


class SilentPolicy(Stateless):
    """Does nothing and says it is done.

    Example:
        >>> silent = SilentPolicy()
        >>> silent.policy_id, silent.act([])
        ('silent', [])
    """

    policy_id = "silent"

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns "Done." for each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        return ["Done." for _ in requests]


SCRIPTED: dict[str, Callable[[], Policy]] = {"oracle": OraclePolicy, "random": RandomPolicy, "silent": SilentPolicy}
"""Scripted policies by name."""
