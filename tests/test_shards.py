"""A file by ranges of bytes holds the same lines as the file read in one go."""

import io

import pytest

from guardrail.transcripts import Shape, open_transcript
from guardrail.transcripts.shards import Shard, shards

LINE = b'{"prompt": "Q", "response": "%d"}'


def whole(parts):
    read = [chunk for part in parts for chunk in part.chunks()]
    lines = [line for chunk in read for line in chunk.lines]
    return lines, [each for chunk in read for each in chunk.unreadable]


@pytest.mark.parametrize("size", [1, 7, 36, 100, 10_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n"])
def test_shards_hold_every_line_with_its_number(tmp_path, size, end, start):
    path = tmp_path / "a.jsonl"
    path.write_bytes(start + b"\n".join(LINE % number * (number % 3) for number in range(9)) + end)
    with path.open("rb") as stream:
        parts = list(shards(str(path), Shape.PAIRS, stream, size))
    with open_transcript(str(path)) as transcript:
        expected = whole(transcript.chunks())
    assert whole(parts) == expected
    assert [part.start for part in parts[1:]] == [part.position for part in parts[:-1]]


def test_packed_files_come_as_chunks_and_plain_ones_as_shards(tmp_path):
    import gzip

    data = LINE % 1 + b"\n"
    (tmp_path / "a.jsonl").write_bytes(data)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data))
    found = []
    for name in ("a.jsonl", "a.jsonl.gz"):
        with open_transcript(str(tmp_path / name)) as transcript:
            found.append(list(transcript.shards()))
    assert [isinstance(part, Shard) for parts in found for part in parts] == [True, False]
    assert whole(found[0]) == whole(found[1])


def test_a_file_that_became_shorter_is_reported_with_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(LINE % 1 + b"\n")
    stream = io.BytesIO((LINE % 1 + b"\n") * 3)
    (shard,) = shards(str(path), Shape.PAIRS, stream)
    lines, unreadable = whole([shard])
    assert lines == [(1, LINE % 1)]
    assert [(each.line, "became shorter" in each.reason) for each in unreadable] == [(2, True)]
