"""The audio of a call: only on demand, and never in redacted reports."""
