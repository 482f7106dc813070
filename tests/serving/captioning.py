"""A SavedModel that answers as a captioner of pictures does: it names the colour of the middle."""

import tensorflow as tf

# By language the names of the strongest of the three colours.
COLOURS = {
    "en": ["a red picture", "a green picture", "a <b>blue</b> picture"],
    "pt": ["uma imagem vermelha", "uma imagem verde", "uma imagem azul"],
}
ERROR = "An image is no JPEG or PNG: save it as one."


class Painter(tf.Module):
    """Knows three colours; of further captions of a picture each is worse by one."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, "images"),
            tf.TensorSpec([], tf.string, "language"),
            tf.TensorSpec([], tf.int32, "beam_width"),
        ]
    )
    def caption(self, images, language, beam_width):
        names = tf.constant(list(COLOURS.values()))
        row = tf.cast(language == "pt", tf.int32)
        strongest = tf.map_fn(_strongest, images, fn_output_signature=tf.int32)
        order = (strongest[:, None] + tf.range(beam_width)) % names.shape[1]
        scores = -0.25 - tf.cast(tf.range(beam_width), tf.float32)
        return {
            "captions": tf.gather(names[row], order),
            "scores": tf.broadcast_to(scores, tf.shape(order)),
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "images")])
    def uneven(self, images):
        """Captions that are one too many."""
        captions = tf.fill([tf.size(images) + 1, 1], "a picture")
        return {"captions": captions, "scores": tf.zeros(tf.shape(captions))}


def _strongest(image):
    kinds = [tf.strings.substr(image, 0, 3) == kind for kind in (b"\xff\xd8\xff", b"\x89PN")]
    with tf.control_dependencies([tf.debugging.Assert(tf.reduce_any(kinds), [ERROR])]):
        pixels = tf.io.decode_png(tf.identity(image), channels=3)
    height, width = tf.shape(pixels)[0], tf.shape(pixels)[1]
    return tf.argmax(pixels[height // 2, width // 2], output_type=tf.int32)


def save(folder):
    """Saves the model as `painter`, version 1; returns the folder of the model."""
    painter = Painter()
    tf.saved_model.save(
        painter,
        str(folder / "painter" / "1"),
        signatures={"caption": painter.caption, "uneven": painter.uneven},
    )
    return folder / "painter"
