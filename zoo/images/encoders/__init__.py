"""Image encoders: networks from images to feature vectors, with pretrained weights."""
