"""Which of AgentDojo's tools change the environment; the benchmark does not say.

Determined by running every ground truth and sampled calls of every tool, and comparing the environment before and
after. Reading unread mail marks it as read, and browsing leaves a trace that some tasks are judged by: both are writes.
"""

from __future__ import annotations

WRITES: dict[str, frozenset[str]] = {
    "workspace": frozenset(
        {
            "send_email",
            "delete_email",
            "get_unread_emails",
            "create_calendar_event",
            "cancel_calendar_event",
            "reschedule_calendar_event",
            "add_calendar_event_participants",
            "append_to_file",
            "create_file",
            "delete_file",
            "share_file",
        }
    ),
    "travel": frozenset(
        {
            "create_calendar_event",
            "cancel_calendar_event",
            "reserve_hotel",
            "reserve_car_rental",
            "reserve_restaurant",
            "send_email",
        }
    ),
    "banking": frozenset(
        {
            "send_money",
            "schedule_transaction",
            "update_scheduled_transaction",
            "update_password",
            "update_user_info",
        }
    ),
    "slack": frozenset(
        {
            "add_user_to_channel",
            "send_direct_message",
            "send_channel_message",
            "invite_user_to_slack",
            "remove_user_from_slack",
            "get_webpage",
            "post_webpage",
        }
    ),
}
"""The tools that write, by suite; all others read."""
