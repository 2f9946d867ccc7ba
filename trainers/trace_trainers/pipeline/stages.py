"""The stages that find what an agent lacks; `trace-gym run` and `trace-gym compare` both call them.

Each skips the work that its files hold.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trace_gym.capabilities.capabilities_file import read_capabilities, table_of
from trace_gym.capabilities.corpus import Corpus, file_digest
from trace_gym.capabilities.identify import identify, label_corpus
from trace_gym.capabilities.selection import Thresholds, selected
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.files import write_json
from trace_gym.rollouts.collect import collect
from trace_gym.rollouts.play import Job
from trace_gym.rollouts.policy import Policy
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_gym.synthesis.verdict import passed
from trace_gym.trajectories.record import Trajectory


@dataclass(frozen=True)
class Play:
    """Where episodes are played, and what is recorded with them.

    Example:
        >>> from trace_gym import make_env
        >>> Play(lambda: make_env("trace/ServiceDesk-v0"), "trace/ServiceDesk-v0").batch_size
        64
    """

    make_env: Callable[[], ToolEnv]
    """Makes one environment of the split to play."""
    env_id: str
    """The environment's id."""
    seed: int = 0
    """Seeds the policy's sampling."""
    batch_size: int = 64
    """Episodes played in step."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the environment."""
    label: str = "rollouts"
    """The progress bar's label."""


def recorded_arguments(arguments: Mapping[str, Any]) -> dict[str, Json]:
    """Returns the target's arguments as they are written into the episodes; nothing where there are none.

    Args:
        arguments: The arguments.

    Example:
        >>> recorded_arguments({"category": "base"})
        {'env': {'category': 'base'}}
    """
    if not arguments:
        return {}
    return {"env": dict(arguments)}


def play(out: Path, policy: Policy, jobs: Sequence[Job], params: SamplingParams, where: Play) -> list[Trajectory]:
    """Plays episodes into a file.

    Args:
        out: The JSONL file; an interrupted play continues from it.
        policy: Acts.
        jobs: The episodes, in the order of the file.
        params: How the policy samples; written into the records.
        where: The environment, and what is recorded.

    Returns:
        All episodes of the file.

    Raises:
        UserError: If the file cannot be written, or holds something else.
    """
    return collect(
        out,
        where.make_env,
        policy,
        jobs,
        env_id=where.env_id,
        seed=where.seed,
        batch_size=where.batch_size,
        settings={**params.recorded(), **recorded_arguments(where.arguments)},
        label=where.label,
    )


def mine(out: Path, policy: Policy, jobs: Sequence[Job], params: SamplingParams, where: Play) -> Corpus:
    """Collects the episodes from which capabilities are identified.

    Args:
        out: The JSONL file.
        policy: The base agent.
        jobs: The episodes.
        params: How the agent samples.
        where: The environment, and what is recorded.

    Returns:
        The corpus, tied to the file.

    Raises:
        UserError: If the file cannot be written, or holds something else.
    """
    trajectories = play(out, policy, jobs, params, where)
    return Corpus.from_trajectories(trajectories, sha256=file_digest(out))


def identify_once(path: Path, corpus: Corpus, thresholds: Thresholds, seed: int) -> dict[str, Any]:
    """Identifies the capabilities that an agent lacks, unless the file holds them already.

    Args:
        path: `capabilities.json`.
        corpus: The agent's attempts.
        thresholds: When a capability is selected.
        seed: Seeds the resampling.

    Returns:
        The content of the file.

    Raises:
        UserError: If the file was made from other trajectories.
    """
    if path.exists():
        return read_capabilities(path, corpus)
    capabilities = identify(corpus, label_corpus(corpus), thresholds, seed=seed)
    write_json(path, capabilities)
    return capabilities


def chosen_rows(capabilities: Mapping[str, Any], names: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Returns the capabilities to train: the named ones, else the selected ones, strongest contrast first.

    Args:
        capabilities: The content of `capabilities.json`.
        names: The named ones; empty takes the selected ones.
        most: How many of the selected ones at most.

    Returns:
        Their rows; none where nothing is selected.

    Raises:
        UserError: If a name is unknown.
    """
    rows = {row["name"]: row for row in capabilities["capabilities"]}
    for name in names:
        if name not in rows:
            raise UserError(f"Unknown capability {name!r} in the configuration; {nearest(name, list(rows))}.")
    if names:
        return [rows[name] for name in names]
    return selected(capabilities)[:most]


def nearest(name: str, known: Sequence[str]) -> str:
    """Returns the end of a sentence about a misspelt name.

    Args:
        name: The name.
        known: Those there are.

    Example:
        >>> nearest("eror_recovery", ["error_recovery", "result_reporting"])
        "did you mean 'error_recovery'? Known are error_recovery, result_reporting"
    """
    listed = ", ".join(known)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]!r}? Known are {listed}"
    return f"known are {listed}"


def synthesize_all(
    synthesizer: str,
    root: Path,
    corpus: Corpus,
    capabilities: Mapping[str, Any],
    chosen: Sequence[Mapping[str, Any]],
    log: Callable[[str], None],
) -> dict[str, Path]:
    """Makes an environment for each capability; those without enough material are skipped.

    Args:
        synthesizer: Its name.
        root: Gets a folder for each environment.
        corpus: The agent's attempts.
        capabilities: The content of `capabilities.json`.
        chosen: The rows of the capabilities to make environments for.
        log: Is told what was skipped, and why.

    Returns:
        The environment's folder by capability, in order; each has passed the gate.

    Raises:
        UserError: If there is no such synthesizer.
    """
    maker = synthesizer_named(synthesizer)
    folders = {}
    for row in chosen:
        try:
            draft = maker.synthesize(table_of(capabilities, row["name"]), corpus)
            path = root / draft.manifest.folder
            # the gate plays episodes; a folder that has passed it need not be checked again
            if not passed(path):
                check_folder(emit(draft, root))
        except UserError as error:
            log(f"    skipped {row['name']}: {error}")
            continue
        folders[str(row["name"])] = path
    return folders
