"""Images: files decoded identically in Python and in graphs."""
