"""The benchmark's verdict: calls are run again beside the gold ones, and compared turn by turn."""

from __future__ import annotations

from collections.abc import Sequence

from trace_gym.env.types import ToolCall
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.backend import Backend
from trace_gym.targets.bfcl.calls import Instances
from trace_gym.targets.bfcl.entries import Entry
from trace_gym.targets.bfcl.guards import walkable


def judged(entry: Entry, turns: Sequence[Sequence[ToolCall]]) -> dict[str, float]:
    """Returns what BFCL's `multi_turn_checker` looks at; its verdict is their product.

    Args:
        entry: The entry.
        turns: The calls made, by turn; turns that were not reached may be left out.

    Returns:
        `called`: calls were made in every turn that needs some; `state`: after each of those the public attributes
        were the gold ones; `response`: what the gold calls return had been returned by then; each 0 or 1.
    """
    rules = upstream.module("eval_checker.multi_turn_eval.multi_turn_checker")
    # one for both: what BFCL's modules share, its two runs share
    backend = Backend(entry)
    model = Instances(backend.objects(), f"trace_gym_eval_{entry.name}")
    gold = Instances(backend.objects(), f"trace_gym_ground_truth_eval_{entry.name}")
    found = {"called": True, "state": True, "response": True}
    seen: list[str] = []

    for number, wanted in enumerate(entry.gold):
        if number < len(turns):
            made = turns[number]
        else:
            made = ()
        seen += [model.run(call)[0] for call in made]
        expected = [gold.run(call)[0] for call in wanted]
        # a turn without gold calls is one in which the user cannot be served
        if wanted:
            found["called"] &= bool(made)
            found["state"] &= _same_state(rules, model, gold)
            found["response"] &= bool(rules.response_checker(seen, expected, number)["valid"])

    return {name: float(holds) for name, holds in found.items()}


def _same_state(rules: object, model: Instances, gold: Instances) -> bool:
    files = model.objects.get("GorillaFileSystem")
    if files is not None and not walkable(files.root):
        return False
    return bool(rules.state_checker(model.objects, gold.objects)["valid"])  # type: ignore[attr-defined]
