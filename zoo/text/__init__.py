"""Text: word and sentence splitting, vocabularies, word vectors, tagged files."""
