"""A small file of each format, as its own tool writes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from trace_gym.trajectories.record import Trajectory

from ...helpers import Talk
from .agentdojo import AGENTDOJO
from .bfcl import wrote_bfcl
from .chats import CHAT
from .files import wrote, wrote_lines
from .inspect_logs import INSPECT
from .taus import TAU1, TAU2
from .toolsandbox import wrote_toolsandbox

NATIVE: list[Trajectory] = [
    Talk("Hi").call("get_order", {"status": "open"}, order="W1").say("Open.").trajectory(task_id="1", success=True),
    Talk("Hi ✈ \u2028 \ud83d").call("cancel", "Error: no", error=True, order="W1").trajectory(task_id="1", trial=1),
    Talk("Hi").trajectory(task_id="2", termination="user_stop", policy="m", seed=3, settings={"temperature": 0.5}),
]

WRITERS: dict[str, Callable[[Path], Path]] = {
    "trace-gym": lambda folder: wrote_lines(folder / "t.jsonl", *(t.to_json() for t in NATIVE)),
    "tau1": lambda folder: wrote(folder / "tau1_shop.json", TAU1),
    "tau2": lambda folder: wrote(folder / "results.json", TAU2, indent=4),
    "agentdojo": lambda folder: wrote(folder / "none.json", AGENTDOJO, indent=4),
    "bfcl": wrote_bfcl,
    "toolsandbox": wrote_toolsandbox,
    "inspect": lambda folder: wrote(folder / "log.json", INSPECT, indent=2),
    "chat": lambda folder: wrote_lines(folder / "chats.jsonl", *CHAT),
}
"""By format: writes the sample into a folder and returns what to read."""
