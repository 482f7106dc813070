"""The note generator."""

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
from seqzoo.zoo.note_generator.constraints import note_constraint
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
    stands for all scores below it. Raw output of `generate`: `symusic.Score`. Network: an
    embedding of events, stacked recurrent layers (`PeepholeLSTM` by default), the next event among
    those that can follow: a pitch has a duration, a bar its time signature.
    Loss: cross-entropy in nats per event. Exported signatures: `generate`, `score`,
    `step`, and on a server `compose`.

    >>> generator = NoteGenerator.from_examples(embedding_dim=8, units=16, num_layers=1)
    >>> continued = generator.generate(None, max_length=16)
    >>> continued.ticks_per_quarter
    480
    """

    backbone_cls = NoteGeneratorBackbone
    preprocessor_cls = NoteGeneratorPreprocessor
    default_learning_rate = 6e-3
    _compiled_vocal_range = None

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
    ) -> Self:
        """Makes an untrained generator; the arguments are those of `RecurrentBackbone`.

        Args:
            examples: Nothing that is read: the events are known before any piece.
            embedding_dim: Size of the embedding.
            units: Size of every recurrent layer.
            num_layers: Number of recurrent layers.
            cell: Kind of the recurrent layers.
            dropout: Share dropped in training.
            sequence_length: Events in a training window.
        """
        return cls.untrained(
            NoteTokenizer(),
            sequence_length,
            embedding_dim=embedding_dim,
            units=units,
            num_layers=num_layers,
            cell=cell,
            dropout=dropout,
        )

    def transition_mask(self, vocabulary_size: int) -> np.ndarray | None:
        """See `RecurrentCausalLM.transition_mask`: every piece that can be written is well-formed.

        A network of another vocabulary than `NoteTokenizer`'s has none.
        """
        names = NoteTokenizer().get_vocabulary()
        return transition_mask(names) if len(names) == vocabulary_size else None

    # The constraint is made while graphs are traced, but is no part of them.
    @tf.autograph.experimental.do_not_convert
    def sampling_constraint(self) -> SamplingConstraint | NoConstraint:
        """See `RecurrentCausalLM`: bars are complete, and a voice can sing its notes."""
        if self.preprocessor is None:
            return super().sampling_constraint()
        names = self.preprocessor.tokenizer.get_vocabulary()
        return note_constraint(tuple(names), self.preprocessor.voice_vocal_range)

    def make_generate_function(self) -> Callable[..., Any]:
        """See `keras_nlp.models.CausalLM.make_generate_function`."""
        self._discard_compiled_functions()
        return super().make_generate_function()

    def make_stream_function(self) -> Callable[..., Any]:
        """See `RecurrentCausalLM.make_stream_function`."""
        self._discard_compiled_functions()
        return super().make_stream_function()

    def _discard_compiled_functions(self):
        """Compiles again if the vocal range has changed."""
        vocal_range = None if self.preprocessor is None else self.preprocessor.voice_vocal_range
        if vocal_range != self._compiled_vocal_range:
            self._compiled_vocal_range = vocal_range
            self.generate_function = self.stream_function = None

    def signatures(self) -> dict[str, Signature]:
        """What the exported model answers to: `generate`, `score`, `step`, and `compose`."""
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
            inputs: A score, or several: a list, tuple, array, folder or dataset of scores, or
                token ids as keras-hub takes them. `None` starts from nothing.
            max_length: The most events of the result, start token and prompt included.
                Defaults to the preprocessor's `sequence_length`.
            stop_token_ids: Events that end the piece; with `None` it goes on to `max_length`.
                Defaults to the end token.
            strip_prompt: Whether the prompt is left out of the result, which then begins with the
                bar in which the piece goes on. Defaults to `False`.

        Returns:
            A `symusic.Score` for one score, a list of them for several.

        Raises:
            ScoreError: If a score is missing, unreadable or without notes.
            ValueError: If a prompt leaves no room for one more event below `max_length`.
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
        """The added events as scores, in the key and time signature in which the prompts end."""
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

        The events are those of `generate`. A stream holds on to nothing that it has given, so it
        may go on for ever; it stops when it is no longer asked for more.

        Args:
            prompt: A score or `Conditions`. `None` starts from nothing.
            endless: Whether the piece cannot end by itself. Defaults to `False`.
            max_length: The most events that are added. Defaults to no limit.

        Returns:
            An iterator over the new events. The last one of a piece that ends is the end token.

        Raises:
            ScoreError: If the prompt is missing, unreadable or without notes.
            ValueError: If the sampler chooses among whole sequences, as beam search does.
        """
        self.check_preprocessor()
        check_streams(self.sampler)
        (midi,) = self.preprocessor.one_by_one([b"" if prompt is None else prompt])
        return self._stream(self.preprocessor.prompt_ids(midi), endless, max_length)

    def _stream(self, prompt_ids, endless, max_length):
        tokenizer = self.preprocessor.tokenizer
        reader = NoteReader(tokenizer)
        for token_id in prompt_ids:
            reader.read(token_id)
        token_ids = [tokenizer.start_token_id, *prompt_ids]
        for token_id in stream_tokens(self, token_ids, not endless, max_length):
            yield reader.read(token_id)
