"""The clock that stands still, the identifiers that repeat, and which of a package's tools write."""

from __future__ import annotations

import datetime
import sys
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trace_gym.targets.toolsandbox import scenarios
from trace_gym.targets.toolsandbox.frozen import NOW, Identifiers, freeze
from trace_gym.targets.toolsandbox.install import PACKAGE

from ...helpers import python

SOURCE = """
import datetime
from uuid import uuid4

def when(): return datetime.datetime.now()
def later(): return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
def name(): return str(uuid4())
"""


@pytest.fixture
def package() -> Iterator[dict[str, types.ModuleType]]:
    """Two loaded packages of the same source, of which one has its clock stopped."""
    modules = {}
    for name in ("stopped_box", "stopped_box.inner", "stopped_boxes"):
        modules[name] = types.ModuleType(name)
        exec(SOURCE, vars(modules[name]))
        sys.modules[name] = modules[name]
    yield modules
    for name in modules:
        del sys.modules[name]


def test_identifiers_repeat_for_a_scenario_and_differ_within_and_between() -> None:
    series = Identifiers()
    drawn = []
    for name in ("a", "b", "a"):
        series.restart(name)
        drawn.append([series() for _ in range(50)])
    assert drawn[0] == drawn[2]
    assert len({*drawn[0], *drawn[1]}) == 100
    assert {(one.version, one.variant) for one in drawn[0]} == {(4, uuid.RFC_4122)}


def test_identifiers_are_the_same_in_every_process() -> None:
    code = "from trace_gym.targets.toolsandbox.frozen import Identifiers; print(Identifiers()())"
    assert python(code, hash_seed=1) == python(code, hash_seed=2) == f"{Identifiers()()}\n"


def test_only_the_named_package_sees_the_clock_stand_still(package: dict[str, types.ModuleType]) -> None:
    freeze("stopped_box").restart("x")
    for name in ("stopped_box", "stopped_box.inner"):
        assert package[name].when().timestamp() == NOW
        assert package[name].later().timestamp() == NOW + 86400
    assert package["stopped_boxes"].when().timestamp() > NOW
    assert abs(datetime.datetime.now().timestamp() - package["stopped_boxes"].when().timestamp()) < 60


def test_one_series_of_identifiers_serves_all_modules_of_the_package(package: dict[str, types.ModuleType]) -> None:
    series = freeze("stopped_box")
    series.restart("x")
    first, second = package["stopped_box"].name(), package["stopped_box.inner"].name()
    series.restart("x")
    assert [first, second] == [str(series()), str(series())]
    assert package["stopped_boxes"].name() != package["stopped_boxes"].name()


def tools_of(source: str, module: str = f"{PACKAGE}.tools.shop") -> dict[str, Any]:
    scope: dict[str, Any] = {"__name__": module}
    exec(source, scope)
    return scope


@pytest.mark.parametrize(
    ("body", "is_write"),
    [
        ("def tool(): return get_from_database()", False),
        ("def tool(): return add_to_database()", True),
        ("def tool(): return [remove_from_database() for _ in range(3)]", True),
        ("def helper(): update_database()\ndef tool(): helper()", True),
        ("def one(): two()\ndef two(): one()\ndef tool(): one()", False),
        ("def one(): two()\ndef two(): one(); add_to_database()\ndef tool(): one()", True),
        ("import functools\ndef other(): add_to_database()\ndef tool(): return 'other'", False),
    ],
)
def test_a_tool_writes_if_it_reaches_what_writes(body: str, is_write: bool) -> None:
    assert scenarios.writes(tools_of(body)["tool"]) is is_write


def test_what_a_decorated_tool_does_is_looked_for_below_its_decorator() -> None:
    source = (
        "import functools\n"
        "def shown(function):\n"
        "    @functools.wraps(function)\n"
        "    def outer(*args): return function(*args)\n"
        "    return outer\n"
        "@shown\ndef tool(): add_to_database()\n"
        "@shown\ndef look(): get_from_database()\n"
    )
    scope = tools_of(source)
    assert [scenarios.writes(scope[name]) for name in ("tool", "look")] == [True, False]


def test_functions_of_other_packages_are_not_followed() -> None:
    foreign: Callable[[], None] = tools_of("def save(): add_to_database()", "elsewhere.tools")["save"]
    scope = tools_of("def tool(): save()")
    scope["save"] = foreign
    assert scenarios.writes(scope["tool"]) is False
