from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone as NERTaggerBackbone
from seqzoo.zoo.ner_tagger.preprocessor import NERTaggerPreprocessor as NERTaggerPreprocessor
from seqzoo.zoo.ner_tagger.task import NERTagger as NERTagger
from seqzoo.zoo.ner_tagger.tokenizer import NERTokenizer as NERTokenizer
from seqzoo.zoo.text.tagging.conll_reader import ConllError as ConllError
from seqzoo.zoo.text.tagging.conll_reader import read_conll as read_conll
from seqzoo.zoo.text.tagging.tagged_sentence import Entity as Entity
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence as TaggedSentence
