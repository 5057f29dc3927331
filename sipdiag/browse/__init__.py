"""The terminal browser: the calls of a capture with their verdicts, their ladders and messages."""
