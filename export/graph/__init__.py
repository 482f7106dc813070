"""Models as graphs: traced, stepped, with named signatures."""
