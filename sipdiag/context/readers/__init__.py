"""One reader for each notation; all of them make :class:`~sipdiag.context.node.Node` trees."""
