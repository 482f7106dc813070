"""What captioners are measured by in training."""

import keras


def caption_losses(loss="auto", weighted_metrics="auto") -> dict:
    """The arguments of `compile` that say what a captioner is measured by."""
    if loss == "auto":
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if weighted_metrics == "auto":
        weighted_metrics = [
            keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats_per_token"),
            keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
        ]
    return {"loss": loss, "weighted_metrics": weighted_metrics}
