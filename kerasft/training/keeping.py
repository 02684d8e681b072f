"""What a fine-tuning that is stopped before its end leaves behind."""

from __future__ import annotations

from kerasft.base import files
from kerasft.runs.folder import PhaseResult, best_phase, write_result
from kerasft.runs.model import save_weights
from kerasft.runs.run import weights_path
from kerasft.training import freezing
from kerasft.training.checkpoint import best_values, numbered, read_checkpoint, restore
from kerasft.training.history import plot_history
from kerasft.training.session import Session


def keep_best_so_far(session: Session) -> str:
    """Writes the result of an unfinished run, if it has one, and says what was reached."""
    saved = read_checkpoint(session.folder)
    objective = session.objective
    if saved and saved[0].score:
        state, phase = saved[0], session.phases[saved[0].phase]
        freezing.set_trainable(session.model, phase.unfreeze)
        changing = numbered("weight", freezing.changing_weights(session.model))
        restore(changing, numbered("weight", best_values(*saved)))
        with files.atomic_path(weights_path(session.folder, phase.name)) as temporary:
            save_weights(session.model, temporary)
        reached, rates = objective.values(saved[0].score), session.rates.get(phase.name, {})
        session.results[phase.name] = PhaseResult(
            state.epoch, state.best_epoch, reached, (), 0, "", 0.0, **rates
        )
        write_result(session.folder, session.model, session.results, objective)
    if not session.results:
        return "no epoch has ended yet"
    first = objective.better[0]
    plot_history(session.rows, session.folder / "history.png", first.metric)
    best = session.results[best_phase(session.results, objective)].metrics[first.logged]
    name = first.metric.replace("_", " ")
    return f"the best weights so far are the run's (validation {name} {best:.4f})"
