"""Files that are either whole or not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat

__all__ = ["write"]


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file in one step: who reads it, or a program killed meanwhile, finds the old one or the new one.

    A symbolic link is followed; what is no regular file, such as a pipe or a device, is written to as it is.
    Raises `OSError` where that cannot be done, and leaves what was there.
    """
    given = os.fspath(path)
    path = os.path.realpath(given)
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, "wb") as file:
                file.write(data)
            return
    temporary = os.path.join(
        os.path.dirname(path), f".{secrets.token_hex(8)}.tmp"
    )  # short: the name may be as long as it can
    try:
        with open(temporary, "xb") as file:  # the mode is that of the umask, as for any file
            with contextlib.suppress(OSError):
                os.chmod(temporary, stat.S_IMODE(os.stat(path).st_mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename == temporary:
            raise OSError(error.errno, error.strerror, given) from error  # the name that the user knows
        raise
