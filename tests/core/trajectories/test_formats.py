"""Every format: known by its content, read without loss, and the same after it was written as ours."""

from __future__ import annotations

import gzip
import importlib.util
import json
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from trace_gym.trajectories.hf_dataset import write_hf_dataset
from trace_gym.trajectories.readers import FORMATS, iter_episodes, opened, read_trajectories
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.writer import write_trajectories

from ..helpers import Talk
from .expected import EXPECTED
from .samples import WRITERS
from .samples.agentdojo import AGENTDOJO, INJECTED
from .samples.bfcl import BFCL, BFCL_RESULT, BFCL_SCORES
from .samples.chats import CHAT
from .samples.files import packed, wrote, wrote_lines
from .samples.inspect_logs import INSPECT, TOOL_SHOWN, inspect_sample, marked_as, wrote_eval
from .samples.taus import TAU1, TAU2
from .samples.toolsandbox import wrote_toolsandbox

needs_datasets = pytest.mark.skipif(not importlib.util.find_spec("datasets"), reason="datasets is not installed")


def sample(name: str, folder: Path, *, gzipped: bool = False) -> Path:
    """Writes a format's sample and returns the file to read."""
    (one,) = find_inputs([WRITERS[name](folder)])
    return packed(one.path) if gzipped else one.path


def test_every_format_has_a_sample() -> None:
    assert set(WRITERS) == set(EXPECTED) == set(FORMATS) - {"hf"}


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_lost(name: str, gzipped: bool, tmp_path: Path) -> None:
    assert read_trajectories(sample(name, tmp_path, gzipped=gzipped)) == EXPECTED[name]


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_format_is_known_by_what_is_in_the_file(name: str, gzipped: bool, tmp_path: Path) -> None:
    path = sample(name, tmp_path, gzipped=gzipped).rename(tmp_path / "data.bin")
    with opened(path) as (reader, _):
        assert name == reader.NAME


@pytest.mark.parametrize("name", WRITERS)
def test_a_format_can_be_named(name: str, tmp_path: Path) -> None:
    assert list(iter_episodes(sample(name, tmp_path), name=name)) == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(set(WRITERS) - {"trace-gym", "bfcl", "chat"}))
def test_layout_makes_no_difference(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    value = json.loads(path.read_text())
    for how in ({}, {"indent": 1}, {"ensure_ascii": False, "separators": (",", ":")}):
        wrote(path, value, **how)
        assert read_trajectories(path) == EXPECTED[name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_byte_order_mark_makes_no_difference(name: str, tmp_path: Path) -> None:
    path = sample(name, tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_trajectories(path) == EXPECTED[name]


@pytest.mark.parametrize("name", WRITERS)
def test_ours_holds_all_that_was_read(name: str, tmp_path: Path) -> None:
    found = read_trajectories(sample(name, tmp_path))
    assert write_trajectories(tmp_path / "ours.jsonl", found) == len(found)
    assert read_trajectories(tmp_path / "ours.jsonl") == found


@needs_datasets
def test_a_dataset_holds_all_that_was_read(tmp_path: Path) -> None:
    found = [*chain(*EXPECTED.values()), Talk("Hi").trajectory(seed=2**64 - 1)]
    write_trajectories(tmp_path / "ours.jsonl", found)
    write_hf_dataset(tmp_path / "dataset", tmp_path / "ours.jsonl")
    assert read_trajectories(tmp_path / "dataset") == found
    with opened(tmp_path / "dataset") as (reader, _):
        assert reader.NAME == "hf"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dataset", "ours.jsonl"]


@needs_datasets
def test_a_dataset_shows_chats_in_columns(tmp_path: Path) -> None:
    import datasets

    write_trajectories(tmp_path / "ours.jsonl", [*EXPECTED["chat"], *EXPECTED["trace-gym"]])
    write_hf_dataset(tmp_path / "dataset", tmp_path / "ours.jsonl")
    rows = datasets.load_from_disk(str(tmp_path / "dataset"))
    assert rows[0]["env_id"] == "chat/chats"
    assert (rows[0]["reward"], rows[0]["success"], rows[0]["seed"]) == (1.0, True, 4)
    assert json.loads(rows[0]["tools"])[0]["function"]["name"] == "look"
    (call,) = rows[0]["messages"][2]["tool_calls"]
    assert (call["id"], call["function"]) == ("c1", {"name": "look", "arguments": '{"a": [1]}'})
    # a lone surrogate fits into no column of text, and only the record keeps it
    assert rows[4]["messages"][1]["content"] == "Hi ✈ \u2028 ?"


@needs_datasets
def test_a_dataset_of_chats_is_read(tmp_path: Path) -> None:
    import datasets

    rows = [
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}], "score": score}
        for score in (0.5, 1.0)
    ]
    (tmp_path / "cache").mkdir()
    split = datasets.Dataset.from_list(rows)
    datasets.disable_progress_bars()
    datasets.DatasetDict({"train": split, "test": split}).save_to_disk(str(tmp_path / "chats"))
    found = read_trajectories(tmp_path / "chats")
    assert [(t.reward, t.trial, t.env_id) for t in found] == [
        (r, n, "chat/chats") for n, r in enumerate([0.5, 1.0] * 2)
    ]
    assert found[0].messages == rows[0]["messages"]


REAL = ("tau1_airline_gpt-4o", "tau2_airline_qwen2.5-7b", "tau2_retail_gpt-4.1", "tau2_telecom_gpt-4.1")


@pytest.mark.parametrize("name", REAL)
def test_real_files_lose_nothing(name: str, shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "trajectories" / f"{name}.json.gz"
    value = json.loads(gzip.decompress(path.read_bytes()))
    rows = value if isinstance(value, list) else value["simulations"]
    found = read_trajectories(path)
    assert [(t.task_id, t.trial) for t in found] == [(str(row["task_id"]), row["trial"]) for row in rows]
    for row, trajectory in zip(rows, found, strict=True):
        theirs = row["traj"] if "traj" in row else row["messages"]
        own = trajectory.messages if "traj" in row else trajectory.messages[1:]
        assert [(m["role"], m["content"]) for m in own] == [(m["role"], m["content"] or "") for m in theirs]
        assert [called(m) for m in own] == [called(m) for m in theirs]
    write_trajectories(tmp_path / "ours.jsonl", found)
    assert read_trajectories(tmp_path / "ours.jsonl") == found


def called(message: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names and arguments of a message's calls, in either benchmark's layout."""
    bodies = [call.get("function", call) for call in message.get("tool_calls") or []]
    return [
        (b["name"], json.loads(b["arguments"]) if isinstance(b["arguments"], str) else b["arguments"]) for b in bodies
    ]


@needs_datasets
def test_real_files_survive_a_dataset(shared: Path, tmp_path: Path) -> None:
    found = read_trajectories(shared / "data" / "trajectories" / "tau2_telecom_gpt-4.1.json.gz")
    write_trajectories(tmp_path / "ours.jsonl", found)
    write_hf_dataset(tmp_path / "dataset", tmp_path / "ours.jsonl")
    assert read_trajectories(tmp_path / "dataset") == found


# what single formats have besides


def only(path: Path, **options: Any) -> Trajectory:
    """The first trajectory of a file."""
    episode = next(iter_episodes(path, options=Options(**options)))
    assert isinstance(episode, Trajectory), episode
    return episode


def test_an_injection_is_a_task_of_its_own(tmp_path: Path) -> None:
    found = only(wrote(tmp_path / "injection_task_1.json", INJECTED))
    assert found.task_id == "user_task_0/important_instructions/injection_task_1"
    assert (found.reward, found.terms) == (0.0, {"utility": 0.0, "security": 1.0})
    assert found.settings["attack"] == "important_instructions"


def test_packed_tool_results_are_taken_apart(tmp_path: Path) -> None:
    simulation = TAU2["simulations"][0]
    turns = simulation["messages"]
    bundled = [*turns[:3], {"role": "tool", "tool_messages": turns[3:5]}, *turns[5:]]
    path = wrote(tmp_path / "r.json", {**TAU2, "simulations": [{**simulation, "messages": bundled}]})
    assert only(path) == EXPECTED["tau2"][0]


def test_tau2_members_may_stand_in_any_order(tmp_path: Path) -> None:
    assert read_trajectories(wrote(tmp_path / "r.json", dict(reversed(TAU2.items())))) == EXPECTED["tau2"]


def test_an_llm_users_model_is_no_secret_but_other_arguments_are(tmp_path: Path) -> None:
    found = read_trajectories(wrote(tmp_path / "r.json", TAU2))
    assert "api_key" not in json.dumps([t.to_json() for t in found])


@pytest.mark.parametrize("scores", ["beside", "file", "folder"])
def test_bfcl_scores_are_found(scores: str, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "run" / Path(BFCL_RESULT).name, *BFCL)
    name = path.name.replace("_result", "_score")
    place = {"beside": path.parent, "file": tmp_path / "x", "folder": tmp_path / "y" / "deep"}[scores] / name
    wrote_lines(place, *BFCL_SCORES)
    named = {"beside": None, "file": place, "folder": tmp_path / "y"}[scores]
    found = list(iter_episodes(path, options=Options(scores=named)))
    assert [t.reward for t in found if isinstance(t, Trajectory)] == [1.0, 0.0, 0.0]


def test_of_several_models_scores_the_own_ones_are_taken(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r" / "m1" / "multi_turn" / "B_result.json", BFCL[0])
    wrote_lines(tmp_path / "s" / "m1" / "multi_turn" / "B_score.json", {"accuracy": 1.0, "total_count": 1})
    wrote_lines(
        tmp_path / "s" / "m2" / "multi_turn" / "B_score.json",
        {"accuracy": 0.0, "total_count": 1},
        {"id": BFCL[0]["id"], "valid": False},
    )
    assert only(path, scores=tmp_path / "s").success


@pytest.mark.parametrize("context", [True, False])
def test_toolsandbox_errors_come_from_its_context(context: bool, tmp_path: Path) -> None:
    run = wrote_toolsandbox(tmp_path)
    if not context:
        (run / "trajectories" / "turn_on_wifi" / "execution_context.json").unlink()
    found = [m["error"] for m in only(run / "result_summary.json").messages if m["role"] == "tool"]
    # without it the words decide, and a quotation misleads
    assert found == [not context, True]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflate"])
def test_eval_files_hold_the_same(method: int, tmp_path: Path) -> None:
    assert read_trajectories(wrote_eval(tmp_path / "log.eval", method=method)) == EXPECTED["inspect"]


def test_an_unfinished_eval_file_is_read(tmp_path: Path) -> None:
    whole = wrote_eval(tmp_path / "whole.eval")
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "log.eval", "w") as part:
        for name in archive.namelist():
            if name != "header.json":
                part.writestr(name, archive.read(name))
    assert read_trajectories(tmp_path / "log.eval") == EXPECTED["inspect"]


@pytest.mark.usefixtures("zipfile_without_zstd")
def test_eval_files_packed_by_zstd_are_read(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    with (
        zipfile.ZipFile(wrote_eval(tmp_path / "plain.eval")) as plain,
        zipfile.ZipFile(tmp_path / "log.eval", "w") as log,
    ):
        for name in plain.namelist():
            log.writestr(name, zstandard.compress(plain.read(name)))
    assert read_trajectories(marked_as(tmp_path / "log.eval", 93)) == EXPECTED["inspect"]


@pytest.mark.parametrize(
    ("chosen", "reward"), [("", 0.5), ("includes", 0.5), ("multi.a", 1.0), ("multi.b", 0.5), ("none", None)]
)
def test_a_score_can_be_chosen(chosen: str, reward: float | None, tmp_path: Path) -> None:
    path = wrote(tmp_path / "log.json", {**INSPECT, "samples": [inspect_sample(value="P")]})
    (episode,) = iter_episodes(path, options=Options(reward=chosen))
    if reward is None:
        assert "has no single score 'none', but includes, multi.a, multi.b" in str(episode)
    else:
        assert isinstance(episode, Trajectory)
        assert episode.reward == reward


def test_the_tools_a_model_was_shown_are_kept(tmp_path: Path) -> None:
    events = [{"event": "state"}, {"event": "model", "tools": [TOOL_SHOWN]}]
    found = only(wrote(tmp_path / "log.json", {**INSPECT, "samples": [inspect_sample(events=events)]}))
    assert found.tools == [{"type": "function", "function": TOOL_SHOWN}]


def test_a_chat_column_can_be_chosen(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "c.jsonl", {**CHAT[0], "quality": 0.75})
    assert only(path, reward="quality").reward == 0.75


def test_chats_may_be_a_list(tmp_path: Path) -> None:
    assert read_trajectories(wrote(tmp_path / "chats.json", CHAT, indent=2)) == EXPECTED["chat"]


def test_chats_may_name_their_environment_and_trial(tmp_path: Path) -> None:
    found = only(
        wrote_lines(tmp_path / "c.jsonl", {**CHAT[2], "env": "shop", "task": "a", "trial": 4, "success": True})
    )
    assert (found.env_id, found.task_id, found.trial, found.reward, found.success) == ("shop", "a", 4, 1.0, True)


def test_parallel_results_in_another_order_stay_with_their_calls(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": i, "function": {"name": i, "arguments": {}}} for i in "ab"],
        },
        {"role": "tool", "tool_call_id": "b", "content": "B"},
        {"role": "tool", "tool_call_id": "a", "content": "A"},
    ]
    found = only(wrote_lines(tmp_path / "c.jsonl", {"messages": messages, "reward": 1}))
    assert [(m["tool_call_id"], m["content"]) for m in found.messages[2:]] == [("b", "B"), ("a", "A")]


def test_a_conversation_may_end_with_a_call(tmp_path: Path) -> None:
    found = only(wrote(tmp_path / "tau1_shop.json", [{**TAU1[0], "traj": TAU1[0]["traj"][:3]}]))
    assert found.messages[-1]["tool_calls"][0]["id"] == "call_1"


def test_an_error_beside_a_content_is_kept(tmp_path: Path) -> None:
    rows = [*AGENTDOJO["messages"]]
    rows[3] = {**rows[3], "error": "ValueError: 13"}
    found = only(wrote(tmp_path / "a.json", {**AGENTDOJO, "messages": rows}))
    assert (found.messages[3]["content"], found.messages[3]["error"]) == ("- id_: '13'", True)
    assert found.messages[3]["error_message"] == "ValueError: 13"
