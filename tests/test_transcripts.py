"""Transcripts: shapes, turns, and what happens to what cannot be read."""

import gzip
import io
import json
import tracemalloc

import pytest

from guardrail.errors import TranscriptError
from guardrail.transcripts import Shape, Transcript, Unreadable, open_transcript, read_turns
from guardrail.transcripts.lines import blocks


def read(path, stdin=None):
    with open_transcript(str(path), stdin) as transcript:
        items = []
        for chunk in transcript.chunks():
            items += chunk.unreadable
            for number, line in chunk.lines:
                turns = read_turns(chunk.shape, number, line)
                items += [turns] if isinstance(turns, Unreadable) else turns
        return transcript.shape, sorted(items, key=lambda item: item.line)


def write(tmp_path, *lines, name="t.jsonl", join=b"\n"):
    path = tmp_path / name
    path.write_bytes(
        join.join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    )
    return path


CHAT = {
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "developer", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "My "}, {"type": "text", "text": "Q"}],
        },
        {"role": "assistant", "content": "A"},
        {"role": "user", "content": "Again"},
        {"role": "assistant", "content": None, "refusal": "No."},
    ]
}


def test_chat_gives_each_turn_with_its_prompt_and_system(tmp_path):
    shape, turns = read(write(tmp_path, CHAT))
    assert shape is Shape.CHAT
    assert [(t.turn, t.role, t.text, t.part) for t in turns if t.role == "assistant"] == [
        (4, "assistant", "A", None),
        (6, "assistant", "No.", "refusal"),
    ]
    assert [(t.prompt, t.system) for t in turns if t.role == "assistant"] == [
        ("My Q", "Be kind.\n\nBe brief."),
        ("Again", "Be kind.\n\nBe brief."),
    ]


def test_chat_tool_calls_are_parts_of_their_own(tmp_path):
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "Look"}, {"type": "refusal", "refusal": "never"}],
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
            {"id": "2", "type": "function", "function": {"name": "f", "arguments": {"b": "ü"}}},
            {"id": "3", "type": "custom", "custom": {"name": "g", "input": "raw"}},
        ],
        "function_call": {"name": "old", "arguments": "{}"},
    }
    _, turns = read(write(tmp_path, {"messages": [message]}))
    assert [(t.part, t.text) for t in turns] == [
        (None, "Look"),
        ("content[1].refusal", "never"),
        ("tool_calls[0].arguments", '{"a": 1}'),
        ("tool_calls[1].arguments", '{"b": "ü"}'),
        ("tool_calls[2].input", "raw"),
        ("function_call.arguments", "{}"),
    ]


@pytest.mark.parametrize("key", ["response", "completion", "output"])
def test_prompt_and_response_is_read_under_each_name(tmp_path, key):
    shape, turns = read(write(tmp_path, {"prompt": "P", "system": "S", key: "R"}))
    assert shape is Shape.PAIRS
    assert [(t.turn, t.role, t.text) for t in turns] == [
        (1, "system", "S"),
        (2, "user", "P"),
        (3, "assistant", "R"),
    ]
    assert (turns[-1].prompt, turns[-1].system) == ("P", "S")


def test_prompt_and_response_may_be_lists_of_messages(tmp_path):
    line = {
        "prompt": [{"role": "user", "content": "P"}],
        "completion": [{"role": "assistant", "content": "R"}],
    }
    _, turns = read(write(tmp_path, line))
    assert (turns[1].turn, turns[1].text, turns[1].prompt) == (2, "R", "P")


def test_hh_text_gives_both_sides_of_a_preference(tmp_path):
    line = {
        "chosen": "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Bye\n\nAssistant: See you",
        "rejected": "\n\nHuman: Hi\n\nAssistant: Go away",
    }
    shape, turns = read(write(tmp_path, line))
    assert shape is Shape.HH
    assert [(t.turn, t.text, t.prompt, t.part) for t in turns if t.role == "assistant"] == [
        (2, "Hello", "Hi", "chosen"),
        (4, "See you", "Bye", "chosen"),
        (2, "Go away", "Hi", "rejected"),
    ]


def test_hh_text_without_a_speaker_is_one_reply(tmp_path):
    _, turns = read(write(tmp_path, {"text": "Just words\n\n"}))
    assert [(t.role, t.text, t.part) for t in turns] == [("assistant", "Just words\n\n", None)]


def test_plain_text_is_one_reply_byte_for_byte(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbfOne\r\n\r\n{two}\x00\n", name="reply.txt")
    shape, turns = read(path)
    assert shape is Shape.PLAIN
    assert turns[0].text == "One\r\n\r\n{two}\x00\n"


@pytest.mark.parametrize("pack", [gzip.compress, None])
def test_standard_input_is_read_packed_or_not(pack):
    data = json.dumps(CHAT).encode()
    shape, turns = read("-", io.BytesIO(pack(data) if pack else data))
    assert shape is Shape.CHAT
    assert turns[3].text == "A"


def test_zstandard_is_read_over_frames(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    frame = zstandard.compress(json.dumps({"output": "R"}).encode() + b"\n")
    path = tmp_path / "t.jsonl.zst"
    path.write_bytes(frame + frame)
    assert [t.text for t in read(path)[1]] == ["R", "R"]
    path.write_bytes(frame + frame[:-2])
    assert [getattr(t, "line", None) for t in read(path)[1]] == [1, 2]
    assert "cut off" in read(path)[1][1].reason


def test_byte_order_mark_crlf_and_blank_lines_do_not_matter(tmp_path):
    path = write(
        tmp_path, b"\xef\xbb\xbf" + json.dumps({"output": "a"}).encode(), b"", b"  ", {"output": "b"},
        join=b"\r\n",
    )  # fmt: skip
    assert [(t.line, t.text) for t in read(path)[1]] == [(1, "a"), (4, "b")]


def test_lone_surrogate_escapes_survive(tmp_path):
    _, turns = read(write(tmp_path, rb'{"output": "a\ud800b \ud83d\ude00"}'))
    assert turns[0].text == "a\ud800b 😀"


BROKEN = [
    (b'{"output": "x"', "not JSON"),
    (b'{"output": "x\x00"}', "not JSON"),
    (b"{}", "no `response`"),
    (b"[]", "expected `object`, got `array`"),
    (b'{"output": 7}', "got `int`"),
    (b'{"output": "\xff"}', "not UTF-8 (byte 13 of the line)"),
    (b'{"output": "x"} {"output": "y"}', "not JSON"),
    (b'{"output": "x", "extra": ' + b"[" * 100_000, "JSON"),
    (b'{"output": [{"role": "parrot", "content": "secret"}]}', "unknown role"),
    (b'{"output": ' + b"1" * 5000 + b"}", "unexpected content"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_broken_line_is_reported_and_the_rest_is_read(tmp_path, line, reason):
    path = write(tmp_path, {"output": "before"}, line, {"output": "after"})
    before, broken, after = read(path)[1]
    assert (before.text, after.text, after.line) == ("before", "after", 3)
    assert broken.line == 2
    assert reason in broken.reason
    assert "secret" not in broken.reason


def test_line_with_the_shape_of_another_file_is_reported(tmp_path):
    _, items = read(write(tmp_path, {"output": "x"}, CHAT))
    words = "this line is OpenAI chat, the file prompt and response: a file has one shape"
    assert items[1] == Unreadable(2, words)


def numbered(data, limit, size=100):
    stream = io.BufferedReader(io.BytesIO(data))
    for item in blocks(stream, limit, size):
        if isinstance(item, Unreadable):
            yield item
        else:
            yield from enumerate(item.lines, item.first)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
def test_line_over_the_limit_is_skipped_and_reported(size):
    data = b"short\n" + b"x" * 50 + b"\n\r\nend\n" + b"y" * 11
    assert list(numbered(data, 10, size)) == [
        (1, b"short"),
        Unreadable(2, "longer than 10 bytes"),
        (3, b"\r"),
        (4, b"end"),
        Unreadable(5, "longer than 10 bytes"),
    ]


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize("data", [b"", b"\n", b"a", b"a\n", b"a\r\n\nb", b"0123456789\n0123456789"])
def test_lines_joined_are_the_file(data, size):
    assert b"\n".join(line for _, line in numbered(data, 10, size)) == data


def test_plain_text_over_the_limit_is_reported():
    transcript = Transcript("x.txt", io.BufferedReader(io.BytesIO(b"hello\n" * 5)), limit=20)
    (chunk,) = transcript.chunks()
    assert chunk.lines == []
    assert chunk.unreadable[0].line == 1


def test_truncated_gzip_keeps_every_line_before_the_cut(tmp_path):
    lines = b"".join(json.dumps({"output": f"{n:x}" * 9}).encode() + b"\n" for n in range(9999))
    path = tmp_path / "t.jsonl.gz"
    packed = gzip.compress(lines)
    path.write_bytes(packed[: len(packed) // 2])
    _, items = read(path)
    assert len(items) > 2000
    assert [item.line for item in items] == list(range(1, len(items) + 1))
    assert isinstance(items[-1], Unreadable)
    assert "cut off" in items[-1].reason


def test_damaged_gzip_is_reported(tmp_path):
    packed = bytearray(gzip.compress(json.dumps({"output": "x"}).encode() * 50))
    packed[12] ^= 0xFF
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(bytes(packed))
    assert "damaged" in read(path)[1][-1].reason


def test_small_file_cannot_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        for _ in range(160):
            stream.write(bytes(1024 * 1024))
    tracemalloc.start()
    try:
        _, items = read(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert items == [Unreadable(1, "longer than 64 MiB")]
    assert peak < 300 * 1024 * 1024


@pytest.mark.parametrize(
    ("data", "name", "shape"),
    [
        (b"", "a.jsonl", Shape.EMPTY),
        (b"\n \n", "a.txt", Shape.EMPTY),
        (b'{"id": 1}', "a.txt", Shape.UNKNOWN),
        (b"{\n  code\n}", "a.txt", Shape.PLAIN),
        (b'hello\n{"output": "x"}', "a.txt", Shape.PLAIN),
        (b'hello\n{"output": "x"}', "a.jsonl", Shape.PAIRS),
        (b"hello", "a.ndjson", Shape.UNKNOWN),
        (b'{"text": "x"}', "a", Shape.HH),
    ],
)  # fmt: skip
def test_shape_comes_from_the_first_lines(tmp_path, data, name, shape):
    path = tmp_path / name
    path.write_bytes(data)
    assert read(path)[0] is shape


def test_utf16_is_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("hello".encode("utf-16"))
    assert read(path)[1] == [Unreadable(1, "UTF-16, not UTF-8: save the file as UTF-8")]


@pytest.mark.parametrize(
    ("name", "words"),
    [("nowhere.jsonl", "does not exist"), (".", "is a folder"), ("/dev/zero", "is a device"),
     ("a\0b", "cannot be read")],
)  # fmt: skip
def test_path_that_is_no_transcript_is_refused(tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TranscriptError, match=words), open_transcript(name):
        pass


def test_chunks_are_small(tmp_path):
    path = write(tmp_path, *[{"output": "x"}] * 60_000)
    with open_transcript(str(path)) as transcript:
        sizes = [len(chunk.lines) for chunk in transcript.chunks()]
    assert sum(sizes) == 60_000
    assert max(sizes) < 50_000
