"""A failed episode as repair sees it: calls with their places, what was said, where it ends."""

from __future__ import annotations

from functools import cached_property

from trace_gym.capabilities.repair.alignment import Made
from trace_gym.capabilities.repair.asked import declines
from trace_gym.trajectories.execution import IsWrite
from trace_gym.trajectories.places import Place, call_at, refused_calls
from trace_gym.trajectories.record import Trajectory


class Episode:
    """One episode.

    Example:
        >>> call = {"id": "1", "function": {"name": "cancel", "arguments": {"order": "W1"}}}
        >>> talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
        >>> episode = Episode(Trajectory("shop", "7", talk, 0.0, False), lambda name, requestor: True)
        >>> [made.place for made in episode.made], episode.request
        ([Place(message=1, call=0)], 0)
    """

    def __init__(self, trajectory: Trajectory, is_write: IsWrite, *, fixed_turns: bool = False) -> None:
        """Prepares an episode.

        Args:
            trajectory: The record.
            is_write: Whether a tool changes anything.
            fixed_turns: Whether the user's turns are fixed, so that calls belong to one of them.
        """
        self.trajectory = trajectory
        self.is_write = is_write
        self.fixed_turns = fixed_turns

    @cached_property
    def made(self) -> list[Made]:
        """The calls that were not refused, the user's own included."""
        made = []
        turn = 0
        for number, message in enumerate(self.trajectory.messages):
            if message["role"] not in ("assistant", "user"):
                continue
            calls = message.get("tool_calls") or []
            for own in range(len(calls)):
                place = Place(number, own)
                if place not in self.refused:
                    call = call_at(self.trajectory.messages, place)
                    is_write = self.is_write(call.name, message["role"])
                    made.append(Made(place, call, message["role"], is_write, turn))
            if self.fixed_turns and message["role"] == "assistant" and not calls:
                turn += 1
        return made

    @cached_property
    def refused(self) -> set[Place]:
        """The calls that a tool answered with an error."""
        return refused_calls(self.trajectory.messages)

    @cached_property
    def request(self) -> int:
        """The user's first message; 0 if there is none."""
        for number, message in enumerate(self.trajectory.messages):
            if message["role"] == "user":
                return number
        return 0

    @cached_property
    def statements(self) -> list[int]:
        """The assistant's messages to the user behind its request: text beside a call never reaches the user."""
        numbers = []
        for number, message in enumerate(self.trajectory.messages):
            if number > self.request and message["role"] == "assistant" and not message.get("tool_calls"):
                numbers.append(number)
        return numbers

    @property
    def spoken(self) -> list[str]:
        """What these messages say."""
        return [str(self.trajectory.messages[number].get("content") or "") for number in self.statements]

    @property
    def has_declined(self) -> bool:
        """Whether the assistant told the user that something is not to be had."""
        return any(declines(text) for text in self.spoken)

    @cached_property
    def before_the_end(self) -> int:
        """The message before the assistant's last one, so that what is inserted comes before its goodbye."""
        for number in range(len(self.trajectory.messages) - 1, -1, -1):
            if self.trajectory.messages[number]["role"] == "assistant":
                return number - 1
        return len(self.trajectory.messages) - 1

    def end_of_turn(self, turn: int) -> int:
        """Returns the message before the one that ends a turn; the last message where none does.

        Args:
            turn: The turn, from 0; without fixed turns there is one.
        """
        if not self.fixed_turns:
            return self.before_the_end
        if turn < len(self.statements):
            return self.statements[turn] - 1
        return len(self.trajectory.messages) - 1
