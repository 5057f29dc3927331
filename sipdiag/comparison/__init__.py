"""Two traces of the same kind of call, one that worked and one that failed: what the first had and the second lacks.

Stages: ``step`` (a call as its messages, named by what they are and who sent them) → ``align`` (which step of one
call is which of the other) → ``difference`` (headers, session descriptions, timing) → ``story`` (plain
sentences).  ``compare.py`` puts them together.
"""
