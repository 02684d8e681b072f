"""Which script a text is written in, and roughly which language: enough to notice that a table mixes them.

Scripts come from the names that Unicode gives letters. Languages in Latin letters are told by the commonest function
words; texts of a few words often hold none, and are then of no known language.
"""

from __future__ import annotations

import re
from collections import Counter

from kerasft.inputs.texts.scripts import script_of

__all__ = ["language_of", "script_of"]

_WORDS = {
    "English": "the and is are of to in it you that was for with not have this my i",
    "German": "der die das und ist nicht ein eine ich mit zu auf für es sie den wir auch",
    "French": "le les des est et une je pas que vous pour dans ce il elle nous sur du",
    "Spanish": "el los las y es una que por con para está como pero muy lo mi del yo",
    "Italian": "il gli e è una che per con non sono di della mi ho questo anche ma",
    "Portuguese": "o os as e é uma que por com para não do da em meu muito mas foi",
    "Dutch": "de het een en is niet ik van dat op te met voor zijn maar ook naar mijn",
    "Polish": "i w nie się na jest to że z do jak ale po mam co już",
    "Turkish": "ve bir bu için çok ile ama var değil ben ne gibi daha",
}
_FUNCTION_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_LEAST_WORDS = 2
_READ = 2000


def language_of(text: str) -> str:
    """Returns the language that a text in Latin letters is probably in, another script's name, or "" if unknown."""
    script = script_of(text)
    if script != "Latin":
        return script
    words = Counter(re.findall(r"[^\W\d_]+", text[:_READ].lower()))
    scores = {name: sum(words[word] for word in known) for name, known in _FUNCTION_WORDS.items()}
    (best, first), (_, second) = Counter(scores).most_common(2)
    return best if first >= _LEAST_WORDS and first > second else ""
