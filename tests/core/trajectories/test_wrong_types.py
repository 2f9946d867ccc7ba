"""A wrong type at any place of any format: one sentence, or a record that can be written, read and shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from trace_gym.report.trajectory import Style, render
from trace_gym.trajectories.record import Trajectory

from .reading import read
from .samples import NATIVE
from .samples.agentdojo import AGENTDOJO
from .samples.bfcl import BFCL
from .samples.chats import CHAT
from .samples.files import wrote, wrote_lines
from .samples.inspect_logs import INSPECT, inspect_sample
from .samples.taus import TAU1, TAU2
from .samples.toolsandbox import TOOLSANDBOX, wrote_toolsandbox

WRONG = (None, 3, "x", [], {}, [3], ["x"], {"a": 3}, True, 1e308)


def replaced(value: Any, new: Any) -> Sequence[Callable[[], Any]]:
    """A copy with another value, for every place in a JSON value."""
    if isinstance(value, dict):
        here = [(key, item) for key, item in value.items()]
        return [lambda: new] + [
            lambda key=key, inner=inner: {**value, key: inner()}  # type: ignore[misc]
            for key, item in here
            for inner in replaced(item, new)
        ]
    if isinstance(value, list):
        return [lambda: new] + [
            lambda n=n, inner=inner: [*value[:n], inner(), *value[n + 1 :]]  # type: ignore[misc]
            for n, item in enumerate(value)
            for inner in replaced(item, new)
        ]
    return [lambda: new]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tau1", TAU1[:1]),
        ("tau2", TAU2 | {"simulations": TAU2["simulations"][:1]}),
        ("agentdojo", AGENTDOJO),
        ("bfcl", BFCL[1]),
        ("inspect", INSPECT | {"samples": [inspect_sample(output=None)]}),
        ("chat", CHAT[:1]),
        ("trace-gym", NATIVE[0].to_json()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_type_anywhere_is_a_sentence_or_no_matter(name: str, value: Any, tmp_path: Path) -> None:
    wrote_lines(tmp_path / "data_score.json", {"accuracy": 1.0, "total_count": 1})
    everywhere = [replaced(value, wrong) for wrong in WRONG]
    for place in range(len(everywhere[0])):
        # two of the kinds in each place: all of them in all would take a minute
        for kind in (place % len(WRONG), (place * 7 + 3) % len(WRONG)):
            changed = everywhere[kind][place]()
            path = wrote(tmp_path / "data_result.json", changed)
            good, bad = read(path, name=name)
            assert len(good) + len(bad) == 1, changed
            for trajectory in good:
                # what is read can be written, read and shown
                assert Trajectory.from_json(json.loads(json.dumps(trajectory.to_json()))) == trajectory
                assert render(trajectory, Style())


def test_a_wrong_type_anywhere_in_a_toolsandbox_run_is_a_sentence_or_no_matter(tmp_path: Path) -> None:
    summary = wrote_toolsandbox(tmp_path) / "result_summary.json"
    first = TOOLSANDBOX["per_scenario_results"][0]
    for wrong in WRONG:
        for make in replaced(first, wrong):
            good, bad = read(wrote(summary, {"per_scenario_results": [make()]}))
            assert len(good) + len(bad) == 1
