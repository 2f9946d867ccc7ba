"""Reward terms as methods of an environment, declared with `@reward_term`, their arguments injected by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trace_gym.env.decorators import F, marked, marking
from trace_gym.env.episode import Episode
from trace_gym.env.reward import RewardRule

_MARK = "__trace_term__"

INJECTED: dict[str, Callable[[Episode], Any]] = {
    "episode": lambda episode: episode,
    "task": lambda episode: episode.task,
    "state": lambda episode: episode.state,
    "initial": lambda episode: episode.task.state,
    "goal": lambda episode: episode.goal,
    "calls": lambda episode: episode.calls,
    "said": lambda episode: episode.said,
    "messages": lambda episode: episode.messages,
}
"""What a reward term may take, by name."""


@dataclass(frozen=True)
class RewardTerm:
    """One named part of the reward, as `terms_of` collects it.

    Example:
        >>> RewardTerm("polite", 0.2, False, lambda said: True, ("said",)).weight
        0.2
    """

    name: str
    """The method's name."""
    weight: float
    """Share of the reward this term pays by itself, in [0, 1]."""
    gate: bool
    """Whether the whole reward is multiplied by it."""
    function: Callable[..., Any]
    """The bound method."""
    arguments: tuple[str, ...]
    """What it takes, among `INJECTED`."""

    def __call__(self, episode: Episode) -> float:
        """Computes the term of a finished episode; True counts 1 and False 0."""
        injected = {name: INJECTED[name](episode) for name in self.arguments}
        return float(self.function(**injected))


def reward_term(*, weight: float = 0.0, gate: bool = False) -> Callable[[F], F]:
    """Marks a method of an environment as a reward term: a number in [0, 1], or a bool.

    Args:
        weight: Share of the reward it pays by itself; what the weights leave of 1 is paid for the product of all terms.
        gate: Whether it multiplies the whole reward as well.

    Returns:
        The decorator.

    Raises:
        ValueError: If `weight` is outside [0, 1].

    Example:
        >>> class Env:
        ...     @reward_term(weight=0.2)
        ...     def polite(self, said: list[str]) -> bool:
        ...         return any("please" in message for message in said)
        >>> terms_of(Env())["polite"].weight
        0.2
    """
    if not 0.0 <= weight <= 1.0:
        raise ValueError(f"The weight of a reward term must lie in [0, 1], got {weight}.")

    return marking(_MARK, (weight, gate))


def terms_of(owner: object) -> dict[str, RewardTerm]:
    """Collects the methods that `@reward_term` marked, by name, in definition order.

    Args:
        owner: An environment.

    Raises:
        TypeError: If one takes an argument that is not in `INJECTED`.
    """
    terms = {}
    for name, _, (weight, gate) in marked(owner, _MARK):
        bound = getattr(owner, name)
        arguments = tuple(inspect.signature(bound).parameters)
        for argument in arguments:
            if argument not in INJECTED:
                raise TypeError(f"The reward term {name!r} takes {argument!r}; it may take {', '.join(INJECTED)}.")
        terms[name] = RewardTerm(name, weight, gate, bound, arguments)
    return terms


def rule_of(terms: Mapping[str, RewardTerm]) -> RewardRule:
    """Returns the rule that declared terms imply.

    Args:
        terms: By name.

    Raises:
        ValueError: If the weights add up to more than 1.

    Example:
        >>> rule_of({}).joint
        1.0
    """
    weights: dict[str, float] = {}
    gates: list[str] = []
    for name, term in terms.items():
        if term.weight > 0:
            weights[name] = term.weight
        if term.gate:
            gates.append(name)

    joint = 1.0 - sum(weights.values())
    if joint < -1e-9:
        raise ValueError(f"The weights of the reward terms {list(weights)} add up to {1.0 - joint:g}, more than 1.")
    # rounding may leave the sum of the weights an ulp above 1
    return RewardRule(weights=weights, joint=max(joint, 0.0), gates=tuple(gates))
