"""A synthesizer of one's own: one file and one line."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from trace_gym import UserError, register_folder
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.cli.main import main
from trace_gym.synthesis import synthesizers
from trace_gym.synthesis.draft import Draft
from trace_gym.synthesis.emitter import emit
from trace_gym.synthesis.gate import check_folder
from trace_gym.synthesis.manifest import Manifest, read_manifest
from trace_gym.synthesis.synthesizers import synthesizer_named
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.writer import write_trajectories

# ---- what an author would write, in a file of their own

LAMPS = '''
from typing import Any, Literal

import numpy as np

from trace_gym.env.reward_terms import reward_term
from trace_gym.env.seeding import numbers_of_split
from trace_gym.env.task import Task
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.tools import tool
from trace_gym.env.types import ToolCall
from trace_gym.errors import ToolError


class CLASS_NAME(ToolEnv):
    """Switch the lamps of some rooms."""

    system_prompt = "You switch lamps. Look up each room's lamp, switch those asked for, then say so."

    @tool(kind="read")
    def find_lamp(self, state: dict[str, Any], room: str) -> Any:
        """Get the id of a room's lamp.

        Args:
            room: such as hall
        """
        if room not in state["rooms"]:
            raise ToolError(f"no room {room}.")
        return {"lamp_id": state["rooms"][room]}

    @tool(kind="write")
    def switch(self, state: dict[str, Any], lamp_id: str, to: Literal["on", "off"]) -> Any:
        """Switch a lamp.

        Args:
            lamp_id: like L123
            to: on or off
        """
        if lamp_id not in state["lamps"]:
            raise ToolError(f"no lamp {lamp_id}.")
        state["lamps"][lamp_id] = to
        return {"lamp_id": lamp_id, "now": to}

    @reward_term(weight=0.2)
    def switched(self, state: dict[str, Any], initial: dict[str, Any], goal: dict[str, Any]) -> float:
        """The share of the lamps asked for that were switched."""
        asked = [lamp for lamp, wanted in goal["lamps"].items() if wanted != initial["lamps"][lamp]]
        return sum(state["lamps"][lamp] == goal["lamps"][lamp] for lamp in asked) / len(asked)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Asks for one lamp more at each level."""
        rooms = [str(room) for room in rng.permutation(["hall", "kitchen", "attic", "garage", "study", "porch"])]
        lamps = [f"L{number}" for number in rng.choice(numbers_of_split(3, split), size=len(rooms), replace=False)]
        asked = rooms[:difficulty]
        of = dict(zip(rooms, lamps, strict=True))
        gold = [ToolCall("find_lamp", {"room": room}) for room in asked]
        gold += [ToolCall("switch", {"lamp_id": of[room], "to": "on"}) for room in asked]
        return Task(
            request=f"Switch on the light in the {' and the '.join(asked)}, please.",
            state={"rooms": of, "lamps": dict.fromkeys(lamps, "off")},
            gold=(*gold, "They are on."),
        )
'''


class LampSynthesizer:
    """Makes the same room full of lamps for every capability."""

    NAME = "lamps"

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        name = table.capability.name
        class_name = "Lamps" + name.title().replace("_", "")
        manifest = Manifest(
            env_id=f"trace/{class_name}-v0",
            class_name=class_name,
            folder=f"lamps_{name}",
            target=corpus.trajectories[0].env_id,
            capability={"name": name, "description": table.capability.description},
            synthesizer=self.NAME,
        )
        return Draft(manifest, {"env.py": LAMPS.replace("CLASS_NAME", class_name)})


class DeafSynthesizer(LampSynthesizer):
    """Pays for saying anything, which the gate must not let through."""

    NAME = "deaf"

    def synthesize(self, table: LabelTable, corpus: Corpus) -> Draft:
        draft = super().synthesize(table, corpus)
        cheap = draft.files["env.py"].replace("weight=0.2", "weight=1.0").replace("sum(", "1.0 or sum(")
        return Draft(draft.manifest, {"env.py": cheap})


# ----


@pytest.fixture
def lamps(monkeypatch: pytest.MonkeyPatch) -> None:
    for synthesizer in (LampSynthesizer(), DeafSynthesizer()):
        monkeypatch.setitem(synthesizers.SYNTHESIZERS, synthesizer.NAME, synthesizer)


@pytest.mark.usefixtures("lamps")
def test_it_is_found_checked_registered_and_played(
    tables: dict[str, LabelTable], corpus: Corpus, tmp_path: Path
) -> None:
    table = tables["error_recovery"]
    folder = emit(synthesizer_named("lamps").synthesize(table, corpus), tmp_path)

    verdict = check_folder(folder)
    assert len(verdict["checks"]) >= 20
    assert read_manifest(folder).synthesizer == "lamps"
    assert read_manifest(folder).files == ("env.py",)

    assert register_folder(tmp_path) == ["trace/LampsErrorRecovery-v0"]
    env: Any = gym.make("trace/LampsErrorRecovery-v0")
    env.reset(seed=0)
    for turn in env.unwrapped.oracle():
        reward = env.step(turn)[1]
    assert reward == 1.0


@pytest.mark.usefixtures("lamps")
def test_the_command_uses_it(
    desk_trajectories: list[Trajectory], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trajectories = tmp_path / "trajectories.jsonl"
    write_trajectories(trajectories, desk_trajectories)
    capabilities = tmp_path / "capabilities.json"
    assert main(["identify", str(trajectories), "--out", str(capabilities)]) == 0

    arguments = ["synthesize", str(trajectories), str(capabilities), "--out", str(tmp_path / "envs")]
    assert main([*arguments, "--synthesizer", "lamps", "--capability", "error_recovery"]) == 0
    assert "passed" in capsys.readouterr().out
    assert (tmp_path / "envs" / "lamps_error_recovery" / "gate.json").exists()


@pytest.mark.usefixtures("lamps")
def test_the_gate_judges_it_as_any_other(tables: dict[str, LabelTable], corpus: Corpus, tmp_path: Path) -> None:
    folder = emit(synthesizer_named("deaf").synthesize(tables["error_recovery"], corpus), tmp_path)
    with pytest.raises(UserError, match="does not pass the gate"):
        check_folder(folder, tasks=4)
    assert not (folder / "gate.json").exists()


@pytest.mark.usefixtures("lamps")
def test_an_unknown_one_is_named_beside_those_there_are() -> None:
    expected = r"Unknown synthesizer 'lanterns'; expected one of auto, logs, cases, lamps, deaf\."
    with pytest.raises(UserError, match=expected):
        synthesizer_named("lanterns")


def test_it_takes_no_more_than_the_protocol_asks() -> None:
    public = [name for name, _ in inspect.getmembers(LampSynthesizer) if not name.startswith("_")]
    assert public == ["NAME", "synthesize"]
