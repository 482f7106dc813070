"""Baselines of captioners: unchanged captions of the training split."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

_WORKING_MEMORY = 64  # MiB


def most_frequent_caption(captions: Iterable[str]) -> str:
    """Returns the most frequent caption; of several, the first.

    >>> most_frequent_caption(["um gato", "um cão", "um cão"])
    'um cão'
    """
    return Counter(captions).most_common(1)[0][0]


def nearest_images(
    features: np.ndarray, training_features: np.ndarray, own: np.ndarray | None = None
) -> np.ndarray:
    """Returns the training image nearest to each image by the cosine similarity of features.

    The baseline of Devlin et al. (2015), Exploring Nearest Neighbor Approaches for Image
    Captioning, with one neighbour. Rows are compared in chunks, so that the memory does not grow
    with the number of images.

    Args:
        features: `(images, size)`, floating point.
        training_features: `(training images, size)`, likewise.
        own: For every image the row of `training_features` that is the image itself, which is
            excluded, or -1 if there is none; integers `(images,)`. Defaults to -1 for all.

    Returns:
        int64 `(images,)`: rows of `training_features`; of several equally near ones, the first.

    >>> nearest_images(np.array([[3.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0], [9.0, 3.0]]))
    array([2])
    """
    # Importing scikit-learn takes more than a second.
    from sklearn.metrics import pairwise_distances_chunked

    def nearest(distances, start):
        if own is not None:
            its_own = own[start : start + len(distances)]
            rows = np.flatnonzero(its_own >= 0)
            distances[rows, its_own[rows]] = np.inf
        return distances.argmin(axis=1)

    chunks = pairwise_distances_chunked(
        features,
        training_features,
        reduce_func=nearest,
        metric="cosine",
        working_memory=_WORKING_MEMORY,
    )
    return np.concatenate([np.zeros(0, int), *(chunks if len(features) else ())])
