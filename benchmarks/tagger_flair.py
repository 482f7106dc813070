"""Words per second of an untrained flair tagger; `tagger.py --flair PYTHON` runs it.

Reads JSON from standard input: `texts`, each a list of sentences, each a list of words, and the
sizes of the network: `embedding_dim`, `character_dim`, `character_units`, `units`, `num_layers` and
`labels`. The sentences are split already. Reads the first text once to warm up, then prints the
seconds for all texts, one at a time.
"""

import json
import sys
import time
from collections import Counter

import flair
import torch
from flair.data import Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
from flair.models import SequenceTagger


def main():
    request = json.load(sys.stdin)
    flair.device = torch.device("cpu")
    texts = request["texts"]
    tagger = untrained(request)
    tagger.eval()
    run(tagger, texts[0])
    start = time.perf_counter()
    for text in texts:
        run(tagger, text)
    print(time.perf_counter() - start)


def untrained(request):
    """A BiLSTM-CRF over word vectors and a BiLSTM over characters."""
    counts = Counter(word for text in request["texts"] for words in text for word in words)
    words, characters = Dictionary(), Dictionary()
    for word in counts:
        words.add_item(word)
    for character in sorted({character for word in counts for character in word}):
        characters.add_item(character)
    labels = Dictionary(add_unk=False)
    for label in request["labels"]:
        labels.add_item(label)
    of_words = OneHotEmbeddings(words, embedding_length=request["embedding_dim"])
    of_characters = CharacterEmbeddings(
        characters, request["character_dim"], request["character_units"] // 2
    )
    return SequenceTagger(
        StackedEmbeddings([of_words, of_characters]),
        labels,
        "entity",
        tag_format="BIO",
        hidden_size=request["units"],
        rnn_layers=request["num_layers"],
        # Another layer before the LSTMs, which ours has not.
        reproject_embeddings=False,
    )


def run(tagger, text):
    sentences = [Sentence(words) for words in text]
    tagger.predict(sentences)


if __name__ == "__main__":
    main()
