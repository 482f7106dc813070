import numpy as np
import pytest

from seqzoo.zoo.text.vocabulary import UNKNOWN, Vocabulary, is_entry


def test_ids_of_texts():
    vocabulary = Vocabulary(["de", "à", "🙂"])
    ids = vocabulary(np.array([["à", "", "DE"], ["🙂", "de", UNKNOWN]], object)).numpy()
    assert ids.tolist() == [[3, 0, 1], [4, 2, 1]]
    assert ids.dtype == np.int32
    assert len(vocabulary) == 5
    assert vocabulary.listed() == ["", UNKNOWN, "de", "à", "🙂"]


def test_without_entries_everything_is_unknown():
    assert Vocabulary([])(np.array(["", "a"], object)).numpy().tolist() == [0, 1]


@pytest.mark.parametrize("entries", [["a", "a"], ["a", ""], ["a\n"], ["b\r", "a"]])
def test_entries_that_no_file_could_keep_are_refused(entries):
    with pytest.raises(ValueError, match="empty, holds a line end, or stands there twice"):
        Vocabulary(entries)


def test_is_entry():
    assert [is_entry(text) for text in ("a", " ", "", "a\nb", "\r")] == [True, True] + [False] * 3
