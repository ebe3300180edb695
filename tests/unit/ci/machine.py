"""A machine with chosen commands and no others, as the scripts of `.ci` find it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Runs what it is given as if it were of that version, with or without venv.
_INTERPRETER = """#!{sh}
exec {python} -I -c '
import sys, ensurepip, venv
sys.version_info = ({version}, 0, "final", 0)
sys.modules["venv"] = venv if {has_venv} else None
exec(sys.argv[1])
' "$2"
"""
_TOOLS = ("bash", "sh", "dirname", "sed", "head")


class Machine:
    """Commands in a directory that alone is searched."""

    def __init__(self, directory: Path) -> None:
        self._bin = directory / "bin"
        self._bin.mkdir()
        self._log = directory / "log"
        self._log.touch()
        self._sh = shutil.which("sh")
        for tool in _TOOLS:
            (self._bin / tool).symlink_to(shutil.which(tool) or "")

    def add(self, name: str, script: str = "") -> None:
        """A command that is noted when it is called, and does a little more."""
        self._write(name, f'#!{self._sh}\necho "{name} $*" >> {self._log}\n{script}\n')

    def add_python(self, name: str, version: str, *, has_venv: bool = True) -> None:
        """An interpreter, version like 3.12."""
        given = {"python": sys.executable, "version": version.replace(".", ", "), "has_venv": has_venv}
        self._write(name, _INTERPRETER.format(sh=self._sh, **given))

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """What a script of `.ci` does here, run from the checkout."""
        return subprocess.run(
            command,
            env={**os.environ, "PATH": str(self._bin)},
            executable=shutil.which(command[0]),
            capture_output=True,
            text=True,
            check=False,
        )

    def called(self) -> list[str]:
        """The commands that were called, in their order."""
        return self._log.read_text().splitlines()

    def path(self, name: str) -> Path:
        """Where a command is, or would be."""
        return self._bin / name

    def _write(self, name: str, script: str) -> None:
        file = self._bin / name
        file.write_text(script)
        file.chmod(0o755)
