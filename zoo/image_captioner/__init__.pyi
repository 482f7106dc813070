from seqzoo.zoo.image_captioner.backbone import ImageCaptionerBackbone as ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.image_converter import (
    ImageCaptionerImageConverter as ImageCaptionerImageConverter,
)
from seqzoo.zoo.image_captioner.preprocessor import (
    ImageCaptionerPreprocessor as ImageCaptionerPreprocessor,
)
from seqzoo.zoo.image_captioner.task import ImageCaptioner as ImageCaptioner
from seqzoo.zoo.image_captioner.tokenizer import CaptionTokenizer as CaptionTokenizer
from seqzoo.zoo.images.captioned_image import Caption as Caption
from seqzoo.zoo.images.captioned_image import CaptionedImage as CaptionedImage
from seqzoo.zoo.images.encoders.registry import ENCODERS as ENCODERS
from seqzoo.zoo.images.reader import ImageError as ImageError
from seqzoo.zoo.images.reader import read_image as read_image
