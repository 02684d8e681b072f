"""Archives as nobody writes them by accident: bombs, many names for one body, sizes that lie."""

import bz2
import lzma
import struct
import zipfile
import zlib

STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14


def packed(method, content):
    """The content of a member, packed as the method says."""
    if method == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(content) + packer.flush()
    if method == BZIP2:
        return bz2.compress(content)
    if method == LZMA:
        properties = bytes([9, 4, 5, 0, 0x5D]) + (1 << 16).to_bytes(4, "little")
        return properties + lzma.compress(
            content, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
        )
    return content


def archive(members, before=b"", count=None):
    """Writes a ZIP by hand. A member: name, content, and options: method, size, packed_size, crc, flags, at, mode."""
    body, directory = bytearray(before), b""
    for name, content, options in members:
        method = options.get("method", STORED)
        data = packed(method, content)
        size, packed_size = options.get("size", len(content)), options.get("packed_size", len(data))
        crc, flags = options.get("crc", zlib.crc32(content)), options.get("flags", 0)
        raw = name.encode()
        fields = (20, flags, method, 0, 0x21, crc, packed_size, size, len(raw), 0)
        at = options.get("at", len(body))
        if "at" not in options:
            body += struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + raw + data
        directory += (
            struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *fields, 0, 0, 0, options.get("mode", 0) << 16, at)
            + raw
        )
    number = len(members) if count is None else count
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, number & 0xFFFF, number & 0xFFFF, len(directory), len(body), 0
    )
    return bytes(body) + directory + end


def nested(count, body, before=b"", first=()):
    """One body under `count` names: each member's data is all that follows its header, the other headers included."""
    rest, infos = body, []
    for number in reversed(range(count)):
        name = f"m{number:05}".encode()
        fields = (20, 0, 0, 0, 0x21, zlib.crc32(rest), len(rest), len(rest), len(name), 0)
        infos.append((name, fields))
        rest = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name + rest
    start = archive(list(first), before)
    kept = start[: start.rfind(b"PK\x01\x02")] if first else start[:-22]
    directory, at = (start[len(kept) : -22] if first else b""), len(kept)
    for name, fields in reversed(infos):
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *fields, 0, 0, 0, 0, at) + name
        at += 30 + len(name)
    number = count + len(first)
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, number, number, len(directory), len(kept) + len(rest), 0
    )
    return kept + rest + directory + end


def again(path, changes, target):
    """Writes an archive again, with other members in the place of some: name -> (content, options)."""
    with zipfile.ZipFile(path) as source:
        members = [(info.filename, source.read(info), {}) for info in source.infolist()]
    members = [
        (name, *changes[name]) if name in changes else (name, content, options)
        for name, content, options in members
    ]
    target.write_bytes(archive(members))
    return target
