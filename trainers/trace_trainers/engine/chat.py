"""Rendering a conversation to tokens turn by turn, so that what was sampled is never tokenised again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from trace_gym.env.types import Json
from trace_gym.errors import UserError

_MARK = "\u241ey\u241e"
_TOOL_PROMPT = jinja2.Template(
    (Path(__file__).parent / "tool_prompt.jinja").read_text(encoding="utf-8"), autoescape=False
)


class ChatRenderer:
    """Turns messages into token ids with a tokenizer's own chat template."""

    def __init__(self, tokenizer: Any) -> None:
        """Args: tokenizer: a Hugging Face tokenizer with a chat template.

        Raises:
            UserError: if it has none, or one that rewrites earlier turns when later ones are added.
        """
        if not getattr(tokenizer, "chat_template", None):
            raise UserError(
                f"The model {tokenizer.name_or_path!r} has no chat template; use an instruct model, or save a template "
                "with its tokenizer."
            )
        self.tokenizer = tokenizer
        base = self._text([{"role": "user", "content": "x"}, {"role": "assistant", "content": _MARK}], None, False)
        self._closing = base[base.rindex(_MARK) + len(_MARK) :]
        eos = tokenizer.eos_token or ""
        if eos not in self._closing:
            raise UserError(f"The chat template of {tokenizer.name_or_path!r} does not end a turn with {eos!r}.")
        self._after_eos = self._closing[self._closing.index(eos) + len(eos) :]
        self._deltas: dict[str, list[int]] = {}

    def prompt(self, messages: list[dict[str, Json]], tools: list[dict[str, Json]]) -> list[int]:
        """Returns the ids of a conversation that waits for the assistant's next turn."""
        plain = [_plain(message) for message in messages]
        text = self._text(plain, tools, True)
        if tools and tools[0]["function"]["name"] not in text:
            plain = _with_tool_prompt(plain, tools)
            text = self._text(plain, None, True)
        return self._ids(text)

    def continuation(self, messages: list[dict[str, Json]], *, ended: bool) -> list[int]:
        """Returns the ids that follow a sampled assistant turn: its closing, `messages`, the next turn's opening.

        Args:
            messages: tool results or the user's reply.
            ended: whether the sampled turn already holds the end-of-turn token.
        """
        base = [{"role": "user", "content": "x"}, {"role": "assistant", "content": _MARK}]
        before = self._text(base, None, False)
        after = self._text(base + [_plain(message) for message in messages], None, True)
        if not after.startswith(before):
            raise UserError(f"The chat template of {self.tokenizer.name_or_path!r} rewrites earlier turns.")
        return self._ids((self._after_eos if ended else self._closing) + after[len(before) :])

    def _text(self, messages: list[dict[str, Json]], tools: list[dict[str, Json]] | None, opening: bool) -> str:
        text: str = self.tokenizer.apply_chat_template(
            messages, tools=tools or None, tokenize=False, add_generation_prompt=opening
        )
        return text

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return ids


def _plain(message: dict[str, Json]) -> dict[str, Json]:
    """Drops our own keys; call ids stay for the templates that want them."""
    return {key: value for key, value in message.items() if key not in ("raw", "error", "requestor")}


def _with_tool_prompt(messages: list[dict[str, Json]], tools: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Puts the tools into the system message, for templates that drop them silently."""
    block = _TOOL_PROMPT.render(tools=tools)
    if messages and messages[0]["role"] == "system":
        return [{"role": "system", "content": f"{messages[0]['content']}\n\n{block}"}, *messages[1:]]
    return [{"role": "system", "content": block}, *messages]
