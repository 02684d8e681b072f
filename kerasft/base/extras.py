"""Packages that only some users need, imported where they are used; a missing one is told apart from a broken one."""

from __future__ import annotations

import importlib
from types import ModuleType

from kerasft.base.errors import UnavailableError


def load(module: str, package: str, extra: str, purpose: str) -> ModuleType:
    """Imports a module of an extra.

    Args:
        module: What to import: "pyarrow.parquet".
        package: The distribution that has it: "pyarrow".
        extra: The extra of kerasft that brings it: "parquet".
        purpose: What needs it, as the beginning of a sentence: "Parquet files need".

    Raises:
        UnavailableError: It is not installed, or is installed and can't be imported; each with the command that helps.
    """
    try:
        importlib.import_module(
            module.split(".")[0]
        )  # else a missing package is told by the name of its part
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module.split(".")[0]:
            raise UnavailableError(
                f'{purpose} the package {package}, which is not installed; pip install "kerasft[{extra}]"'
            ) from None
        raise UnavailableError(_broken(package, error)) from error
    except Exception as error:
        raise UnavailableError(_broken(package, error)) from error


def _broken(package: str, error: Exception) -> str:
    return (
        f"the package {package} is installed but can't be imported ({type(error).__name__}: {error}); "
        f"pip install --force-reinstall {package}"
    )
