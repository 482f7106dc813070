from seqzoo.training.data.training_data import TrainingData


def test_a_phrase_for_headings():
    known = TrainingData(("a", "b"), [1, 2, 3])
    assert known.described("pieces") == "3 training pieces of a, b"
