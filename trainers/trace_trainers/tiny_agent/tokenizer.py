"""The tiny agent's tokenizer, and demonstrations as token ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

IGNORED = -100
"""The label of a token on which no loss is taken, as torch's cross entropy understands it."""

_SPECIAL_TOKENS = ["<|pad|>", "<|end|>", "<|tools|>", "<|user|>", "<|tool|>", "<|assistant|>"]
_CALL_TAGS = ["<tool_call>", "</tool_call>"]
_RESPONSE_TEMPLATE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|assistant|>",
    "fields": {
        "tool_calls": {
            "open": "<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close": "<|end|>", "content": "text"},
    },
}
"""How transformers parses the agent's turns (`parse_response`), which TRL's tool loop needs."""
_CHAT_TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text(encoding="utf-8").strip()


_GLUE = r'["{}\[\],:]+'
"""What stands between the values of JSON."""


def _pieces(words: Sequence[str], listed: Sequence[str]) -> str:
    """The pattern of what may become one token at most.

    A value of a listed record with the name that follows it; a word that a record holds, an identifier's letter, two
    digits; else the glue of JSON with the names in it, a word.
    """
    kept = "|".join([*_alternatives(words), r"[WIP](?=\d)"])
    other = rf"(?!(?:{kept})(?![A-Za-z]))[A-Za-z_]+"
    alternatives = []
    if listed:
        name = rf'"(?:{"|".join(_alternatives(listed))})":'
        # words run on together and into one digit, as there are few of both; two digits stand for themselves
        alternatives.append(rf'(?:(?<=")[a-z]+",{name}"?)+(?:[WIP](?=\d)|\d,{name})?')
        alternatives.append(rf'(?<=:)\d\d?,{name}(?:"[WIP](?=\d))?')
    return "|".join(
        [
            *alternatives,
            rf"(?<![A-Za-z])(?:{kept})(?![A-Za-z])",
            r"\d\d|\d",
            rf"{_GLUE}(?:{other}{_GLUE})*",
            rf" ?{other}[.?!;]?",
            r"\s",
            r"[^\s\dA-Za-z\"{}\[\],:]+",
        ]
    )


def _alternatives(words: Sequence[str]) -> list[str]:
    # long ones first, since the first alternative that fits is taken
    return list(map(re.escape, sorted(set(words), key=lambda word: (-len(word), word))))


def build_tokenizer(
    texts: Sequence[str], vocabulary: int, words: Sequence[str] = (), listed: Sequence[str] = ()
) -> PreTrainedTokenizerFast:
    """Trains a byte-level BPE tokenizer.

    Two digits are a token at most, so that an identifier is copied in two steps and prices compare as wholes. A word
    that records hold is the same token in a sentence and in JSON, so that it is copied as it stands; other words, and
    the glue of JSON with the names in it, may merge into one token each. In lists of records the values by which one
    record is chosen may merge, with the names that follow: a model of this size does not learn to match two at once.

    Args:
        texts: What the vocabulary is learned from.
        vocabulary: Size of the vocabulary, special tokens included.
        words: Words that records hold.
        listed: Names of the values of listed records.

    Returns:
        The tokenizer, with the agent's chat template.

    Example:
        >>> tokenizer = build_tokenizer(["cancel order W34", "order W34 is cancelled"], 300)
        >>> [tokenizer.decode(token) for token in tokenizer("W34").input_ids]
        ['W', '34']
    """
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_pieces(words, listed)), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    core.decoder = decoders.ByteLevel()

    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=_SPECIAL_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    # added after training, so that no merge can cross a tag
    core.add_tokens(_CALL_TAGS)

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<|pad|>", eos_token="<|end|>")
    tokenizer.chat_template = _CHAT_TEMPLATE
    tokenizer.response_template = _RESPONSE_TEMPLATE
    return tokenizer


def encode(tokenizer: Any, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Turns a demonstration into a training example.

    Args:
        tokenizer: The agent's tokenizer.
        messages: The whole conversation.
        tools: The tool schemas it is shown with.

    Returns:
        `input_ids`, and `labels` of the same length: the id where the token is the assistant's own, else `IGNORED`.
    """
    text = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False)
    token_ids = tokenizer(text, add_special_tokens=False).input_ids
    start = tokenizer.convert_tokens_to_ids("<|assistant|>")
    end = tokenizer.convert_tokens_to_ids("<|end|>")

    labels = []
    is_assistant = False
    for token in token_ids:
        labels.append(token if is_assistant else IGNORED)
        if token == start:
            is_assistant = True
        elif token == end:
            is_assistant = False
    return {"input_ids": token_ids, "labels": labels}
