"""Text: words and sentences of any text, vocabularies, word vectors, tagged files."""
