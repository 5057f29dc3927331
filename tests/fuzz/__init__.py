"""Mutated input through every stage and every output: ``make fuzz N=20000``.

A case is a number: it seeds everything that is done in it, so that ``python -m tests.fuzz --case 4711`` does
the same again, anywhere.  :mod:`tests.fuzz.mutate` changes bytes and structures, :mod:`tests.fuzz.cases` says
what is made of a number and what must hold, :mod:`tests.fuzz.bounded` runs cases under bounds of time and memory.
"""
