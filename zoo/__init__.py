"""Ready recurrent models: a keras-hub task each, with its network and its preprocessor.

The models are loaded when they are first used, so that reading a score needs no TensorFlow.
"""

from seqzoo.lazy import lazy_names

MODELS = {
    "note-generator": "NoteGenerator",
    "frame-generator": "FrameGenerator",
    "ner": "NERTagger",
    "captioner": "ImageCaptioner",
}
"""The models by the names of the command line."""

__getattr__ = lazy_names(
    __name__,
    {
        "Caption": "image_captioner",
        "CaptionTokenizer": "image_captioner",
        "CaptionedImage": "image_captioner",
        "ConllError": "ner_tagger",
        "Entity": "ner_tagger",
        "FrameGenerator": "frame_generator",
        "FrameGeneratorBackbone": "frame_generator",
        "FrameGeneratorPreprocessor": "frame_generator",
        "FrameTokenizer": "frame_generator",
        "ImageCaptioner": "image_captioner",
        "ImageCaptionerBackbone": "image_captioner",
        "ImageCaptionerImageConverter": "image_captioner",
        "ImageCaptionerPreprocessor": "image_captioner",
        "ImageError": "image_captioner",
        "NERTagger": "ner_tagger",
        "NERTaggerBackbone": "ner_tagger",
        "NERTaggerPreprocessor": "ner_tagger",
        "NERTokenizer": "ner_tagger",
        "NoteGenerator": "note_generator",
        "NoteGeneratorBackbone": "note_generator",
        "NoteGeneratorPreprocessor": "note_generator",
        "NoteTokenizer": "note_generator",
        "PresetError": "base.presets",
        "RollError": "frame_generator",
        "TaggedSentence": "ner_tagger",
        "read_conll": "ner_tagger",
        "read_image": "image_captioner",
        "shipped_presets": "base.shipped_presets",
    },
)
