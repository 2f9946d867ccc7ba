"""GEPA (arXiv 2507.19457): evolves a text in the system message by reflection, through the `gepa` package."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError
from trace_gym.files import read_json, write_json
from trace_gym.rollouts.sampling_params import SamplingParams
from trace_trainers.baselines.gepa_calls import MetricCalls
from trace_trainers.baselines.lab import Lab, Settings, base_policy
from trace_trainers.baselines.method import Method
from trace_trainers.baselines.prompted import PromptedPolicy
from trace_trainers.baselines.reflection import Reflection
from trace_trainers.baselines.training import label_of
from trace_trainers.evaluation.agent import Agent, Played

NAME = "gepa"
_TEXT = "guidance"
"""The component that is evolved."""
_SEED_TEXT = "Work carefully: read before you change anything, and do all that the user asks for."


def make_agent(lab: Lab, settings: Settings, share: int, params: SamplingParams) -> Agent:
    """Evolves a text with as many metric calls as the budget has rollouts.

    Args:
        lab: The place of work.
        settings: `minibatch`, and the model that reflects: `reflection_model` at `reflection_url`, or the agent itself.
        share: The share of the budget; the best text found within it is taken.
        params: How the agent samples.
    """
    folder = lab.folder / "gepa" / label_of({"minibatch": settings["minibatch"]})
    path = folder / "texts.json"
    if not path.exists():
        write_json(path, _evolve(lab, settings, folder))

    most = lab.rules.rollouts_at(share)
    found = [row for row in read_json(path) if row["metric_calls"] <= most]
    # of equals the first, as GEPA does it
    best = max(found, key=lambda row: row["score"])
    text = str(best["text"])

    def make_policy(played: Played) -> PromptedPolicy:
        return PromptedPolicy(base_policy(lab.bank(), params, NAME), text)

    return Agent(NAME, make_policy, lab.spending.episodes("metric calls", folder / "metric_calls.jsonl", most))


def _evolve(lab: Lab, settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """Runs GEPA, and returns every text with its score and the metric calls before it was found."""
    if importlib.util.find_spec("gepa") is None:
        raise UserError("The method gepa needs the gepa package: pip install 'trace-gym[gepa]'.")
    import gepa

    minibatch = int(settings["minibatch"])
    validation = lab.rules.validation
    # an iteration plays two minibatches and all of validation at most, and is not cut short
    calls = lab.rules.budget - 2 * minibatch - validation + 1
    if calls <= validation:
        raise UserError(
            f"A budget of {lab.rules.budget} rollouts is too small for GEPA, whose first text takes {validation} and "
            f"whose first change {2 * minibatch + validation}; raise budget, or lower validation.rollouts."
        )
    learned_from = lab.pool.jobs(lab.pool.count or lab.rules.mining)
    bank = lab.bank()
    reflection = Reflection(settings, bank, folder / "reflections.jsonl")
    result: Any = gepa.optimize(
        seed_candidate={_TEXT: _SEED_TEXT},
        trainset=learned_from,
        valset=lab.pool.validation_jobs(validation),
        adapter=_Adapter(MetricCalls(lab, bank, folder / "metric_calls.jsonl")),
        reflection_lm=reflection,
        reflection_minibatch_size=minibatch,
        max_metric_calls=calls,
        # GEPA takes a dead endpoint for a bad idea, and would spend the budget on asking again
        stop_callbacks=lambda state: reflection.failure is not None,
        seed=lab.seed,
        logger=_Silent(),
        track_best_outputs=False,
    )
    if reflection.failure is not None:
        raise reflection.failure
    rows = []
    for candidate, score, discovered in zip(
        result.candidates, result.val_aggregate_scores, result.discovery_eval_counts, strict=True
    ):
        rows.append({"text": candidate[_TEXT], "score": score, "metric_calls": int(discovered)})
    # the first text needs no call to be there
    rows[0]["metric_calls"] = 0
    return rows


class _Adapter:
    """What GEPA asks of a system."""

    propose_new_texts = None

    def __init__(self, calls: MetricCalls) -> None:
        self._calls = calls

    def evaluate(self, batch: Sequence[Any], candidate: Mapping[str, str], capture_traces: bool = False) -> Any:
        from gepa.core.adapter import EvaluationBatch

        rows = self._calls.score(candidate[_TEXT], batch)
        scores = [float(row["score"]) for row in rows]
        return EvaluationBatch(outputs=rows, scores=scores, trajectories=rows if capture_traces else None)

    def make_reflective_dataset(
        self, candidate: Mapping[str, str], eval_batch: Any, components_to_update: Sequence[str]
    ) -> dict[str, list[dict[str, Any]]]:
        rows = []
        for row in eval_batch.trajectories:
            rows.append(
                {
                    "Inputs": row["request"],
                    "Generated Outputs": row["conversation"],
                    "Feedback": f"The reward is {row['score']:.2f} of 1. {row['feedback']}",
                }
            )
        return {name: rows for name in components_to_update}


class _Silent:
    def log(self, message: str) -> None:
        pass


METHOD = Method(
    NAME,
    "a text in the system prompt, evolved by GEPA",
    make_agent,
    {"minibatch": 3, "reflection_model": "", "reflection_url": "", "reflection_tokens": 512},
    reads_prompts=True,
)
