"""Labels by a language model: several independent passes over transcripts that do not say how the episode ended."""
