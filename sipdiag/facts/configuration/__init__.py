"""What configuration files say of themselves: the facts of a set of documents, without a capture."""
