"""JSON messages, one per line, over a socket: all that passes between us and the processes that run ToolSandbox."""

from __future__ import annotations

import json
import socket
from typing import Any

_LONGEST = 2**27
"""Bytes of one message; a longer one closes the channel."""


class ClosedError(Exception):
    """The other side has gone, is too slow, or does not send JSON; the message says which.

    Example:
        >>> ours, theirs = map(Channel, socket.socketpair())
        >>> theirs.close()
        >>> try:
        ...     ours.receive(seconds=1.0)
        ... except ClosedError as closed:
        ...     print(closed)
        ... finally:
        ...     ours.close()
        has ended
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
            end: One end of a socket pair; the channel closes it.
        """
        self._end = end
        self._rest = bytearray()

    def send(self, message: dict[str, Any]) -> None:
        """Sends one message.

        Args:
            message: A JSON object.

        Raises:
            ClosedError: If it cannot be sent.
        """
        try:
            self._end.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise ClosedError(f"cannot be reached ({type(error).__name__})") from None

    def receive(self, seconds: float | None = None) -> dict[str, Any]:
        """Waits for one message.

        Args:
            seconds: How long to wait for each piece of it, > 0; None for as long as it takes.

        Raises:
            ClosedError: If none comes.
        """
        try:
            self._end.settimeout(seconds)
            end = self._rest.find(b"\n")
            while end < 0:
                # only what is new is searched: a description of all scenarios comes in many pieces
                scanned = len(self._rest)
                self._receive_piece()
                end = self._rest.find(b"\n", scanned)
        except TimeoutError:
            raise ClosedError(f"did not answer within {seconds:g} s") from None
        except OSError as error:
            raise ClosedError(f"has ended ({type(error).__name__})") from None

        line = self._rest[:end]
        self._rest = self._rest[end + 1 :]
        try:
            message = json.loads(bytes(line))
        except (ValueError, RecursionError):
            raise ClosedError("sends something that is not JSON") from None
        if not isinstance(message, dict):
            raise ClosedError("sends JSON that is not an object")
        return message

    def ask(self, message: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
        """Sends a message and waits for the answer.

        Args:
            message: A JSON object.
            seconds: How long to wait for each piece of the answer, > 0; None for as long as it takes.

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
        """Closes this end; the other side then reads the end of the stream."""
        self._end.close()

    def _receive_piece(self) -> None:
        piece = self._end.recv(2**16)
        if not piece:
            raise ClosedError("has ended")
        self._rest += piece
        # whatever a model has the other side send must not fill this process's memory
        if len(self._rest) > _LONGEST:
            raise ClosedError("sends too much")
