"""Inside an episode's own process: limits, and the loop that answers the environment's requests."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import resource
import signal
import sys
from typing import Any

from trace_gym.targets.toolsandbox.channel import Channel, ClosedError
from trace_gym.targets.toolsandbox.planner import Planner
from trace_gym.targets.toolsandbox.sandbox import Sandbox

_MEMORY = 4 * 2**30
"""Bytes of address space that an episode's process may have; it starts with half a GiB."""
_PR_SET_PDEATHSIG = 1


def serve(channel: Channel, pickled: bytes, seconds: float, parent: int) -> None:
    """Answers requests until the other side closes; a request that takes too long ends this process.

    Args:
        channel: The channel to the environment.
        pickled: The scenario, pickled by the zygote with `dill`, which ToolSandbox itself uses.
        seconds: Wall-clock limit of one request.
        parent: The zygote's process id; this process dies with the zygote.
    """
    _limit(parent)
    sandbox: Sandbox | None = None
    with contextlib.suppress(ClosedError):
        while True:
            request = channel.receive()

            # the alarm has no handler, so that it ends the process even in the middle of C code
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                # within the limit, too, and with an error that can be reported
                if sandbox is None:
                    sandbox = Sandbox(load_pickled(pickled))
                answer = _answer(sandbox, request)
            except MemoryError:
                # without its text, as there may be no memory to write one
                answer = {"error": "MemoryError"}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
            signal.setitimer(signal.ITIMER_REAL, 0)

            channel.send(answer)


def load_pickled(pickled: bytes) -> Any:
    """Returns the scenario that the zygote pickled.

    Args:
        pickled: The bytes that the zygote has made.
    """
    return load_dill().loads(pickled)


def load_dill() -> Any:
    """Returns `dill`, with which ToolSandbox copies its own scenarios."""
    # imported here, as only installations of ToolSandbox have it
    return importlib.import_module("dill")


def _answer(sandbox: Sandbox, request: dict[str, Any]) -> dict[str, Any]:
    """Does what a request asks; every answer also carries the number of messages so far."""
    kind = request["do"]
    answer: dict[str, Any] = {}
    if kind == "calls":
        answer["results"] = sandbox.calls(request["calls"])
    elif kind == "say":
        sandbox.say(request["text"])
    elif kind == "hear":
        sandbox.hear(request["text"])
    elif kind == "end":
        sandbox.end()
    elif kind == "changes":
        answer["changes"] = sandbox.changes()
    elif kind == "score":
        answer["similarity"] = sandbox.score()
    elif kind == "plan":
        answer["turns"] = Planner(sandbox).plan()
        answer["similarity"] = sandbox.score()

    answer["count"] = sandbox.count
    return answer


def _limit(parent: int) -> None:
    """Bounds this process's memory, and ties its life to the zygote's."""
    # a crash must not leave gigabytes of core dump
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # the zygote may have died before the signal was asked for
        if os.getppid() != parent:
            os._exit(1)
