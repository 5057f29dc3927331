"""What was said, made audible: only on demand, and never where a report must name nobody."""
