"""An environment with two arms for the bundled agent: look the order up first, which pays, or act at once."""

from __future__ import annotations

from typing import Any

from trace_gym.env.task import Task
from trace_gym.targets.service_desk.env import ServiceDesk


class TwoArms(ServiceDesk):
    """An episode is one turn. The untrained agent looks an order up in about one of six first turns."""

    def draw_task(self, index: int, difficulty: int) -> Task:
        # both are about an order that is known by its number
        return super().draw_task(index % 2, difficulty)

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        observation, _, _, _, info = super().step(action)
        reward = float('"name":"get_order"' in action)
        return observation, reward, True, False, {**info, "reward_terms": {}, "success": reward == 1.0}
