"""The reward rule: how named terms in [0, 1] add up, and the terms that compare states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trace_gym.env.types import Json

_MISSING = object()
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class RewardRule:
    """Turns terms into a total in [0, 1].

    `total = product of gates * (sum(weight * term) + joint * product of all terms)`. The joint share is what separates
    solving a task from doing parts of it; gates multiply, so that damage done elsewhere cannot be made up for.

    Example:
        >>> rule = RewardRule(weights={"exercised": 0.2}, joint=0.8, gates=("no_collateral",))
        >>> rule.total({"exercised": 1.0, "outcome": 0.0, "no_collateral": 1.0})
        0.2
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    """Share of each term by itself."""
    joint: float = 1.0
    """Share that is paid only as far as every term is fulfilled."""
    gates: tuple[str, ...] = ()
    """Terms that multiply the total."""

    def __post_init__(self) -> None:
        """Checks the shares.

        Raises:
            ValueError: If they are negative or do not add up to 1.
        """
        total = sum(self.weights.values()) + self.joint
        if abs(total - 1.0) > _TOLERANCE or min([self.joint, *self.weights.values()]) < 0:
            raise ValueError(f"Reward weights and joint must be >= 0 and add up to 1, actually: {total:g}.")

    def total(self, terms: Mapping[str, float]) -> float:
        """Returns the reward of an episode.

        Args:
            terms: Its terms by name, each in [0, 1].

        Returns:
            A number in [0, 1].

        Raises:
            ValueError: If a term is outside [0, 1] or one named by the rule is missing.
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
        # last, so that a gate also withholds what single terms pay
        for name in self.gates:
            reward *= terms[name]
        # rounding may leave the interval by an ulp
        return min(max(float(reward), 0.0), 1.0)


def changes(before: Json, after: Json, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Json]:
    """Lists what differs between two JSON values.

    Args:
        before: The first.
        after: The second.
        path: Where both stand, for the recursion.

    Returns:
        The new value by path; a removed key maps to the text `"<removed>"`. Lists are compared as a whole.

    Example:
        >>> changes({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}})
        {('b', 'c'): 3}
    """
    if not isinstance(before, dict) or not isinstance(after, dict):
        if _is_same(before, after):
            return {}
        return {path: after}

    differences: dict[tuple[str, ...], Json] = {}
    # not a set: its order differs from process to process
    for key in dict.fromkeys((*before, *after)):
        old = before.get(key, _MISSING)
        new = after.get(key, _MISSING)
        here = (*path, str(key))
        if new is _MISSING:
            differences[here] = "<removed>"
        elif old is _MISSING:
            differences[here] = new
        else:
            differences.update(changes(old, new, here))
    return differences


def _is_same(before: Json, after: Json) -> bool:
    # True equals 1 in Python, and is another value in JSON
    if before != after or type(before) is not type(after):
        return False
    if isinstance(before, list):
        return all(map(_is_same, before, after))
    if isinstance(before, dict):
        return all(_is_same(value, after[key]) for key, value in before.items())
    return True


def state_terms(initial: Json, goal: Json, final: Json) -> dict[str, float]:
    """Compares the states of an episode.

    Args:
        initial: The state it started from.
        goal: The state that the gold solution reaches.
        final: The state it ended in.

    Returns:
        `outcome` (1.0 if every wanted change was made) and `no_collateral` (1.0 if nothing else changed).

    Example:
        >>> state_terms({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 5})
        {'outcome': 1.0, 'no_collateral': 0.0}
    """
    wanted = changes(initial, goal)
    made = changes(initial, final)
    # a wrong value at a wanted place is a failed outcome, and not collateral damage as well
    outcome = all(path in made and made[path] == value for path, value in wanted.items())
    return {"outcome": float(outcome), "no_collateral": float(made.keys() <= wanted.keys())}
