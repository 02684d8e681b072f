"""Cases that take turns: every case has its day."""

from types import SimpleNamespace

from tests.turns import divide


def item(nodeid, days=None, **share):
    mark = None if days is None else SimpleNamespace(args=(days,), kwargs=share)
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda name: mark)


def test_each_case_runs_once_in_so_many_days_and_the_others_always():
    cases = [item(f"a.py::test_a[{letter}]", 3) for letter in "vwxyz"] + [
        item("a.py::test_b[1]", 2),
        item("b.py::test_c"),
    ]
    ran = [[each.nodeid for each in divide(cases, day)[0]] for day in range(6)]
    assert all("b.py::test_c" in each for each in ran)
    for letter in "vwxyz":
        assert sum(f"a.py::test_a[{letter}]" in each for each in ran) == 2
    assert sum("a.py::test_b[1]" in each for each in ran) == 3
    assert all(len(divide(cases, day)[0]) + len(divide(cases, day)[1]) == len(cases) for day in range(6))


def test_cases_of_one_share_run_on_the_same_day():
    cases = [
        item(f"a.py::test_{test}[{letter}]", 2, share=share)
        for test in "ab"
        for letter, share in zip("xyz", (0, 1, 0), strict=True)
    ]
    ran = [[each.nodeid[-2] for each in divide(cases, day)[0]] for day in (10, 11)]
    assert sorted(ran) == [list("xzxz"), list("yy")]


def test_a_case_of_several_shares_runs_when_the_others_do_not():
    cases = [item("a.py::test_a[fetched]", 5, share=0), item("a.py::test_a[linked]", 5, share=(1, 2, 3, 4))]
    ran = [[each.nodeid for each in divide(cases, day)[0]] for day in range(5)]
    assert all(len(each) == 1 for each in ran)
    assert sum("fetched" in each[0] for each in ran) == 1


def test_files_begin_on_days_of_their_own():
    cases = [item(f"test_{number}.py::test_a[0]", 3) for number in range(60)]
    assert all(10 < len(divide(cases, day)[0]) < 30 for day in range(3))


def test_no_day_is_without_a_case_of_a_test_that_has_enough_of_them():
    cases = [item(f"a.py::test_a[{number}]", 3) for number in range(5)]
    assert {len(divide(cases, day)[0]) for day in range(3)} == {1, 2}
