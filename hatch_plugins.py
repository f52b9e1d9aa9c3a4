"""Lets hatch work with the Pythons that this machine has.

hatch looks for interpreters on PATH, stops a matrix at the first one that is absent, and tries to download it. So this
collector adds the places where other Pythons often are, behind what PATH names already, and then drops from every
matrix what cannot be found by hatch's own search, which runs a candidate before it believes in it.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

import python_discovery
from hatch.env.collectors.plugin.interface import EnvironmentCollectorInterface

PYENV_VERSION = re.compile(r"(?P<minor>\d+\.\d+)(?:\.(?P<patch>\d+))?(?P<unfinished>(?:a|b|rc)\d+|-dev)?")


class AvailablePythons(EnvironmentCollectorInterface):
    """Reduces the matrices to the Pythons of this machine and gives the default environment one of them."""

    def finalize_config(self, config: dict[str, dict[str, Any]]) -> None:
        """Change `config`, the environments as hatch.toml has them, in place."""
        preferred: list[str] = config["hatch-test"]["matrix"][0]["python"]
        _extend_path(preferred)
        found = [version for version in preferred if python_discovery.get_interpreter(version, env=os.environ)]
        if not found:
            print(
                f"No Python {', '.join(preferred)} on this machine: hatch tries to download what it needs",
                file=sys.stderr,
            )
            return

        for environment in config.values():
            for matrix in environment.get("matrix", ()):
                if any(version in found for version in matrix.get("python", ())):
                    matrix["python"] = [version for version in matrix["python"] if version in found]
        if config["default"]["python"] not in found:
            config["default"]["python"] = found[0]

        missing = sorted(set(preferred) - set(found), key=_as_numbers)
        if missing and any(argument.split(":")[-1] == "test" for argument in sys.argv):
            print(f"Left out, not found on this machine: Python {', '.join(missing)}", file=sys.stderr)


def _extend_path(versions: list[str]) -> None:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    extra = os.environ.get("TRACEFUNC_PYTHONS", "").split(os.pathsep)
    extra += [str(folder) for folder in _pyenv_folders(versions)]
    folders += [folder for folder in extra if folder and folder not in folders and Path(folder).is_dir()]
    os.environ["PATH"] = os.pathsep.join(folders)


def _pyenv_folders(versions: list[str]) -> list[Path]:
    """The `bin` folders of pyenv's CPythons of these versions: finished releases first, the newest first among them."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    ranked = [
        (not match["unfinished"], int(match["patch"] or 0), folder / "bin")
        for folder in root.glob("*")
        if (match := PYENV_VERSION.fullmatch(folder.name)) and match["minor"] in versions
    ]
    return [folder for _, _, folder in sorted(ranked, reverse=True)]


def _as_numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
