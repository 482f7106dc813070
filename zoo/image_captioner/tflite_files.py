"""What a phone needs beside the network: words, and how an image becomes its input."""

import json

from seqzoo.zoo.base.vocabulary import lines


def tflite_files(task) -> dict[str, str]:
    """The files that are packed into the TFLite file of an `ImageCaptioner`.

    - `words.txt`: what stands for a token in a caption, a line each, by id from 0: empty for
      padding and other tokens that are no words. A caption is its words with spaces between them,
      but for those before `.,;:!?%)]}»”` and behind `([{«“¿¡`.
    - `settings.json`: `languages`, by the number that the signature takes; `image_size`, height and
      width, to which a whole image is scaled, white beside it.

    Args:
        task: The captioner.
    """
    tokenizer = task.preprocessor.tokenizer
    settings = {
        "languages": list(tokenizer.languages),
        "image_size": list(task.backbone.image_size),
    }
    return {
        "words.txt": lines(tokenizer.written_tokens()),
        "settings.json": json.dumps(settings),
    }
