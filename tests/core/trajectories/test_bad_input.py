"""What cannot be used: one sentence each, with its file and place, and the good episodes kept."""

from __future__ import annotations

import gzip
import json
import os
import sys
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trace_gym.trajectories.episode_error import UnknownFormatError
from trace_gym.trajectories.readers import FORMATS, iter_episodes
from trace_gym.trajectories.readers.inputs import find_inputs
from trace_gym.trajectories.readers.reader import Options
from trace_gym.trajectories.record import Trajectory

from .expected import EXPECTED
from .samples import NATIVE, WRITERS
from .samples.agentdojo import AGENTDOJO
from .samples.bfcl import BFCL, BFCL_RESULT, BFCL_SCORES
from .samples.chats import CHAT, chat_call
from .samples.files import packed, wrote, wrote_lines
from .samples.inspect_logs import INSPECT, inspect_sample, marked_as, wrote_eval
from .samples.taus import TAU1, TAU2
from .samples.toolsandbox import TOOLSANDBOX, wrote_toolsandbox


def read(path: Path, **more: Any) -> tuple[list[Trajectory], list[str]]:
    """The good episodes, and what is said of each bad one behind the file's name."""
    good: list[Trajectory] = []
    bad: list[str] = []
    for episode in iter_episodes(path, **more):
        if isinstance(episode, Trajectory):
            good.append(episode)
            continue
        said = str(episode)
        assert "\n" not in said
        assert said.startswith(f"{path}: ")
        assert said.endswith(".")
        assert not said.endswith("..")
        assert len(said.replace(str(path.parent), "")) < 420
        bad.append(said.removeprefix(f"{path}: "))
    return good, bad


def refused(path: Path, **more: Any) -> str:
    """The one sentence where nothing is good."""
    good, bad = read(path, **more)
    assert not good
    (said,) = bad
    return said


# JSONL: a damaged line is one sentence, the others are kept


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"schema": "trace-gym/trajectory", "a', "line 2, column 36: Unterminated string"),
        ('{"schema":', "line 2, column 11: Expecting value"),
        ("[1]", "line 2: a list, expected an object"),
        ("3", "line 2: a int, expected an object"),
        ("[" * 100_000, "line 2: nested too deeply"),
        ('{"trial": ' + "9" * 5000 + "}", "line 2: "),
        ("{}", "line 2: schema is None, expected 'trace-gym/trajectory'"),
        (json.dumps(NATIVE[0].to_json() | {"version": 2}), "line 2: version is 2, this program reads version 1"),
        (json.dumps(CHAT[0]), "line 2: schema is None"),
    ],
)
@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
def test_a_bad_line_is_named_and_left_out(line: str, said: str, gzipped: bool, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", NATIVE[0].to_json(), line, NATIVE[1].to_json())
    good, bad = read(packed(path) if gzipped else path)
    assert good == NATIVE[:2]
    assert len(bad) == 1
    assert bad[0].startswith(said)


def test_a_bad_first_line_does_not_hide_the_format(tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", '{"sch', NATIVE[0].to_json()))
    assert good == NATIVE[:1]
    assert bad == ["line 1, column 2: Unterminated string starting at; not valid JSON, perhaps cut off."]


def test_mixed_versions_keep_the_readable_ones(tmp_path: Path) -> None:
    rows = [NATIVE[0].to_json() | {"version": v} for v in (2, 1, None, "1")]
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", *rows))
    assert good == NATIVE[:1]
    assert bad == [
        f"line {n}: version is {v}, this program reads version 1." for n, v in ((1, 2), (3, None), (4, "'1'"))
    ]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reward": "1"}, "reward: '1' is not of type 'number'"),
        ({"reward": float("nan")}, "reward: nan is not a finite number"),
        ({"success": "no"}, "success: 'no' is not of type 'boolean'"),
        ({"policy": 3}, "policy: 3 is not of type 'string'"),
        ({"error": ["x"]}, "error: ['x'] is not of type 'string'"),
        ({"settings": "hot"}, "settings: 'hot' is not of type 'object'"),
        ({"terms": {"a": "x"}}, "terms.a: 'x' is not of type 'number'"),
        ({"facts": [{"value": "1", "unless": 3}]}, "facts.0.unless: 3 is not of type 'array'"),
        ({"messages": "Hi " * 500}, "messages: 'Hi Hi Hi"),
        ({"messages": [{"role": "tool", "content": "", "tool_call_id": []}]}, "messages.0.tool_call_id: [] is not of"),
        ({"messages": [{"role": "tool", "content": "", "name": 3}]}, "messages.0.name: 3 is not of type 'string'"),
        (
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [chat_call({}) | {"id": 3}]}]},
            "messages.0.tool_calls.0.id: 3 is not of type 'string'",
        ),
        (
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [chat_call("{}")]}]},
            "messages.0.tool_calls.0.function.arguments: '{}' is not of type 'object'",
        ),
    ],
)
def test_a_record_of_wrong_types_is_named(changed: dict[str, Any], said: str, tmp_path: Path) -> None:
    rows = [NATIVE[0].to_json() | changed, NATIVE[1].to_json()]
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", *rows))
    assert good == NATIVE[1:2]
    assert bad[0].startswith(f"line 1: {said}")
    assert "is not" in bad[0]


def test_what_is_no_utf8_costs_its_line_only(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "t.jsonl", *(t.to_json() for t in NATIVE))
    lines = path.read_bytes().split(b"\n")
    lines[1] = b'{"a": "\xff"}'
    path.write_bytes(b"\n".join(lines))
    good, bad = read(path)
    assert good == [NATIVE[0], NATIVE[2]]
    assert bad == ["line 2: not UTF-8 text (byte 7 of the line)."]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "byte order mark"])
@pytest.mark.parametrize("before", [0, 1 << 18, (1 << 18) - 1, 300_000])
def test_the_byte_of_a_large_json_is_named(mark: bytes, before: int, tmp_path: Path) -> None:
    path = tmp_path / "tau1_shop.json"
    text = mark + json.dumps(TAU1)[:-1].encode() + b" " * before
    path.write_bytes(text + b", \xe9\x81]")
    good, bad = read(path)
    # what is read before the chunk with the damage
    assert good == (EXPECTED["tau1"] if before > 1 << 17 else [])
    assert bad == [f"not UTF-8 text (byte {len(text) + 2}); give a UTF-8 file."]


def test_utf16_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(json.dumps(TAU1).encode("utf-16"))
    assert "not UTF-8 text (byte 0)" in refused(tmp_path / "t.json")


# large JSON: what stands before the damage is kept


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize(("name", "marker"), [("tau1", '"task_id": 6'), ("tau2", '"id": "s1"'), ("inspect", '"id": 2')])
def test_what_stands_before_a_cut_is_kept(name: str, marker: str, gzipped: bool, tmp_path: Path) -> None:
    path = WRITERS[name](tmp_path)
    text = path.read_text()
    cut = text[: text.index(marker) + len(marker)]
    path.write_text(cut)
    good, bad = read(packed(path) if gzipped else path)
    assert good == EXPECTED[name][:1]
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(cut)
    assert bad == [
        f"line {caught.value.lineno}, column {caught.value.colno}: {caught.value.msg}; not valid JSON, perhaps cut off."
    ]


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("trace-gym", "chat")])
def test_every_cut_is_one_sentence(name: str, tmp_path: Path) -> None:
    (one,) = find_inputs([WRITERS[name](tmp_path)])
    data = one.path.read_bytes().rstrip()
    for size in range(0, len(data), max(1, len(data) // 60)):
        one.path.write_bytes(data[:size])
        good, bad = read(one.path)
        assert bad, size
        assert good == EXPECTED[name][: len(good)]


def test_a_damaged_gzip_keeps_what_could_be_unpacked(tmp_path: Path) -> None:
    # what deflate cannot make small, so that a half of the file holds about half of the lines
    rows = [NATIVE[0].to_json() | {"task_id": os.urandom(4000).hex()} for _ in range(40)]
    path = packed(wrote_lines(tmp_path / "t.jsonl", *rows))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    good, bad = read(path)
    assert [t.task_id for t in good] == [row["task_id"] for row in rows[: len(good)]]
    assert 10 < len(good) < 30
    assert bad == ["the gzip data is truncated or damaged; copy the file again."]


@pytest.mark.parametrize("damage", [slice(2, 3), slice(20, 24), slice(-8, -4)], ids=["header", "data", "checksum"])
def test_damaged_gzip_bytes_are_one_sentence(damage: slice, tmp_path: Path) -> None:
    data = bytearray(gzip.compress(json.dumps(TAU1).encode()))
    data[damage] = bytes(255 - byte for byte in data[damage])
    (tmp_path / "tau1_shop.json.gz").write_bytes(bytes(data))
    _, bad = read(tmp_path / "tau1_shop.json.gz")
    assert bad == ["the gzip data is truncated or damaged; copy the file again."]


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "tau1_shop.json"
    os.mkfifo(pipe)
    data = gzip.compress(json.dumps([*TAU1, {}]).encode())
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    good, bad = read(pipe)
    writer.join()
    assert good == EXPECTED["tau1"]
    assert bad == ["episode 2: has no 'reward'."]


# rewards

MISSING: Sequence[tuple[str, Any, str]] = [
    ("tau1", [{k: v for k, v in TAU1[0].items() if k != "reward"}], "episode 0: has no 'reward'"),
    ("tau1", [TAU1[0] | {"reward": None}], "episode 0: reward is None, expected a number"),
    ("tau1", [TAU1[0] | {"reward": "1.0"}], "episode 0: reward is '1.0', expected a number"),
    ("tau1", [TAU1[0] | {"reward": float("nan")}], "episode 0: reward is nan, expected a number"),
    ("tau1", [TAU1[0] | {"reward": 10**400}], "episode 0: reward is 1000"),
    (
        "tau2",
        TAU2 | {"simulations": [TAU2["simulations"][0] | {"reward_info": None}]},
        "simulation 0: reward_info holds no reward; was it evaluated?",
    ),
    (
        "tau2",
        TAU2 | {"simulations": [TAU2["simulations"][0] | {"reward_info": {"reward": None}}]},
        "simulation 0: reward_info.reward is None, expected a number",
    ),
    ("agentdojo", AGENTDOJO | {"utility": None}, "has no `utility`, its reward; the task was not played to its end"),
    ("inspect", INSPECT | {"samples": [inspect_sample(scores={})]}, "sample 0: has no scores; was it scored?"),
    (
        "inspect",
        INSPECT | {"samples": [inspect_sample(value="maybe")]},
        "sample 0: the score 'includes' is 'maybe', expected a number or a grade (C, P, I, N)",
    ),
    ("chat", [{"messages": []}], "episode 0: has no reward: expected a number in reward or score or success"),
    ("chat", [{"messages": [], "reward": "good"}], "episode 0: reward is 'good', expected a number"),
    ("chat", [{"messages": [], "reward": [1]}], "episode 0: reward is [1], expected a number"),
]


@pytest.mark.parametrize(("name", "value", "said"), MISSING)
def test_a_missing_reward_is_named(name: str, value: Any, said: str, tmp_path: Path) -> None:
    assert refused(wrote(tmp_path / "data.json", value), name=name).startswith(said)


def test_a_chosen_column_must_be_there(tmp_path: Path) -> None:
    said = refused(wrote_lines(tmp_path / "c.jsonl", CHAT[0]), options=Options(reward="quality"))
    assert "has no reward: expected a number in quality; --reward names another column" in said


@pytest.mark.parametrize("messages", [None, 3, "x", {"a": 1}, ["x"], [[]]])
@pytest.mark.parametrize("name", ["tau1", "tau2", "agentdojo", "inspect", "chat"])
def test_messages_that_are_none_are_named(name: str, messages: Any, tmp_path: Path) -> None:
    value: Any = {
        "tau1": [TAU1[0] | {"traj": messages}],
        "tau2": TAU2 | {"simulations": [TAU2["simulations"][0] | {"messages": messages}]},
        "agentdojo": AGENTDOJO | {"messages": messages},
        "inspect": INSPECT | {"samples": [inspect_sample(messages=messages)]},
        "chat": [CHAT[0] | {"messages": messages}],
    }[name]
    said = refused(wrote(tmp_path / "data.json", value), name=name)
    assert said.endswith(f"{'traj' if name == 'tau1' else 'messages'} is {messages!r}, expected a list of objects.")


@pytest.mark.parametrize("similarity", [None, "0.5"])
def test_a_scenario_without_similarity_is_named(similarity: Any, tmp_path: Path) -> None:
    run = wrote_toolsandbox(tmp_path)
    first, second = TOOLSANDBOX["per_scenario_results"]
    path = wrote(run / "result_summary.json", {"per_scenario_results": [first | {"similarity": similarity}, second]})
    good, bad = read(path)
    assert good == EXPECTED["toolsandbox"][1:]
    assert bad == [f"scenario 0: similarity is {similarity!r}, expected a number."]


def test_bfcl_without_scores_says_what_to_do(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / BFCL_RESULT, *BFCL)
    said = refused(path)
    assert "hold no rewards and there is no score file" in said
    assert str(tmp_path / BFCL_RESULT.replace("result", "score")) in said
    assert "run `bfcl evaluate` or name it by --scores" in said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([BFCL_SCORES[0] | {"total_count": 200}], "holds 3 results, but {scores} scores 200; run `bfcl evaluate` on"),
        ([], "holds 3 results, but {scores} scores 0"),
        ([BFCL_SCORES[1]], "{scores}: line 1: not a line of a BFCL score file"),
        ([BFCL_SCORES[0], {"valid": False}], "{scores}: line 2: not a line of a BFCL score file"),
        ([BFCL_SCORES[0], 3], "{scores}: line 2: not a line of a BFCL score file"),
    ],
)
def test_scores_must_be_of_these_results(rows: list[Any], said: str, tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    scores = wrote_lines(tmp_path / "r_score.json", *rows)
    assert refused(path).startswith(said.format(scores=scores))


def test_damaged_scores_are_named_by_their_own_file(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    scores = wrote_lines(tmp_path / "r_score.json", BFCL_SCORES[0], '{"id": ')
    (episode,) = iter_episodes(path)
    assert str(episode).startswith(f"{scores}: line 2, column 8: Expecting value")


def test_a_folder_of_scores_must_hold_one(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", *BFCL)
    (tmp_path / "s").mkdir()
    assert "holds 0 files r_score.json, expected one; name the file" in refused(
        path, options=Options(scores=tmp_path / "s")
    )


def test_single_turn_bfcl_results_are_refused_one_by_one(tmp_path: Path) -> None:
    path = wrote_lines(tmp_path / "r_result.json", BFCL[0], {"id": "simple_0", "result": "[f(x=1)]"})
    wrote_lines(tmp_path / "r_score.json", {"accuracy": 1.0, "total_count": 2})
    good, bad = read(path)
    assert [t.task_id for t in good] == ["multi_turn_base_0"]
    assert bad[0].startswith("line 2: has no inference_log of turns; only BFCL's multi-turn and agentic categories")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            [{"role": "assistant", "content": "x"}, {"role": "tool", "content": "1"}],
            "a step has 0 calls and 1 results",
        ),
        ([{"role": "tool", "content": "1"}], "a step without the model's response"),
        (
            [
                {"role": "assistant", "content": "x"},
                {"role": "handler_log", "content": "", "model_response_decoded": ["import os"]},
                {"role": "tool", "content": "1"},
            ],
            "the decoded call 'import os' is no Python call",
        ),
    ],
)
def test_bfcl_steps_that_do_not_fit_are_named(step: list[Any], said: str, tmp_path: Path) -> None:
    turn = {"begin_of_turn_query": [{"role": "user", "content": "Hi"}], "step_0": step}
    path = wrote_lines(tmp_path / "r_result.json", {"id": "multi_turn_base_0", "result": [], "inference_log": [turn]})
    wrote_lines(tmp_path / "r_score.json", {"accuracy": 1.0, "total_count": 1})
    assert refused(path) == f"line 1: {said}."


# calls and results


def chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "Hi"}, *messages], "reward": 1}


def calling(arguments: Any, identifier: str = "c1") -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": [chat_call(arguments, identifier)]}


RESULT = {"role": "tool", "tool_call_id": "c1", "content": "ok"}
SAYS = {"role": "assistant", "content": "Done."}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([RESULT], "the tool result 'c1' (message 1) answers no call"),
        ([calling({}, "c2"), RESULT], "the tool result 'c1' (message 2) answers no call"),
        ([calling({}), RESULT, RESULT], "the tool result 'c1' (message 3) answers no call"),
        ([calling({}), SAYS], "the call 'c1' of look has no result before message 2"),
        ([calling({}), calling({})], "the call 'c1' of look has no result before message 2"),
        ([calling({}), {"role": "user", "content": "?"}], "the call 'c1' of look has no result before message 3"),
        ([calling("{")], "the arguments of a call of look are '{', expected a JSON object"),
        ([calling("[1]")], "the arguments of a call of look are '[1]', expected a JSON object"),
        ([calling([1])], "the arguments of a call of look are [1], expected a JSON object"),
        ([calling("[" * 100_000)], "the arguments of a call of look are '[[["),
        ([{**SAYS, "tool_calls": [{"id": "c", "function": {"name": 3}}]}], "a call's name is 3, expected text"),
        ([{**SAYS, "tool_calls": [{"id": "c", "function": {}}]}], "has no 'name'"),
        ([3], "messages is [{'role': 'user', 'content': 'Hi'}, 3], expected a list of objects"),
        ([{**SAYS, "tool_calls": {"id": "c"}}], "tool_calls is {'id': 'c'}, expected a list of objects"),
        ([{"content": "x"}], "has no 'role'"),
        ([{"role": 3, "content": "x"}], "the role 3 is no text"),
        ([{"role": "user", "content": 3}], "a message's content is 3, expected text or a list of parts"),
        ([{"role": "user", "content": [3]}], "a part of a message is 3, expected text or an object"),
        ([calling({}), {**RESULT, "name": 3}], "the name of a tool message is 3, expected text"),
    ],
)
def test_calls_and_results_that_do_not_fit_are_named(messages: list[Any], said: str, tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "c.jsonl", chat(*messages), chat(SAYS)))
    assert len(good) == 1
    assert bad[0].startswith(f"line 1: {said}")


@pytest.mark.parametrize("arguments", [{"a": 2}, '{"a": 2}', ' {"a":\n2} '])
def test_arguments_may_be_an_object_or_its_text(arguments: Any, tmp_path: Path) -> None:
    good, bad = read(wrote_lines(tmp_path / "c.jsonl", chat(calling(arguments), RESULT)))
    assert not bad
    assert good[0].messages[1]["tool_calls"][0]["function"] == {"name": "look", "arguments": {"a": 2}}


@pytest.mark.parametrize("arguments", [{}, "{}", "", None])
def test_no_arguments_are_an_empty_object(arguments: Any, tmp_path: Path) -> None:
    good, _ = read(wrote_lines(tmp_path / "c.jsonl", chat(calling(arguments), RESULT)))
    assert good[0].messages[1]["tool_calls"][0]["function"]["arguments"] == {}


@pytest.mark.parametrize("tools", ["{", "look", [3], {"look": 1}])
def test_tools_that_are_no_schemas_are_named(tools: Any, tmp_path: Path) -> None:
    said = refused(wrote_lines(tmp_path / "c.jsonl", chat(SAYS) | {"tools": tools}))
    assert said == f"line 1: tools are {tools!r}, expected a list of OpenAI function schemas."


# files of no known format


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"some": "json"}, "no known trajectory format; expected trace-gym JSONL, a tau-bench v1 list,"),
        ([], "no known trajectory format"),
        (3, "no known trajectory format"),
        ({"schema": "trace-gym/run"}, "no known trajectory format (its schema is 'trace-gym/run')"),
        (BFCL_SCORES[0], "no known trajectory format (a BFCL score file; give its result file)"),
        (
            [{"role": "user"}],
            "no known trajectory format (messages without a reward; of ToolSandbox give result_summary",
        ),
        ({"simulation_index": []}, "no known trajectory format (the index of tau2-bench results kept in a folder"),
    ],
)
def test_an_unknown_format_is_one_sentence(value: Any, said: str, tmp_path: Path) -> None:
    path = wrote(tmp_path / "data.json", value)
    (episode,) = iter_episodes(path)
    assert isinstance(episode, UnknownFormatError)
    assert refused(path).startswith(said)


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(data)
    assert "column" in refused(tmp_path / "data.json") or "no known" in refused(tmp_path / "data.json")


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"hello", b"<html>", b"\0" * 64])
def test_what_is_no_json_is_one_sentence(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_bytes(data)
    said = refused(tmp_path / "data.json")
    assert "not valid JSON" in said or "not UTF-8" in said


@pytest.mark.parametrize("name", WRITERS)
def test_a_wrongly_named_format_is_a_sentence_an_episode(name: str, tmp_path: Path) -> None:
    (one,) = find_inputs([WRITERS[name](tmp_path)])
    for other in set(FORMATS) - {name, "hf"}:
        good, bad = read(one.path, name=other)
        assert len(good) + len(bad) <= max(3, len(EXPECTED[name]))
        assert other == "chat" or not good


def test_an_unknown_name_of_a_format_is_one_sentence(tmp_path: Path) -> None:
    path = wrote(tmp_path / "data.json", TAU1)
    assert refused(path, name="tau3").startswith("Unknown format 'tau3'; expected one of trace-gym, tau1, tau2,")


def test_one_object_laid_out_over_lines_is_one_sentence(tmp_path: Path) -> None:
    said = refused(wrote(tmp_path / "t.json", NATIVE[0].to_json(), indent=2))
    assert said == ("line 1: JSON laid out over several lines, expected one object a line; `jq -c .` makes that.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (TAU2 | {"tasks": None}, "info or tasks: TypeError"),
        (TAU2 | {"simulations": {}}, "simulations: {}, expected a list"),
        (TAU2 | {"simulations": []}, "holds no trajectory, as tau2-bench results"),
        (INSPECT | {"eval": {}}, "eval: names no task; not an Inspect log"),
        (INSPECT | {"samples": None}, "samples: None, expected a list"),
        ({k: v for k, v in INSPECT.items() if k != "samples"}, "holds no trajectory, as an Inspect log"),
        ({"per_scenario_results": []}, "holds no trajectory, as a ToolSandbox result_summary.json"),
    ],
)
def test_a_format_without_its_parts_is_one_sentence(value: Any, said: str, tmp_path: Path) -> None:
    assert refused(wrote(tmp_path / "data.json", value)).startswith(said)


# files besides the file


def test_a_toolsandbox_conversation_that_is_missing_is_named(tmp_path: Path) -> None:
    run = wrote_toolsandbox(tmp_path)
    conversation = run / "trajectories" / "turn_on_wifi" / "conversation.json"
    for content, said in ((None, "no such file"), ("{", "line 1, column 2"), ("{}", "expected a list of messages")):
        conversation.unlink() if content is None else conversation.write_text(content)
        good, bad = read(run / "result_summary.json")
        assert good == EXPECTED["toolsandbox"][1:]
        assert bad[0].startswith(f"scenario 0: {conversation}: {said}")


def test_a_damaged_member_of_an_eval_file_is_named(tmp_path: Path) -> None:
    path = wrote_eval(tmp_path / "log.eval", method=zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"epoch": 2', b'"epoch": 7', 1))
    good, bad = read(path)
    assert good == [EXPECTED["inspect"][0], EXPECTED["inspect"][2]]
    assert bad == [
        "samples/2_epoch_2.json: Bad CRC-32 for file 'samples/2_epoch_2.json'; damaged, copy the file again."
    ]


def test_a_cut_eval_file_is_one_sentence(tmp_path: Path) -> None:
    path = wrote_eval(tmp_path / "log.eval")
    path.write_bytes(path.read_bytes()[:-30])
    assert refused(path) == "the zip is damaged or cut off; copy the file again."


def test_another_zip_is_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    assert refused(tmp_path / "x.zip") == "a zip without header.json; not an Inspect log."


def test_a_zip_packed_otherwise_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = marked_as(wrote_eval(tmp_path / "log.eval", method=zipfile.ZIP_STORED), 93)
    if sys.version_info < (3, 14):
        assert "packed by zstd, which Python 3" in refused(path)
        assert "`pip install zstandard`, or write the log as JSON: `inspect log convert" in refused(path)
    assert "packed by method 97, which Python" in refused(marked_as(path, 97))


def test_a_folder_that_only_looks_like_a_dataset_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "state.json").write_text("{")
    assert refused(tmp_path / "d").startswith("not a dataset that can be read (")


def test_what_a_file_holds_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = wrote(tmp_path / "tau1_shop.json", [TAU1[0] | {"reward": "\x1b[2J\n\u202e"}])
    said = refused(path)
    assert "\x1b" not in said
    assert "\u202e" not in said


@pytest.mark.parametrize("first", [{}, 3, {"role": "user"}])
def test_a_bad_first_element_does_not_hide_the_format(first: Any, tmp_path: Path) -> None:
    good, bad = read(wrote(tmp_path / "tau1_shop.json", [first, *TAU1]))
    assert good == EXPECTED["tau1"]
    assert bad[0].startswith("episode 0: ")
    good, bad = read(wrote_lines(tmp_path / "t.jsonl", first, NATIVE[0].to_json()))
    assert good == NATIVE[:1]
    assert bad[0].startswith("line 1: ")
