"""BFCL's own executor and checker on given calls, beside which our environment is held."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from trace_gym.env.types import ToolCall
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.entries import Entry

Steps = list[list[ToolCall]]
"""The calls of one user turn, by step."""


class Benchmark:
    """BFCL's own executor and checker, with its modules as they are in a fresh process."""

    def __init__(self) -> None:
        place = "eval_checker.multi_turn_eval"
        self._utils = upstream.module(f"{place}.multi_turn_utils")
        self._checker = upstream.module(f"{place}.multi_turn_checker")
        self._fillers = vars(upstream.module(f"{place}.func_source_code.long_context"))
        self._posts = vars(upstream.module(f"{place}.func_source_code.posting_api").TwitterAPI).values()
        self._clean = {k: copy.deepcopy(v) for k, v in self._fillers.items() if k.isupper() and not isinstance(v, str)}

    def fresh(self) -> None:
        """Undoes what earlier entries have left in the modules."""
        for name, value in self._clean.items():
            shared = self._fillers[name]
            shared.clear()
            (shared.update if isinstance(shared, dict) else shared.extend)(copy.deepcopy(value))
        for default in (d for method in self._posts for d in getattr(method, "__defaults__", None) or ()):
            if isinstance(default, list):
                default.clear()
        for name in [name for name in vars(self._utils) if name.endswith("_instance")]:
            delattr(self._utils, name)

    def results(self, entry: Entry, turns: Sequence[Steps]) -> list[str]:
        """Returns what its executor answers to the calls of all turns."""
        self.fresh()
        texts: list[str] = []
        for step in (step for steps in turns for step in steps):
            asked = ([written(call) for call in step], dict(entry.config), list(entry.classes), "trace_gym", entry.name)
            texts += self._utils.execute_multi_turn_func_call(*asked, long_context=entry.long_context)[0]
        self.fresh()
        return texts

    def valid(self, entry: Entry, turns: Sequence[Steps]) -> bool:
        """Returns its checker's verdict on the calls."""
        self.fresh()
        answers = upstream.rows("possible_answer", f"BFCL_v4_multi_turn_{entry.category}.json")
        gold = next(row["ground_truth"] for row in answers if row["id"] == entry.name)
        if len(turns) != len(gold):  # as its evaluation treats who was stopped
            return False
        row = {"id": entry.name, "initial_config": dict(entry.config), "involved_classes": list(entry.classes)}
        decoded = [[[written(call) for call in step] for step in steps] for steps in turns]
        found = self._checker.multi_turn_checker(decoded, gold, row, "", "trace_gym")
        self.fresh()
        return bool(found["valid"])


def written(call: ToolCall) -> str:
    """A call as BFCL writes it."""
    return f"{call.name}({','.join(f'{key}={value!r}' for key, value in call.arguments.items())})"
