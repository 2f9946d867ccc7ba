"""Finding marked methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trace_gym.env.decorators import marked


def mark(value: Any) -> Callable[[Any], Any]:
    def set_mark(function: Any) -> Any:
        function.mark = value
        return function

    return set_mark


class Base:
    @mark("one")
    def first(self) -> None: ...

    @mark("two")
    def second(self) -> None: ...

    def unmarked(self) -> None: ...


class Child(Base):
    @mark("three")
    def third(self) -> None: ...

    @mark("new one")
    def first(self) -> None: ...

    def second(self) -> None: ...


def marks(owner: object) -> list[tuple[str, Any]]:
    return [(name, value) for name, _, value in marked(owner, "mark")]


def test_methods_are_found_in_definition_order() -> None:
    assert marks(Base()) == [("first", "one"), ("second", "two")]


def test_an_override_keeps_its_base_s_place() -> None:
    assert marks(Child())[0] == ("first", "new one")


def test_an_override_without_the_mark_takes_the_method_away() -> None:
    assert marks(Child()) == [("first", "new one"), ("third", "three")]


def test_the_function_is_the_one_that_was_written() -> None:
    assert [function for _, function, _ in marked(Base(), "mark")] == [Base.first, Base.second]


def test_another_mark_finds_nothing() -> None:
    assert list(marked(Base(), "another")) == []
