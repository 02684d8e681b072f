"""Do explanations explain? What is known of the small models must be in their maps, and go when the weights go.

With `-s` each test prints its row of the table in docs/explanations.md.

Randomised weights: Adebayo et al. 2018, "Sanity Checks for Saliency Maps". A map that stays the same when the network
forgets all it learned tells of the image and not of the network. Completeness: Sundararajan et al. 2017.
"""

import numpy as np
import pytest
from scipy.stats import spearmanr

from kerasft.explaining import explain_column

COUNT = 6  # images, or texts
DRAWS = 2  # of new weights
MOST_ALIKE = 0.4  # mean rank correlation of the maps before and after: a sixth of the variance in common
LARGEST_GAP = 0.05  # of all examples together: one that hardly differs from its baseline tells little
CASES = [
    ("cnn", "grad-cam"), ("cnn", "integrated-gradients"), ("cnn", "occlusion"),
    ("vit", "token-gradients"), ("vit", "integrated-gradients"), ("vit", "occlusion"),
]  # fmt: skip
# each network has to be trained first; the BERT, which is in the fast suite, takes seconds
TURNS = {"cnn": pytest.mark.turns(2, share=0), "vit": pytest.mark.turns(2, share=1)}
CASES = [pytest.param(*case, marks=(pytest.mark.slow, TURNS[case[0]])) for case in CASES]


def map_of(predictor, image, method, target):
    found = explain_column(predictor, image[None], ["x"], method=method, targets=[target], steps=16)
    return found[0].attribution


def correlation(first, second):
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0  # an empty map is like no other
    return spearmanr(first.ravel(), second.ravel())[0]


def gap_of(found, kind):
    shares = [each.completeness for each in found]
    gap = sum(abs(each.total - each.difference) for each in shares) / sum(
        abs(each.difference) for each in shares
    )
    worst = max(each.relative_error for each in shares)
    print(f"\n{kind}: gap {gap:.2%} of all together, {worst:.2%} at most")
    return gap


@pytest.mark.parametrize(("kind", "method"), CASES)
def test_maps_show_the_evidence_and_change_with_the_weights(kind, method, request, lessons):
    predictor = request.getfixturevalue(kind)
    images, _, masks = lessons.squares(COUNT, 5)
    found = explain_column(predictor, images, ["x"] * COUNT, method=method)
    assert {each.method for each in found} == {method}
    maps = [np.maximum(each.attribution, 0) for each in found]
    inside = [each[mask].sum() / each.sum() for each, mask in zip(maps, masks, strict=True)]
    assert np.mean(inside) > 2 * masks.mean()  # twice what a map without knowledge would have there
    alike = {}
    for forgets, layers in (("head", ["logits"]), ("all", None)):
        rows = []
        for draw in range(DRAWS):
            with lessons.randomised(predictor.model, layers, draw):
                for image, each in zip(images, found, strict=True):
                    other = map_of(predictor, image, method, each.claim.class_name)
                    rows.append(correlation(each.attribution, other))
        alike[forgets] = np.mean(rows)
    print(f"\n| {kind} | {method} | {np.mean(inside):.0%} | {alike['head']:.2f} | {alike['all']:.2f} |")
    assert max(alike.values()) < MOST_ALIKE
    again = explain_column(predictor, images[:1], ["x"], method=method)[0]
    assert np.allclose(again.attribution, found[0].attribution, atol=1e-4)  # the weights are back


@pytest.mark.parametrize(("kind", "method"), [CASES[1], CASES[3], CASES[4]])
def test_the_shares_add_up_to_the_difference_of_the_logits(kind, method, request, lessons):
    predictor = request.getfixturevalue(kind)
    images = lessons.squares(COUNT, 6)[0]
    found = explain_column(predictor, images, ["x"] * COUNT, method=method)
    blank = np.broadcast_to(images.mean(axis=(1, 2, 3), keepdims=True), images.shape).astype("float32")
    logits = predictor.model.predict_on_batch(images.astype("float32"))
    others = predictor.model.predict_on_batch(blank)
    for row, each in enumerate(found):
        target = predictor.class_names.index(each.claim.class_name)
        difference = logits[row, target] - others[row, target]
        assert each.completeness.difference == pytest.approx(difference, rel=1e-3, abs=1e-3)
        if method == "integrated-gradients":  # patches' shares are enlarged to pixels
            assert each.attribution.sum() == pytest.approx(each.completeness.total, rel=1e-3, abs=1e-3)
    assert gap_of(found, f"{kind}, {method}") < LARGEST_GAP


@pytest.mark.slow
@pytest.mark.parametrize("method", ["integrated-gradients", "occlusion"])
def test_the_word_that_tells_the_class_is_found(bert, method, lessons):
    texts, _, places = lessons.sentences(COUNT, 9)
    found = explain_column(bert, texts, texts, method=method)
    assert [int(np.argmax(each.attribution)) for each in found] == places
    alike = {}
    for forgets, layers in (("head", ["logits"]), ("all", None)):
        rows = []
        for draw in range(DRAWS):
            with lessons.randomised(bert.model, layers, draw):
                for text, each in zip(texts, found, strict=True):
                    target = each.claim.class_name
                    (other,) = explain_column(bert, [text], [text], method=method, targets=[target])
                    rows.append(correlation(each.attribution, other.attribution))
        alike[forgets] = np.mean(rows)
    print(f"\n| bert | {method} | {COUNT} of {COUNT} | {alike['head']:.2f} | {alike['all']:.2f} |")
    assert max(alike.values()) < MOST_ALIKE


@pytest.mark.slow
def test_the_words_share_what_the_text_adds_and_special_tokens_get_nothing(bert, lessons):
    texts = lessons.sentences(COUNT, 9)[0]
    tokens = bert.model.encoder(texts)
    tokenizer, hidden = bert.model.encoder.tokenizer, tokens["token_ids"].copy()
    special = [tokenizer.start_token_id, tokenizer.end_token_id, tokenizer.pad_token_id]
    hidden[~np.isin(hidden, special)] = tokenizer.mask_token_id
    logits = bert.model.predict_on_batch(tokens)
    others = bert.model.predict_on_batch({**tokens, "token_ids": hidden})
    found = explain_column(bert, texts, texts)
    for row, each in enumerate(found):
        target = bert.class_names.index(each.claim.class_name)
        assert each.completeness.difference == pytest.approx(
            logits[row, target] - others[row, target], abs=1e-3
        )
        # all of it is in the words
        assert each.attribution.sum() == pytest.approx(each.completeness.total, rel=1e-4, abs=1e-4)
    assert gap_of(found, "bert") < LARGEST_GAP
