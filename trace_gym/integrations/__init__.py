"""Bridges: a `ToolEnv` in the shape another library asks for, one library a file."""
