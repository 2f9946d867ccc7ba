"""JSON messages, one a line, over a socket: all that passes between this process and those that run ToolSandbox."""

from __future__ import annotations

import json
import socket
from typing import Any

_LONGEST = 2**27
"""Bytes of one message; a longer one closes the channel."""


class ClosedError(Exception):
    """The other side has gone, is too slow, or does not speak JSON; the message says which.

    Example:
        >>> issubclass(ClosedError, Exception)
        True
    """


class Channel:
    """One end of a socket; a message is a JSON object.

    Example:
        >>> ours, theirs = map(Channel, socket.socketpair())
        >>> ours.send({"turn": "Done."})
        >>> theirs.receive(seconds=1.0)
        {'turn': 'Done.'}
        >>> ours.close(), theirs.close()
        (None, None)
    """

    def __init__(self, end: socket.socket) -> None:
        """Takes over one end.

        Args:
            end: One end of a socket pair.
        """
        self._end = end
        self._rest = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Sends one message.

        Args:
            message: A JSON value.

        Raises:
            ClosedError: If it cannot be sent.
        """
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise ClosedError(f"cannot be reached ({type(error).__name__})") from None

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Waits for one message, at most `seconds` between two pieces of it.

        Args:
            seconds: How long to wait; None for as long as it takes.

        Raises:
            ClosedError: If none comes.
        """
        try:
            self._end.settimeout(seconds)
            scanned = 0
            while (end := self._rest.find(b"\n", scanned)) < 0:
                scanned = len(self._rest)
                piece = self._end.recv(2**16)
                if not piece:
                    raise ClosedError("has ended")
                self._rest += piece
                if len(self._rest) > _LONGEST:
                    raise ClosedError("sends too much")
        except TimeoutError:
            raise ClosedError(f"did not answer within {seconds:g} s") from None
        except OSError as error:
            raise ClosedError(f"has ended ({type(error).__name__})") from None

        line = self._rest[:end]
        self._rest = self._rest[end + 1 :]
        try:
            message = json.loads(bytes(line))
        except (ValueError, RecursionError):
            raise ClosedError("sends what is not JSON") from None

        if not isinstance(message, dict):
            raise ClosedError("sends what is no JSON object")
        return message

    def ask(self, message: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Sends a message and waits for the answer.

        Args:
            message: A JSON value.
            seconds: How long to wait for the answer.

        Raises:
            ClosedError: If there is none.
        """
        self.send(message)
        return self.receive(seconds)

    @property
    def socket(self) -> socket.socket:
        """The socket itself, to hand over or to wait on."""
        return self._end

    def close(self) -> None:
        """Closes this end; what the other side then reads is the end of the file."""
        self._end.close()
