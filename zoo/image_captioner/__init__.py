"""Says what an image shows, in a sentence (one to many).

The parts that need Keras are loaded when they are first used, so that reading a file does not.
"""

from seqzoo.lazy import lazy_names

__getattr__ = lazy_names(
    __name__,
    {
        "Caption": "caption",
        "CaptionTokenizer": "tokenizer",
        "CaptionedImage": "captioned_image",
        "ENCODERS": "image_encoders",
        "ImageCaptioner": "task",
        "ImageCaptionerBackbone": "backbone",
        "ImageCaptionerImageConverter": "image_converter",
        "ImageCaptionerPreprocessor": "preprocessor",
        "ImageError": "image_reader",
        "read_image": "image_reader",
    },
)
