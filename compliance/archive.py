"""A ZIP whose bytes depend on its content alone: fixed order, times and permissions, and the hash of every file."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, BinaryIO, Self

_REGULAR = 0o100644 << 16
_UNIX = 3
# Bytes that are mostly hashes hardly shrink further, and time goes to nothing else.
_FAST = 1


@dataclass(frozen=True, slots=True)
class Listed:
    path: str
    sha256: str
    bytes: int


class _Hashed(io.RawIOBase):
    """Passes bytes on and counts them."""

    def __init__(self, out: IO[bytes]) -> None:
        super().__init__()
        self._out = out
        self.digest, self.size = sha256(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | memoryview") -> int:  # type: ignore[override]
        self._out.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)


class Archive:
    """Writes files one after another into `out`; `listed` are those that are whole, in their order."""

    def __init__(self, out: BinaryIO) -> None:
        # A name alone is given the least time that a ZIP can tell.
        self._zip = zipfile.ZipFile(out, "w", compresslevel=_FAST, allowZip64=True)
        self.listed: list[Listed] = []

    def write(self, path: str, data: bytes, *, packed: bool = True) -> None:
        with self.file(path, packed=packed) as out:
            out.write(data)

    @contextmanager
    def file(self, path: str, *, packed: bool = True) -> Iterator[BinaryIO]:
        """A file to be written bit by bit, of any size."""
        self._zip.compression = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        with self._zip.open(path, "w", force_zip64=True) as inside:
            hashed = _Hashed(inside)
            yield hashed  # type: ignore[misc]
        # These stand in the directory alone, which is written last.
        info = self._zip.getinfo(path)
        info.external_attr, info.create_system = _REGULAR, _UNIX
        self.listed.append(Listed(path, hashed.digest.hexdigest(), hashed.size))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Writes SHA256SUMS over all files, sorted by path, and the directory. After an error the rest is nothing."""
        if kind is not None:
            # Closed all the same, or it would be when it is forgotten, into a file that is gone by then.
            with suppress(OSError, ValueError):
                self._zip.close()
            return
        lines = sorted((one.path, one.sha256) for one in self.listed)
        self.write("SHA256SUMS", "".join(f"{digest}  {path}\n" for path, digest in lines).encode())
        self._zip.close()
