"""Traces as regression tests: expectation files beside captures, and what runs, writes and updates them.

``call.pcap`` has its expectation in ``call.expect.yaml``; the format is described in
``docs/regression-tests.md``.  Stages: ``read`` (a checked file) → ``case`` (capture and expectation) →
``compare`` (plain lines that say what differs) → ``suite`` (many cases on all cores).
"""
