"""JSON Schemas of tools: derived from functions, checked fast and in one sentence, and drawn from."""
