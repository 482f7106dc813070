"""Networks that turn an image into features, with their weights."""
