"""Renders a conversation to tokens turn by turn, so that sampled tokens are never tokenized again.

Tokenizing a decoded turn may give other ids than those sampled, and then a trainer would learn from tokens that the
model never chose.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from trace_gym.env.types import Json
from trace_gym.errors import UserError

_MARK = "\u241ey\u241e"
"""Stands for an assistant turn; no chat template contains this text."""
_MOST_CONTINUATIONS = 4096
"""How many rendered results are remembered; each is a few hundred ids at most."""
_OWN_KEYS = frozenset({"raw", "error", "requestor"})
"""Keys of our messages that chat templates know nothing about."""
_TOOL_PROMPT = jinja2.Template(
    (Path(__file__).parent / "tool_prompt.jinja").read_text(encoding="utf-8"), autoescape=False
)


class ChatRenderer:
    """Turns messages into token ids with a tokenizer's own chat template.

    Example:
        >>> from trace_trainers.policies.loading import load_tokenizer
        >>> tokenizer = load_tokenizer("tiny")
        >>> ids = ChatRenderer(tokenizer).prompt([{"role": "user", "content": "Hello"}], [])
        >>> tokenizer.decode(ids).endswith("<|assistant|>")
        True
    """

    def __init__(self, tokenizer: Any) -> None:
        """Finds out how the template closes an assistant turn.

        Args:
            tokenizer: A Hugging Face tokenizer with a chat template.

        Raises:
            UserError: If the tokenizer has no template, or one that does not end a turn with the end-of-sequence token.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise UserError(
                f"The model {tokenizer.name_or_path!r} has no chat template; use an instruct model, or save a template "
                "with its tokenizer."
            )
        self.tokenizer = tokenizer

        # templates have no name for a turn's closing, so it is read off a rendered turn
        rendered = self._render(_marked_turn(), None, opens_turn=False)
        self._marked = rendered
        self._closing = rendered[rendered.rindex(_MARK) + len(_MARK) :]

        eos = tokenizer.eos_token or ""
        if eos not in self._closing:
            raise UserError(
                f"The chat template of {tokenizer.name_or_path!r} does not end a turn with {eos!r}; use a template "
                "that does, so that the model's turns have an end."
            )
        # a turn that was cut at its token limit has no end-of-sequence token, and gets the whole closing instead
        self._after_eos = self._closing[self._closing.index(eos) + len(eos) :]
        # the attempts at one task hear the same results again and again
        self._continuation_of = lru_cache(_MOST_CONTINUATIONS)(self._render_continuation)

    def prompt(self, messages: list[dict[str, Json]], tools: list[dict[str, Json]]) -> list[int]:
        """Returns the ids of a conversation that waits for the assistant's next turn.

        Args:
            messages: OpenAI chat messages; our own keys in them are left out.
            tools: OpenAI function schemas. They go into the system message where the template ignores them.
        """
        plain = _without_own_keys(messages)
        text = self._render(plain, tools, opens_turn=True)

        # a template without a tools section ignores the tools and reports nothing
        if tools and tools[0]["function"]["name"] not in text:
            text = self._render(_with_tool_prompt(plain, tools), None, opens_turn=True)
        return self._tokenize(text)

    def continuation(self, messages: list[dict[str, Json]], *, ended: bool) -> list[int]:
        """Returns the ids that follow a sampled assistant turn: its closing, `messages`, the next turn's opening.

        Args:
            messages: Tool results or the user's reply.
            ended: Whether the sampled turn already contains the end-of-turn token.

        Raises:
            UserError: If the template rewrites earlier turns when later ones are added.
        """
        return list(self._continuation_of(json.dumps(_without_own_keys(messages)), ended))

    def _render_continuation(self, messages: str, ended: bool) -> list[int]:
        """Returns what `continuation` does, given the messages as JSON."""
        # the mark stands in for the sampled turn, whose own text must not be rendered again
        after = self._render(_marked_turn() + json.loads(messages), None, opens_turn=True)
        if not after.startswith(self._marked):
            raise UserError(
                f"The chat template of {self.tokenizer.name_or_path!r} rewrites earlier turns; use a template whose "
                "rendering of a conversation begins with that of its first turns."
            )

        closing = self._closing
        if ended:
            closing = self._after_eos
        return self._tokenize(closing + after[len(self._marked) :])

    def _render(self, messages: list[dict[str, Json]], tools: list[dict[str, Json]] | None, *, opens_turn: bool) -> str:
        # None, not []: some templates print an empty tools section for an empty list
        text: str = self.tokenizer.apply_chat_template(
            messages, tools=tools or None, tokenize=False, add_generation_prompt=opens_turn
        )
        return text

    def _tokenize(self, text: str) -> list[int]:
        # the template has written the special tokens already, a leading one included
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids


def _marked_turn() -> list[dict[str, Json]]:
    """Returns a conversation whose last turn is the assistant's, with the mark in its place."""
    return [{"role": "user", "content": "x"}, {"role": "assistant", "content": _MARK}]


def _without_own_keys(messages: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Drops our own keys; call ids stay for the templates that want them."""
    plain = []
    for message in messages:
        plain.append({key: value for key, value in message.items() if key not in _OWN_KEYS})
    return plain


def _with_tool_prompt(messages: list[dict[str, Json]], tools: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Returns the messages with the tools described in the system message, which is added if there is none."""
    block = _TOOL_PROMPT.render(tools=tools)
    if messages and messages[0]["role"] == "system":
        system = f"{messages[0]['content']}\n\n{block}"
        return [{"role": "system", "content": system}, *messages[1:]]
    return [{"role": "system", "content": block}, *messages]
