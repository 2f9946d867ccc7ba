"""Making the tiny agent: its tokenizer, the tokens it is trained on, its training, and a whole miniature run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from trace_trainers.policies.loading import load_model, load_tokenizer
from trace_trainers.tiny_agent import CHECKPOINT, training
from trace_trainers.tiny_agent.drills import drill
from trace_trainers.tiny_agent.make import _command, _parser, main, model_card
from trace_trainers.tiny_agent.notes import noted
from trace_trainers.tiny_agent.renaming import renamed
from trace_trainers.tiny_agent.tokenizer import IGNORED, build_tokenizer, encode
from trace_trainers.tiny_agent.training import SFTSettings, build_model, train

from trace_gym import make_env
from trace_gym.testbed.planted import DEFICITS, PLANTED, demonstrate, planted


@pytest.fixture(scope="module")
def demonstrations() -> list[Any]:
    env = make_env("trace/ServiceDesk-v0", split="demo")
    return [demonstrate(env, index) for index in range(24)]


@pytest.fixture(scope="module")
def tokenizer(demonstrations) -> Any:
    """One of these demonstrations, since what is tested here needs no trained agent."""
    texts = [str(message["content"]) for messages, _ in demonstrations for message in messages[1:]]
    return build_tokenizer(texts, 500)


@pytest.fixture(scope="module")
def examples(tokenizer, demonstrations) -> list[dict[str, list[int]]]:
    return [encode(tokenizer, messages, tools) for messages, tools in demonstrations]


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


def test_the_bundled_vocabulary_has_every_pair_of_digits(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("trace_trainers.tiny_agent.make.train", lambda *arguments: 0.5)
    main(["--out", str(tmp_path), "--demos", "4"])

    tokenizer = load_tokenizer(str(tmp_path))
    for number in range(100):
        assert len(tokenizer(f"W{number:02d}").input_ids) == 2


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


def test_an_untrained_model_has_the_size_of_the_bundled_one():
    assert build_model(load_tokenizer("tiny")).num_parameters() == load_model("tiny").num_parameters()


def trained(tokenizer: Any, examples: Any, folder: Path, steps: int) -> tuple[float, dict[str, torch.Tensor]]:
    """Trains a model from the same start; its last loss and its weights."""
    torch.manual_seed(0)
    model = build_model(tokenizer)
    loss = train(model, tokenizer, examples, SFTSettings(steps=steps, batch=4), folder)
    return loss, model.state_dict()


@pytest.mark.slow
def test_training_lowers_the_loss_and_repeats_itself(tokenizer, examples, tmp_path):
    first, second = (trained(tokenizer, examples, tmp_path / name, steps=10)[0] for name in ("first", "second"))

    assert first == second
    assert first < torch.log(torch.tensor(float(len(tokenizer))))


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_weights(tokenizer, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_KEPT_EVERY", 2)
    loss, weights = trained(tokenizer, examples, tmp_path / "whole", steps=6)

    step, taken = training._step, []

    def killed(*arguments: Any) -> float:
        # after the state of step 4 was kept and step 5 taken, which is lost
        if len(taken) == 5:
            raise KeyboardInterrupt
        taken.append(step(*arguments))
        return taken[-1]

    monkeypatch.setattr(training, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tokenizer, examples, tmp_path / "killed", steps=6)

    taken.clear()
    again, resumed = trained(tokenizer, examples, tmp_path / "killed", steps=6)
    assert len(taken) == 2
    assert again == loss
    for name, value in weights.items():
        assert torch.equal(resumed[name], value), name


@pytest.mark.slow
def test_a_finished_training_takes_no_step_again(tokenizer, examples, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_KEPT_EVERY", 2)
    loss, weights = trained(tokenizer, examples, tmp_path, steps=2)
    monkeypatch.setattr(training, "_step", None)

    again, kept = trained(tokenizer, examples, tmp_path, steps=2)
    assert again == loss
    assert all(torch.equal(kept[name], value) for name, value in weights.items())


def test_every_demonstration_is_seen_once_an_epoch(examples):
    batches = training._batches(examples, SFTSettings(batch=5))

    seen: list[int] = []
    for _ in range(2):
        epoch: list[int] = []
        while len(epoch) < len(examples):
            epoch += [id(example) for example in next(batches)]
        assert sorted(epoch) == sorted(id(example) for example in examples)
        seen += epoch
    assert seen[: len(examples)] != seen[len(examples) :]


def test_padding_carries_no_loss(examples):
    token_ids, labels = training._padded(examples[:4], pad=0)

    for row, example in enumerate(examples[:4]):
        length = len(example["input_ids"])
        assert token_ids[row, :length].tolist() == example["input_ids"]
        assert labels[row, :length].tolist() == example["labels"]
        assert set(token_ids[row, length:].tolist()) <= {0}
        assert set(labels[row, length:].tolist()) <= {IGNORED}


def test_the_learning_rate_rises_and_falls():
    settings = SFTSettings(steps=1000, learning_rate=1.0)
    rates = [settings.rate(step) for step in range(1, 1001)]

    assert rates[:100] == sorted(rates[:100])
    assert rates[150:] == sorted(rates[150:], reverse=True)
    assert max(rates) <= 1.0
    assert rates[-1] == pytest.approx(0.02)


def numbers(messages: list[dict[str, Any]]) -> list[str]:
    """Every identifier that is heard or said, in order."""

    text = "\n".join(str(message["content"]) + str(message.get("raw", "")) for message in messages[1:])
    return re.findall(r"(?<=[WIP])\d{4}", text)


def test_renaming_is_consistent_and_keeps_identifiers_apart(demonstrations):
    for index, (messages, _) in enumerate(demonstrations):
        pairs = set(zip(numbers(messages), numbers(renamed(messages, index)), strict=True))

        assert len({old for old, _ in pairs}) == len(pairs)
        assert len({new for _, new in pairs}) == len(pairs)


def test_renaming_changes_numbers_of_identifiers_alone(demonstrations):

    hidden = re.compile(r"(?<=[WIP])\d{4}|\d\d(?=@mail)")
    for index, (messages, _) in enumerate(demonstrations):
        before, after = json.dumps(messages), json.dumps(renamed(messages, index))
        assert hidden.sub("#", after) == hidden.sub("#", before)
        assert after != before


def test_a_call_and_its_text_are_renamed_alike(demonstrations):
    for index, (messages, _) in enumerate(demonstrations):
        for message in renamed(messages, index):
            for call in message.get("tool_calls") or []:
                for value in call["function"]["arguments"].values():
                    assert str(value) in message["raw"]


def test_renaming_spreads_over_all_digit_sums(demonstrations):
    def sums(conversations: list[list[dict[str, Any]]]) -> list[float]:
        found = [sum(map(int, number)) % 4 for messages in conversations for number in set(numbers(messages))]
        return [found.count(place) / len(found) for place in range(4)]

    before = [messages for messages, _ in demonstrations]
    after = [renamed(messages, 100 * index + again) for index, messages in enumerate(before) for again in range(4)]
    assert max(sums(before)) == 1.0
    assert min(sums(after)) > 0.15


def test_renaming_depends_on_the_number_alone(demonstrations):
    messages, _ = demonstrations[0]

    assert renamed(messages, 3) == renamed(messages, 3) != renamed(messages, 4)


def test_a_note_quotes_the_record_that_its_call_uses(demonstrations):
    notes = 0
    for messages, _ in demonstrations:
        for message in noted(messages):
            if message["role"] == "assistant" and message.get("tool_calls") and message["content"]:
                quoted = json.loads(message["content"])
                assert list(quoted.values())[-1] in message["tool_calls"][0]["function"]["arguments"].values()
                notes += 1
    assert notes > 3


def test_a_note_changes_nothing_but_the_content_of_a_call(demonstrations):
    for messages, _ in demonstrations:
        for before, after in zip(messages, noted(messages), strict=True):
            if before.get("tool_calls"):
                assert {**after, "content": before["content"]} == before
            else:
                assert after == before


def test_what_a_refusal_recommends_is_not_quoted():
    def call(payment_id: str) -> dict[str, Any]:
        function = {"name": "refund_order", "arguments": {"order_id": "W12", "payment_id": payment_id}}
        return {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}

    listed = '[{"kind":"card","payment_id":"P12"},{"kind":"voucher","payment_id":"P34"}]'
    messages = [
        {"role": "tool", "content": listed},
        call("P12"),
        {"role": "tool", "content": "Error: no P12 left: take P34."},
        call("P34"),
        {"role": "tool", "content": '{"order_id":"W12","refunded_to":"P34"}'},
        call("P34"),
    ]

    contents = [message["content"] for message in noted(messages) if message["role"] == "assistant"]
    assert contents == ['{"kind":"card","payment_id":"P12"}', "", '{"kind":"voucher","payment_id":"P34"}']


def test_the_user_does_not_hear_a_note():
    env = make_env("trace/ServiceDesk-v0", split="demo")
    env.reset(options={"index": 0})
    note = '{"kind":"card","state":"active","payment_id":"P1234"}'
    env.step(note + '<tool_call>{"name":"get_order","arguments":{"order_id":"W1"}}</tool_call>')

    assert env.episode.said == []
    assert env.episode.messages[-2]["content"] == note


def test_a_turn_with_a_note_is_parsed_and_rendered_as_it_was_sampled():
    tokenizer = load_tokenizer("tiny")
    turn = (
        '{"kind":"card","state":"active","payment_id":"P1234"}'
        '<tool_call>{"name":"refund_order","arguments":{"order_id":"W1234","payment_id":"P1234"}}</tool_call>'
    )
    start = "<|user|>Refund W1234.<|end|><|assistant|>"
    message = tokenizer.parse_response(tokenizer(turn + "<|end|>").input_ids, prefix=start)

    assert message["content"] + "<tool_call>" in turn
    user = {"role": "user", "content": "Refund W1234."}
    assert tokenizer.apply_chat_template([user, message], tokenize=False) == start + turn + "<|end|>"


def test_a_drill_asks_for_every_record_once_in_words_that_fit_no_other():
    names = set()
    for index in range(40):
        _, listed, *asked = drill(index)
        records = json.loads(listed["content"])
        names.update(list(record)[-1] for record in records)

        wishes = [message["content"] for message in asked[::2]]
        answers = [json.loads(message["content"]) for message in asked[1::2]]
        assert len(set(wishes)) == len(wishes) == len(records)
        assert sorted(map(str, answers)) == sorted(map(str, records))

        for wish, answer in zip(wishes, answers, strict=True):
            first, second = wish.split(", ")
            assert first == next(iter(answer.values()))
            if "state" in answer:
                assert second == answer["state"]
            else:
                assert (second == "sold out") == (answer["stock"] == 0)
    assert names == {"item_id", "payment_id"}


def test_a_drill_depends_on_its_number_alone():
    assert drill(3) == drill(3) != drill(4)


@pytest.mark.slow
def test_the_command_makes_a_ceiling_and_an_agent_from_it(tmp_path: Path):
    few = ["--steps", "2", "--batch", "4", "--demos", "24"]
    main(["--out", str(tmp_path / "ceiling"), "--exercise", "1", "--vocabulary", "400", "--drills", "8", *few])
    main(["--out", str(tmp_path / "agent"), "--start", str(tmp_path / "ceiling"), "--first", "24", *few])

    for name in ("ceiling", "agent"):
        tokenizer = load_tokenizer(str(tmp_path / name))
        model = load_model(str(tmp_path / name))
        assert model.config.vocab_size == len(tokenizer)

    for name in ("tokenizer.json", "chat_template.jinja"):
        assert (tmp_path / "agent" / name).read_bytes() == (tmp_path / "ceiling" / name).read_bytes()
    templates = [load_tokenizer(str(tmp_path / name)).response_template for name in ("ceiling", "agent")]
    assert templates[0] == templates[1]

    ceiling = (tmp_path / "ceiling" / "README.md").read_text()
    assert "trained on 24 demonstrations" in ceiling
    assert "| error_recovery | 100% | no |" in ceiling
    agent = (tmp_path / "agent" / "README.md").read_text()
    assert "| error_recovery | 20% | yes |" in agent
    assert "make --out DIR --start CEILING --steps 2 --demos 24 --first 24 --batch 4\n" in agent


@pytest.mark.slow
def test_the_command_goes_on_from_where_it_was_killed(tmp_path: Path, monkeypatch):
    arguments = ["--out", str(tmp_path), "--steps", "2", "--batch", "4", "--demos", "12", "--vocabulary", "400"]
    monkeypatch.setattr(training, "_KEPT_EVERY", 1)
    main(arguments)
    before = (tmp_path / "model.safetensors").read_bytes()

    (tmp_path / "model.safetensors").unlink()
    monkeypatch.setattr(training, "_step", None)
    main(arguments)
    assert (tmp_path / "model.safetensors").read_bytes() == before


def test_the_card_gives_large_numbers_in_full():
    args = _parser().parse_args(["--out", "here", "--first", "1200000", "--exercise", "1", "--lr", "0.0003"])

    assert _command(args) == "--out DIR --exercise 1.0 --first 1200000 --lr 0.0003"


def test_the_card_names_every_planted_deficit():
    card = model_card("--out DIR --seed 3", PLANTED, 100, 1_700_000, 0.12)

    for name in PLANTED:
        assert f"| {name} |" in card
    assert card.count("| yes |") == len(DEFICITS)
    assert "1,700,000 parameters, trained on 100 demonstrations" in card
    assert "last mean loss 0.120" in card
    assert "python -m trace_trainers.tiny_agent.make --out DIR --seed 3\n" in card


def test_the_card_of_a_ceiling_names_no_deficit():
    assert "| yes |" not in model_card("--out DIR", planted(1), 100, 1_700_000, 0.12)


def test_the_bundled_card_says_what_is_planted():
    card = (CHECKPOINT / "README.md").read_text(encoding="utf-8")

    for name, rate in PLANTED.items():
        assert f"| {name} | {rate:.0%} |" in card
