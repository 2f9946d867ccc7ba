"""Trajectories as logs of Inspect AI (`.eval`), with capabilities as scores; needs `inspect_ai`, imported on use.

Everything is built as the plain JSON of Inspect's models; `writing` has Inspect check it and write it.
"""
