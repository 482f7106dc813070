"""The formats of exported files: read, written, checked."""
