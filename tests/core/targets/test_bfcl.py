"""The BFCL multi-turn target against the benchmark's own executor and checker."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from benchmarks.bfcl_official import Benchmark, Steps
from tests.core.targets import fleets
from trace_gym import ToolCall, UserError, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.sampling import sample_value
from trace_gym.targets.bfcl import IDS, functions, package
from trace_gym.targets.bfcl.entries import CATEGORIES, Entry, entries, parse_call
from trace_gym.targets.bfcl.env import BFCLMultiTurnEnv
from trace_gym.targets.bfcl.kinds import WRITES
from trace_gym.targets.bfcl.regrade import regrade
from trace_gym.trajectories.record import Trajectory

WHY = f"BFCL is not installed; run: {package.INSTALL}"
pytest.importorskip("bfcl_eval", reason=WHY)
pytest.importorskip("mpmath", reason=WHY)

(ENV_ID,) = IDS
WEIRD: tuple[Any, ...] = (
    "",
    "x",
    "Hello (world)",
    "call ls (x)",
    None,
    True,
    -1,
    3,
    1e308,
    [],
    {"zz": 1},
    "é🙂",
    "economy",
)


def make(**kwargs: Any) -> BFCLMultiTurnEnv:
    env = make_env(ENV_ID, **{"split": "all", **kwargs})
    assert isinstance(env, BFCLMultiTurnEnv)
    return env


def start(env: BFCLMultiTurnEnv, name: str) -> Entry:
    """Resets to an entry."""
    env.reset(options={"index": env.names.index(name)})
    return env.world.entry  # type: ignore[attr-defined, no-any-return]


def act(env: BFCLMultiTurnEnv, turns: Sequence[Steps]) -> tuple[dict[str, Any], list[Steps]]:
    """Makes the calls, a message after each turn's; returns the last info with the reward, and the calls made."""
    made: list[Steps] = []
    for steps in turns:
        made.append([])
        for step in steps:
            made[-1].append(step)
            _, reward, terminated, _, info = env.step("".join(map(render_call, step)))
            if terminated:
                return {**info, "reward": reward}, made
        _, reward, terminated, _, info = env.step("ok")
    assert terminated
    return {**info, "reward": reward}, made


@pytest.fixture(scope="module")
def benchmark_code() -> Iterator[Benchmark]:
    code = Benchmark()
    yield code
    code.fresh()


def corrupted(entry: Entry, rng: np.random.Generator) -> list[Steps]:
    """The gold calls; in most cases with some left out, moved, changed, or others put in between."""
    known = [
        name for name, schema in functions.schemas().items() if name in functions.offer_of(entry, excluded=True)[0]
    ]
    style, found = int(rng.integers(5)), []
    for gold in entry.gold:
        calls = [call for call in gold if style != 1 or rng.random() < 0.85]
        if style == 2 and len(calls) > 1:
            calls = [calls[i] for i in rng.permutation(len(calls))]
        if style == 3:
            calls = [altered(call, rng) if rng.random() < 0.2 else call for call in calls]
        for _ in range(int(rng.integers(4)) if style == 4 else 0):
            calls.insert(int(rng.integers(len(calls) + 1)), drawn(known[int(rng.integers(len(known)))], rng))
        size = int(rng.integers(1, 4))
        found.append([calls[i : i + size] for i in range(0, len(calls), size)])
    return found


def altered(call: ToolCall, rng: np.random.Generator) -> ToolCall:
    """A call with another value in each place."""
    return ToolCall(call.name, {key: WEIRD[int(rng.integers(len(WEIRD)))] for key in call.arguments})


def drawn(name: str, rng: np.random.Generator) -> ToolCall:
    """A call of a function, valid or not."""
    parameters = functions.schemas()[name]["function"]["parameters"]
    if rng.random() < 0.5:
        return ToolCall(name, sample_value(parameters, rng))
    if rng.random() < 0.1:
        return ToolCall("no_such" if rng.random() < 0.5 else name, {"no such": 1})
    return altered(ToolCall(name, dict.fromkeys(parameters["properties"])), rng)


def test_without_bfcl_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    package.folder.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    try:
        with pytest.raises(
            UserError, match=r"^BFCL is not installed; run: pip install --no-deps bfcl-eval==\S+ mpmath"
        ):
            package.folder()
    finally:
        package.folder.cache_clear()


def test_a_version_that_lacks_what_is_needed_is_named() -> None:
    with pytest.raises(UserError, match=r"not in a version that can be used \(utils.py has no no_such\); run: pip"):
        package.functions_of("utils.py", ["no_such"])
    with pytest.raises(UserError, match="not in a version that can be used"):
        package.rows("no_such.json")


def test_every_gold_solution_scores_one_and_silence_nothing() -> None:
    env = make()
    assert env.task_count == 800
    for index in range(800):
        env.reset(options={"index": index})
        for action in env.oracle():
            _, reward, terminated, _, info = env.step(action)
        assert terminated
        assert reward == 1.0, (env.names[index], info["reward_terms"])
        if index % 4 == 0:
            env.reset(options={"index": index})
            for _ in env.world.entry.turns:  # type: ignore[attr-defined]
                _, reward, terminated, _, _ = env.step("")
            assert terminated
            assert reward == 0.0


def test_verdicts_and_results_equal_the_benchmarks(benchmark_code: Benchmark) -> None:
    env, rng = make(), np.random.default_rng(11)
    verdicts = []
    for _ in range(200):
        entry = start(env, env.names[int(rng.integers(800))])
        info, made = act(env, corrupted(entry, rng))
        verdicts.append(benchmark_code.valid(entry, made))
        assert info["reward"] == float(verdicts[-1]), (entry.name, info["reward_terms"])
        ours = [record.result for record in env.episode.calls]
        theirs = benchmark_code.results(entry, made)
        differing = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        assert all("Must be one of {" in text for pair in differing for text in pair)  # a set's order
    assert 50 < sum(verdicts) < 150


def test_what_the_benchmarks_modules_share_is_shared_within_a_judgement_only(benchmark_code: Benchmark) -> None:
    env = make(category="long_context")
    fillers = package.module("eval_checker.multi_turn_eval.func_source_code.long_context")
    card, booking = next(iter(fillers.CREDIT_CARD_EXTENSION)), next(iter(fillers.BOOKING_RECORD_EXTENSION))
    paid = []
    for name in [name for name, entry in entries("long_context").items() if entry.classes == ("TravelAPI",)][:8]:
        entry = start(env, name)
        token = env.world._instances.objects["TravelAPI"].access_token  # type: ignore[attr-defined]
        look = ToolCall("get_credit_card_balance", {"access_token": token, "card_id": card})
        what = {"access_token": token, "booking_id": booking, "card_id": card}
        buy = ToolCall("purchase_insurance", {**what, "insurance_type": "x", "insurance_cost": 7})
        gold = [[[call] for call in calls] for calls in entry.gold]
        turns = [*gold[:-1], [*gold[-1], [look, buy, look]]]
        info, made = act(env, turns)
        results = [record.result for record in env.episode.calls]
        assert results[-3] != results[-1]  # it was charged
        paid.append(info["reward"])
        assert paid[-1] == float(benchmark_code.valid(entry, made))
        start(env, name)
        act(env, turns)
        assert [record.result for record in env.episode.calls] == results  # and starts full again
    assert max(paid) == 1.0  # the gold run was charged as well, as BFCL's two runs share the card


def test_a_default_list_that_grows_is_forgotten() -> None:
    env = make(category="base")
    name = next(n for n in env.names if "TwitterAPI" in entries("base")[n].classes and posts(entries("base")[n]))
    shown = []
    for _ in range(2):
        entry = start(env, name)
        known = {key: entry.config["TwitterAPI"][key] for key in ("username", "password")}
        tweets = [ToolCall("authenticate_twitter", known), ToolCall("post_tweet", {"content": "x"})]
        tweet = json.loads(env.step("".join(map(render_call, tweets)))[0].splitlines()[1])
        mentioned = ToolCall("mention", {"tweet_id": tweet["id"], "mentioned_usernames": ["@a"]})
        again = env.step("".join(map(render_call, [mentioned, ToolCall("post_tweet", {"content": "y"})])))[0]
        shown.append((tweet, again))
    assert shown[0][0]["mentions"] == []
    assert shown[0] == shown[1]


def posts(entry: Entry) -> bool:
    return "username" in entry.config.get("TwitterAPI", {})


def test_who_takes_more_steps_than_allowed_is_stopped(benchmark_code: Benchmark) -> None:
    env = make(category="base")
    look = [ToolCall("pwd")]
    name = next(n for n in env.names if "GorillaFileSystem" in entries("base")[n].classes)
    entry = start(env, name)
    gold = [[[call] for call in calls] for calls in entry.gold]
    last = len(gold) - 1
    for turn, extra, reward in ((0, 20, 1.0), (0, 21, 0.0), (last, 20, 1.0), (last, 21, 1.0)):
        start(env, name)
        turns = [steps if i != turn else [*steps, *[look] * (extra - len(steps))] for i, steps in enumerate(gold)]
        info, made = act(env, turns)
        assert env.world.forced == (extra > 20)  # type: ignore[attr-defined]
        assert info["reward"] == reward == float(benchmark_code.valid(entry, made))
        assert len(made[-1]) <= 21


def test_functions_held_out_come_with_the_turn_that_offers_them() -> None:
    env = make(category="miss_func")
    entry = start(env, "multi_turn_miss_func_2")
    ((turn, names),) = entry.held.items()
    assert not set(names) & env.tools.keys()
    for _ in range(turn):
        observation, _, _, _, info = env.step("I cannot do that.")
    assert set(names) < env.tools.keys()
    assert [tool["function"]["name"] for tool in info["tools"]][-len(names) :] == list(names)
    bodies, _, rest = observation.partition("\n")
    assert [body["name"] for body in json.loads(bodies)] == list(names)
    assert rest == package.module("constants.default_prompts").DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC
    for name in names:
        assert env.all_tools()[name].description.startswith(env.tools[name].description)
    start(env, "multi_turn_miss_func_2")
    assert not set(names) & env.tools.keys()


def test_functions_marked_as_excluded_are_left_out_unless_wanted() -> None:
    name = next(name for name, entry in entries("base").items() if entry.excluded)
    env, all_offered = make(), make(offer_excluded=True)
    entry = start(env, name)
    start(all_offered, name)
    assert all_offered.tools.keys() - env.tools.keys() == set(entry.excluded)
    used = {call.name for entry in entries("base").values() for calls in entry.gold for call in calls}
    assert used < env.all_tools().keys()


def test_functions_are_the_benchmarks_with_openais_types() -> None:
    env = make()
    assert len(env.schemas) == 128
    start(env, "multi_turn_base_0")
    entry = entries("base")["multi_turn_base_0"]
    named = [body["name"] for owner in entry.classes for body in functions._documents(owner)]
    assert list(env.tools) == [name for name in named if name not in entry.excluded]
    speed = env.all_tools()["setCruiseControl"].parameters["properties"]["speed"]
    assert (speed["type"], speed["format"]) == ("number", "float")
    assert {tool.parameters["type"] for tool in env.all_tools().values()} == {"object"}


def test_functions_that_read_never_change_anything_and_writers_do() -> None:
    env, rng = make(), np.random.default_rng(0)
    changed: set[str] = set()
    assert env.all_tools().keys() > WRITES
    for index in range(0, 800, 3):
        entry = start(env, env.names[index])
        for call in [*(c for calls in entry.gold for c in calls), *(drawn(name, rng) for name in list(env.tools)[::9])]:
            before = env.snapshot()
            env.run_call(env.episode, call)
            if env.snapshot() != before:
                changed.add(call.name)
    assert changed <= WRITES
    assert len(WRITES - changed) < 10  # those that nothing here gets to succeed


def test_nothing_a_model_writes_is_evaluated(tmp_path: Any) -> None:
    env = make(category="base")
    name = next(n for n in env.names if "GorillaFileSystem" in entries("base")[n].classes)
    mark = tmp_path / "mark"
    harm = f"open({str(mark)!r}, 'w')"
    for call in (
        ToolCall("open", {"file": str(mark), "mode": "w"}),
        ToolCall(harm, {}),
        ToolCall("touch", {f"file_name={harm},x": 1}),
        ToolCall(f"touch({harm}) or ls", {}),
        ToolCall("__import__", {"name": "os"}),
        ToolCall("_load_scenario", {"scenario": {}}),
    ):
        start(env, name)
        record = env.run_call(env.episode, call)
        assert record.error
        assert record.result.startswith("Error during execution: ")
        assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("power", {"base": 10, "exponent": 10**12}, "Error during execution: Exceeds the limit"),
        ("round_number", {"number": 5, "decimal_places": -(10**9)}, '{"result": 0}'),
        (
            "logarithm",
            {"value": 2, "base": 10, "precision": 10**9},
            "Error during execution: precision must be at most",
        ),
        ("logarithm", {"value": 2, "base": 10, "precision": "1000000000"}, "Error during execution: precision must be"),
        (
            "logarithm",
            {"value": "1e999999999", "base": 10, "precision": 9},
            "Error during execution: the number is too",
        ),
        ("square_root", {"number": 2, "precision": 10**9}, "Error during execution: precision must be at most"),
    ],
)
def test_calls_that_would_take_hours_are_answered(name: str, arguments: dict[str, Any], expected: str) -> None:
    env = make(category="base")
    start(env, next(n for n in env.names if "MathAPI" in entries("base")[n].classes))
    assert env.run_call(env.episode, ToolCall(name, arguments)).result.startswith(expected)


def test_precisions_of_the_whole_process_are_left_alone(benchmark_code: Benchmark) -> None:
    mpmath, decimal = importlib.import_module("mpmath"), importlib.import_module("decimal")
    before = mpmath.mp.dps, decimal.getcontext().prec
    env = make(category="base")
    entry = start(env, next(n for n in env.names if "MathAPI" in entries("base")[n].classes))
    calls = [
        ToolCall("logarithm", {"value": 8, "base": 2, "precision": 40}),
        ToolCall("square_root", {"number": 2, "precision": 7}),
        ToolCall("logarithm", {"value": "8", "base": 3, "precision": 12.5}),
        ToolCall("logarithm", {"value": -1, "base": 3, "precision": "x"}),
    ]
    ours = [env.run_call(env.episode, call).result for call in calls]
    assert (mpmath.mp.dps, decimal.getcontext().prec) == before
    with decimal.localcontext():
        assert ours == benchmark_code.results(entry, [[calls]])
    mpmath.mp.dps = before[0]


def test_directories_that_hold_themselves_do_not_hang() -> None:
    env = make(category="base")
    start(env, next(n for n in env.names if "GorillaFileSystem" in entries("base")[n].classes))
    copied = ToolCall("cp", {"source": "a", "destination": "a"})
    env.step("".join(map(render_call, [ToolCall("mkdir", {"dir_name": "a"}), copied])))
    assert env.run_call(env.episode, ToolCall("find")).result.endswith("too deep to be searched")
    assert env.snapshot()
    assert act(env, [[] for _ in env.world.entry.turns])[0]["reward"] == 0.0  # type: ignore[attr-defined]


def test_positional_arguments_are_bound_to_their_names() -> None:
    assert parse_call("echo('hi', file_name='a.txt')", ("GorillaFileSystem",)) == ToolCall(
        "echo", {"content": "hi", "file_name": "a.txt"}
    )
    with pytest.raises(ValueError, match="has a function 'fly'"):
        parse_call("fly()", ("GorillaFileSystem",))
    with pytest.raises(ValueError, match="not the call of a function"):
        parse_call("1 + 1", ("GorillaFileSystem",))


def test_splits_keep_the_variants_of_a_scenario_together() -> None:
    parts = [make(split=split).names for split in ("mine", "train", "evaluate")]
    assert sum(map(len, parts)) == len({name for names in parts for name in names}) == 800
    numbers = [{name.rpartition("_")[2] for name in names} for names in parts]
    assert not numbers[0] & numbers[1] | numbers[0] & numbers[2] | numbers[1] & numbers[2]
    assert [{name.rpartition("_")[2] for name in make(split="train", category=c).names} for c in CATEGORIES] == [
        numbers[1]
    ] * 4


def test_an_entry_is_known_by_its_id_and_its_first_words() -> None:
    env = make(task_id="multi_turn_miss_param_7")
    request, info = env.reset(seed=0)
    assert request == info["messages"][-1]["content"] == entries("miss_param")["multi_turn_miss_param_7"].turns[0]
    assert env.episode.task.name == "multi_turn_miss_param_7"


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"category": "x"}, "Unknown category 'x'; expected one of base, miss_func, miss_param, long_context"),
        ({"category": "base", "task_id": "multi_turn_miss_func_0"}, "Unknown task 'multi_turn_miss_func_0'"),
        ({"split": "test"}, "Unknown split 'test'; expected one of mine, train, evaluate, all"),
    ],
)
def test_arguments_out_of_range_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BFCLMultiTurnEnv(**kwargs)


def test_eight_at_once_in_threads_show_what_one_shows() -> None:
    indices = range(0, 800, 23)
    alone = fleets.solved(make(), indices)
    assert fleets.in_threads(ENV_ID, indices, split="all") == [alone] * fleets.SIZE


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_eight_processes_show_what_one_shows() -> None:
    shown, expected = fleets.in_processes(ENV_ID, 3, 20, split="all")
    assert shown == expected


def test_results_are_graded_again() -> None:
    env, rng = make(), np.random.default_rng(5)
    paid = []
    for index in range(0, 800, 40):
        entry = start(env, env.names[index])
        info, _ = act(env, corrupted(entry, rng))
        messages = env.episode.messages[: -1 if env.episode.messages[-1]["role"] == "user" else None]
        log = Trajectory(f"bfcl/multi_turn_{entry.category}", entry.name, messages, info["reward"], False)
        grade = regrade(log)
        assert (grade.reward, grade.other_result) == (info["reward"], "")
        assert info["reward_terms"].items() >= grade.terms.items()
        paid.append(grade.reward)
    assert 0 < sum(paid) < len(paid)


@pytest.mark.parametrize("env_id", ["bfcl/multi_turn_base", "bfcl/multi_turn_no"])
def test_results_of_unknown_entries_are_named(env_id: str) -> None:
    with pytest.raises(UserError, match="multi_turn_no_1: the installed benchmark has no such entry"):
        regrade(Trajectory(env_id, "multi_turn_no_1", [], 0.0, False))
