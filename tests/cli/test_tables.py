"""Parquet and Arrow: a row means what the same object means as a line, in and out."""

import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = [
    {
        "messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": said}],
        "id": n,
    }
    for n, said in enumerate(["Hello.", "Badge B-1234.", "It is swordfish.", "é"] * 700)
]


def put(place, kind, rows=ROWS):
    table = pa.Table.from_pylist(rows)
    path = place.folder / f"chats.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=300)
    else:
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=300)
    return path.name


def check(place, file, *more):
    return place.run("check", file, "-p", place.policy, "--format", "jsonl", *more)


def records(lines):
    found = [json.loads(line) for line in lines.splitlines()]
    for record in found:
        del record["ms"], record["file"]
    return found


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_table_gives_the_records_of_the_same_lines(place, kind, jobs):
    place.write("chats.jsonl", "\n".join(map(json.dumps, ROWS)) + "\n")
    lines = check(place, "chats.jsonl")
    table = check(place, put(place, kind), "--jobs", jobs)
    assert records(table.stdout) == records(lines.stdout)
    assert table.exit_code == lines.exit_code == 1
    assert "OpenAI chat, 2,800 conversations" in table.stderr


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_records_as_a_table_hold_what_lines_hold(place, kind):
    place.write("chats.jsonl", "\n".join(map(json.dumps, ROWS[:50])) + "\n")
    lines = check(place, "chats.jsonl", "--signals").stdout
    assert check(place, "chats.jsonl", "--signals", "-o", f"v.{kind}").exit_code == 1
    path = place.folder / f"v.{kind}"
    table = pq.read_table(path) if kind == "parquet" else pa.ipc.open_file(path).read_all()
    wanted = records(lines)
    rows = table.to_pylist()
    assert len(rows) == len(wanted) == 50
    for row, record in zip(rows, wanted, strict=True):
        assert json.loads(row["signals"]) == record["signals"]
        assert {key: row[key] for key in record if key != "signals"} == {
            key: value for key, value in record.items() if key != "signals"
        }


def test_an_empty_table_of_records_has_its_columns(place):
    place.write("chats.jsonl", "")
    assert check(place, "chats.jsonl", "-o", "v.parquet").exit_code == 0
    assert pq.read_table(place.folder / "v.parquet").column_names[:3] == ["file", "line", "turn"]


def test_lone_surrogates_become_escapes_in_a_table(place):
    place.transcript("a\ud800b")
    check(place, "chats.jsonl", "-o", "v.parquet")
    assert pq.read_table(place.folder / "v.parquet")["output"].to_pylist() == ["a\\ud800b"]


def test_a_filtered_transcript_of_a_table_is_lines(place):
    check(place, put(place, "parquet", ROWS[:2]), "--write-filtered", "safe.jsonl")
    (_, second) = (place.folder / "safe.jsonl").read_text().splitlines()
    assert json.loads(second)["messages"][1]["content"] == "Badge [BADGE]."
    assert json.loads(second)["id"] == 1


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_table_that_was_cut_off_is_reported(place, kind):
    name = put(place, kind)
    path = place.folder / name
    path.write_bytes(path.read_bytes()[:-100])
    result = check(place, name)
    assert result.exit_code == 3
    assert f"{name}:1: the table is damaged or cut off" in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--format", "text", "-o", "v.parquet"), "add --format jsonl"),
        (("--format", "jsonl", "-o", "v.arrow", "--resume"), "write lines"),
        (("--format", "jsonl", "--write-filtered", "s.parquet"), "is written as lines"),
    ],
)
def test_a_table_is_refused_where_it_cannot_be(place, args, words):
    place.transcript("Hi.")
    result = place.run("check", "chats.jsonl", "-p", place.policy, *args)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_without_pyarrow_the_extra_is_named(place, monkeypatch):
    name = put(place, "parquet")
    place.transcript("Hi.")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for result in (check(place, name), check(place, "chats.jsonl", "-o", "v.parquet")):
        assert result.exit_code == 2
        assert "guardrail-sdk[parquet]" in result.output


def test_processes_read_row_groups_themselves(place):
    from guardrail.transcripts import Chunk, RowGroup, open_transcript

    path = place.folder / put(place, "parquet")
    with open_transcript(str(path)) as transcript:
        whole = [line for chunk in transcript.chunks() for line in chunk.lines]
    with open_transcript(str(path)) as transcript:
        parts = list(transcript.shards())
    assert all(isinstance(part, RowGroup) for part in parts)
    assert [part.first for part in parts] == list(range(1, 2801, 300))
    assert [line for part in parts for chunk in part.chunks() for line in chunk.lines] == whole
    assert 0 < parts[0].position < parts[-1].position <= path.stat().st_size
    assert not any(isinstance(part, Chunk) for part in parts)


def test_large_row_groups_are_read_piece_by_piece(place, monkeypatch):
    from guardrail.transcripts import Chunk, open_transcript, tables

    monkeypatch.setattr(tables, "_LARGEST_GROUP", 1)
    path = place.folder / put(place, "parquet")
    with open_transcript(str(path)) as transcript:
        whole = [line for chunk in transcript.chunks() for line in chunk.lines]
    with open_transcript(str(path)) as transcript:
        parts = list(transcript.shards())
    assert all(isinstance(part, Chunk) for part in parts)
    assert [line for part in parts for line in part.lines] == whole


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_of_a_damaged_table_the_other_row_groups_are_checked(place, jobs):
    path = place.folder / put(place, "parquet")
    group = pq.ParquetFile(path).metadata.row_group(4)
    data = bytearray(path.read_bytes())
    for column in range(group.num_columns):
        at = group.column(column).data_page_offset
        data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    result = check(place, path.name, "--jobs", jobs)
    assert "the table is damaged here; the rest of this row group is missing" in result.stderr
    lines = [record["line"] for record in records(result.stdout)]
    assert lines == [*range(1, 1201), *range(1501, 2801)]
