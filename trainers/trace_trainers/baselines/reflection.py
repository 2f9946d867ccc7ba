"""The model that reflects for GEPA: an OpenAI-compatible endpoint, or the agent's own base."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from trace_gym.errors import UserError
from trace_gym.llm.client import ChatClient
from trace_trainers.baselines.gepa_calls import read_whole_lines, write_rows
from trace_trainers.baselines.lab import Settings
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.policies.adapters import BASE, AdapterBank


class Reflection:
    """Answers prompts; answers that the file holds already are repeated from it.

    An endpoint may answer otherwise when it is asked again, and a continued run must not.

    Example:
        >>> from trace_trainers.policies.loading import load_model, load_tokenizer
        >>> bank = AdapterBank(load_model("tiny"), load_tokenizer("tiny"))
        >>> settings = {"reflection_model": "", "reflection_url": "", "reflection_tokens": 4}
        >>> isinstance(Reflection(settings, bank, Path("missing.jsonl")).ask([{"role": "user", "content": "Hi"}]), str)
        True
    """

    def __init__(self, settings: Settings, bank: AdapterBank, path: Path) -> None:
        """Describes the model; nothing is asked yet.

        Args:
            settings: `reflection_model`, `reflection_url` and `reflection_tokens`; without a URL the base reflects.
            bank: The base.
            path: The JSONL file of answers; it need not exist.
        """
        self._tokens = int(settings["reflection_tokens"])
        self._bank = bank
        self._path = path
        self._rows = read_whole_lines(path)
        self._asked = 0
        self.failure: UserError | None = None
        """Why the last question was not answered; GEPA itself goes on as if nothing had been."""
        self._client: ChatClient | None = None
        if settings["reflection_url"]:
            self._client = ChatClient(settings["reflection_model"], settings["reflection_url"])

    def __call__(self, prompt: str | list[dict[str, Any]]) -> str:
        """Returns the answer to a prompt.

        Args:
            prompt: A text, or chat messages.

        Raises:
            UserError: If the endpoint cannot be reached, or refuses.
        """
        messages = prompt
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        key = hashlib.sha256(repr(messages).encode("utf-8", "surrogatepass")).hexdigest()[:16]

        place = self._asked
        self._asked += 1
        if place < len(self._rows) and self._rows[place]["prompt"] == key:
            return str(self._rows[place]["answer"])
        try:
            answer = self.ask(messages)
        except UserError as error:
            self.failure = error
            raise
        self._rows = [*self._rows[:place], {"prompt": key, "answer": answer}]
        write_rows(self._path, self._rows)
        return answer

    def ask(self, messages: list[dict[str, Any]]) -> str:
        """Asks the model, whatever the file holds.

        Args:
            messages: Chat messages.

        Raises:
            UserError: If the endpoint cannot be reached, or refuses.
        """
        if self._client is not None:
            message = self._client.complete({"messages": messages, "max_tokens": self._tokens})
            return str(message.get("content") or "")
        ids = ChatRenderer(self._bank.tokenizer).prompt(messages, [])
        with self._bank.using(BASE) as model, torch.no_grad():
            fed = torch.tensor([ids], device=model.device)
            said = model.generate(
                fed,
                attention_mask=torch.ones_like(fed),
                max_new_tokens=self._tokens,
                do_sample=False,
                pad_token_id=self._bank.tokenizer.pad_token_id,
            )
        text: str = self._bank.tokenizer.decode(said[0, len(ids) :], skip_special_tokens=True)
        return text
