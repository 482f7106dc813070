"""Data sets of tagged sentences."""

from collections.abc import Mapping
from typing import Any

import tensorflow_datasets as tfds


class SentenceBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Reads tagged sentences, in the order of their files.

    An element is `{"words": the words of a sentence, "tags": their tags in IOB2}`, the fields of
    `seqzoo.zoo.ner_tagger.TaggedSentence`, and what a subclass adds in `features`.
    """

    homepage = ""
    features: Mapping[str, Any] = {}

    def _info(self) -> tfds.core.DatasetInfo:
        texts = tfds.features.Sequence(tfds.features.Text())
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict({"words": texts, "tags": texts, **self.features}),
            homepage=self.homepage,
            disable_shuffling=True,
        )

    def files(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        """Returns what `_generate_examples` reads for each split."""
        raise NotImplementedError(f"{type(self).__name__} must define `files`.")

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        files = self.files(dl_manager)
        return {split: self._generate_examples(each) for split, each in files.items()}
