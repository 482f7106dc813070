from seqzoo.zoo.music.audio import write_wav as write_wav
from seqzoo.zoo.music.chord_symbols import parsed_progression as parsed_progression
from seqzoo.zoo.music.engraving import write_pages as write_pages
from seqzoo.zoo.music.piano_roll import draw_piano_roll as draw_piano_roll
from seqzoo.zoo.music.reader import ScoreError as ScoreError
from seqzoo.zoo.music.reader import find_scores as find_scores
from seqzoo.zoo.music.reader import read_score as read_score
from seqzoo.zoo.music.writer import write_midi as write_midi
from seqzoo.zoo.music.writer import write_musicxml as write_musicxml
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone as NoteGeneratorBackbone
from seqzoo.zoo.note_generator.composing.completion import complete as complete
from seqzoo.zoo.note_generator.composing.continue_bars import continue_for_bars as continue_for_bars
from seqzoo.zoo.note_generator.composing.form import compose_form as compose_form
from seqzoo.zoo.note_generator.composing.harmonize import harmonise as harmonise
from seqzoo.zoo.note_generator.conditions import Conditions as Conditions
from seqzoo.zoo.note_generator.constraints.chord_constraint import (
    continued_chords as continued_chords,
)
from seqzoo.zoo.note_generator.preprocessor import (
    NoteGeneratorPreprocessor as NoteGeneratorPreprocessor,
)
from seqzoo.zoo.note_generator.prompt import first_bars as first_bars
from seqzoo.zoo.note_generator.task import NoteGenerator as NoteGenerator
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer as NoteTokenizer
