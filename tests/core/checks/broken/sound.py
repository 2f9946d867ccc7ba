"""The sound environment that the broken ones are made from."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from trace_gym import Fact, Task, ToolCall, ToolEnv, ToolError, tool
from trace_gym.env.seeding import numbers_of_split

State = dict[str, Any]


class Sound(ToolEnv):
    """Shelves: tell how many boxes stand on some shelves, and empty them."""

    system_prompt = "You keep shelves. Look each shelf up, empty it, then tell how many boxes it held, without a call."

    @tool(kind="read")
    def count(self, state: State, shelf_id: str) -> Any:
        """Count the boxes on a shelf.

        Args:
            shelf_id: like F123
        """
        if shelf_id not in state["shelves"]:
            raise ToolError(f"no shelf {shelf_id}.")
        return {"shelf_id": shelf_id, "boxes": state["shelves"][shelf_id]}

    @tool(kind="write")
    def clear(self, state: State, shelf_id: str, how: Literal["all", "half"]) -> Any:
        """Clear a shelf.

        Args:
            shelf_id: like F123
            how: all or half
        """
        boxes = self.count(state, shelf_id)["boxes"]
        state["shelves"][shelf_id] = 0 if how == "all" else boxes // 2
        return {"shelf_id": shelf_id, "left": state["shelves"][shelf_id]}

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Asks for one shelf more at each level."""
        numbers = rng.choice(numbers_of_split(3, split), size=difficulty + 2, replace=False)
        shelves = {f"F{number}": int(rng.integers(100, 999)) for number in numbers}
        asked = list(shelves)[:difficulty]
        gold: list[ToolCall | str] = []
        for shelf in asked:
            gold += [ToolCall("count", {"shelf_id": shelf}), ToolCall("clear", {"shelf_id": shelf, "how": "all"})]
        facts = tuple(Fact(str(shelves[shelf]), about=shelf) for shelf in asked)
        said = " ".join(f"{fact.about} held {fact.value}." for fact in facts)
        return Task(f"Empty {' and '.join(asked)} and tell me the boxes.", {"shelves": shelves}, (*gold, said), facts)
