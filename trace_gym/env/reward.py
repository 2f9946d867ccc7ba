"""Reward terms: named numbers in [0, 1] computed from what the policy cannot reach, and the rule that adds them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_gym.env.types import Json

_MISSING = object()


@dataclass(frozen=True)
class RewardRule:
    """Turns terms into a total in [0, 1]: `gates * (sum(weight * term) + joint * product of all terms)`.

    The joint share is what separates solving a task from doing parts of it; gates multiply, so that damage done
    elsewhere cannot be made up for.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    """Share of each term by itself."""
    joint: float = 1.0
    """Share that is paid only as far as every term is fulfilled."""
    gates: tuple[str, ...] = ()
    """Terms that multiply the total."""

    def __post_init__(self) -> None:
        total = sum(self.weights.values()) + self.joint
        if abs(total - 1.0) > 1e-9 or min([self.joint, *self.weights.values()]) < 0:
            raise ValueError(f"Reward weights and joint must be >= 0 and add up to 1, actually: {total:g}.")

    def total(self, terms: Mapping[str, float]) -> float:
        """Returns the reward of `terms`.

        Raises:
            ValueError: if a term is outside [0, 1] or one named by the rule is missing.
        """
        for name, value in terms.items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"Reward term {name!r} must lie in [0, 1], actually: {value}.")
        missing = [name for name in (*self.weights, *self.gates) if name not in terms]
        if missing:
            raise ValueError(f"Reward terms {missing} are named by the rule but were not computed.")
        product = 1.0
        for value in terms.values():
            product *= value
        reward = sum(weight * terms[name] for name, weight in self.weights.items()) + self.joint * product
        for name in self.gates:
            reward *= terms[name]
        return min(max(float(reward), 0.0), 1.0)


def changes(before: Json, after: Json, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Json]:
    """Lists what differs between two JSON values.

    Returns:
        New value by path; a removed key maps to the sentinel text `"<removed>"`. Lists are compared whole.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        found: dict[tuple[str, ...], Json] = {}
        for key in dict.fromkeys((*before, *after)):  # in an order that is the same in every process
            old, new = before.get(key, _MISSING), after.get(key, _MISSING)
            if new is _MISSING:
                found[(*path, str(key))] = "<removed>"
            elif old is _MISSING:
                found[(*path, str(key))] = new
            else:
                found.update(changes(old, new, (*path, str(key))))
        return found
    return {} if before == after and type(before) is type(after) else {path: after}


def state_terms(initial: Json, goal: Json, final: Json) -> dict[str, float]:
    """Compares states: `outcome` (every wanted change was made) and `no_collateral` (nothing else changed)."""
    wanted, made = changes(initial, goal), changes(initial, final)
    outcome = all(path in made and made[path] == value for path, value in wanted.items())
    return {"outcome": float(outcome), "no_collateral": float(made.keys() <= wanted.keys())}
