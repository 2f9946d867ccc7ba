"""Episodes of agents that are one adapter, or none, at all times: they can be played in any process and any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trace_gym.rollouts.play import Job
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.pipeline.stages import Play, play
from trace_trainers.policies.adapters import BASE, AdapterBank, AdapterPolicy, fixed
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.workers import make_pool


@dataclass(frozen=True)
class Solo:
    """The episodes of one agent in one environment.

    Example:
        >>> from trace_gym import make_env
        >>> desk = Play(lambda: make_env("trace/ServiceDesk-v0"), "trace/ServiceDesk-v0")
        >>> Solo("tiny", "float32", "base", Path("base.jsonl"), desk, [Job(0)], SamplingParams()).adapter
    """

    model: str
    """The base model, as the user named it."""
    dtype: str
    """The type of its weights."""
    agent: str
    """The agent's name, written into the records."""
    out: Path
    """The JSONL file."""
    where: Play
    """The environment; it must be picklable."""
    jobs: Sequence[Job]
    """The episodes."""
    params: SamplingParams
    """How the agent samples."""
    adapter: Path | None = None
    """The adapter's folder; None for the base."""


@contextmanager
def played_aside(solos: Sequence[Solo], workers: int, prepare: Callable[[], None]) -> Iterator[None]:
    """Plays episodes in other processes while this one does what is in the `with` block, which ends when they do.

    Whoever plays the same afterwards finds the episodes in their files.

    Args:
        solos: What to play; files that have been begun are left to whoever comes afterwards.
        workers: Processes of one thread each; with none, nothing is played.
        prepare: Called at the start of every process; it must be importable.

    Raises:
        UserError: If a file holds something else.
    """
    left = [solo for solo in solos if not solo.out.exists()]
    if not left or workers < 1:
        yield
        return
    with make_pool(min(workers, len(left)), prepare) as pool:
        futures = [pool.submit(play_solo, solo) for solo in left]
        yield
        for future in futures:
            future.result()


def play_solo(solo: Solo) -> None:
    """Plays the episodes of one agent.

    Args:
        solo: The agent and its episodes.
    """
    bank = AdapterBank(load_model(solo.model, solo.dtype), load_tokenizer(solo.model))
    name = BASE
    if solo.adapter is not None:
        name = "solo"
        bank.load(name, solo.adapter)
    policy = AdapterPolicy(bank, fixed(name), solo.params, policy_id=solo.agent)
    play(solo.out, policy, solo.jobs, solo.params, solo.where)
