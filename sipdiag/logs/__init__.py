"""Text logs as traces: the SIP messages that programs print, read into the payloads a capture yields.

``source`` hands out the text piece by piece, unwrapped; ``reader`` finds the start lines in it and has
``message`` read each message; a form (``forms``) is how one program announces a message: a line that
gives direction, addresses, transport and time, as far as it prints them.  ``clock`` and ``ends`` make
times and endpoints of what was printed, and say what was not.
"""
