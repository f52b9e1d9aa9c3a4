"""What the packages promise to those who install them: versions, dependencies, licence, type information."""

import os
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest

import tracefunc
import tracefunc_export

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "tracefunc-core": Path(tracefunc.__file__).parent,
    "tracefunc-export": Path(tracefunc_export.__file__).parent,
}


def project(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_code_under_test_is_the_installed_wheel_when_asked_for_and_else_the_source_tree(name: str) -> None:
    wheel = "TRACEFUNC_TEST_WHEELS" in os.environ
    assert (ROOT / "packages" not in PACKAGES[name].parents) == wheel


@pytest.mark.parametrize("name", PACKAGES)
def test_the_installed_package_has_the_files_of_the_tree_unchanged(name: str) -> None:
    """So what the tests of exactness show of the source tree holds for the wheel."""
    (tree,) = (path.parent for path in (ROOT / "packages" / name / "src").glob("*/py.typed"))

    def files(folder: Path) -> dict[str, bytes]:
        found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    assert files(PACKAGES[name]) == files(tree)


def test_both_packages_have_the_same_version() -> None:
    assert project("tracefunc-core")["version"] == project("tracefunc-export")["version"]


def test_export_pins_the_core_of_its_own_version() -> None:
    export = project("tracefunc-export")
    assert f"tracefunc-core=={export['version']}" in export["dependencies"]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_installed_version_is_the_one_in_the_tree(name: str) -> None:
    assert version(name) == project(name)["version"]


def test_the_core_needs_no_other_package() -> None:
    assert (project("tracefunc-core")["dependencies"], requires("tracefunc-core")) == ([], None)


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_are_told_that_the_package_has_types(name: str) -> None:
    assert (PACKAGES[name] / "py.typed").is_file()


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_carries_the_licence_of_the_repository(name: str) -> None:
    assert (ROOT / "packages" / name / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_changelog_has_an_entry_for_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {project('tracefunc-core')['version']}" in changelog
