"""A data folder that another user has prepared, and one with files of its user's own."""

import os

import pytest
from api import Api

from docgen_nb.errors import ServiceError
from docgen_nb.service import LocalDocGen

NOBODY = 65534
as_another = pytest.mark.skipif(os.getuid() != 0, reason="Only root can give a file away.")


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("of the user")


def give_away(path):
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def refusal(path):
    return (
        f"{path} belongs to another user, who could exchange what is in it. Choose a folder of "
        "your own, or make this one and all in it yours with chown."
    )


@as_another
@pytest.mark.parametrize("part", ["incoming", "contents", "sessions"])
def test_a_link_of_another_user_is_not_followed(tmp_path, part):
    """Once the start deleted every file in the folder to which it led."""
    data, home = tmp_path / "data", tmp_path / "home"
    data.mkdir()
    write(home, "thesis.txt", "ab/photo.png", "letters/a.txt")
    (data / part).symlink_to(home)
    give_away(data / part)
    before = names(home)
    with pytest.raises(ServiceError) as refused:
        LocalDocGen(data)
    assert str(refused.value) == refusal(data / part)
    assert names(home) == before
    assert names(data) == [part]


@as_another
@pytest.mark.parametrize("name", ["docgen.sqlite", "docgen.sqlite-wal"])
def test_a_database_of_another_user_is_not_used(tmp_path, name):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / name).symlink_to(home / "new")
    give_away(tmp_path / name)
    with pytest.raises(ServiceError) as refused:
        LocalDocGen(tmp_path)
    assert str(refused.value) == refusal(tmp_path / name)
    assert names(home) == []


@as_another
def test_a_folder_of_another_user_is_not_used(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o777)
    give_away(data)
    with pytest.raises(ServiceError) as refused:
        LocalDocGen(data)
    assert str(refused.value) == refusal(data)
    assert names(data) == []


def test_a_link_of_the_same_user_is_used(tmp_path):
    """Such as one to a larger disk."""
    data, disk = tmp_path / "data", tmp_path / "disk"
    data.mkdir()
    disk.mkdir()
    (data / "contents").symlink_to(disk)
    with LocalDocGen(data) as local, local.session() as session:
        Api(session, "http://docgen.local").upload(b"text", name="a.txt")
    assert len(list(disk.glob("*/*"))) == 1


def test_files_of_the_user_in_folders_of_the_same_names_are_left_alone(tmp_path):
    """Once every file in incoming and every folder in sessions was deleted at the start."""
    own = [
        *("incoming/scan.pdf", "incoming/.keep", "incoming/tmp", "sessions/summer/notes.txt"),
        *("sessions/A", "contents/ab/abstract.pdf", "contents/ab/abc/x", "contents/logo.svg"),
    ]
    write(tmp_path, *own[:5])
    with LocalDocGen(tmp_path):
        pass
    write(tmp_path, *own)
    with LocalDocGen(tmp_path):
        pass
    assert set(own) <= set(names(tmp_path))


def test_what_the_service_itself_has_left_is_still_deleted(tmp_path):
    with LocalDocGen(tmp_path):
        pass
    unnamed = "0123456789abcdef" * 4
    left = [
        *("incoming/tmpa_3x9zk1", f"contents/01/{unnamed}"),
        *("sessions/0123456789ABCDEF0123456789ABCDEF/0A1B2C3D",),
    ]
    write(tmp_path, *left)
    with LocalDocGen(tmp_path):
        assert set(left) & set(names(tmp_path)) == set()
