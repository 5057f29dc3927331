"""Facts: what is known of a leg, transfer, call, registration, exchange or of the capture.

``table`` declares every fact once; the other modules compute them.
"""
