"""Examples to train on: loaded, divided, and without leaks."""
