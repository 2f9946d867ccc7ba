"""Playing a batch of episodes to their end with one policy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trace_gym.env.seeding import episode_rng
from trace_gym.env.tool_env import ToolEnv, tool_kinds
from trace_gym.errors import UserError
from trace_gym.rollouts.policy import Policy, TurnRequest
from trace_gym.trajectories.record import Trajectory


@dataclass(frozen=True)
class Job:
    """One episode to play.

    Example:
        >>> [Job(index, trial) for index in range(2) for trial in range(2)][-1]
        Job(index=1, trial=1)
    """

    index: int
    """The task's number in the environment's split."""
    trial: int = 0
    """The attempt's number."""


def play_batch(
    envs: Sequence[ToolEnv], policy: Policy, jobs: Sequence[Job], *, seed: int, env_id: str
) -> list[Trajectory]:
    """Plays one episode per job, all in step.

    Args:
        envs: At least one environment per job, all alike.
        policy: Acts in all running episodes at once.
        jobs: The episodes to play.
        seed: Seeds the policy's sampling, together with each job's split, index and trial.
        env_id: The environment's id, written into the records.

    Returns:
        The trajectories in the order of the jobs.

    Raises:
        EnvError: If an environment raises.
    """
    requests: list[TurnRequest] = []
    for key, (env, job) in enumerate(zip(envs, jobs, strict=False)):
        with _blamed_on_env():
            _, info = env.reset(options={"index": job.index})
        # a stream of its own: what an episode samples must not depend on who is played beside it
        rng = episode_rng(seed, env.split, job.index, job.trial)
        requests.append(TurnRequest(key, info["messages"], info["tools"], rng, env))

    trajectories: dict[int, Trajectory] = {}
    live = requests
    while live:
        turns = policy.act(live)
        waiting = []
        for request, turn in zip(live, turns, strict=True):
            with _blamed_on_env():
                _, reward, terminated, truncated, info = request.env.step(_storable(turn))
            request.messages = info["messages"]
            if terminated or truncated:
                record = trajectory_of(request.env, jobs[request.key], reward, info["reward_terms"], info["success"])
                record.env_id = env_id
                record.seed = seed
                record.policy = policy.policy_id
                record.adapter = policy.adapter_of(request.key)
                trajectories[request.key] = record
            else:
                waiting.append(request)

        # at once, so that the policy can free what it keeps while the others go on
        policy.finish([request.key for request in live if request not in waiting])
        live = waiting

    # episodes end in another order than they began
    return [trajectories[key] for key in range(len(jobs))]


class EnvError(Exception):
    """An environment raised; errors of a policy never become this, they end the collection.

    Example:
        >>> raise EnvError("KeyError: 'order_id'")
        Traceback (most recent call last):
        trace_gym.rollouts.play.EnvError: KeyError: 'order_id'
    """


@contextlib.contextmanager
def _blamed_on_env() -> Iterator[None]:
    try:
        yield
    except UserError:
        # such as a benchmark that is not installed: the user can fix it, and no episode is to blame
        raise
    except Exception as error:
        raise EnvError(f"{type(error).__name__}: {error}") from error


def trajectory_of(env: ToolEnv, job: Job, reward: float, terms: dict[str, float], success: bool) -> Trajectory:
    """Returns the record of a finished episode, without what the task keeps private.

    Args:
        env: The environment, at the end of the episode.
        job: The job that was played.
        reward: The episode's reward.
        terms: Its reward terms.
        success: Whether the task counts as solved.
    """
    episode = env.episode
    return Trajectory(
        env_id="",
        task_id=f"{env.split}/{job.index}",
        trial=job.trial,
        split=env.split,
        messages=list(episode.messages),
        reward=reward,
        success=success,
        terms=terms,
        tools=[tool.schema for tool in env.tools.values()],
        tool_kinds=dict(tool_kinds(env)),
        gold=list(episode.task.gold_calls),
        facts=list(episode.task.facts),
    )


def _storable(turn: str) -> str:
    """Replaces lone surrogates, which no UTF-8 file could hold."""
    if turn.isascii():
        return turn
    return turn.encode("utf-8", "replace").decode("utf-8")
