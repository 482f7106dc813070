"""The splitter in the graph, and the one in plain Python that it is held to."""

import random
import unicodedata

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import kinds_of
from seqzoo.zoo.text.splitting.word_splitter import split_words

TEXTS = tf.TensorSpec([None], tf.string, name="text")
CHARACTERS = [chr(code) for code in range(0x110000)]
FORMAT = [each for each in CHARACTERS if unicodedata.category(each) == "Cf"]
SPACES = "".join([*filter(str.isspace, CHARACTERS), *FORMAT])
split_in_graph = tf.function(split_words, input_signature=[TEXTS], autograph=False)

# Pieces that the rules are about; drawn at random, they meet in every order.
PIECES = [
    *" \n\t\r\u00a0\u200b\u2028\ufeffaAbÉñß漢ªº°0٣½.,:-/'_&=+@!?…\"“”«»`()[]§$%",
    *"\u2044\u2019\u2018\u2013\u0301\u00ad\u200d\ufe0f👩💻🏽❤🇧🇷",
    *("-\n", "a-\r\nb", "a\u0303", "\x0c", "\u2060", "\u2010"),
    *("art", "Dr", "nº", "e.g", "...", "''", "``", ". A", ".\n\n", "\r\n", "a.b", "1,2"),
]
texts_of_pieces = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def split(*texts):
    """The words of texts, split in the graph: a list of `reference.Word` for each."""
    found = split_in_graph(tf.constant(texts, tf.string))
    rows = zip(*(part.to_list() for part in found), strict=True)
    return [
        [reference.Word(word.decode(), *rest) for word, *rest in zip(*row, strict=True)]
        for row in rows
    ]


def words_of(text):
    (words,) = split(text)
    return [word.text for word in words]


def sentences_of(text):
    (words,) = split(text)
    sentences = [[] for _ in range(words[-1].sentence + 1)]
    for word in words:
        sentences[word.sentence].append(word.text)
    return [" ".join(sentence) for sentence in sentences]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A ministra Rosa foi a Belém.", "A ministra Rosa foi a Belém ."),
        ("Trata-se de s/n, c/c e P&D.", "Trata-se de s/n , c/c e P&D ."),
        ("copo d'água, copo d\u2019água", "copo d'água , copo d\u2019água"),
        ("She isn't at O'Hare's gate", "She isn't at O'Hare's gate"),
        ("o rock 'n' roll", "o rock ' n ' roll"),
        ("Lei nº 8.666/93, n.º 5, 1\u204499", "Lei nº 8.666/93 , n.º 5 , 1\u204499"),
        ("R$ 1.234,56 ou US$10 (5%)", "R $ 1.234,56 ou US $ 10 ( 5 % )"),
        ("às 10:30:15, dia 1:a,b", "às 10:30:15 , dia 1 : a , b"),
        ("0000001-22.2020.8.26.0100/SP", "0000001-22.2020.8.26.0100/SP"),
        ("§ 2º, §2º, §§ 1º e 2º, 5ª, 30°", "§ 2º , § 2º , §§ 1º e 2º , 5ª , 30°"),
        ("“Sim”, «não», \"é\", ``a''", "“ Sim ” , « não » , \" é \" , `` a ''"),
        ("Bem... -- talvez?! ((a))", "Bem ... -- talvez ? ! ( ( a ) )"),
        ("a..b a--b 1,,2 -5 a. .b", "a .. b a -- b 1 ,, 2 - 5 a . . b"),
        ("https://www.a-b.pt/x_1?k=v#z", "https : // www.a-b.pt/x_1 ? k=v # z"),
        ("ana.lima@exemplo.com.br", "ana.lima@exemplo.com.br"),
        ("ação ac\u0327a\u0303o, e\u0301-n.e\u0301", "ação ac\u0327a\u0303o , e\u0301-n.e\u0301"),
        ("cons\u00adti\u00adtuição", "cons\u00adti\u00adtuição"),
        ("oi👍🏽ok ❤\ufe0f! 👩\u200d💻👩", "oi 👍🏽 ok ❤\ufe0f ! 👩\u200d💻 👩"),
        ("Brasil🇧🇷 🏴\U000e0067\U000e007f", "Brasil 🇧🇷 🏴\U000e0067\U000e007f"),
        ("a\u00a0b\tc\u2028d\x85e\r\nf\x0bg\u3000h\x0ci", "a b c d e f g h i"),
        ("\ufeffLu\u200biz\u2060 \u200dFux\u200b", "Lu\u200biz Fux"),
        ("pré\u2010sal, Fede-\nral, FE\u00ad\r\nDE", "pré\u2010sal , Fede-\nral , FE\u00ad\r\nDE"),
        ("Lei-\nSeca 8.666-\n93 fim-\n\nde -\nse", "Lei - Seca 8.666 - 93 fim - de - se"),
        ("東京 и Москва ٣٤\u066b\u0665", "東京 и Москва ٣٤ \u066b \u0665"),
    ],
)
def test_words(text, words):
    assert words_of(text) == words.split(" ")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Ela saiu. Ele ficou! E agora? Sim… Não.", "Ela saiu .|Ele ficou !|E agora ?|Sim …|Não ."),
        ("O art. 5º e o inc. X. O Min. Sá.", "O art . 5º e o inc . X . O Min . Sá ."),
        ("J. Dias e a Sra. Reis. Élida veio.", "J . Dias e a Sra . Reis .|Élida veio ."),
        ("Mr. Poe met Dr. Hill. They ate.", "Mr . Poe met Dr . Hill .|They ate ."),
        ("I saw it, e.g. Rome. Was it? 3 did.", "I saw it , e.g . Rome .|Was it ?|3 did ."),
        ("Disse: “Vá.” Ele foi. (Só.) Fim.", "Disse : “ Vá . ”|Ele foi .|( Só . )|Fim ."),
        ('"Vá." "Não vou." Foi.', '" Vá . "|" Não vou . "|Foi .'),
        ("`` Vá. '' Foi. 'Eu?' Sim.", "`` Vá . ''|Foi .|' Eu ? '|Sim ."),
        ("Ele leu (...) Tudo [...] E mais.", "Ele leu ( ... ) Tudo [ ... ] E mais ."),
        ("Foi assim... § 1º vale. — Sim?", "Foi assim ...|§ 1º vale .|— Sim ?"),
        ("Ver p.ex. o site www.a.pt.Novo fim. sem", "Ver p.ex . o site www.a.pt.Novo fim . sem"),
        ("Título\n\nUm texto\nque segue", "Título|Um texto que segue"),
        ("Título\r\rUm\rtexto\x0cFim\x0ce\r\n\x0cmais", "Título|Um texto|Fim e mais"),
        (
            "Em 25 ago. 2014, às set. Foi em 3 set. 2 de mar. Sim.",
            "Em 25 ago . 2014 , às set .|Foi em 3 set . 2 de mar .|Sim .",
        ),
        ("J.J. Costa, M.P.S. Lima e a S.A. Silva.", "J.J . Costa , M.P.S . Lima e a S.A . Silva ."),
        ("REsp. 1.234/SP e Súm. 7 (HC. 8)", "REsp . 1.234/SP e Súm . 7 ( HC . 8 )"),
        (
            "A Drª. Ana, a Desa. Eva e o Sgto. Rui, séc. XX",
            "A Drª . Ana , a Desa . Eva e o Sgto . Rui , séc . XX",
        ),
        (
            "O STF. O HC. É o 5º. A vila. Não é mil. O",
            "O STF .|O HC .|É o 5º .|A vila .|Não é mil .|O",
        ),
        (
            "Em 3/fev. 2014 o Mal. Reis, Ex-Gov. Sá e V. Sa. Lia, Ph.D. Rui, Mand. Seg. 5, S/A. X",
            "Em 3/fev . 2014 o Mal . Reis , Ex-Gov . Sá e V . Sa . Lia , Ph.D . Rui , Mand . Seg . "
            "5 , S/A . X",
        ),
        (
            "Foi mal. Quis ver. O apto. 5 é em Recife - PE. O João, de Maceió-AL. Era o tom. Sim.",
            "Foi mal .|Quis ver .|O apto . 5 é em Recife - PE .|O João , de Maceió-AL .|Era o tom ."
            "|Sim .",
        ),
        ("Título\r\n\r\nUm\r\ntexto\u2029\u2029fim", "Título|Um texto|fim"),
        ("art.\n\nFim", "art .|Fim"),
    ],
)
def test_sentences(text, sentences):
    assert sentences_of(text) == sentences.split("|")


def test_no_sentence_is_longer_than_the_limit():
    most = reference.MAX_WORDS
    (words,) = split("uma " * (2 * most + 1) + ". E " + "o " * most)
    lengths = np.bincount([word.sentence for word in words])
    assert lengths.tolist() == [most, most, 2, most, 1]


def test_offsets_count_characters_and_not_bytes():
    (words,) = split("É 👩🏽\u200d💻 só\u0301!")
    assert words == [
        ("É", 0, 1, 0, 0),
        ("👩🏽\u200d💻", 2, 6, 0, 0),
        ("só\u0301", 7, 10, 0, 0),
        ("!", 10, 11, 0, 0),
    ]


@pytest.mark.parametrize(("text", "start"), [("\ufeffAna\u200b!", 1), ("A\u00adna\u2060 ", 0)])
def test_format_characters_count_in_offsets(text, start):
    word = split(text)[0][0]
    assert (word.start, word.end) == (start, 4)
    assert word.text == text[start:4]


def test_texts_do_not_touch():
    texts = ["Fede-", "\nral", "\u00ad", "Fim.", '" Ah', "", "\u0301a", " \n\n", "A"]
    assert split(*texts) == [words for text in texts for words in split(text)]
    assert [word.sentence for words in split(*texts) for word in words] == [0] * 10


@pytest.mark.parametrize("texts", [[], [""], ["", " \t\r\n\u200b", ""]])
def test_nothing_to_split(texts):
    assert split(*texts) == [[] for _ in texts]
    assert [part.dtype for part in split_in_graph(tf.constant(texts, tf.string))] == [
        tf.string,
        *[tf.int32] * 4,
    ]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(texts_of_pieces, st.text(max_size=40)), max_size=4))
@example(["\u200da", "\u0301\u0301", "a\u200d.", "\u200d\u200d\u0301x"])
def test_the_graph_agrees_with_the_reference(texts):
    assert split(*texts) == [reference.split_words(text) for text in texts]


@settings(deadline=None)
@given(st.one_of(texts_of_pieces, st.text()))
def test_words_cover_a_text_in_order(text):
    (words,) = split(text)
    place = sentence = 0
    for word in words:
        assert place <= word.start < word.end
        assert word.text == text[word.start : word.end]
        assert not text[place : word.start].strip(SPACES)
        assert word.sentence in (sentence, sentence + 1)
        place, sentence = word.end, word.sentence
    assert not text[place:].strip(SPACES)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from([b"a", b" ", *(bytes([byte]) for byte in range(0x80, 0x100))]),
            max_size=12,
        ).map(b"".join)
    )
)
@example([b"\xef\xbb\xbfa", b"\xe2\x82", b"\xf0\x9f\x98 a", b"\xed\xa0\x80", b"\xc0\xaf", b"\0a"])
def test_bytes_that_are_no_text(texts):
    assert split(*texts) == [reference.split_words(reference.decode(text)) for text in texts]


def test_every_character_is_of_the_kind_of_the_reference():
    codes = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    expected = [ord(reference.kind(chr(code))) for code in codes]
    np.testing.assert_array_equal(kinds_of(tf.constant(codes)), expected)


@pytest.mark.parametrize(
    "piece", ["a", ".", " ", "\u0301", "👩\u200d", "a.", "O art. 5º, d'Ávila (SP). "]
)
def test_long_texts(piece):
    text = piece * (100_000 // len(piece))
    assert split(text, "fim") == [reference.split_words(text), [("fim", 0, 3, 0, 0)]]


def test_the_saved_model_runs_outside_python(tmp_path):
    @tf.function(input_signature=[TEXTS], autograph=False)
    def dense(text):
        return {name: part.to_tensor() for name, part in split_words(text)._asdict().items()}

    tf.saved_model.save(tf.Module(), str(tmp_path), signatures={"split": dense})
    pieces = random.Random(5).choices(PIECES, k=3000)
    texts = np.array(["".join(pieces), "O art. 5º é claro. Fim.", ""], object)
    calls = [Call("split", {"text": part}) for part in (texts, texts[:0])]
    received, empty = run_signatures(tmp_path, calls)
    for name, expected in dense(tf.constant(texts, tf.string)).items():
        np.testing.assert_array_equal(received[name], expected.numpy())
        assert empty[name].shape == (0, 0)


def test_in_a_data_pipeline():
    texts = ["Ana foi. Rui veio.", "Sim"]
    data = tf.data.Dataset.from_tensor_slices(texts).batch(2).map(split_words)
    (found,) = data
    assert found.words.to_list() == [[b"Ana", b"foi", b".", b"Rui", b"veio", b"."], [b"Sim"]]
