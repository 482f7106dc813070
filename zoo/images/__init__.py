"""Images: files read the same way in Python and in a graph."""
