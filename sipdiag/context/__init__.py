"""Configuration and events beside the wire: documents read, recognised, masked and bound to calls."""
