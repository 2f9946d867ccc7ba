"""What an episode did otherwise than the reference: calls paired with calls, and what is left over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import Place
from trace_gym.trajectories.solution import Wanted


@dataclass(frozen=True)
class Made:
    """A call that was made.

    Example:
        >>> Made(Place(4), ToolCall("cancel", {"order": "W1"})).requestor
        'assistant'
    """

    place: Place
    """Where."""
    call: ToolCall
    """The call."""
    requestor: str = "assistant"
    """`assistant` or `user`."""
    is_write: bool = True
    """Whether it changes anything."""
    turn: int = 0
    """The user's turn that it answers, from 0, where these are fixed."""


@dataclass(frozen=True)
class Alignment:
    """Which call of an episode stands for which of the reference.

    Example:
        >>> made = [Made(Place(4), ToolCall("cancel", {"order": "W1"}))]
        >>> align(made, [Wanted(ToolCall("cancel", {"order": "W2"}))]).pairs
        [(0, 0)]
    """

    made: Sequence[Made]
    """The episode's calls, in order."""
    wanted: Sequence[Wanted]
    """The reference's calls, in order."""
    pairs: list[tuple[int, int]]
    """Numbers of the two, by that of the reference."""

    @property
    def extra(self) -> list[Made]:
        """Calls that the reference has none for."""
        paired = {own for own, _ in self.pairs}
        return [made for number, made in enumerate(self.made) if number not in paired]

    @property
    def missing(self) -> list[int]:
        """Numbers of the reference's calls that were not made."""
        paired = {other for _, other in self.pairs}
        return [number for number in range(len(self.wanted)) if number not in paired]


def align(made: Sequence[Made], wanted: Sequence[Wanted]) -> Alignment:
    """Pairs calls of the same tool, those with the most equal arguments first; a look-up only with an equal one.

    Args:
        made: The episode's calls.
        wanted: The reference's calls.

    Returns:
        The alignment; of equals the earlier ones are paired.
    """
    costs = []
    for own, one in enumerate(made):
        for other, two in enumerate(wanted):
            if (one.call.name, one.requestor, one.turn) == (two.call.name, two.requestor, two.turn):
                cost = len(differences(one.call, two.call))
                # looking one record up does not stand for looking up another
                if cost == 0 or one.is_write:
                    costs.append((cost, abs(own - other), own, other))

    pairs = []
    taken: set[int] = set()
    found: set[int] = set()
    for _, _, own, other in sorted(costs):
        if own not in taken and other not in found:
            taken.add(own)
            found.add(other)
            pairs.append((own, other))
    return Alignment(made, wanted, sorted(pairs, key=lambda pair: pair[1]))


def differences(one: ToolCall, two: ToolCall) -> list[str]:
    """Returns the arguments in which two calls differ.

    Args:
        one: A call.
        two: Another call of the same tool.

    Example:
        >>> differences(ToolCall("pay", {"id": "P1", "sum": 5}), ToolCall("pay", {"sum": 5.0, "id": "P2"}))
        ['id']
    """
    names = {**dict(one.arguments), **dict(two.arguments)}
    different = []
    for name in names:
        is_shared = name in one.arguments and name in two.arguments
        if not is_shared or canonical(one.arguments[name]) != canonical(two.arguments[name]):
            different.append(name)
    return different


def canonical(value: Json) -> str:
    """Returns a value as text that is the same for equal values, whole and decimal numbers alike.

    Args:
        value: Any JSON.

    Example:
        >>> canonical({"b": 1.0, "a": "x"}) == canonical({"a": "x", "b": 1})
        True
    """
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, default=str)


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {str(name): _plain(own) for name, own in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(own) for own in value]
    return value
