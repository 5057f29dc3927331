"""Big captures made to measure, and side-by-side runs against other tools."""
