"""The tiny agent's tokenizer, and the tokens that it is trained on."""

from __future__ import annotations

import pytest
from trace_trainers.tiny_agent.tokenizer import IGNORED, build_tokenizer, encode


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("W1234", ["W", "12", "34"]),
        ("W123", ["W", "12", "3"]),
        ("12345", ["12", "34", "5"]),
        ("7", ["7"]),
    ],
)
def test_two_digits_are_a_token_at_most(text, pieces):
    tokenizer = build_tokenizer(["order W1234 of W123 and W34, 12345"] * 50, 400)

    assert tokenizer.convert_ids_to_tokens(tokenizer(text).input_ids) == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        # what a record is chosen by is one token, down to where its own numbers begin
        ('[{"kind":"card","state":"active","id":"P12"}]', ['card","state":"active","id":"P', "12"]),
        ('[{"color":"red","stock":3,"price":45,"id":"P12"}]', ['red","stock":3,"price":', '45,"id":"P', "12"]),
        # other records stay word by word, as their values are told one by one
        ('{"status":"pending","paid":"card","net":45,"gross":67}', ["pending", "card", "45", "67"]),
        ('{"name":"refund","arguments":{"order":"W34","id":"P12"}}', ["W", "34", "P", "12"]),
        ("to my card", ["card"]),
    ],
)
def test_values_that_tell_listed_records_apart_are_one_token(text, pieces):
    listed = ["kind", "state", "color", "stock", "price", "id"]
    words = ["card", "active", "red", "pending"]
    tokenizer = build_tokenizer([text, "card, active, red, pending, W P"] * 200, 900, words, listed)

    tokens = [tokenizer.decode(token) for token in tokenizer(text).input_ids]
    assert [token for token in tokens if token in pieces] == pieces


def test_call_tags_are_single_tokens(tokenizer):
    assert len(tokenizer("<tool_call></tool_call>", add_special_tokens=False).input_ids) == 2


def test_a_text_comes_back_as_it_was(tokenizer, demonstrations):
    for messages, _ in demonstrations:
        for message in messages[1:]:
            text = str(message["content"])
            assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids) == text


def test_the_vocabulary_is_the_same_every_time():
    texts = ["cancel order W12", "return order W34", "refund P56"] * 20

    assert build_tokenizer(texts, 300).get_vocab() == build_tokenizer(texts, 300).get_vocab()


def test_loss_is_taken_on_the_assistants_own_tokens_only(tokenizer, demonstrations):
    for messages, tools in demonstrations:
        example = encode(tokenizer, messages, tools)
        trained = tokenizer.decode([label for label in example["labels"] if label != IGNORED])

        assert len(example["labels"]) == len(example["input_ids"])
        said = [message for message in messages if message["role"] == "assistant"]
        assert trained.count("<|end|>") == len(said)
        user = next(str(message["content"]) for message in messages if message["role"] == "user")
        assert user not in trained


def test_labels_are_the_ids_themselves(examples):
    pairs = zip(examples[0]["input_ids"], examples[0]["labels"], strict=True)
    assert all(label in (token, IGNORED) for token, label in pairs)
