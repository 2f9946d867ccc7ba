"""The process that has ToolSandbox imported and forks one process per episode: `python -m ...zygote FD`.

It never queries a table itself: the library behind ToolSandbox's tables keeps threads, which a fork would lose.
Scenarios are therefore built in a process forked for that purpose, and come back as bytes that only episodes unpickle.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from trace_gym.targets.toolsandbox import episode, scenarios
from trace_gym.targets.toolsandbox.channel import Channel, ClosedError
from trace_gym.targets.toolsandbox.frozen import Identifiers, freeze
from trace_gym.targets.toolsandbox.install import PACKAGE
from trace_gym.targets.toolsandbox.upstream import upstream

_REAP_EVERY = 1.0
"""Seconds between two checks for episodes that have ended."""


class Zygote:
    """Serves one environment process, and ends when that process closes the channel."""

    def __init__(self, end: socket.socket) -> None:
        """Prepares to serve; `run` does.

        Args:
            end: Our end of the channel to the environment's side.
        """
        self._end = end
        self._channel = Channel(end)
        self._built: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = {}
        self._children: set[int] = set()
        self._series = Identifiers()

    def run(self) -> None:
        """Answers until the channel is closed, then ends every episode."""
        try:
            upstream()
            self._series = freeze(PACKAGE)
            self._channel.send({})
        except Exception as error:
            # whatever is missing or of another version; the environment's side tells the user
            self._channel.send({"error": f"{type(error).__name__}: {str(error)[:300]}"})
            return

        with contextlib.suppress(ClosedError, OSError):
            while True:
                self._reap()
                if select.select([self._end], [], [], _REAP_EVERY)[0]:
                    self._serve()

        for child in self._children:
            os.kill(child, signal.SIGKILL)

    def _serve(self) -> None:
        """Answers one request."""
        line, descriptors = _received(self._end)
        try:
            answer = self._answer(json.loads(line), descriptors)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {str(error)[:300]}"}

        # an episode's process has inherited its own copies
        for descriptor in descriptors:
            os.close(descriptor)
        self._channel.send(answer)

    def _answer(self, request: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        if request["do"] == "describe":
            return self._scenarios(request["which"])[0]
        if request["do"] == "open":
            pickled = self._scenarios(request["which"])[1][request["name"]]
            return {"id": self._fork(pickled, request["name"], request["seconds"], descriptors[0])}

        # a child that has not been waited for keeps its process id, so that this cannot hit another process
        if request["id"] in self._children:
            os.kill(request["id"], signal.SIGKILL)
        return {}

    def _fork(self, pickled: bytes, name: str, seconds: float, descriptor: int) -> int:
        """Forks an episode's process; returns its process id."""
        parent = os.getpid()
        child = os.fork()
        if child:
            self._children.add(child)
            return child

        # in the child, which must never return into the zygote's loop
        try:
            self._end.close()
            self._series.restart(name)
            episode.serve(Channel(socket.socket(fileno=descriptor)), pickled, seconds, parent)
        finally:
            os._exit(0)

    def _scenarios(self, which: str) -> tuple[dict[str, Any], dict[str, bytes]]:
        """The description of the scenarios, and the scenarios themselves, pickled; built once."""
        if which not in self._built:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                try:
                    with os.fdopen(writing, "wb") as out:
                        out.writelines(_packed(which))
                finally:
                    os._exit(0)

            # the child's copy is then the only one, so that reading ends when the child does
            os.close(writing)
            with os.fdopen(reading, "rb") as source:
                self._built[which] = _unpacked(source)
            os.waitpid(child, 0)

        return self._built[which]

    def _reap(self) -> None:
        """Waits for the episodes that have ended, which would otherwise stay as zombies."""
        for child in list(self._children):
            if os.waitpid(child, os.WNOHANG)[0]:
                self._children.discard(child)


def _packed(which: str) -> Iterator[bytes]:
    """Yields a line of JSON that ends with the pickles' sizes, then the pickles; or a line with an error."""
    try:
        built = scenarios.build(which)
        # before they are described, which makes each of them ToolSandbox's current one
        pickled = {name: episode.load_dill().dumps(scenario) for name, scenario in built.items()}
        header = scenarios.describe(built)
    except Exception as error:
        yield json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n"
        return

    header["sizes"] = {name: len(data) for name, data in pickled.items()}
    yield json.dumps(header).encode() + b"\n"
    yield from pickled.values()


def _unpacked(source: BinaryIO) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Reads what `_packed` has written.

    Raises:
        RuntimeError: If the scenarios could not be built.
    """
    line = source.readline()
    if not line:
        raise RuntimeError("the process that builds scenarios has died")
    header = json.loads(line)
    if "error" in header:
        raise RuntimeError(header["error"])

    pickled = {}
    for name, size in header.pop("sizes").items():
        pickled[name] = source.read(size)
    return header, pickled


def _received(end: socket.socket) -> tuple[bytes, list[int]]:
    """One request, and the file descriptors that were handed over with it.

    Raises:
        ClosedError: If the other side has gone.
    """
    line = b""
    descriptors = array.array("i")
    # not through the channel, whose recv would drop the descriptors
    while not line.endswith(b"\n"):
        data, extra, _, _ = end.recvmsg(2**16, socket.CMSG_SPACE(descriptors.itemsize))
        for level, kind, value in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(value[: len(value) - len(value) % descriptors.itemsize])
        if not data:
            raise ClosedError("has ended")
        line += data
    return line, descriptors.tolist()


if __name__ == "__main__":
    Zygote(socket.socket(fileno=int(sys.argv[1]))).run()
