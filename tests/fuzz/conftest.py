"""How hypothesis works here: the same examples in every run, nothing kept on disk."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "kerasft",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
    ],
)
settings.load_profile("kerasft")
