import pytest

from kerasft.base.errors import InputError, KerasftError, Problem, did_you_mean, raise_problems


def test_a_problem_says_what_which_value_and_what_to_do():
    problem = Problem("the data does not exist", "flowrs/", "give a folder with --data")
    assert str(problem) == "the data does not exist (received: flowrs/); give a folder with --data"


def test_a_problem_is_one_line_whatever_the_value():
    assert "\n" not in str(Problem("bad name", "a\nb", "rename\nit"))


def test_all_problems_are_raised_together():
    with pytest.raises(InputError) as caught:
        raise_problems([Problem("one"), Problem("two")])
    assert str(caught.value) == "one\ntwo"
    assert caught.value.exit_code == 2
    assert KerasftError("x").exit_code == 1


def test_no_problems_raise_nothing():
    raise_problems([])


def test_the_nearest_name_is_suggested():
    assert did_you_mean("resnet5", ["resnet50", "vgg16"], "look") == "did you mean 'resnet50'?"
    assert did_you_mean("zzz", ["resnet50", "vgg16"], "look") == "look"
