"""Graphs of models: tracing, single steps and named signatures."""
