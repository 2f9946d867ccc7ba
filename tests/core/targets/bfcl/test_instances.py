"""Calls on instances of any class, their results as text, their state as JSON, and the bounds on what they may take."""

from __future__ import annotations

import decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from trace_gym import ToolCall
from trace_gym.targets.bfcl.calls import Instances
from trace_gym.targets.bfcl.guards import MOST_DEPTH, MOST_DIGITS, MOST_NODES, RefusedError, guarded, walkable
from trace_gym.targets.bfcl.state import state_of


class Shop:
    """Has a method for each kind of result."""

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.tags = {"b", "a"}
        self._random = object()
        self.long_context = True

    def keep(self, value: Any, **more: Any) -> dict[str, Any]:
        self.kept.append(value)
        return {"kept": value, **more}

    def answer(self, value: Any) -> Any:
        return value

    def precise(self) -> str:
        decimal.getcontext().prec = 3
        return str(decimal.Decimal(1) / 3)

    def fail(self, text: str) -> None:
        raise ValueError(text)

    def endless(self) -> None:
        self.endless()

    def _hidden(self) -> str:
        return "hidden"


class Bank:
    """Has a method of the shop's name."""

    def answer(self, value: Any) -> str:
        return f"bank {value}"


@pytest.fixture
def shop() -> Instances:
    return Instances({"Shop": Shop()}, "test")


def ran(instances: Instances, name: str, **arguments: Any) -> tuple[str, bool]:
    return instances.run(ToolCall(name, arguments))


@pytest.mark.parametrize(
    ("value", "text", "failed"),
    [
        ("plain", "plain", False),
        ("Error: no", "Error: no", True),
        ({"a": [1, None]}, '{"a": [1, null]}', False),
        ({"error": "no"}, '{"error": "no"}', True),
        ([{"error": "no"}], "[{'error': 'no'}]", True),
        ([{"error": "no"}, 1], "[{'error': 'no'}, 1]", False),
        (None, "None", False),
        (True, "True", False),
        (1.5, "1.5", False),
        ({"é": "ü"}, '{"\\u00e9": "\\u00fc"}', False),
    ],
)
def test_results_are_written_as_the_benchmark_writes_them(value: Any, text: str, failed: bool, shop: Instances) -> None:
    assert ran(shop, "answer", value=value) == (text, failed)


def test_a_result_that_holds_an_object_is_written_by_python() -> None:
    class Folder:
        def __repr__(self) -> str:
            return "<folder>"

        def root(self) -> dict[str, Any]:
            return {"root": self}

    assert ran(Instances({"Folder": Folder()}, "x"), "root") == ("{'root': <folder>}", False)


def test_an_exception_is_what_the_model_reads(shop: Instances) -> None:
    assert ran(shop, "fail", text="no luck\nat all") == ("Error during execution: no luck\nat all", True)
    text, failed = ran(shop, "endless")
    assert (text, failed) == ("Error during execution: maximum recursion depth exceeded", True)


@pytest.mark.parametrize("name", ["_hidden", "__init__", "fly", "Shop", "answer.__class__", "", "a b", "lambda: 1"])
def test_only_public_methods_can_be_called(name: str, shop: Instances) -> None:
    text, failed = ran(shop, name)
    assert failed
    assert text.startswith("Error during execution: ")
    assert text.endswith(" is not defined") or "syntax" in text


def test_what_a_method_keeps_is_not_the_callers() -> None:
    instance = Shop()
    arguments = {"value": [1]}
    Instances({"Shop": instance}, "x").run(ToolCall("keep", arguments))
    arguments["value"].append(2)
    assert instance.kept == [[1]]


def test_of_two_methods_of_one_name_the_last_classs_is_called() -> None:
    assert ran(Instances({"Shop": Shop(), "Bank": Bank()}, "x"), "answer", value=1) == ("bank 1", False)
    assert ran(Instances({"Bank": Bank(), "Shop": Shop()}, "x"), "answer", value=1) == ("1", False)


def test_the_precision_a_method_sets_ends_with_its_call(shop: Instances) -> None:
    before = decimal.getcontext().prec
    assert ran(shop, "precise") == ("0.333", False)
    assert decimal.getcontext().prec == before


def test_texts_with_brackets_go_the_way_of_python_text_and_arrive_the_same(shop: Instances) -> None:
    for value in ("f(x)", "(", "a 'quoted' (word)", {"k": ["(", None, True, 1.5]}, "é (🙂)"):
        text, failed = ran(shop, "keep", value=value)
        assert not failed, text
    kept = shop.objects["Shop"].kept
    assert kept == ["f(x)", "(", "a 'quoted' (word)", {"k": ["(", None, True, 1.5]}, "é (🙂)"]


def test_a_functions_name_before_a_bracket_is_rewritten_as_in_the_benchmark(shop: Instances) -> None:
    # the benchmark inserts the instance's name wherever a function's name stands before a bracket, in texts as well
    assert ran(shop, "answer", value="keep (it)") == ("test_Shop_instance.keep(it)", False)


def test_state_is_json_in_one_order_and_leaves_out_what_is_none() -> None:
    shop = Shop()
    shop.kept = [(1, 2), {3: {"y", "x"}}]
    assert state_of({"Shop": shop}) == {"Shop": {"kept": [[1, 2], {"3": ["x", "y"]}], "tags": ["a", "b"]}}


class Folder(SimpleNamespace):
    """A directory as the benchmark has it."""


def folder(name: str, parent: Any = None, **contents: Any) -> Folder:
    made = Folder(name=name, parent=parent, contents=contents)
    for inner in contents.values():
        inner.parent = made
    return made


def test_a_tree_is_its_names_and_texts_and_the_current_folder_a_path() -> None:
    docs = folder("docs", note=SimpleNamespace(name="note", content="hi"))
    root = folder("/", docs=docs, empty=folder("empty"))
    files = SimpleNamespace(root=root, _current_dir=docs)
    assert state_of({"Files": files}) == {
        "Files": {"root": {"docs": {"note": "hi"}, "empty": {}}, "_current_dir": "//docs"}
    }


def test_a_folder_in_itself_is_endless_and_its_path_still_ends() -> None:
    inner = folder("inner")
    inner.contents["inner"] = inner
    inner.parent = inner
    state = state_of({"Files": SimpleNamespace(root=inner, here=inner)})["Files"]
    assert state["root"] == "<endless>"
    assert state["here"].count("inner") == 1000


@pytest.mark.parametrize(("depth", "ends"), [(1, True), (MOST_DEPTH, True), (MOST_DEPTH + 1, False)])
def test_a_walk_may_be_as_deep_as_allowed(depth: int, ends: bool) -> None:
    top = folder("top")
    for _ in range(depth - 1):
        top = folder("top", inner=top)
    assert walkable(top) is ends


@pytest.mark.parametrize(("count", "ends"), [(0, True), (MOST_NODES - 2, True), (MOST_NODES, False)])
def test_a_walk_may_be_as_wide_as_allowed(count: int, ends: bool) -> None:
    file = SimpleNamespace(content="")
    assert walkable(SimpleNamespace(contents={chr(0x4E00 + n): file for n in range(count)})) is ends


def test_names_may_be_as_long_together_as_allowed() -> None:
    file = SimpleNamespace(content="")
    assert walkable(SimpleNamespace(contents={"x" * 99_999: file}))
    assert not walkable(SimpleNamespace(contents={"x" * 100_000: file}))


@pytest.mark.parametrize("precision", [MOST_DIGITS + 1, "10001", 1e300, 10**400, "1e9"])
def test_too_many_digits_are_refused_however_they_are_written(precision: Any) -> None:
    with pytest.raises(RefusedError, match="precision must be at most 10000"):
        guarded("square_root", {"number": 2, "precision": precision}, {})


@pytest.mark.parametrize("precision", [MOST_DIGITS, "7", None, "many", [1], -5])
def test_what_is_not_too_many_is_left_to_the_method(precision: Any) -> None:
    arguments = {"number": 2, "precision": precision}
    assert guarded("logarithm", arguments, {}) == arguments


def test_a_bounded_power_is_the_same_power_where_it_can_be_written() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        base, exponent = int(rng.integers(-1000, 1000)), int(rng.integers(-20, 2000))
        arguments = {"base": base, "exponent": exponent}
        assert guarded("power", arguments, {}) == arguments
    bounded = guarded("power", {"base": -10, "exponent": 10**12}, {})["exponent"]
    assert len(bin(10**bounded)) > 150_000


@pytest.mark.parametrize("name", ["add", "cd", "power", "round_number", "find"])
def test_other_calls_pass_as_they_are(name: str) -> None:
    arguments = {"base": "2", "exponent": None, "path": "/", "decimal_places": 3}
    assert guarded(name, arguments, {}) == arguments
