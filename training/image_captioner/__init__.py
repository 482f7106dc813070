"""Training and evaluation of captioners: batches, scores, baselines and contact sheets."""
