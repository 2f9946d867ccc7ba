"""Edits of a recorded episode: what the agent would have had to do otherwise.

An edit names its place by the messages of the record, so that edits can be applied together, in any combination.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trace_gym.env.types import Json, ToolCall
from trace_gym.trajectories.places import Place

ABSENT = "<absent>"
"""Stands for an argument that is not given."""


@dataclass(frozen=True)
class Drop:
    """A call that is not made."""

    place: Place
    """The call."""


@dataclass(frozen=True)
class SetArgument:
    """A call that is made with another value of one argument."""

    place: Place
    """The call."""
    name: str
    """The argument."""
    value: Json = field(hash=False)
    """Its value; `ABSENT` takes the argument away."""


@dataclass(frozen=True)
class Insert:
    """A call that is made as well."""

    after: int
    """The message that it comes behind, with that message's own results; -1 is the beginning."""
    call: ToolCall = field(hash=False)
    """The call."""
    requestor: str = "assistant"
    """`assistant`, or `user` for the user's own tools."""
    number: int = 0
    """Orders calls that are inserted at the same place."""


@dataclass(frozen=True)
class Close:
    """A message to the user that ends the assistant's turn, where the user's turns are fixed."""

    after: int
    """The message that it comes behind."""
    text: str
    """The message."""
    is_last: bool = True
    """Whether the user says nothing more."""
    number: int = 0
    """Orders it among calls that are inserted at the same place."""


@dataclass(frozen=True)
class Cut:
    """All that came behind a message is left out: the assistant starts over from there."""

    after: int
    """The last message that is kept."""


@dataclass(frozen=True)
class Move:
    """A call that is made later."""

    place: Place
    """The call."""
    after: int
    """The message that it comes behind."""
    number: int = 0
    """Orders calls that are inserted at the same place."""


@dataclass(frozen=True)
class Say:
    """A statement to the user, in the assistant's last message, or before that if it is a call."""

    text: str
    """The statement."""


@dataclass(frozen=True)
class Unsay:
    """A message to the user whose statements are left out."""

    message: int
    """Its index."""


@dataclass(frozen=True)
class Finish:
    """The episode is brought to an end by the user, instead of by a limit or an error."""

    text: str
    """The user's last message."""


Edit = Drop | SetArgument | Insert | Move | Close | Cut | Say | Unsay | Finish
"""One thing that is done otherwise."""
