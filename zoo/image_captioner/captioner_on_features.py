"""A captioner behind its encoder."""

import keras

from seqzoo.zoo.image_captioner.losses import caption_losses


class CaptionerOnFeatures(keras.Model):
    """The part of a captioner that reads features, to train it while the encoder stays as it is.

    As a Keras model it maps `{"features", "token_ids"}`, float32 `(batch, size)` and int32
    `(batch, time)`, to logits `(batch, time, vocabulary)`. Its layers are the captioner's, which
    learns what this learns; `save_to_preset` saves all of it, and nothing else does.

    Args:
        captioner: An `ImageCaptioner`.
    """

    def __init__(self, captioner):
        backbone = captioner.backbone
        inputs = {
            "features": keras.Input(backbone.image_encoder.output_shape[1:], name="features"),
            "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        }
        outputs = captioner.token_logits(backbone.decode(inputs["features"], inputs["token_ids"]))
        super().__init__(inputs=inputs, outputs=outputs)
        # A layer would be tracked, and the encoder saved with every epoch.
        self._captioner = lambda: captioner

    def compile(self, optimizer, loss="auto", *, weighted_metrics="auto", **kwargs):
        """Configures training; see `ImageCaptioner.compile`."""
        super().compile(optimizer=optimizer, **caption_losses(loss, weighted_metrics), **kwargs)

    @property
    def captioner(self):
        """The captioner."""
        return self._captioner()

    def save_to_preset(self, folder):
        """Saves the whole captioner."""
        self.captioner.save_to_preset(folder)
