"""An OpenAI-compatible chat endpoint, over plain HTTP."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from trace_gym.errors import UserError


class ChatEndpoint:
    """Sends `POST {base_url}/chat/completions`, and again after a failure."""

    def __init__(self, model: str, base_url: str, *, timeout: float = 120.0, retries: int = 3) -> None:
        """Describes the endpoint; nothing is sent yet.

        Args:
            model: the model's name at the endpoint.
            base_url: such as `http://127.0.0.1:8000/v1`; the key is read from `OPENAI_API_KEY`.
            timeout: seconds a request may take.
            retries: tries after a failed request, with growing pauses.
        """
        self.model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._timeout, self._retries = timeout, retries

    def complete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the assistant message that answers a request.

        Args:
            body: the request but for `model`.

        Raises:
            UserError: if the endpoint cannot be reached, refuses after all retries, or sends no completion.
        """
        answer = self._post({"model": self.model, **body})
        try:
            message: dict[str, Any] = answer["choices"][0]["message"]
            message.get("content")
        except (KeyError, IndexError, TypeError, AttributeError):
            raise UserError(
                f"The endpoint {self._url} sent no chat completion for model {self.model!r}, but "
                f"{json.dumps(answer)[:120]}."
            ) from None
        return message

    def _post(self, body: dict[str, Any]) -> Any:
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '-')}",
        }
        for attempt in range(self._retries + 1):
            try:
                asked = urllib.request.Request(self._url, json.dumps(body).encode(), headers)
                with urllib.request.urlopen(asked, timeout=self._timeout) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                reason = f"{error.code} {error.read()[:200].decode(errors='replace')}"
                if error.code < 500 and error.code != 429:
                    break
            except (OSError, ValueError) as error:
                reason = str(error)
            if attempt < self._retries:
                time.sleep(2.0**attempt)
        raise UserError(f"The endpoint {self._url} did not answer for model {self.model!r}: {reason}.")
