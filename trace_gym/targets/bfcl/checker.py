"""The benchmark's verdict: calls are run again next to the gold calls, and compared turn by turn."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.env.types import ToolCall
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.backend import Backend
from trace_gym.targets.bfcl.calls import Instances
from trace_gym.targets.bfcl.entries import Entry
from trace_gym.targets.bfcl.guards import walkable


def judged(entry: Entry, turns: Sequence[Sequence[ToolCall]]) -> dict[str, float]:
    """Returns what BFCL's `multi_turn_checker` checks; its verdict is the product.

    Args:
        entry: The entry.
        turns: The calls made, by turn; turns that were not reached may be left out.

    Returns:
        `called`: calls were made in every turn that needs some; `state`: after each of those turns the public
        attributes equalled those after the gold calls; `response`: by then, calls had returned everything that the
        gold calls return. Each is 0 or 1.
    """
    rules = upstream.module("eval_checker.multi_turn_eval.multi_turn_checker")
    # one backend for both: BFCL's two runs share whatever its modules share
    backend = Backend(entry)
    model = Instances(backend.objects(), f"trace_gym_eval_{entry.name}")
    gold = Instances(backend.objects(), f"trace_gym_ground_truth_eval_{entry.name}")

    verdicts = {"called": True, "state": True, "response": True}
    results: list[str] = []
    for number, gold_calls in enumerate(entry.gold):
        calls: Sequence[ToolCall] = ()
        if number < len(turns):
            calls = turns[number]
        results += _run_all(model, calls)
        gold_results = _run_all(gold, gold_calls)

        # a turn without gold calls is one in which the user cannot be served yet
        if gold_calls:
            verdicts["called"] &= bool(calls)
            verdicts["state"] &= _same_state(rules, model, gold)
            verdicts["response"] &= bool(rules.response_checker(results, gold_results, number)["valid"])

    return {name: float(holds) for name, holds in verdicts.items()}


def _run_all(instances: Instances, calls: Sequence[ToolCall]) -> list[str]:
    results = []
    for call in calls:
        result, _ = instances.run(call)
        results.append(result)
    return results


def _same_state(rules: object, model: Instances, gold: Instances) -> bool:
    files = model.objects.get("GorillaFileSystem")
    # BFCL compares directories by walking through them, which may not end; the gold calls make no such directories
    if files is not None and not walkable(files.root):
        return False
    return bool(rules.state_checker(model.objects, gold.objects)["valid"])  # type: ignore[attr-defined]
