"""Targets: environments an agent must do better in, one package each."""
