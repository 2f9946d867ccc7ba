"""The whole loop inside one run folder."""
