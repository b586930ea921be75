"""AUDIT: the event log asked through filters, as a page and as a file."""
