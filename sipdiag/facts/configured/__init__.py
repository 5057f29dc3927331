"""What the files beside a capture say of one call: configuration that applies to it, events about it."""
