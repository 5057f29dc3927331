"""What the files beside a capture say about one call: configuration that applies to it, events about it."""
