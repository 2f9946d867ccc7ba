"""Facts: what counts as told to the user."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import Fact
from trace_gym.env.episode import statements
from trace_gym.env.facts import has_word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("It is shipped.", "shipped"),
        ("SHIPPED", "shipped"),
        ("(shipped)", "shipped"),
        ("The total is 42.", "42"),
        ("The total is $42, thanks", "42"),
        ("42", "42"),
        ("It costs 4.5 now", "4.5"),
        ("status: in transit!", "in transit"),
        ("Größe ist groß", "groß"),
        ("item #W12.", "#W12"),
    ],
)
def test_whole_words_are_found(text: str, word: str) -> None:
    assert has_word(text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("unshipped", "shipped"),
        ("shipped_on", "shipped"),
        ("142", "42"),
        ("421", "42"),
        ("42.5", "42"),
        ("3.42", "42"),
        ("4x5", "4.5"),
        ("anything", ""),
        ("", "42"),
        ("W123", "W12"),
    ],
)
def test_parts_of_words_are_not(text: str, word: str) -> None:
    assert not has_word(text, word)


def test_a_contradiction_states_nothing() -> None:
    fact = Fact("shipped", unless=("pending", "delivered"))
    assert fact.stated_in(["It is shipped."])
    assert not fact.stated_in(["It is shipped or pending."])
    assert not fact.stated_in(["It is shipped.", "It is delivered."])
    assert not fact.stated_in(["It is pending."])


def test_sentences_about_another_subject_do_not_count() -> None:
    fact, subjects = Fact("shipped", ("pending",), about="W1"), {"W1", "W2"}
    assert not fact.stated_in(["W2 is shipped."], subjects)
    assert fact.stated_in(["W1 is shipped."], subjects)
    assert fact.stated_in(["It is shipped."], subjects)
    assert fact.stated_in(["W1 is shipped.", "W2 is pending."], subjects)
    assert not fact.stated_in(["W1 and W2 are shipped or pending."], subjects)


@pytest.mark.parametrize("said", ["The total is $1,093.50.", "1093.5 it is", "1093.50"])
def test_a_number_is_stated_however_it_is_written(said: str) -> None:
    assert Fact("1093.5").stated_in([said])
    assert Fact("1093.50").stated_in([said])


@pytest.mark.parametrize("said", ["It is 1093.51.", "It is 11093.5.", "1,093,5", "W1093.5", "It is 1093.", ""])
def test_another_number_does_not_state_it(said: str) -> None:
    assert not Fact("1093.5").stated_in([said])


def test_a_summary_states_its_numbers() -> None:
    lines = [f"Order {k}: the shirt in blue, ordered last week, costs {k}0.50 dollars." for k in range(1, 9)]
    assert Fact("50.5").stated_in(lines)


def test_a_list_of_guesses_states_no_number() -> None:
    assert not Fact("5").stated_in([f"It is {k}." for k in range(10)])
    assert not Fact("5").stated_in([", ".join(map(str, range(10)))])
    assert not Fact("5").stated_in([f"It might well be {k}, but who could say so for sure in here." for k in range(30)])


def test_questions_state_nothing() -> None:
    assert statements("Is it pending? It is shipped.\nIs it delivered?") == ["It is shipped."]


def test_statements_split_at_ends_of_sentences_only() -> None:
    assert statements("It costs 4.50 now. Done!") == ["It costs 4.50 now.", "Done!"]


def test_facts_are_json() -> None:
    assert Fact("a", ("b",), "c").to_json() == {"value": "a", "unless": ["b"], "about": "c"}


def prices(count: int, gap: str) -> str:
    """A list of different numbers, 5 the first of them."""
    return gap.join(str(number) for number in range(5, 5 + count))


def test_a_number_may_stand_among_a_few_and_not_among_many() -> None:
    assert Fact("5").stated_in([prices(4, ", ")])
    assert not Fact("5").stated_in([prices(5, ", ")])


def test_the_same_number_again_does_not_crowd() -> None:
    assert Fact("5").stated_in(["It is 5, that is 5.00, or 05, so 5, once more 5, and in all 5."])


def test_numbers_far_from_each_other_do_not_crowd() -> None:
    assert Fact("5").stated_in([prices(12, " " + "x" * 60 + " ")])


def test_a_text_full_of_numbers_states_none_however_far_apart() -> None:
    far = " " + "x" * 60 + " "
    assert Fact("5").stated_in([prices(24, far)])
    assert not Fact("5").stated_in([prices(25, far)])


def test_one_clear_statement_is_enough_beside_a_list() -> None:
    listed = prices(9, ", ")
    clear = "x" * 60 + " So the answer to your question is 5"
    assert not Fact("5").stated_in([listed])
    assert Fact("5").stated_in([listed, clear])


@pytest.mark.parametrize("said", ["W5", "5W", "1.5", "5.1", "v5.1.2", "x_5"])
def test_digits_within_something_else_are_no_number(said: str) -> None:
    assert not Fact("5").stated_in([said])


@given(st.integers(1, 10**9), st.integers(0, 99))
def test_an_amount_is_recognized_with_separators_and_without(whole: int, cents: int) -> None:
    plain, written = f"{whole}.{cents:02}", f"{whole:,}.{cents:02}"
    assert Fact(plain).stated_in([f"You pay ${written} in all."])
    assert Fact(written).stated_in([f"You pay {plain}."])
    assert not Fact(plain).stated_in([f"You pay ${whole + 1:,}.{cents:02} in all."])
