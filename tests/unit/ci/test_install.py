"""The bar over the first installation."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def install() -> ModuleType:
    """`.ci/install.py`, which no package holds."""
    spec = importlib.util.spec_from_file_location("install", Path(".ci/install.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LOCK = """# made by uv
click==8.3.1 \\
    --hash=sha256:0123
    # via typer
colorama==0.4.6 ; sys_platform == 'never' \\
    --hash=sha256:4567
numpy==2.3.5 ; python_full_version >= '3.11' \\
    --hash=sha256:89ab
"""


def test_packages_that_other_machines_need_are_not_counted(install: ModuleType) -> None:
    assert (install.wanted(""), install.wanted(LOCK)) == (0, 2)


def test_each_package_moves_the_bar_and_nothing_else_does(install: ModuleType) -> None:
    said = [
        "Collecting click==8.3.1 (from -r requirements.lock (line 2))\n",
        "  Obtaining dependency information for click==8.3.1 from …\n",
        "  Downloading click-8.3.1-py3-none-any.whl.metadata (2.6 kB)\n",
        "  Using cached click-8.3.1-py3-none-any.whl (108 kB)\n",
        "Downloading opencv_python_headless-5.0-cp311-abi3-manylinux.whl (54.0 MB)\n",
        "Installing collected packages: click, opencv-python-headless\n",
        "Successfully installed click-8.3.1\n",
    ]
    assert list(install.shown(said, 2)) == [
        "[........................] 0 of 2  click (108 kB)",
        "[############............] 1 of 2  opencv_python_headless (54.0 MB)",
        "[########################] 2 of 2  unpacking",
    ]


def test_more_packages_than_were_counted_do_no_harm(install: ModuleType) -> None:
    assert install.bar(3, 2) == "[########################] 3 of 2"
