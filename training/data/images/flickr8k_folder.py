"""Flickr8k by its name: the folder in `$SEQZOO_DATA`."""

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.folders import load_folder
from seqzoo.training.data.local_data import local
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage


def load_flickr8k() -> Splits[CaptionedImage]:
    """Loads Flickr8k from `$SEQZOO_DATA/flickr8k` or `$SEQZOO_DATA/photos/flickr8k`.

    The folder has one of the layouts of `load_folder`: of the authors, of common copies
    (`Images/`, `captions.txt`), or a table with captions in several languages and their splits.

    Raises:
        SeqzooError: If there is no such folder, or it cannot be read.
    """
    folder = local("flickr8k") or local("photos", "flickr8k")
    if folder is None:
        raise SeqzooError(
            "Flickr8k is given by its authors on request and cannot be downloaded; put Images/ and "
            "captions.txt into the folder flickr8k of a folder, and name that folder in the "
            "environment variable SEQZOO_DATA."
        )
    return load_folder(folder)
