"""Inside an episode's own process: limits, and the loop that answers the environment's requests."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from typing import Any

from trace_gym.targets.toolsandbox.channel import Channel, ClosedError
from trace_gym.targets.toolsandbox.planner import Planner
from trace_gym.targets.toolsandbox.sandbox import Sandbox

_MEMORY = 4 * 2**30
"""Bytes of address space an episode's process may have; it starts with half a GiB."""
_PR_SET_PDEATHSIG = 1


def serve(channel: Channel, pickled: bytes, seconds: float, parent: int) -> None:
    """Answers requests until the other side closes; a request that takes too long ends this process.

    Args:
        channel: To the environment.
        pickled: The scenario, by ToolSandbox's own means (`dill`), as the zygote made it.
        seconds: Wall-clock limit of one request.
        parent: The zygote's process id; this process dies with it.
    """
    _limit(parent)
    box: Sandbox | None = None
    with contextlib.suppress(ClosedError):
        while True:
            request = channel.receive()
            # nobody handles the alarm, so that it kills even C code
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                if box is None:
                    box = Sandbox(load_pickled(pickled))
                answer = _answer(box, request)
            except MemoryError:
                answer = {"error": "MemoryError"}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
            signal.setitimer(signal.ITIMER_REAL, 0)
            channel.send(answer)


def load_pickled(pickled: bytes) -> Any:
    """Returns the scenario that the zygote pickled.

    Args:
        pickled: As the zygote pickled it.
    """
    return load_dill().loads(pickled)


def load_dill() -> Any:
    """Returns `dill`, with which ToolSandbox copies its own scenarios."""
    import importlib

    return importlib.import_module("dill")


def _answer(box: Sandbox, request: dict[str, Any]) -> dict[str, Any]:
    kind = request["do"]
    found: dict[str, Any] = {}
    if kind == "calls":
        found["results"] = box.calls(request["calls"])
    elif kind == "say":
        box.say(request["text"])
    elif kind == "hear":
        box.hear(request["text"])
    elif kind == "end":
        box.end()
    elif kind == "changes":
        found["changes"] = box.changes()
    elif kind == "score":
        found["similarity"] = box.score()
    elif kind == "plan":
        found["turns"] = Planner(box).plan()
        found["similarity"] = box.score()

    return {**found, "count": box.count}


def _limit(parent: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
