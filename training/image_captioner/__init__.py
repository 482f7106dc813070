"""Training of captioners: data sets, scores, and pictures of what they say."""
