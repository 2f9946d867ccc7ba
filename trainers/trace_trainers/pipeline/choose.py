"""Choosing among the agents that a run's adapters can make, on validation tasks: none of them is evaluated on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trace_gym.files import write_json
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.contest import Contest
from trace_trainers.baselines.joined import ADDED_UP, MIXTURE
from trace_trainers.baselines.single_adapter import agent_name
from trace_trainers.evaluation.budget import Budget
from trace_trainers.evaluation.comparison import ROUTED_AGENT
from trace_trainers.pipeline.candidates import Candidate, added_up, save_adapter, save_routed
from trace_trainers.pipeline.config import RunConfig
from trace_trainers.pipeline.grounds import Ground
from trace_trainers.pipeline.run_folder import RunFolder
from trace_trainers.pipeline.stages import play
from trace_trainers.policies.adapters import AdapterBank, AdapterPolicy, Chooser, fixed

SCHEMA = "trace-gym/chosen"
"""Names the schema of `chosen.json`."""
VERSION = 1
"""Its version."""


def choose(
    config: RunConfig, folder: RunFolder, contest: Contest, grounds: Sequence[Ground], mixture: Budget | None
) -> Contest:
    """Chooses what to make of the adapters, saves it in `chosen/`, and says why.

    Args:
        config: The configuration.
        folder: The run folder.
        contest: Has the base with the adapters, their router, and what they cost.
        grounds: The tasks to choose on.
        mixture: What the adapter of the mixture cost; None without one.

    Returns:
        The contest with the candidates and the choice.
    """
    adapters = {name: folder.adapters / name for name in contest.bank.names}
    if len(adapters) == 1:
        [(name, out)] = adapters.items()
        sentence = f"{agent_name(name)} is all there is: with one adapter nothing is to be chosen"
        results = [Result(Candidate(agent_name(name), out), {}, {})]
    else:
        assert contest.routed is not None
        candidates = _candidates(config, folder, contest.bank, list(adapters), mixture)
        # of one alone nothing would be learned
        if len(candidates) == 1:
            grounds = ()
        results = []
        for candidate in candidates:
            results.append(
                validate(candidate, contest.bank, contest.routed, grounds, config.evaluate.sampling, folder.choice)
            )
        sentence = sentence_of(results)
        contest = _with_choice(contest, results, mixture)

    folder.log(f"    {sentence}")
    _save(config, folder, adapters, results, sentence, contest.bank)
    return contest


@dataclass(frozen=True)
class Result:
    """What a candidate solved.

    Example:
        >>> Result(Candidate("routed"), {"target": 40, "multi_step": 12}, {"target": 64, "multi_step": 16}).total
        52
    """

    candidate: Candidate
    """Who played."""
    solved: Mapping[str, int]
    """Solved tasks by ground."""
    played: Mapping[str, int]
    """Tasks by ground."""

    @property
    def total(self) -> int:
        """Solved tasks; each counts alike, wherever it is from."""
        return sum(self.solved.values())

    @property
    def episodes(self) -> int:
        """Episodes that were played."""
        return sum(self.played.values())


def validate(
    candidate: Candidate,
    bank: AdapterBank,
    routed: Chooser,
    grounds: Sequence[Ground],
    params: SamplingParams,
    folder: Path,
) -> Result:
    """Plays a candidate on validation tasks.

    Args:
        candidate: Who plays.
        bank: The base with the adapters that the router chooses from; it is left as it was.
        routed: The router's choice.
        grounds: The tasks.
        params: How the candidate samples.
        folder: Gets a folder for the candidate, with a file for each ground; an interrupted play continues.
    """
    choose = routed
    if candidate.folder is not None:
        bank.load(candidate.name, candidate.folder)
        choose = fixed(candidate.name)

    policy = AdapterPolicy(bank, choose, params, policy_id=candidate.label)
    solved = {}
    for ground in grounds:
        out = folder / candidate.label / f"{ground.name}.jsonl"
        where = dataclasses.replace(ground.where, label=f"choose {candidate.label}")
        episodes = play(out, policy, ground.jobs, params, where)
        solved[ground.name] = sum(episode.success for episode in episodes)

    if candidate.folder is not None:
        bank.drop(candidate.name)
    return Result(candidate, solved, {ground.name: len(ground.indices) for ground in grounds})


def best_of(results: Sequence[Result]) -> Result:
    """Returns the result with the most solved tasks, of equals the first.

    Args:
        results: At least one, all on the same tasks.

    Example:
        >>> few = Result(Candidate("routed"), {"target": 3}, {"target": 8})
        >>> more = Result(Candidate("added-up", weight=0.5), {"target": 5}, {"target": 8})
        >>> equal = Result(Candidate("added-up", weight=1.0), {"target": 5}, {"target": 8})
        >>> best_of([few, more, equal]).candidate.label
        'added-up-0_5'
    """
    return max(results, key=lambda result: result.total)


def sentence_of(results: Sequence[Result]) -> str:
    """Returns which candidate was chosen, and why.

    Args:
        results: Of all candidates.

    Example:
        >>> few = Result(Candidate("routed"), {"target": 3}, {"target": 8})
        >>> more = Result(Candidate("added-up", weight=0.5), {"target": 5}, {"target": 8})
        >>> sentence_of([few, more])
        'added-up at weight 0.5 is chosen: it solves 5 of 8 validation tasks (routed: 3)'
        >>> sentence_of([few, dataclasses.replace(few, candidate=Candidate("mixture"))])
        'routed is chosen: it solves 3 of 8 validation tasks (mixture: 3), of equals the first'
        >>> sentence_of([few])
        'routed is chosen: there is no other candidate'
    """
    best = best_of(results)
    name = best.candidate.words
    if len(results) == 1:
        return f"{name} is chosen: there is no other candidate"
    if best.episodes == 0:
        return f"{name} is chosen: there are no validation tasks to compare the candidates on"

    others = [result for result in results if result is not best]
    totals = ", ".join(f"{result.candidate.words}: {result.total}" for result in others)
    sentence = f"{name} is chosen: it solves {best.total} of {best.episodes} validation tasks ({totals})"
    if any(result.total == best.total for result in others):
        sentence += ", of equals the first"
    return sentence


def record_of(results: Sequence[Result], sentence: str, base: str, bank: AdapterBank) -> dict[str, Any]:
    """Returns the content of `chosen.json`.

    Args:
        results: Of all candidates.
        sentence: Which was chosen, and why.
        base: The base model, as the user named it.
        bank: Has the base.
    """
    chosen = best_of(results).candidate
    candidates = []
    for result in results:
        candidate = result.candidate
        candidates.append(
            {
                "name": candidate.name,
                "weight": candidate.weight,
                "solved": result.total,
                "n": result.episodes,
                "solved_by_environment": dict(result.solved),
                "n_by_environment": dict(result.played),
            }
        )
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "chosen": chosen.name,
        "weight": chosen.weight,
        "kind": "router" if chosen.folder is None else "adapter",
        "sentence": sentence,
        "base": base,
        "base_fingerprint": bank.fingerprint,
        "candidates": candidates,
    }


def _candidates(
    config: RunConfig, folder: RunFolder, bank: AdapterBank, names: Sequence[str], mixture: Budget | None
) -> list[Candidate]:
    """Returns the candidates; of equals the first is chosen, so the one that has been tried most comes first."""
    candidates = [Candidate(ROUTED_AGENT)]
    for weight in config.choose.weights:
        candidates.append(added_up(bank, names, weight, folder.candidates, config.model))
    if mixture is not None:
        candidates.append(Candidate(MIXTURE, folder.candidates / MIXTURE))
    return candidates


def _with_choice(contest: Contest, results: Sequence[Result], mixture: Budget | None) -> Contest:
    """Adds an agent for each kind of candidate, and the chosen one with the rollouts of them all."""
    if len(results) == 1:
        return contest
    everything = contest.budget_of(*contest.bank.names)
    joined = {}
    of_weights = [result for result in results if result.candidate.name == ADDED_UP]
    if of_weights:
        _load(contest.bank, best_of(of_weights).candidate)
        joined[ADDED_UP] = everything
        # where there is one weight, the agent is the same without its validation
        if len(of_weights) > 1:
            joined[ADDED_UP] = everything + _validation_of(of_weights)
    if mixture is not None:
        _load(contest.bank, results[-1].candidate)
        joined[MIXTURE] = contest.mining + mixture
        everything = everything + mixture
    chosen = (best_of(results).candidate.name, everything + _validation_of(results))
    return dataclasses.replace(contest, joined=joined, chosen=chosen)


def _validation_of(results: Sequence[Result]) -> Budget:
    budget = Budget()
    for result in results:
        budget = budget.plus(f"choose {result.candidate.name}", result.episodes)
    return budget


def _load(bank: AdapterBank, candidate: Candidate) -> None:
    assert candidate.folder is not None
    bank.load(candidate.name, candidate.folder)


def _save(
    config: RunConfig,
    folder: RunFolder,
    adapters: Mapping[str, Path],
    results: Sequence[Result],
    sentence: str,
    bank: AdapterBank,
) -> None:
    # written last: its presence says that `chosen/` is whole
    if folder.chosen_record.exists() and folder.chosen.exists():
        return
    chosen = best_of(results).candidate
    if chosen.folder is None:
        save_routed(folder.router, adapters, folder.chosen)
    else:
        save_adapter(chosen.folder, folder.chosen)
    write_json(folder.chosen_record, record_of(results, sentence, config.model, bank))
