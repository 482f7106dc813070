from seqzoo.zoo.frame_generator.backbone import FrameGeneratorBackbone as FrameGeneratorBackbone
from seqzoo.zoo.frame_generator.preprocessor import (
    FrameGeneratorPreprocessor as FrameGeneratorPreprocessor,
)
from seqzoo.zoo.frame_generator.task import FrameGenerator as FrameGenerator
from seqzoo.zoo.frame_generator.tokenizer import FrameTokenizer as FrameTokenizer
from seqzoo.zoo.music.frames import RollError as RollError
