"""What the assistant had read before a message: values in the results of its calls, and the user's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from trace_gym.capabilities.attempt import is_identifier, mentions, normal
from trace_gym.env.types import Json
from trace_gym.trajectories.places import parsed
from trace_gym.trajectories.record import Trajectory

_PICK = re.compile(r"\b(option|choice) (\d|one|two|three|a|b|c)\b|\b(first|second|third|last|latter) (one|option)\b")
_TELLING = 4
"""Letters of a text that is no code such as `no`."""
Path = tuple[str | int, ...]
"""The keys and indices that lead to a value."""


class Observed:
    """The results and messages of an episode before a message.

    Example:
        >>> rows = '[{"color": "red", "id": "I1"}, {"color": "blue", "id": "I2"}]'
        >>> talk = [{"role": "user", "content": "The blue one"}, {"role": "tool", "content": rows}]
        >>> observed = Observed(Trajectory("shop", "7", talk, 0.0, False), 2)
        >>> observed.are_siblings("I1", "I2"), observed.was_said("blue"), observed.was_read("I3")
        (True, True, False)
    """

    def __init__(self, trajectory: Trajectory, before: int) -> None:
        """Takes what comes before a message.

        Args:
            trajectory: The record.
            before: Index of the message; what stands at it or behind it is left out.
        """
        self._messages = trajectory.messages[:before]
        self._script = normal(trajectory.script)
        self.can_be_asked = bool(trajectory.script)
        """Whether the user has a script, and may know more than it has said."""

    @cached_property
    def results(self) -> list[Json]:
        """The results of calls, parsed where they are JSON."""
        results = []
        for message in self._messages:
            if message["role"] == "tool":
                results.append(parsed(str(message.get("content") or "")))
        return results

    @cached_property
    def said(self) -> str:
        """The user's words, normalized for `mentions`."""
        return normal(" ".join(str(m.get("content") or "") for m in self._messages if m["role"] == "user"))

    @cached_property
    def sentences(self) -> list[str]:
        """The user's sentences, as they were written."""
        texts = self.messages_of_the_user
        return [sentence for text in texts for sentence in re.split(r"[.!?\n]+", text) if sentence.strip()]

    @cached_property
    def messages_of_the_user(self) -> list[str]:
        """What the user said, message by message."""
        return [str(message.get("content") or "") for message in self._messages if message["role"] == "user"]

    @cached_property
    def read(self) -> str:
        """The results as text, normalized for `mentions`."""
        return normal(" ".join(str(m.get("content") or "") for m in self._messages if m["role"] == "tool"))

    @cached_property
    def told(self) -> str:
        """The assistant's words, normalized for `mentions`."""
        return normal(" ".join(str(m.get("content") or "") for m in self._messages if m["role"] == "assistant"))

    def was_said(self, value: Json) -> bool:
        """Returns whether the user named a value.

        Args:
            value: The value.
        """
        return mentions(self.said, str(value)) and normal(str(value)).strip() != ""

    def was_picked(self, value: Json) -> bool:
        """Returns whether the user's last message names a value, or the number of an option.

        Args:
            value: The value.
        """
        last = next((m for m in reversed(self._messages) if m["role"] == "user"), None)
        text = normal(str(last.get("content") or "")) if last else ""
        return mentions(text, str(value)) or bool(_PICK.search(text))

    def was_read(self, value: Json) -> bool:
        """Returns whether a result holds a value.

        Args:
            value: The value.
        """
        return mentions(self.read, str(value)) and normal(str(value)).strip() != ""

    def was_recorded(self, value: Json) -> bool:
        """Returns whether a result holds a value that the call itself did not name.

        Args:
            value: The value; a tool that repeats what it was given shows nothing of the records.
        """
        named: set[str] = set()
        for message in self._messages:
            for call in message.get("tool_calls") or []:
                arguments = call["function"]["arguments"]
                if any(leaf == str(value) for _, leaf in leaves_of(arguments)):
                    named.add(str(call.get("id")))
            is_answer = message["role"] == "tool" and str(message.get("tool_call_id")) not in named
            if is_answer and mentions(normal(str(message.get("content") or "")), str(value)):
                return True
        return False

    def contradicts(self, one: Json, two: Json) -> bool:
        """Returns whether the records have one text, and nobody knows of another that is expected.

        Args:
            one: The text that was taken; any other value contradicts nothing.
            two: The one that is expected.
        """
        is_text = isinstance(one, str) and isinstance(two, str) and len(one) >= _TELLING
        if not is_text or is_identifier(two) or mentions(self._script, two):
            return False
        return self.was_recorded(one) and not self.was_read(two) and not self.was_said(two)

    def are_siblings(self, one: Json, two: Json) -> bool:
        """Returns whether two values stand at the same place of two records of one list, in some result.

        Args:
            one: A value.
            two: Another value.
        """
        if is_number(two) or re.fullmatch("[a-z_]+", str(two)):
            # numbers and words of a schema, such as a cabin's class, tell no record from another
            return False
        for result in self.results:
            ones = list(paths_of(result, one))
            twos = list(paths_of(result, two))
            for path in twos:
                # what several records have in common, such as a status, tells none of them
                is_name = is_identifier(two) or sum(_differ_once(path, other) for other in twos) == 0
                if is_name and any(_differ_once(path, other) for other in ones):
                    return True
        return False

    def has_siblings(self, value: Json) -> bool:
        """Returns whether a value stands in one of several records of a list, in some result.

        Args:
            value: The value.
        """
        for result in self.results:
            for path in paths_of(result, value):
                for depth in range(len(path)):
                    holder = _at(result, path[:depth])
                    if isinstance(holder, list) and len(holder) > 1 and depth < len(path) - 1:
                        return True
        return False

    def counterparts(self, value: str) -> list[str]:
        """Returns the values, as text, that stand in other results or records where a value stands in one.

        Args:
            value: The value, as text.
        """
        places = set()
        leaves: list[tuple[Path, str]] = []
        for result in self.results:
            for path, leaf in leaves_of(result):
                keys = tuple(step for step in path if isinstance(step, str))
                leaves.append((keys, leaf))
                if leaf == value:
                    places.add(keys)
        return list(dict.fromkeys(leaf for keys, leaf in leaves if keys in places and leaf != value))

    def records_of(self, value: Json) -> list[dict[str, Json]]:
        """Returns the records, in any result, that a value names.

        Args:
            value: An identifier.
        """
        found = []
        for result in self.results:
            for path in paths_of(result, value):
                holder = _at(result, path[:-1])
                named = _at(result, path)
                for record in (named, holder):
                    if isinstance(record, dict) and any(own == value for own in record.values()):
                        found.append(record)
        return found


def paths_of(value: Json, wanted: Json) -> Iterator[Path]:
    """Yields where a value stands within another, as a leaf or as a key.

    Args:
        value: Where to look.
        wanted: What to look for.

    Example:
        >>> list(paths_of({"items": [{"id": "I1"}, {"id": "I2"}]}, "I2"))
        [('items', 1, 'id')]
    """
    if isinstance(value, dict):
        for key, own in value.items():
            if key == wanted:
                yield (key,)
            for path in paths_of(own, wanted):
                yield (key, *path)
    elif isinstance(value, list):
        for index, own in enumerate(value):
            for path in paths_of(own, wanted):
                yield (index, *path)
    elif value == wanted and type(value) is type(wanted):
        yield ()


def leaves_of(value: Json) -> Iterator[tuple[Path, str]]:
    """Yields every leaf of a value as text, with where it stands.

    Args:
        value: Any JSON.

    Example:
        >>> list(leaves_of({"items": [{"id": 7}]}))
        [(('items', 0, 'id'), '7')]
    """
    if isinstance(value, dict):
        for key, own in value.items():
            for path, leaf in leaves_of(own):
                yield (key, *path), leaf
    elif isinstance(value, list):
        for index, own in enumerate(value):
            for path, leaf in leaves_of(own):
                yield (index, *path), leaf
    else:
        yield (), str(value)


def is_number(value: Json) -> bool:
    """Returns whether a value is a number; truth values are none.

    Args:
        value: Any JSON.
    """
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def scalars_of(value: Json) -> Iterator[Json]:
    """Yields the texts and numbers in a value; truth values and null are none.

    Args:
        value: Any JSON.

    Example:
        >>> list(scalars_of({"items": ["I1", 2, True, None]}))
        ['I1', 2]
    """
    if isinstance(value, dict):
        for own in value.values():
            yield from scalars_of(own)
    elif isinstance(value, list):
        for own in value:
            yield from scalars_of(own)
    elif not isinstance(value, bool) and value is not None:
        yield value


def _differ_once(one: Path, two: Path) -> bool:
    """Whether two places are the same but for the record: its number in a list, or the identifier that it goes by."""
    if len(one) != len(two):
        return False
    steps = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    if len(steps) != 1:
        return False
    if one[-1] != two[-1] and isinstance(one[-1], int):
        # two names in a bare list, of which nothing is known that one could choose by
        return False
    return all(isinstance(step, int) or is_identifier(step) for step in steps[0])


def _at(value: Json, path: Sequence[str | int]) -> Json:
    for step in path:
        value = value[step]
    return value
