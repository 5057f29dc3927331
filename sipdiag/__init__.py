"""sipdiag: tells from a capture why a call or a transfer failed, who has to act, and how."""

__version__ = "0.1.0"
