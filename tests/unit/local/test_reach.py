import stat
from pathlib import Path

from umbra.local.reach import make_readable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_others_may_read_and_run_what_is_there_and_only_pass_through_what_is_above(tmp_path: Path) -> None:
    above = tmp_path / "above"
    program, text, link = (above / "tree" / name for name in ("program", "text", "link"))
    program.parent.mkdir(parents=True)
    for path, bits in ((program, 0o700), (text, 0o600)):
        path.touch()
        path.chmod(bits)
    link.symlink_to("nowhere")
    for directory in (above / "tree", above):
        directory.chmod(0o700)

    make_readable(above / "tree")

    assert mode(above) == 0o701
    assert mode(program) == 0o705
    assert mode(text) == 0o604
