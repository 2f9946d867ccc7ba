"""GEPA's metric calls: an episode each, recorded so that a run that was cut off plays none twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trace_gym.files import read_lines, write_atomic
from trace_gym.rollouts.play import Job, play_batch
from trace_gym.trajectories.record import Trajectory
from trace_trainers.baselines.lab import Lab, base_policy
from trace_trainers.baselines.prompted import PromptedPolicy
from trace_trainers.policies.adapters import AdapterBank

_LONGEST = 2000
"""Characters of a conversation that are kept for reflection."""


class MetricCalls:
    """Plays episodes with a text in the system message; what the file holds already is repeated from it.

    GEPA draws from its seed alone, so that a second run asks for the same episodes in the same order.

    Example:
        >>> from trace_trainers.baselines.lab import Rules
        >>> from trace_trainers.baselines.pool import Pool
        >>> lab = Lab(Rules("trace/ServiceDesk-v0", budget=64), Path(), Path(), Path(), Pool((0,), (1,)), "tiny")
        >>> MetricCalls(lab, lab.bank(), Path("missing.jsonl")).made
        0
    """

    def __init__(self, lab: Lab, bank: AdapterBank, path: Path) -> None:
        """Reads the calls that were made before.

        Args:
            lab: The place of work.
            bank: The base.
            path: The JSONL file; it need not exist.
        """
        self._lab = lab
        self._bank = bank
        self._path = path
        self._rows = read_whole_lines(path)
        self.made = 0
        """Calls so far in this process."""

    def score(self, text: str, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Plays episodes and returns their rows.

        Args:
            text: What is added to the system message.
            jobs: The episodes.
        """
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        rows: list[dict[str, Any]] = []
        for job in jobs:
            row = self._recorded(self.made, key, job)
            if row is None:
                break
            rows.append(row)
            self.made += 1

        left = list(jobs[len(rows) :])
        size = self._lab.rules.batch_size
        for start in range(0, len(left), size):
            batch = left[start : start + size]
            # what a file of another run holds from here on is of no use
            self._rows = self._rows[: self.made]
            for job, trajectory in zip(batch, self._play(text, batch), strict=True):
                self._rows.append(_row(key, job, trajectory))
            write_rows(self._path, self._rows)
            rows += self._rows[self.made :]
            self.made = len(self._rows)
        return rows

    def _recorded(self, place: int, key: str, job: Job) -> dict[str, Any] | None:
        if place >= len(self._rows):
            return None
        row = self._rows[place]
        if (row["text"], row["index"], row["trial"]) != (key, job.index, job.trial):
            return None
        return row

    def _play(self, text: str, jobs: Sequence[Job]) -> list[Trajectory]:
        rules = self._lab.rules
        policy = PromptedPolicy(base_policy(self._bank, rules.choosing, "gepa"), text)
        envs = [self._lab.make_target("mine") for _ in jobs]
        return play_batch(envs, policy, jobs, seed=self._lab.seed, env_id=rules.env_id)


def read_whole_lines(path: Path) -> list[dict[str, Any]]:
    """Returns the rows of a JSONL file; none where there is no file.

    Args:
        path: The file.
    """
    if not path.exists():
        return []
    return [row for _, row in read_lines(path, path.read_text(encoding="utf-8"))]


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Writes the rows of a JSONL file atomically.

    Args:
        path: The file.
        rows: All of its rows.
    """
    write_atomic(path, "".join(json.dumps(row) + "\n" for row in rows))


def _row(key: str, job: Job, trajectory: Trajectory) -> dict[str, Any]:
    lines = [f"{message['role']}: {message.get('raw', message['content'])}" for message in trajectory.messages[1:]]
    terms = ", ".join(f"{name} {value:.2f}" for name, value in trajectory.terms.items())
    return {
        "text": key,
        "index": job.index,
        "trial": job.trial,
        "score": trajectory.reward,
        "success": trajectory.success,
        "request": lines[0][:_LONGEST],
        "conversation": "\n".join(lines[1:])[:_LONGEST],
        "feedback": f"Its terms: {terms}.",
    }
