"""A data set that is no part of the package: words in the order of their letters."""

import itertools

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds


class Builder(tfds.core.GeneratorBasedBuilder):
    name = "toy_letter_words"
    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict({"text": tf.string}), supervised_keys=None
        )

    def _split_generators(self, dl_manager):
        words = ["".join(word) for word in itertools.permutations("abcd", 3)]
        words = np.random.default_rng(1).permutation(words).tolist()
        splits = {"train": words[:16], "validation": words[16:20], "test": words[20:]}
        return {split: self._generate_examples(texts) for split, texts in splits.items()}

    def _generate_examples(self, texts):
        yield from ((text, {"text": text}) for text in texts)
