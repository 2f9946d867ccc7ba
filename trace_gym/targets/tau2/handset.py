"""A telecom user's phone: which of its tools an assistant's words ask to use, and using them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.tau2.wording import Mood, mood, negated, switched
from trace_gym.targets.tau2.world import Tau2World

_READ = 4000
"""Characters of a message that are looked through."""
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
"""In order: the first phrase that fits a sentence names the tool."""
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
"""What shows how it stands, where a sentence only asks about it."""


class Handset:
    """Does on the user's phone what the assistant asks for, by fixed rules."""

    def __init__(self, world: Tau2World) -> None:
        """Takes the phone into the user's hand.

        Args:
            world: The episode's state, where the phone's tools act.
        """
        self._world = world
        kit = world.env.user_tools
        if kit is None:
            self._names = []
        else:
            self._names = list(kit.tools)

    def follow(self, message: str) -> list[str]:
        """Uses the tools the message asks for and returns what each showed.

        A tool named as such, `tool(argument="value")` or the bare name, is used as written; else each sentence that
        orders or asks something is looked through for the phone's functions. What a question is about is only looked
        at, and a switch that already stands as asked is left alone.

        Args:
            message: What the assistant said, any text.
        """
        if not self._names:
            return []
        message = message[:_READ]
        calls = self._named(message) or self._described(message)
        return [self._use(call) for call in calls]

    def _named(self, message: str) -> list[ToolCall]:
        found = []
        for match in re.finditer(r"\b([a-z]+(?:_[a-z]+)+)\b(?:\s*\(([^()]*)\))?", message):
            if match[1] in self._names and not negated(message[: match.start()]):
                found.append(ToolCall(match[1], _arguments(match[2] or "")))
        return found

    def _described(self, message: str) -> list[ToolCall]:
        found: list[ToolCall] = []
        for sentence in re.split(r"(?<=[.!?;])\s+|\n+", message.lower()):
            call = self._of_sentence(sentence)
            if call is not None and call not in found:
                found.append(call)
        return found

    def _of_sentence(self, sentence: str) -> ToolCall | None:
        wanted = mood(sentence)
        if wanted == "statement":
            return None
        name = next((n for n, phrase in _PHRASES if n in self._names and re.search(phrase, sentence)), None)
        if name is None:
            return None
        return self._asked(name, sentence, wanted)

    def _asked(self, name: str, sentence: str, wanted: Mood) -> ToolCall | None:
        if name.startswith("toggle_") and wanted == "order":
            if "toggle" in sentence:
                return ToolCall(name, {})
            on = switched(sentence)
            if on is not None:
                if self._stands(name) != on:
                    return ToolCall(name, {})
                return None

        if name.startswith("toggle_") or (wanted == "question" and not name.startswith(("check_", "can_", "run_"))):
            name = _STATE.get(name, "")
        if name not in self._names:
            return None
        if name == "set_network_mode_preference":
            mode = next((mode for mode, word in _MODES if word in sentence), "")
            if mode:
                return ToolCall(name, {"mode": mode})
            return None

        if name in ("grant_app_permission", "check_app_permissions"):
            return _app_call(name, sentence)
        return ToolCall(name, {})

    def _stands(self, name: str) -> bool:
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
    found: dict[str, Json] = {}
    for match in re.finditer(r"\b(\w+)\b\s{0,5}[=:]\s{0,5}(\"[^\"]*\"|'[^']*'|[\w.+-]+)", text):
        value = match[2].strip("'\"")
        try:
            found[match[1]] = value if match[2][0] in "'\"" else json.loads(value)
        except ValueError:
            found[match[1]] = value

    return found


def _app_call(name: str, sentence: str) -> ToolCall | None:
    app = next((app for app in _APPS if app in sentence), "messaging" if "messag" in sentence else "")
    if not app:
        return None
    if name == "check_app_permissions":
        return ToolCall(name, {"app_name": app})
    permission = next((word for word in _PERMISSIONS if re.search(rf"\b{word}\b", sentence)), "")
    if permission:
        return ToolCall(name, {"app_name": app, "permission": permission})
    return None
