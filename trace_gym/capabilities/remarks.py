"""What must be known of a corpus before its statistics are read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from trace_gym.capabilities.corpus import Corpus
from trace_gym.trajectories.record import Trajectory


def remarks(corpus: Corpus) -> list[str]:
    """Returns a sentence for each thing that limits what the statistics can say.

    Args:
        corpus: The attempts.

    Example:
        >>> talk = [{"role": "user", "content": "Hello"}]
        >>> attempts = [Trajectory("shop", "7", talk, r, r == 1, trial=int(r)) for r in (0.0, 1.0)]
        >>> remarks(Corpus.from_trajectories(attempts))
        ['All 2 attempts are at one task, so every resample of the tasks is the same and intervals say nothing.']
        >>> remarks(Corpus.from_trajectories(attempts[1:]))[0]
        'No attempt failed, so nothing can be found to be lacking.'
    """
    return [*_of_outcomes(corpus), *_of_tasks(corpus), *_of_duplicates(corpus), *_of_environments(corpus)]


def _of_outcomes(corpus: Corpus) -> Iterator[str]:
    passed = sum(corpus.outcomes.values())
    if len(corpus) == 0:
        return
    if passed == len(corpus):
        yield "No attempt failed, so nothing can be found to be lacking."
    if passed == 0:
        yield "No attempt passed, so there is no contrast: coverage is all that can be told of what failures lack."


def _of_tasks(corpus: Corpus) -> Iterator[str]:
    if len(corpus) > 1 and len(set(corpus.task_names)) == 1:
        yield (
            f"All {len(corpus)} attempts are at one task, so every resample of the tasks is the same and intervals say "
            "nothing."
        )


def _of_duplicates(corpus: Corpus) -> Iterator[str]:
    """Attempts of the same task and trial with the same messages and reward."""
    alike: dict[tuple[str, str, int], list[Trajectory]] = defaultdict(list)
    for key, trajectory in zip(corpus.keys, corpus.trajectories, strict=True):
        alike[key.env_id, key.task_id, key.trial].append(trajectory)

    repeated = 0
    for trajectories in alike.values():
        if len(trajectories) > 1:
            repeated += len(trajectories) - len(set(map(_digest, trajectories)))
    if repeated:
        are = "episode repeats" if repeated == 1 else "episodes repeat"
        yield f"{repeated} {are} an earlier one, word for word; each is counted, so p is smaller than it should be."


def _of_environments(corpus: Corpus) -> Iterator[str]:
    attempts = Counter(key.env_id for key in corpus.keys)
    failed = Counter(key.env_id for key in corpus.keys if not corpus.outcomes[key])
    if len(attempts) > 1:
        listed = "; ".join(f"{name}: {count} attempts, {failed[name]} failed" for name, count in attempts.items())
        yield f"{len(attempts)} environments are mixed, and rates are over all of them ({listed})."


def _digest(trajectory: Trajectory) -> bytes:
    text = json.dumps([trajectory.messages, trajectory.reward], sort_keys=True)
    return hashlib.sha256(text.encode()).digest()
