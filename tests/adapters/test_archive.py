"""Zip archives from outside are opened under limits, and their tables read as they come."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from kindregards.adapters import archive
from kindregards.adapters.archive import Folder, folded, open_archive, open_folder, table
from kindregards.core.errors import SourceError


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write a zip archive of files and give its path back."""
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


def refused(path: Path) -> str:
    """The line with which an archive is refused."""
    with pytest.raises(SourceError) as caught:
        open_archive(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


def overlapping(count: int, kernel: bytes) -> bytes:
    """A hand-made bomb: `count` directory entries that all point at one and the same local file (CVE-2024-0450)."""
    packed = zlib.compress(kernel, 9)[2:-4]
    sums = (zlib.crc32(kernel), len(packed), len(kernel))
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, *sums, 5, 0) + b"a.csv" + packed
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, *sums, 5, 0, 0, 0, 0, 0, 0) + b"a.csv"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, len(local), 0)
    return local + entry * count + end


def nested(kernel: bytes) -> bytes:
    """A bomb of the quoting kind: the first file's data run over the second file's local header."""
    second = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(kernel), len(kernel), len(kernel), 5, 0)
    inner = second + b"b.csv" + kernel
    first = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, zlib.crc32(inner), len(inner), len(inner), 5, 0)
    body = first + b"a.csv" + inner

    def entry(name: bytes, content: bytes, offset: int) -> bytes:
        sums = (zlib.crc32(content), len(content), len(content))
        return struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, *sums, 5, 0, 0, 0, 0, 0, offset) + name

    entries = entry(b"a.csv", inner, 0) + entry(b"b.csv", kernel, len(first) + 5)
    return body + entries + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(entries), len(body), 0)


class TestLimits:
    """What makes an archive unreadable."""

    def test_ordinary(self, tmp_path: Path) -> None:
        """An ordinary archive opens, and each of its files is a stream."""
        found = open_archive(zipped(tmp_path / "a.zip", {"x.csv": b"A,B\n1,2\n", "sub/y.csv": b"C\n"}))
        assert found.names == ("x.csv", "sub/y.csv")
        with found.stream("x.csv") as stream:
            assert stream.read() == b"A,B\n1,2\n"

    def test_streamed_entries(self, tmp_path: Path) -> None:
        """Entries whose sizes stand behind their data (§4.4.4, bit 3) do not count as overlapping."""

        class Pipe(io.RawIOBase):
            def __init__(self) -> None:
                self.written = bytearray()

            def writable(self) -> bool:
                return True

            def write(self, data: object) -> int:
                self.written += bytes(data)  # type: ignore[call-overload]
                return len(bytes(data))  # type: ignore[call-overload]

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("a.csv", b"x" * 1000)
            target.writestr("b.csv", b"y" * 1000)
        path = tmp_path / "a.zip"
        path.write_bytes(pipe.written)
        assert open_archive(path).names == ("a.csv", "b.csv")

    def test_overlap(self, tmp_path: Path) -> None:
        """Entries that share the same bytes are refused before any of them is unpacked."""
        path = tmp_path / "bomb.zip"
        path.write_bytes(overlapping(150, b"0" * 50_000))
        assert "overlap" in refused(path)

    def test_nested(self, tmp_path: Path) -> None:
        """A file whose data hold another file's header is refused."""
        path = tmp_path / "bomb.zip"
        path.write_bytes(nested(b"A\n" * 100))
        assert zipfile.ZipFile(path).namelist() == ["a.csv", "b.csv"]
        assert "overlap" in refused(path)

    def test_count_before_parsing(self, tmp_path: Path) -> None:
        """Too many entries are refused by the count in the directory's end."""
        path = tmp_path / "bomb.zip"
        path.write_bytes(overlapping(1000, b"0" * 50_000))
        assert "more than 200 files" in refused(path)

    def test_count_that_lies(self, tmp_path: Path) -> None:
        """A directory that holds more entries than its end says is refused all the same."""
        path = zipped(tmp_path / "many.zip", {f"{n}.csv": b"A\n" for n in range(201)})
        raw = bytearray(path.read_bytes())
        end = raw.rfind(b"PK\x05\x06")
        struct.pack_into("<HH", raw, end + 8, 3, 3)
        path.write_bytes(raw)
        assert "more than 200 files" in refused(path)

    def test_one_byte(self, tmp_path: Path) -> None:
        """A file that reaches a single byte into the next one's header overlaps it."""
        path = zipped(tmp_path / "a.zip", {"a.csv": b"A\n1\n", "b.csv": b"B\n"}, zipfile.ZIP_STORED)
        raw = bytearray(path.read_bytes())
        entry = raw.find(b"PK\x01\x02")
        struct.pack_into("<LL", raw, entry + 20, 5, 5)
        path.write_bytes(raw)
        assert "overlap" in refused(path)

    def test_zip64_count(self, tmp_path: Path) -> None:
        """The count of a Zip64 directory is believed over that of the old end, as zipfile does."""
        path = zipped(tmp_path / "a.zip", {"a.csv": b"A\n"})
        raw = path.read_bytes()
        at = raw.rfind(b"PK\x05\x06")
        size, start = struct.unpack_from("<LL", raw, at + 12)
        end64 = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, size, start)
        locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
        path.write_bytes(raw[:at] + end64 + locator + raw[at:])
        assert "more than 200 files" in refused(path)

    def test_ratio(self, tmp_path: Path) -> None:
        """A file of more than a megabyte that shrank to a hundredth is refused."""
        path = zipped(tmp_path / "a.zip", {"messages.csv": b"0" * 1_500_000})
        assert "over 100 times" in refused(path)

    def test_small_files_may_shrink(self, tmp_path: Path) -> None:
        """A small file may shrink as far as it likes."""
        assert open_archive(zipped(tmp_path / "a.zip", {"messages.csv": b"0" * 900_000})).names == ("messages.csv",)

    def test_total(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """All files together may not unpack to more than the limit."""
        monkeypatch.setattr(archive, "MOST_BYTES", 1000)
        path = zipped(tmp_path / "a.zip", {"a.csv": b"a" * 600, "b.csv": b"b" * 600})
        assert "unpacks to more" in refused(path)

    @pytest.mark.parametrize(
        "name", ["/etc/x.csv", "../x.csv", "a/../../x.csv", "C:x.csv", "\\\\host\\x.csv", "a\\..\\x.csv", ""]
    )
    def test_paths(self, tmp_path: Path, name: str) -> None:
        """File names that lead out of the archive are refused."""
        info = zipfile.ZipInfo("placeholder.csv")
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as target:
            info.filename = name
            target.writestr(info, b"A\n")
        assert "leads out of it" in refused(path)

    def test_names_on_one_line(self, tmp_path: Path) -> None:
        """A file name with control characters in it does not reach the terminal as it is."""
        path = zipped(tmp_path / "a.zip", {"\x1b[31m\nx.csv": b"0" * 1_500_000})
        assert "'?[31m?x.csv' unpacks" in refused(path)

    def test_links(self, tmp_path: Path) -> None:
        """A symbolic link is refused."""
        info = zipfile.ZipInfo("messages.csv")
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as target:
            target.writestr(info, b"/etc/passwd")
        assert "link" in refused(path)

    def test_locked(self, tmp_path: Path) -> None:
        """A file that is encrypted says so, and what to do."""
        path = zipped(tmp_path / "a.zip", {"a.csv": b"A\n1\n"})
        raw = bytearray(path.read_bytes())
        raw[6] |= 1
        raw[raw.find(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(raw)
        with pytest.raises(SourceError, match="locked with a password"), open_archive(path).stream("a.csv"):
            pass

    def test_odd_method(self, tmp_path: Path) -> None:
        """A method other than stored and deflated is not unpacked."""
        path = zipped(tmp_path / "a.zip", {"a.csv": b"A\n1\n"}, zipfile.ZIP_BZIP2)
        with pytest.raises(SourceError, match="odd way"), open_archive(path).stream("a.csv"):
            pass

    def test_damage(self, tmp_path: Path) -> None:
        """Damaged data are told as such when they are read."""
        path = zipped(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 20}, zipfile.ZIP_STORED)
        raw = bytearray(path.read_bytes())
        raw[100] ^= 0xFF
        path.write_bytes(raw)
        with pytest.raises(SourceError, match="is damaged"), open_archive(path).stream("a.csv") as stream:
            stream.read()

    @pytest.mark.parametrize("cut", [0, 10, 60, -1])
    def test_cut_short(self, tmp_path: Path, cut: int) -> None:
        """A download that was cut short is told to be downloaded again."""
        whole = zipped(tmp_path / "a.zip", {"a.csv": b"A\n" * 500}).read_bytes()
        path = tmp_path / "cut.zip"
        path.write_bytes(whole[:cut])
        assert "download it again" in refused(path)

    def test_absent(self, tmp_path: Path) -> None:
        """A file that is not there cannot be read."""
        assert "cannot be read" in refused(tmp_path / "none.zip")

    def test_caller_keeps_own_errors(self, tmp_path: Path) -> None:
        """An error of whoever reads the stream stays that error."""
        found = open_archive(zipped(tmp_path / "a.zip", {"a.csv": b"A\n"}))
        with pytest.raises(ValueError, match="own"), found.stream("a.csv"):
            raise ValueError("own")


def in_folder(path: Path, content: bytes) -> Folder:
    """Lay a table into a folder and open it as an unpacked export."""
    (path / "t.csv").write_bytes(content)
    return open_folder(path)


class TestTable:
    """CSV files as their writers make them."""

    @pytest.mark.parametrize(
        "content",
        [
            b"First Name,URL\r\nAna,x\r\n",
            b'\xef\xbb\xbf"First Name";"URL"\r\n"Ana";"x"\r\n',
            "First Name;URL\r\nAna;x\r\n".encode("utf-16"),
            "First Name\tURL\nAna\tx\n".encode("utf-16-le"),
            "First Name\tURL\nAna\tx\n".encode("utf-16-be"),
            b"sep=;\nFirst Name;URL\nAna;x\n",
            b'Notes:\n"One, quoted; sentence"\n\nFirst Name,URL\nAna,x',
            b"FIRST_NAME,url\n\nAna,x\n",
            b"Unknown,First Name,Other,URL\n1,Ana,2,x\n",
        ],
    )
    def test_shapes(self, tmp_path: Path, content: bytes) -> None:
        """Locale, encoding, notes above the header and unknown columns make no difference."""
        rows = list(table(in_folder(tmp_path, content), "t.csv", ("First Name", "URL")))
        assert [(row["firstname"], row["url"]) for row in rows] == [("Ana", "x")]

    def test_missing_column(self, tmp_path: Path) -> None:
        """A required column that is missing is named."""
        with pytest.raises(SourceError, match=r"t\.csv' lacks the column CONTENT"):
            list(table(in_folder(tmp_path, b"FROM,DATE\nx,y\n"), "t.csv", ("FROM", "CONTENT")))

    def test_no_table(self, tmp_path: Path) -> None:
        """A file of one sentence holds no rows."""
        assert list(table(in_folder(tmp_path, b"No conversations found\n"), "t.csv", ("FROM", "CONTENT"))) == []

    def test_wrong_encoding(self, tmp_path: Path) -> None:
        """A table saved in an old code page is refused with a reason, not read as nonsense."""
        shelf = in_folder(tmp_path, "FROM,CONTENT\nAna,Grüße\n".encode("cp1252"))
        with pytest.raises(SourceError, match="not in UTF-8"):
            list(table(shelf, "t.csv", ("FROM", "CONTENT")))

    def test_long_fields(self, tmp_path: Path) -> None:
        """A field may hold a long message, but not more than a million characters."""
        row = next(table(in_folder(tmp_path, b"FROM,CONTENT\nAna," + b"x" * 900_000), "t.csv", ("FROM",)))
        assert len(row["content"]) == 900_000
        with pytest.raises(SourceError, match="line 2: field larger than"):
            list(table(in_folder(tmp_path, b"FROM,CONTENT\nAna," + b"x" * 1_100_000), "t.csv", ("FROM",)))

    def test_line_breaks(self, tmp_path: Path) -> None:
        """Line breaks inside quotes belong to the field, of either kind."""
        shelf = in_folder(tmp_path, b'FROM,CONTENT\nAna,"a\r\nb\n\nc"\n')
        assert next(table(shelf, "t.csv", ("FROM",)))["content"] == "a\r\nb\n\nc"

    def test_short_row(self, tmp_path: Path) -> None:
        """A row that is cut short lacks the keys of what is missing."""
        assert list(table(in_folder(tmp_path, b"FROM,CONTENT\nAna\n"), "t.csv", ("FROM",))) == [{"from": "Ana"}]

    def test_links_in_folder(self, tmp_path: Path) -> None:
        """A link in an unpacked export is not followed."""
        (tmp_path / "messages.csv").symlink_to("/etc/hostname")
        assert open_folder(tmp_path).names == ()


def test_folded() -> None:
    """Names of files and columns are the same whatever their case, spaces and underscores."""
    assert folded("Company_Follows.csv") == folded("company follows.CSV")
