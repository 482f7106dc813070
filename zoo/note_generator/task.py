"""The task of the note generator."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.recurrent_stack import Cell
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM
from seqzoo.zoo.generation.constraints import NoConstraint, SamplingConstraint
from seqzoo.zoo.generation.streaming import check_streams, stream_tokens
from seqzoo.zoo.note_generator.backbone import NoteGeneratorBackbone
from seqzoo.zoo.note_generator.constraints.chord_constraint import ChordPlan, chord_constraint
from seqzoo.zoo.note_generator.constraints.note_constraint import note_constraint
from seqzoo.zoo.note_generator.events.grammar import transition_mask
from seqzoo.zoo.note_generator.events.stream import NoteEvent, NoteReader
from seqzoo.zoo.note_generator.preprocessor import NoteGeneratorPreprocessor, is_one_score
from seqzoo.zoo.note_generator.prompt import in_prompt_style
from seqzoo.zoo.note_generator.signatures import compose_signature
from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer


@keras.saving.register_keras_serializable("seqzoo")
class NoteGenerator(RecurrentCausalLM):
    """Continues a score, event by event (many to many).

    Raw inputs: scores, as paths (MusicXML, MIDI), `symusic.Score`s or MIDI bytes; a folder
    means all scores in it. Raw output of `generate`: `symusic.Score`. Network: embeddings of events
    and of their lookbacks, if any; stacked recurrent layers (`PeepholeLSTM` by default); and a
    softmax over the events that may follow: a duration after a pitch, a time signature after a bar.
    Loss: cross-entropy in nats per event. Exported signatures: `generate`, `score`, `step`, and in
    the SavedModel `compose`.

    >>> generator = NoteGenerator.from_examples(embedding_dim=8, units=16, num_layers=1)
    >>> continued = generator.generate(None, max_length=16)
    >>> continued.ticks_per_quarter
    480
    """

    backbone_cls = NoteGeneratorBackbone
    preprocessor_cls = NoteGeneratorPreprocessor
    default_learning_rate = 6e-3
    chord_plan: ChordPlan | None = None
    """The chords that the piano plays in what is generated; `None`, the default, leaves it free."""

    _compiled_rules: tuple | None = None

    @classmethod
    def from_examples(
        cls,
        examples: Any = None,
        *,
        embedding_dim: int = 96,
        units: int = 192,
        num_layers: int = 2,
        cell: Cell = "peephole_lstm",
        dropout: float = 0.1,
        sequence_length: int = 128,
        lookback: Sequence[int] = (),
    ) -> Self:
        """Creates an untrained generator; see `NoteGeneratorBackbone` for the arguments.

        Args:
            examples: Ignored, because the vocabulary of events is fixed.
            embedding_dim: Size of the embedding.
            units: Size of every recurrent layer.
            num_layers: Number of recurrent layers.
            cell: Type of the recurrent layers.
            dropout: Dropout rate.
            sequence_length: Number of events in a training window.
            lookback: Distances in bars at which the network looks back.
        """
        return cls.untrained(
            NoteTokenizer(),
            sequence_length,
            embedding_dim=embedding_dim,
            units=units,
            num_layers=num_layers,
            cell=cell,
            dropout=dropout,
            lookback=lookback,
        )

    def transition_mask(self, vocabulary_size: int) -> np.ndarray | None:
        """Returns the transition mask of the event grammar; see `RecurrentCausalLM`.

        It is `None` if the vocabulary size is not that of `NoteTokenizer`.
        """
        names = NoteTokenizer().get_vocabulary()
        return transition_mask(names) if len(names) == vocabulary_size else None

    # The constraint is created during tracing, but must not become part of the graph.
    @tf.autograph.experimental.do_not_convert
    def sampling_constraint(self) -> SamplingConstraint | NoConstraint:
        """Returns a constraint that keeps bars complete, the metre, and the voice singable."""
        if self.preprocessor is None:
            return super().sampling_constraint()
        names = tuple(self.preprocessor.tokenizer.get_vocabulary())
        *rules, plan = self._rules(self.preprocessor)
        if plan is None:
            return note_constraint(names, *rules)
        return chord_constraint(names, *rules, plan)

    def make_generate_function(self) -> Callable[..., Any]:
        """See `keras_nlp.models.CausalLM.make_generate_function`."""
        self._discard_compiled_functions()
        return super().make_generate_function()

    def make_stream_function(self) -> Callable[..., Any]:
        """See `RecurrentCausalLM.make_stream_function`."""
        self._discard_compiled_functions()
        return super().make_stream_function()

    def _discard_compiled_functions(self):
        """Discards compiled functions if the vocal range or another rule has changed."""
        rules = None if self.preprocessor is None else self._rules(self.preprocessor)
        if rules != self._compiled_rules:
            self._compiled_rules = rules
            self.generate_function = self.stream_function = None

    def _rules(self, preprocessor):
        return preprocessor.vocal_range, preprocessor.metre_changes, self.chord_plan

    def signatures(self) -> dict[str, Signature]:
        """Returns the signatures `generate`, `score`, `step` and `compose` of the SavedModel."""
        signatures = super().signatures()
        return {**signatures, "compose": compose_signature(self, signatures["generate"])}

    def generate(
        self,
        inputs: Any = None,
        max_length: int | None = None,
        stop_token_ids: Sequence[int] | str | None = "auto",
        strip_prompt: bool = False,
    ) -> Any:
        """Continues scores; see `keras_nlp.models.CausalLM.generate`.

        Args:
            inputs: A score; a list, tuple, array, folder or dataset of scores; or token ids as in
                keras-hub. `None` starts a new piece.
            max_length: Maximum number of events of the result, start token and prompt included.
                Defaults to the preprocessor's `sequence_length`.
            stop_token_ids: Events that end the piece. With `None`, it continues up to `max_length`.
                Defaults to the end token.
            strip_prompt: Whether to leave the prompt out of the result, which then begins with the
                bar in which the piece continues. Defaults to `False`.

        Returns:
            A `symusic.Score` for one score, a list of them for several.

        Raises:
            ScoreError: If a score is missing, unreadable or without notes.
            ValueError: If a prompt leaves no room for another event within `max_length`.
        """
        if self.preprocessor is None or isinstance(inputs, dict):
            return super().generate(inputs, max_length, stop_token_ids, strip_prompt)
        one = inputs is None or is_one_score(inputs)
        midis = list(self.preprocessor.one_by_one(b"" if inputs is None else inputs))
        if not midis:
            raise ValueError("There are no scores to continue: give at least one, or None.")
        max_length = self.preprocessor.sequence_length if max_length is None else max_length
        longest = max(1 + len(self.preprocessor.prompt_ids(midi)) for midi in midis)
        if longest >= max_length:
            raise ValueError(
                f"The prompt has {longest} events with its start, which leaves no room below "
                f"max_length={max_length}: shorten the prompt or raise max_length."
            )
        if strip_prompt:
            scores = self._added_to(midis, max_length, stop_token_ids)
        else:
            scores = super().generate(midis, max_length, stop_token_ids)
        scores = [in_prompt_style(score, midi) for score, midi in zip(scores, midis, strict=True)]
        return scores[0] if one else scores

    def _added_to(self, midis, max_length, stop_token_ids):
        """Generates scores of the added events, in the final key and time signature of prompts."""
        tokenizer = self.preprocessor.tokenizer
        stop = (tokenizer.end_token_id,) if stop_token_ids == "auto" else stop_token_ids
        prompt = self.preprocessor.generate_preprocess(midis, sequence_length=max_length)
        drawn = self.make_generate_function()(prompt, stop_token_ids=stop)
        ids, present = np.asarray(drawn["token_ids"]), np.asarray(drawn["padding_mask"])
        given = np.asarray(prompt["padding_mask"]).sum(axis=1)
        scores = []
        for row, mask, length in zip(ids, present, given, strict=True):
            reader = NoteReader(tokenizer)
            for token_id in row[1:length]:
                reader.read(token_id)
            scores.append(tokenizer.detokenize([*reader.context, *row[mask][length:]]))
        return scores

    def stream(
        self, prompt: Any = None, endless: bool = False, max_length: int | None = None
    ) -> Iterator[NoteEvent]:
        """Continues a score, event by event, with the sampler of `compile`.

        The events are those of `generate`. Memory use is constant, so a stream may be endless.

        Args:
            prompt: A score or `Conditions`. `None` starts a new piece.
            endless: Whether to forbid the end token. Defaults to `False`.
            max_length: Maximum number of events to add. Defaults to no limit.

        Returns:
            An iterator over the new events. If the piece ends, the last event is the end token.

        Raises:
            ScoreError: If the prompt is missing, unreadable or without notes.
            ValueError: If the sampler chooses among whole sequences, such as beam search.
        """
        self.check_preprocessor()
        check_streams(self.sampler)
        _, ids = self.preprocessor.one_prompt(prompt)
        return self._stream(ids, endless, max_length)

    def _stream(self, prompt_ids, endless, max_length):
        tokenizer = self.preprocessor.tokenizer
        reader = NoteReader(tokenizer)
        for token_id in prompt_ids:
            reader.read(token_id)
        token_ids = [tokenizer.start_token_id, *prompt_ids]
        for token_id in stream_tokens(self, token_ids, not endless, max_length):
            yield reader.read(token_id)
