"""What a captioner must beat: captions of the training part, as they are."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

_WORKING_MEMORY = 64  # MiB


def most_frequent_caption(captions: Iterable[str]) -> str:
    """The caption that occurs most often; among equals the first.

    >>> most_frequent_caption(["um gato", "um cão", "um cão"])
    'um cão'
    """
    return Counter(captions).most_common(1)[0][0]


def nearest_images(features: np.ndarray, training_features: np.ndarray) -> np.ndarray:
    """The training image that looks most like each image: the nearest by the cosine of features.

    The baseline of Devlin et al. (2015), Exploring Nearest Neighbor Approaches for Image
    Captioning, with one neighbour. A few rows are compared at a time, so that the memory it takes
    does not grow with the number of images.

    Args:
        features: `(images, size)`, floating point.
        training_features: `(training images, size)`, likewise.

    Returns:
        int64 `(images,)`: rows of `training_features`; among equals the first.

    >>> nearest_images(np.array([[3.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [9.0, 3.0]]))
    array([2])
    """
    # Scikit-learn takes more than a second.
    from sklearn import config_context
    from sklearn.metrics import pairwise_distances_argmin

    with config_context(working_memory=_WORKING_MEMORY):
        return pairwise_distances_argmin(features, training_features, metric="cosine")
