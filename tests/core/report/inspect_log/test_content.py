"""What a log says of each attempt and of all; Inspect is not needed to make it."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym import ToolCall
from trace_gym.capabilities.corpus import Corpus
from trace_gym.capabilities.identify import identify
from trace_gym.capabilities.label_table import LabelTable
from trace_gym.capabilities.labels import Capability, Evidence, Label
from trace_gym.report.inspect_log.identifiers import epochs, sample_id
from trace_gym.report.inspect_log.logs import env_ids, eval_log
from trace_gym.report.inspect_log.writable import NESTING, SURROGATES, writable
from trace_gym.trajectories.record import Trajectory

from ...helpers import Talk, call


def content(*trajectories: Trajectory, capabilities: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON of the log of one environment."""
    corpus = Corpus.from_trajectories(trajectories)
    (env_id,) = env_ids(corpus)
    return eval_log(corpus, capabilities or {}, env_id).content


def sample(trajectory: Trajectory) -> dict[str, Any]:
    (only,) = content(trajectory)["samples"]
    assert isinstance(only, dict)
    return only


def found(corpus: Corpus, *labels: Label, name: str = "tact", **evidence: Any) -> dict[str, Any]:
    """A `capabilities.json` with one capability; the evidence is that of the first attempt."""
    by_key = dict(zip(corpus.keys, labels, strict=True))
    places = {corpus.keys[0]: Evidence(**evidence)} if evidence else {}
    return identify(corpus, [LabelTable(Capability(name, "Stay polite."), "people", (by_key,), places)])


def test_a_sample_says_what_was_asked_what_was_done_and_how_it_went() -> None:
    talk = Talk("Cancel W12.").call("cancel", error=True, result="No such order.", order="W12").say("I could not.")
    trajectory = talk.trajectory(
        task_id="mine/7", trial=1, gold=[call("look", order="W12"), ToolCall("cancel")], policy="qwen", adapter="tact"
    )
    one = sample(trajectory)
    assert (one["id"], one["epoch"], one["input"]) == ("mine/7", 2, "Cancel W12.")
    assert one["target"] == 'look(order="W12")\ncancel()'
    _, _, asked, answered, last = one["messages"]
    assert asked["tool_calls"] == [{"id": "c2", "function": "cancel", "arguments": {"order": "W12"}}]
    assert (answered["function"], answered["tool_call_id"]) == ("cancel", "c2")
    assert answered["error"] == {"type": "unknown", "message": "No such order."}
    assert one["output"] == {"model": "qwen + tact", "choices": [{"message": last}]}
    assert one["metadata"]["policy"] == "qwen"
    assert "error" not in one


def test_each_turn_of_the_assistant_is_a_call_of_the_model() -> None:
    one = sample(Talk("Hello").call("look").say("Done.", answer="Bye").trajectory())
    assert [len(event["input"]) for event in one["events"]] == [2, 4]
    assert [event["output"]["choices"][0]["message"] for event in one["events"]] == [
        one["messages"][2],
        one["messages"][4],
    ]


@pytest.mark.parametrize(("gold", "target"), [(None, ""), ([], "no call")])
def test_a_target_is_empty_only_where_no_reference_is_known(gold: list[ToolCall] | None, target: str) -> None:
    assert sample(Talk("Hello").trajectory(gold=gold))["target"] == target


def test_the_input_is_what_the_user_says_before_an_answer() -> None:
    said = [
        ("assistant", "Welcome."),
        ("user", "Hello"),
        ("user", "One more thing."),
        ("assistant", "Yes?"),
        ("user", ""),
    ]
    messages = [{"role": role, "content": text} for role, text in said]
    one = sample(Trajectory("shop", "7", messages, 0.0, False))
    assert one["input"] == one["messages"][1:3]


def test_a_broken_rollout_keeps_its_error_and_counts_as_not_completed() -> None:
    log = content(Talk("Hello").trajectory(error="The endpoint is down."), Talk("Hello").trajectory(task_id="1"))
    broken, _ = log["samples"]
    assert broken["error"]["message"] == "The endpoint is down."
    assert broken["scores"]["reward"] == {"value": 0.0}
    assert (log["results"]["total_samples"], log["results"]["completed_samples"]) == (2, 1)


def test_a_users_own_tools_are_shown_as_what_the_user_did() -> None:
    call_row = {"id": "c", "type": "function", "function": {"name": "tap", "arguments": {"times": 2}}}
    messages = [
        {"role": "user", "content": "Wait.", "tool_calls": [call_row]},
        {"role": "tool", "content": "ok", "tool_call_id": "c", "error": False, "requestor": "user"},
    ]
    tapped, result = sample(Trajectory("phone", "7", messages, 0.0, False))["messages"]
    assert (tapped["role"], tapped["content"]) == ("user", "Wait.\n-> tap(times=2)")
    assert (result["role"], result["content"]) == ("user", "<- ok")


def test_labels_are_words_and_evidence_explains_them() -> None:
    corpus = Corpus.from_trajectories([Talk("Hi").say("No.").trajectory(task_id=task) for task in "789"])
    capabilities = found(corpus, Label.LACKING, Label.PRESENT, Label.NA, message=2, note="It was curt.")
    samples = eval_log(corpus, capabilities, "test/Talk").content["samples"]
    first, second, third = [one["scores"]["tact"] for one in samples]
    assert (first["value"], second, third) == ("lacking", {"value": "present"}, {"value": "n/a"})
    assert first["explanation"] == "It was curt."
    assert first["metadata"] == {"message": 2, "note": "It was curt.", "message_id": samples[0]["messages"][2]["id"]}


def test_evidence_of_a_message_that_is_not_there_is_kept() -> None:
    corpus = Corpus.from_trajectories([Talk("Hi").trajectory()])
    log = eval_log(corpus, found(corpus, Label.LACKING, message=99, call=3), "test/Talk").content
    assert log["samples"][0]["scores"]["tact"] == {"value": "lacking", "metadata": {"message": 99, "call": 3}}


def test_a_capability_named_like_our_own_scores_takes_no_place_of_theirs() -> None:
    corpus = Corpus.from_trajectories([Talk("Hi").trajectory()])
    log = eval_log(corpus, found(corpus, Label.LACKING, name="success"), "test/Talk").content
    assert list(log["samples"][0]["scores"]) == ["reward", "success", "capability success"]


def test_the_summary_is_over_tasks_and_over_the_attempts_that_a_label_applies_to() -> None:
    outcomes = [("7", True), ("7", False), ("8", True), ("9", True)]
    attempts = [Talk("Hi").trajectory(task_id=task, success=success) for task, success in outcomes]
    corpus = Corpus.from_trajectories(attempts)
    labels = (Label.LACKING, Label.PRESENT, Label.NA, Label.PRESENT)
    results = eval_log(corpus, found(corpus, *labels), "test/Talk").content["results"]
    summary = {score["name"]: score for score in results["scores"]}
    accuracy, error = summary["success"]["metrics"].values()
    assert accuracy["value"] == pytest.approx(2.5 / 3)
    assert error["value"] == pytest.approx(1 / 6)
    assert summary["tact"]["metrics"]["lacking"]["value"] == 0.25
    assert (summary["tact"]["scored_samples"], summary["tact"]["unscored_samples"]) == (3, 1)
    assert summary["tact"]["metadata"]["description"] == "Stay polite."
    assert "labels" not in summary["tact"]["metadata"]


def test_a_label_that_never_applies_has_no_mean() -> None:
    corpus = Corpus.from_trajectories([Talk("Hi").trajectory()])
    scores = eval_log(corpus, found(corpus, Label.NA), "test/Talk").content["results"]["scores"]
    assert scores[-1]["metrics"] == {}
    assert list(scores[0]["metrics"]) == ["mean"]


def test_repeated_trials_get_epochs_of_their_own() -> None:
    log = content(*[Talk(text).trajectory(trial=trial) for text, trial in [("a", 0), ("b", 0), ("c", 1), ("d", -4)]])
    assert [(one["input"], one["epoch"]) for one in log["samples"]] == [("a", 1), ("b", 3), ("c", 2), ("d", 4)]
    assert [one["metadata"]["trial"] for one in log["samples"]] == [0, 0, 1, -4]
    assert len({one["uuid"] for one in log["samples"]}) == 4
    assert log["eval"]["dataset"]["sample_ids"] == ["0"]


def test_a_trial_of_a_huge_number_makes_no_huge_list_of_epochs() -> None:
    assert epochs([("7", 10**9), ("7", 0)]) == [2, 1]


@pytest.mark.parametrize("name", ["a\x00b", "a\nb", "\u202eb", "x" * 70_000])
def test_a_sample_is_named_so_that_a_zip_can_hold_it(name: str) -> None:
    assert sample_id(name).isprintable()
    assert len(sample_id(name)) < 1100
    assert sample_id(name) != sample_id(name + "c")


def test_names_that_look_alike_once_they_are_escaped_stay_two_samples() -> None:
    log = content(Talk("a").trajectory(task_id="\x00"), Talk("b").trajectory(task_id="\\x00"))
    assert [(one["id"], one["epoch"]) for one in log["samples"]] == [("\\x00", 1), ("\\x00", 2)]


def test_what_inspect_cannot_hold_is_written_differently_and_said_to_be() -> None:
    deep: Any = "bottom"
    for _ in range(300):
        deep = [deep]
    trajectory = Talk("Hi \ud83d").call("look", deep=deep).trajectory()
    log = eval_log(Corpus.from_trajectories([trajectory]), {}, "test/Talk")
    (one,) = log.content["samples"]
    assert one["input"] == "Hi \\ud83d"
    assert one["metadata"]["written_differently"] == [SURROGATES, NESTING]
    assert log.changes == {SURROGATES: 1, NESTING: 1}


def test_capabilities_and_their_evidence_may_say_anything() -> None:
    corpus = Corpus.from_trajectories([Talk("Hi").trajectory(task_id="\ud83d")])
    log = eval_log(corpus, found(corpus, Label.LACKING, name="\ud83e", note="\ud83f"), "test/Talk").content
    assert log["samples"][0]["scores"]["\\ud83e"]["explanation"] == "\\ud83f"


def test_what_inspect_can_hold_stays_as_it_is() -> None:
    record = {"content": "<script>\x00\x1b[31m\u2028 ✈", "values": [None, 2**70, 0.1, {"": []}]}
    assert writable(record) == (record, [])
