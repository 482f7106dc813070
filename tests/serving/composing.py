"""A SavedModel that answers as a note generator that composes does, from a table."""

import tensorflow as tf

# The notes of the pieces in the rows of an answer, in no order: onset and duration in quarter
# notes, pitch, part (0 the voice, 1 the piano).
PIECES = [
    [
        (0.0, 1.0, 48, 1),
        (0.0, 0.5, 64, 1),
        (1.5, 2.5, 72, 0),
        (1.0, 0.25, 61, 1),
        (4.0, 3.75, 55, 1),
        (4.0, 0.5, 71, 0),
        (4.5, 0.5, 71, 0),
    ],
    [(0.0, 2.0, 60, 1)],
    [],
]
# Where the bars of the pieces begin, in quarter notes: two time signatures.
BARS = [[0.0, 4.0, 7.0], [0.0], []]
PADDING, END = 0, 2
# Events that it adds.
FIRST_EVENT = 100


class Composer(tf.Module):
    """Adds events that name the seed, an end, and padding; the temperature is the tempo."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32, "token_ids"),
            tf.TensorSpec([], tf.int32, "length"),
            tf.TensorSpec([], tf.float32, "temperature"),
            tf.TensorSpec([], tf.int32, "seed"),
        ]
    )
    def compose(self, token_ids, length, temperature, seed):
        batch = tf.shape(token_ids)[0]
        events = tf.fill([batch, length - 2], FIRST_EVENT + seed)
        ending = tf.tile([[END, PADDING]], [batch, 1])
        token_ids = tf.concat([token_ids, events, ending], 1)
        row = tf.range(batch) % len(PIECES)
        width = max(map(len, PIECES))
        padded = [piece + [(0.0, 0.0, 0, 0)] * (width - len(piece)) for piece in PIECES]
        notes = tf.gather(tf.constant(padded), row)
        bars = [starts + [0.0] * (max(map(len, BARS)) - len(starts)) for starts in BARS]
        return {
            "token_ids": token_ids,
            "length": tf.fill([batch], tf.shape(token_ids)[1] - 1),
            "onset": notes[..., 0],
            "duration": notes[..., 1],
            "pitch": tf.cast(notes[..., 2], tf.int32),
            "part": tf.cast(notes[..., 3], tf.int32),
            "tempo": tf.fill([batch], 120.0 * temperature),
            "count": tf.gather([len(piece) for piece in PIECES], row),
            "bar": tf.gather(tf.constant(bars), row),
            "bar_count": tf.gather([len(starts) for starts in BARS], row),
        }

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, "pitches")])
    def scale(self, pitches):
        """Notes and nothing else."""
        beats = tf.cumsum(tf.ones(tf.shape(pitches)), 1, exclusive=True)
        return {"onset": beats, "duration": tf.ones_like(beats), "pitch": pitches}


def save(folder):
    """Saves the model as `composer`, version 1; returns the folder of the model."""
    composer = Composer()
    tf.saved_model.save(
        composer,
        str(folder / "composer" / "1"),
        signatures={"compose": composer.compose, "scale": composer.scale},
    )
    return folder / "composer"
