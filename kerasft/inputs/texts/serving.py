"""Texts in exported files: endpoints, inputs and their metadata, golden sentences, and the model card's words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerasft.base.json_values import JsonObject
from kerasft.base.specs import Spec
from kerasft.contract.serving import Endpoint, InputMetadata, Kotlin, Serving, Writer
from kerasft.inputs.texts.cleaning import clean_text
from kerasft.inputs.texts.column import Texts
from kerasft.inputs.texts.encoding import NAMES, TextEncoder

if TYPE_CHECKING:
    import keras_hub

# The name of each input in a `.tflite` file
TFLITE_NAMES = {name: name for name in NAMES} | {name: alias for alias, name in TextEncoder.aliases.items()}
TOKENIZER = "tokenizer"  # a folder
# Of the metadata's schema: a file that is a vocabulary, a unit that is BERT's tokenizer
_VOCABULARY, _BERT_TOKENIZER = 5, 4
_INPUTS = {
    "ids": "The ids of the tokens, after the start token; 0 behind the end.",
    "mask": "1 for each token and 0 behind them.",
    "segment_ids": "0 for the first text of a pair and 1 for the second; all 0 for one text.",
}


class TextServing(Serving[TextEncoder, Texts]):
    """Texts, or pairs of texts, as int32 tokens; in a SavedModel as strings, too."""

    fewest_golden = 10

    def endpoints(self, encoder: TextEncoder) -> list[Endpoint]:
        """Returns two endpoints.

        - `serve`: `texts`, strings (batch,), and for models of pairs also `pairs`, the second halves.
        - `serve_tokens`: the token arrays int32 (batch, sequence_length), by name, for clients with a tokenizer of
          their own; `tokenizer/` has its files.

        The tokenizer's operators are those of TensorFlow Text: a Python server needs `import tensorflow_text`, of
        TensorFlow's own version, before it loads the folder, whichever endpoint it wants. It needs neither KerasHub
        nor kerasft.
        """
        texts = {name: Spec((), "string") for name in ("texts", "pairs")[: 2 if encoder.pairs else 1]}
        encoder.tokenizer(["a"])  # Keras tracks no layer that was never called
        return [
            Endpoint("serve", (texts,), encoder.graph, tracked=(encoder.tokenizer,)),
            Endpoint("serve_tokens", (encoder.specs,), lambda **tokens: tokens),
        ]

    def write_assets(self, encoder: TextEncoder, folder: Path) -> None:
        """Writes the tokenizer's files."""
        from kerasft.inputs.texts.backbones.tokenizers import save_tokenizer

        save_tokenizer(encoder.tokenizer, folder / TOKENIZER)

    def tensors(self, encoder: TextEncoder) -> Mapping[str, Spec]:
        """Returns those that the model reads; of WordPiece tokens all three, since MediaPipe Tasks counts them."""
        everything = has_word_pieces(encoder.tokenizer)
        names = [name for name in NAMES if everything or name in encoder.input_names]
        return {TFLITE_NAMES[name]: Spec((encoder.sequence_length,), "int32") for name in names}

    def metadata(self, writer: Writer, encoder: TextEncoder, names: Sequence[str]) -> InputMetadata:
        """Says what the inputs are, and to MediaPipe's TextClassifier how to use the vocabulary, where it can."""
        inputs = [writer.table(name=name, description=_INPUTS[name]) for name in names]
        tokenizer = None
        if mediapipe_reads(encoder, bool(encoder.pairs)):
            file, what = next(iter(encoder.files())), "The tokens, one per line, in the order of their ids."
            vocabulary = writer.tables([writer.file(file, what, _VOCABULARY)])
            tokenizer = writer.unit(_BERT_TOKENIZER, writer.table(vocab_file=vocabulary))
        return InputMetadata(inputs, "1.1.0", tokenizer)  # which brought BertTokenizerOptions

    def golden(self, examples: Texts, encoder: TextEncoder, folder: Path) -> list[JsonObject]:
        """Returns sentences with their ids, and the form in which MediaPipe takes them."""
        tokens = encoder(examples)
        readable = mediapipe_reads(encoder, examples.pairs is not None)
        strips = readable and encoder.tokenizer.strip_accents
        return [
            {
                "text": text,
                **({"mediapipe_text": mediapipe_form(text, strips)} if readable else {}),
                **({} if examples.pairs is None else {"pair": examples.pairs[row]}),
                **{name: array[row].tolist() for name, array in tokens.items()},
            }
            for row, text in enumerate(examples.texts)
        ]

    def goes_in(self, encoder: TextEncoder) -> list[str]:
        """Says who makes the tokens."""
        return [
            "A raw text, for clients that read the tokenizer from the file: `kerasft predict`, and where it is of "
            "BERT's kind also MediaPipe's TextClassifier. Others make the token ids themselves: int32, 1 x "
            f"{encoder.sequence_length}, as `kerasft.json` inside the file says (a `.tflite` is also a ZIP: `unzip -p "
            "FILE kerasft.json`; in `.onnx` files it is in the metadata, with the vocabulary, and any number of texts "
            "may go in at once)."
        ]

    def also(self, encoder: TextEncoder, golden: str) -> list[str]:
        """Names the endpoints and the golden sentences."""
        return [
            "The SavedModel's `serve` takes raw texts; a Python server says `import tensorflow_text` before it loads "
            "the folder.",
            f"`NAME.golden.json` has sentences {golden}, their ids and what the file NAME "
            "answers: for a test of the app, with the tolerance of the table above.",
        ]

    def limits(self, encoder: TextEncoder) -> list[str]:
        """Says how much of a text is read, and what MediaPipe makes of it."""
        length = encoder.sequence_length
        lines = [f"Of a text only the first {length} tokens are read, start and end included."]
        if not mediapipe_reads(encoder, bool(encoder.pairs)):
            what = "MediaPipe's TextClassifier can't make this model's tokens; use LiteRT and the ids."
        elif encoder.tokenizer.strip_accents:
            what = (
                "MediaPipe lowers A-Z only and strips no accents, and training did both: an app turns `É` into `e` "
                "before it asks (Kotlin: `java.text.Normalizer`, form NFD, drop the marks, then `lowercase()`; Swift: "
                "`folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)`)."
            )
        else:
            what = (
                "MediaPipe lowers A-Z only, and training lowered every letter: an app does so before it asks."
            )
        return [*lines, what]

    def kotlin(self, encoder: TextEncoder, io: str, output: str) -> Kotlin:
        """Returns the lines that run a signature with the ids."""
        tensors = self.tensors(encoder)
        ours = ", ".join(encoder.aliases.get(name, name) for name in tensors)
        inputs = ", ".join(f'"{name}" to arrayOf({name})' for name in tensors)
        before = f"""
// {", ".join(tensors)}: IntArray({encoder.sequence_length}) each, of the file's own tokenizer
// (see kerasft.json in the file); for a test, those of the golden sentences ({ours} there)"""
        taken = f'mapOf<String, Any>({inputs}), mutableMapOf<String, Any>("{output}" to output), "serve"'
        return Kotlin(before, f"interpreter.runSignature({taken})")


def has_word_pieces(tokenizer: keras_hub.tokenizers.Tokenizer) -> bool:
    """Returns whether the tokenizer is BERT's kind, with one vocabulary file."""
    import keras_hub

    return isinstance(tokenizer, keras_hub.tokenizers.WordPieceTokenizer)


def mediapipe_form(text: str, strip_accents: bool = True) -> str:
    """Returns a text as an app has to hand it to MediaPipe: cleaned as for training, in lower case, without accents.

    MediaPipe leaves no-break spaces, soft hyphens, zero-width characters, byte-order marks and NUL in their words.

    Args:
        text: As it was written.
        strip_accents: Whether the model's tokenizer does; else MediaPipe gets the accents, too.
    """
    lowered = clean_text(text, word_pieces=True, lowercase=True)
    if not strip_accents:
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


def mediapipe_reads(encoder: TextEncoder, pairs: bool = False) -> bool:
    """Returns whether MediaPipe's BertTokenizer makes the same ids of plain English text.

    It turns A-Z into lower case whatever the vocabulary, looks for "[CLS]", "[SEP]" and "[UNK]", fills up with 0,
    skips empty lines of the vocabulary, and takes one text. (Letters beyond a-z it leaves as they are: accents and
    capitals outside ASCII give other ids than in training, unless the app removes them before.)
    Source: bert_preprocessor_calculator.cc and bert_tokenizer.cc of google-ai-edge/mediapipe.
    """
    tokenizer = encoder.tokenizer
    if pairs or not has_word_pieces(tokenizer) or not tokenizer.lowercase:
        return False
    vocabulary = list(tokenizer.get_vocabulary())
    lines = all(token and "\n" not in token and not token.endswith("\r") for token in vocabulary)
    special = [tokenizer.start_token_id, tokenizer.end_token_id]
    return (
        lines
        and len(set(vocabulary)) == len(vocabulary)
        and [vocabulary[index] for index in special] == ["[CLS]", "[SEP]"]
        and tokenizer.oov_token == "[UNK]"
        and tokenizer.suffix_indicator == "##"
        and tokenizer.pad_token_id == 0
    )


SERVING = TextServing()
