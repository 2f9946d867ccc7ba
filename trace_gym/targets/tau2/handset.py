"""A telecom user's phone: finds which of its tools an assistant asks the user to use, and uses them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.tau2.wording import Mood, mood, negated, switched
from trace_gym.targets.tau2.world import Tau2World

_READ = 4000
"""Characters of a message that are read: some patterns take quadratic time, 46 s for 65,000 characters."""
_PHRASES: tuple[tuple[str, str], ...] = (
    ("reboot_device", r"\b(?:restart|reboot|power[- ]cycle)\b"),
    ("reseat_sim_card", r"\b(?:re-?seat|re-?insert|remove\b.*\binsert)\b"),
    ("reset_apn_settings", r"\breset\b[^.]*\bapn\b"),
    ("set_network_mode_preference", r"\b(?:set|change|switch)\b[^.]*\bnetwork (?:mode|preference|type)\b"),
    ("disconnect_vpn", r"\b(?:disconnect|turn off|disable)\b[^.]*\bvpn\b"),
    ("connect_vpn", r"\b(?:connect to|turn on|enable)\b[^.]*\bvpn\b"),
    ("grant_app_permission", r"\b(?:grant|allow|enable|give)\b[^.]*\bpermissions?\b"),
    ("make_payment", r"\b(?:make the payment|make a payment|pay (?:the|your|this)|accept the payment)\b"),
    ("toggle_wifi_calling", r"\bwi-?fi calling\b"),
    ("toggle_airplane_mode", r"\bairplane mode\b"),
    ("toggle_data_saver_mode", r"\bdata saver\b"),
    ("toggle_roaming", r"\b(?:data )?roaming\b"),
    ("toggle_data", r"\b(?:mobile|cellular) data\b"),
    ("toggle_wifi", r"\bwi-?fi\b"),
    ("check_payment_request", r"\bpayment request\b"),
    ("run_speed_test", r"\bspeed ?test\b"),
    ("can_send_mms", r"\b(?:mms|picture message)\b"),
    ("check_status_bar", r"\bstatus bar\b"),
    ("check_sim_status", r"\bsim\b"),
    ("check_apn_settings", r"\bapn\b"),
    ("check_vpn_status", r"\bvpn\b"),
    ("check_app_permissions", r"\bpermissions?\b"),
    ("check_network_mode_preference", r"\bnetwork (?:mode|preference)\b"),
    ("check_network_status", r"\b(?:network status|signal|service)\b"),
)
"""The first phrase that a sentence contains names the tool: actions come before checks of the same thing."""
_MODES = (("4g_5g_preferred", r"5g"), ("4g_only", r"4g"), ("3g_only", r"3g"), ("2g_only", r"2g"))
_APPS = ("messaging", "browser", "facebook", "maps", "whatsapp", "instagram", "youtube")
_PERMISSIONS = ("sms", "storage", "phone", "network", "location", "camera")
_STATE = {
    "toggle_wifi": "check_wifi_status",
    "toggle_wifi_calling": "check_wifi_calling_status",
    "toggle_airplane_mode": "check_status_bar",
    "toggle_data_saver_mode": "check_data_restriction_status",
    "toggle_data": "check_network_status",
    "toggle_roaming": "check_network_status",
    "set_network_mode_preference": "check_network_mode_preference",
    "reset_apn_settings": "check_apn_settings",
    "connect_vpn": "check_vpn_status",
    "disconnect_vpn": "check_vpn_status",
    "grant_app_permission": "check_app_permissions",
    "reseat_sim_card": "check_sim_status",
    "make_payment": "check_payment_request",
}
"""The tool that shows the state which another one changes, for sentences that only ask about it."""


class Handset:
    """Does on the user's phone what the assistant asks for, by fixed rules.

    Example:
        >>> from types import SimpleNamespace
        >>> phone = SimpleNamespace(tools=["reboot_device", "check_sim_status"])
        >>> class World:
        ...     env = SimpleNamespace(user_tools=phone)
        ...
        ...     def user_call(self, call):
        ...         return f"{call.name} was used.", False
        >>> handset = Handset(World())
        >>> handset.follow("Please restart your phone. Is the SIM card in place?")
        ['reboot_device was used.', 'check_sim_status was used.']
        >>> handset.follow("I will restart our server.")
        []
    """

    def __init__(self, world: Tau2World) -> None:
        """Prepares the phone; in a domain whose users have no tools there is none.

        Args:
            world: The episode's state, where the phone's tools act.
        """
        self._world = world
        self._names: list[str] = []
        if world.env.user_tools is not None:
            self._names = list(world.env.user_tools.tools)

    def follow(self, message: str) -> list[str]:
        """Uses the tools the message asks for.

        A tool that is named, as `tool(argument="value")` or by its bare name, is used as written. Otherwise each
        sentence that orders or asks something is searched for the phone's functions. What a question is about is only
        looked at, and a switch that is already in the wanted position is left alone.

        Args:
            message: What the assistant said, any text.

        Returns:
            What each tool showed, in order; empty if the message asks for none.
        """
        if not self._names:
            return []

        message = message[:_READ]
        # names come first: a message that gives one in a sentence must not have it done twice
        calls = self._named(message) or self._described(message)
        return [self._use(call) for call in calls]

    def _named(self, message: str) -> list[ToolCall]:
        """The calls of tools that the message names."""
        calls = []
        for match in re.finditer(r"\b([a-z]+(?:_[a-z]+)+)\b(?:\s*\(([^()]*)\))?", message):
            if match[1] in self._names and not negated(message[: match.start()]):
                calls.append(ToolCall(match[1], _arguments(match[2] or "")))
        return calls

    def _described(self, message: str) -> list[ToolCall]:
        """The calls that the message's sentences describe in words."""
        calls: list[ToolCall] = []
        for sentence in re.split(r"(?<=[.!?;])\s+|\n+", message.lower()):
            call = self._of_sentence(sentence)
            # toggling the same switch for each sentence that mentions it would undo what was asked for
            if call is not None and call not in calls:
                calls.append(call)
        return calls

    def _of_sentence(self, sentence: str) -> ToolCall | None:
        sentence_mood = mood(sentence)
        if sentence_mood == "statement":
            return None

        for name, phrase in _PHRASES:
            if name in self._names and re.search(phrase, sentence):
                return self._asked(name, sentence, sentence_mood)
        return None

    def _asked(self, name: str, sentence: str, sentence_mood: Mood) -> ToolCall | None:
        """The call that a sentence about one tool asks for."""
        if name.startswith("toggle_") and sentence_mood == "order":
            if "toggle" in sentence:
                return ToolCall(name, {})
            wants_on = switched(sentence)
            if wants_on is not None:
                return self._switch(name, wants_on)

        # without a direction a switch is only looked at, and so is everything that a question is about
        is_look = name.startswith(("check_", "can_", "run_"))
        if name.startswith("toggle_") or (sentence_mood == "question" and not is_look):
            name = _STATE.get(name, "")
        if name not in self._names:
            return None

        if name == "set_network_mode_preference":
            return _mode_call(name, sentence)
        if name in ("grant_app_permission", "check_app_permissions"):
            return _app_call(name, sentence)
        return ToolCall(name, {})

    def _switch(self, name: str, wants_on: bool) -> ToolCall | None:
        if self._is_on(name) == wants_on:
            return None
        return ToolCall(name, {})

    def _is_on(self, name: str) -> bool:
        device = self._world.env.user_tools.device
        attribute = {
            "toggle_airplane_mode": "airplane_mode",
            "toggle_data": "data_enabled",
            "toggle_roaming": "roaming_enabled",
            "toggle_data_saver_mode": "data_saver_mode",
            "toggle_wifi": "wifi_enabled",
            "toggle_wifi_calling": "wifi_calling_enabled",
        }[name]
        return bool(getattr(device, attribute))

    def _use(self, call: ToolCall) -> str:
        text, _ = self._world.user_call(call)
        return text


def _arguments(text: str) -> Mapping[str, Json]:
    """Reads `name="value", other=2`; anything else is left out."""
    arguments: dict[str, Json] = {}
    # a bounded number of spaces, since without a bound the search would take quadratic time
    for match in re.finditer(r"\b(\w+)\b\s{0,5}[=:]\s{0,5}(\"[^\"]*\"|'[^']*'|[\w.+-]+)", text):
        arguments[match[1]] = _argument(match[2])
    return arguments


def _argument(written: str) -> Json:
    """Reads one value: quoted texts and bare words are texts, anything else is JSON."""
    text = written.strip("'\"")
    if written[0] in "'\"":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _mode_call(name: str, sentence: str) -> ToolCall | None:
    for mode, word in _MODES:
        if word in sentence:
            return ToolCall(name, {"mode": mode})
    return None


def _app_call(name: str, sentence: str) -> ToolCall | None:
    """A call about an app's permissions, if the sentence names the app, and the permission to grant."""
    app = _app_of(sentence)
    if not app:
        return None
    if name == "check_app_permissions":
        return ToolCall(name, {"app_name": app})

    for permission in _PERMISSIONS:
        if re.search(rf"\b{permission}\b", sentence):
            return ToolCall(name, {"app_name": app, "permission": permission})
    return None


def _app_of(sentence: str) -> str:
    for app in _APPS:
        if app in sentence:
            return app
    # the app that tasks are about, under whatever name: "your messages app"
    if "messag" in sentence:
        return "messaging"
    return ""
