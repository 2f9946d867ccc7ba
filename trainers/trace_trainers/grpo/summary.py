"""What is printed about a finished training, from its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def summary(record: Mapping[str, Any]) -> str:
    """Returns one line: steps, rollouts, and how the reward moved.

    Args:
        record: The content of `trace_adapter.json`.

    Example:
        >>> summary({"steps": 3, "rollouts": 208, "first_reward": 0.2, "last_reward": 0.224})
        '3 steps, 208 rollouts, mean reward 0.20 -> 0.22'
    """
    line = (
        f"{record['steps']} steps, {record['rollouts']} rollouts, "
        f"mean reward {record['first_reward']:.2f} -> {record['last_reward']:.2f}"
    )
    if "tasks" in record:
        line += f"; {record['tasks']} tasks, each drawn {record['repeats']:.1f} times on average"
    return line


def kept(record: Mapping[str, Any]) -> str:
    """Returns the sentence about which step's adapter was kept; empty if none was validated.

    Args:
        record: The content of `trace_adapter.json`.

    Example:
        >>> kept({"validations": 3, "best_step": 5, "best_reward": 0.72, "untrained_reward": 0.12, "steps": 10,
        ...       "last_validation_reward": 0.41})
        'kept the adapter of step 5: 0.72 in validation, the best of 3 (untrained 0.12, last 0.41)'
    """
    if not record.get("validations"):
        return ""
    step = f"the adapter of step {record['best_step']}"
    if record["best_step"] == 0:
        step = "the untrained adapter"
    return (
        f"kept {step}: {record['best_reward']:.2f} in validation, the best of {record['validations']} "
        f"(untrained {record['untrained_reward']:.2f}, last {record['last_validation_reward']:.2f})"
    )


def ended(record: Mapping[str, Any]) -> str:
    """Returns the sentence about why it ended before its last step; empty if it did not.

    Args:
        record: The content of `trace_adapter.json`.

    Example:
        >>> ended({"ended_sentence": ""})
        ''
    """
    return str(record.get("ended_sentence", ""))
