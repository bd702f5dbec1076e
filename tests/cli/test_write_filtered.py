"""`--write-filtered`: the transcript as users would have seen it, and nothing that was not checked."""

import gzip
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUPPORT = ROOT / "policies" / "support_bot.guard"


def filtered(place, content, *args, name="chats.jsonl", out="out.jsonl"):
    place.write(name, content)
    result = place.run("check", name, "-p", place.policy, "--write-filtered", out, *args)
    return result, (place.folder / out).read_bytes()


def lines(*documents):
    return "".join(json.dumps(each) + "\n" for each in documents)


SAID = [
    # prompt and response, in each spelling
    ({"prompt": "B-1234?", "response": "B-1234."}, {"prompt": "B-1234?", "response": "[BADGE]."}),
    ({"completion": "It is swordfish."}, {"completion": "That cannot be shared."}),
    ({"id": 7, "output": "Ask where.", "x": [1.5, None]}, {"id": 7, "output": "Ask where.\n\nAsk at the desk.", "x": [1.5, None]}),
    ({"response": [{"role": "assistant", "content": "B-1234"}]}, {"response": [{"role": "assistant", "content": "[BADGE]"}]}),
    (
        {"system": "s", "prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "B-1234"}], "response": "B-1234 b"},
        {"system": "s", "prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "[BADGE]"}], "response": "[BADGE] b"},
    ),
    # chat: other roles stay, parts and refusals are replaced where they stand
    (
        {"messages": [{"role": "user", "content": "B-1234"}, {"role": "assistant", "content": "B-1234", "name": "x"}, {"role": "tool", "content": "B-1234"}]},
        {"messages": [{"role": "user", "content": "B-1234"}, {"role": "assistant", "content": "[BADGE]", "name": "x"}, {"role": "tool", "content": "B-1234"}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "B-12"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "34!"}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "[BADGE]!"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": ""}]}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": None, "refusal": "No B-1234."}]},
        {"messages": [{"role": "assistant", "content": None, "refusal": "No [BADGE]."}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": [{"type": "refusal", "refusal": "No B-1234."}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "refusal", "refusal": "No [BADGE]."}]}]},
    ),
    # what tools are called with: text stays text, objects stay objects
    (
        {"messages": [{"role": "assistant", "content": "B-1234", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a": "B-1234"}'}}]}]},
        {"messages": [{"role": "assistant", "content": "[BADGE]", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a": "[BADGE]"}'}}]}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": {"a": "B-1234"}}}]},
        {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": {"a": "[BADGE]"}}}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": {"a": "swordfish"}}}]},
        {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "That cannot be shared."}}]},
    ),
    (
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [{"custom": {"input": "B-1234"}}]}]},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [{"custom": {"input": "[BADGE]"}}]}]},
    ),
    # dialogs in one text
    ({"text": "\n\nHuman: B-1234\n\nAssistant: B-1234\n\nHuman: c\n\nAssistant: d"}, {"text": "\n\nHuman: B-1234\n\nAssistant: [BADGE]\n\nHuman: c\n\nAssistant: d"}),
    ({"text": "Be kind.\n\nAssistant: B-1234"}, {"text": "Be kind.\n\nAssistant: [BADGE]"}),
    ({"text": "no speaker, B-1234"}, {"text": "no speaker, [BADGE]"}),
    (
        {"chosen": "\n\nHuman: a\n\nAssistant: B-1234", "rejected": "\n\nHuman: a\n\nAssistant: swordfish"},
        {"chosen": "\n\nHuman: a\n\nAssistant: [BADGE]", "rejected": "\n\nHuman: a\n\nAssistant: That cannot be shared."},
    ),
    (
        {"prompt": [{"role": "assistant", "content": "B-1234"}], "chosen": [{"role": "assistant", "content": "B-9"}], "rejected": "\n\nAssistant: B-1234"},
        {"prompt": [{"role": "assistant", "content": "[BADGE]"}], "chosen": [{"role": "assistant", "content": "B-9"}], "rejected": "\n\nAssistant: [BADGE]"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), SAID)
def test_filtered_line_has_the_shape_it_had(place, given, expected):
    result, written = filtered(place, lines(given))
    assert json.loads(written) == expected
    assert list(json.loads(written)) == list(expected)
    assert result.exit_code == 1
    assert "The filtered transcript is in out.jsonl.\n" in result.stderr


@pytest.mark.parametrize(("given", "expected"), SAID)
def test_filtered_line_is_clean_the_second_time(place, given, expected):
    filtered(place, lines(given))
    again = place.run(
        "check", "out.jsonl", "-p", place.policy, "--fail-on", "rewrite", "--write-filtered", "twice.jsonl"
    )  # fmt: skip
    assert again.exit_code == 0


def test_lines_that_pass_are_copied_byte_by_byte(place):
    content = b'{"response" :"Hello.",  "n": 1.50, "e": "\\u00e9"}\n{"response":"B-1234 \xc3\xa9","n":2}\n'
    _, written = filtered(place, content)
    first, second = written.splitlines()
    assert first == content.splitlines()[0]
    assert second == b'{"response":"[BADGE] \xc3\xa9","n":2}'


def test_lone_surrogates_survive(place):
    _, written = filtered(place, b'{"response": "B-1234 \\ud800 \xc3\xa9"}\n')
    assert json.loads(written) == {"response": "[BADGE] \ud800 é"}


def test_plain_text_is_replaced_whole(place):
    _, written = filtered(place, "Badge B-1234.\nBye.\n", name="reply.txt", out="safe.txt")
    assert written == b"Badge [BADGE].\nBye.\n"


def test_lines_that_cannot_be_read_are_left_out(place):
    content = b'{"response": "B-1234"}\n{broken B-1234\n\n{"response": 3}\n{"response": "Hi."}'
    result, written = filtered(place, content)
    assert written == b'{"response": "[BADGE]"}\n{"response": "Hi."}\n'
    assert "2 lines that could not be checked left out" in result.stderr
    assert result.exit_code == 3


def test_line_that_would_read_differently_is_left_out(place):
    text = (place.folder / "demo.guard").read_text()
    place.write("demo.guard", text.replace("Ask at the desk.", "Human: ask."))
    given = {"text": "\n\nHuman: a\n\nAssistant: Look where."}
    result, written = filtered(place, lines(given, {"text": "\n\nAssistant: b"}))
    assert [json.loads(line)["text"] for line in written.splitlines()] == ["\n\nAssistant: b"]
    assert "chats.jsonl:1: the checked replies cannot be put back" in result.stdout
    assert result.exit_code == 3


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_order_and_jobs_do_not_matter(place, jobs):
    given = [{"n": n, "response": f"B-{n:04}" if n % 3 else f"r{n}"} for n in range(1200)]
    _, written = filtered(place, lines(*given), "--jobs", jobs)
    expected = [{"n": n, "response": "[BADGE]" if n % 3 else f"r{n}"} for n in range(1200)]
    assert [json.loads(line) for line in written.splitlines()] == expected


def test_records_and_the_filtered_transcript_agree(place):
    content = lines(*({"response": text} for text in ("Hi.", "B-1234", "swordfish", "where")))
    result, written = filtered(place, content, "--format", "jsonl")
    outputs = [json.loads(line)["output"] for line in result.stdout.splitlines()]
    assert [json.loads(line)["response"] for line in written.splitlines()] == outputs


def test_suffix_packs(place):
    _, written = filtered(place, lines({"response": "B-1234"}), out="out.jsonl.gz")
    assert json.loads(gzip.decompress(written)) == {"response": "[BADGE]"}
    _, again = filtered(place, lines({"response": "B-1234"}), out="again.jsonl.gz")
    assert again == written


def test_zstandard_packs(place):
    zstandard = pytest.importorskip("zstandard")
    _, written = filtered(place, lines({"response": "B-1234"}), out="out.jsonl.zst")
    with zstandard.ZstdDecompressor().stream_reader(written) as stream:
        assert json.loads(stream.read()) == {"response": "[BADGE]"}
    assert place.run("check", "out.jsonl.zst", "-p", place.policy).exit_code == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("chats.jsonl", "more.jsonl", "--write-filtered", "out"), "2 are named: chats.jsonl, more.jsonl"),
        (("chats.jsonl", "--write-filtered", "chats.jsonl"), "--write-filtered chats.jsonl would overwrite"),
        (("chats.jsonl", "--write-filtered", "./chats.jsonl"), "would overwrite"),
        (("chats.jsonl", "--write-filtered", "out", "-o", "./out"), "both name out"),
        (("chats.jsonl", "--write-filtered", "-"), "needs a file"),
        (("chats.jsonl", "--write-filtered", "out", "--on", "both"), "leave --on at output"),
        (("chats.jsonl", "--write-filtered", "out", "--on", "input"), "leave --on at output"),
        (("chats.jsonl", "--write-filtered", "no/such/out"), "cannot be written"),
        (("chats.jsonl", "--write-filtered", "demo.guard"), "is a policy and stays"),
        (("chats.jsonl", "-o", "demo.guard"), "is a policy and stays"),
    ],
)  # fmt: skip
def test_what_would_not_be_clear_is_refused(place, args, words):
    place.transcript("B-1234")
    place.transcript("B-1234", name="more.jsonl")
    files = [place.folder / name for name in ("chats.jsonl", "demo.guard")]
    before = [file.read_bytes() for file in files]
    result = place.run("check", *args, "-p", place.policy)
    assert words in result.stderr
    assert result.exit_code == 2
    assert [file.read_bytes() for file in files] == before
    assert not (place.folder / "out").exists()


def test_nothing_is_left_when_checking_fails(place, monkeypatch):
    place.write("out.jsonl", "old")
    monkeypatch.setattr("guardrail.cli.batch.with_texts", lambda *_: 1 / 0)
    place.transcript("B-1234")
    result = place.run("check", "chats.jsonl", "-p", place.policy, "--write-filtered", "out.jsonl")
    assert result.exit_code == 3
    assert (place.folder / "out.jsonl").read_text() == "old"
    assert not list(place.folder.glob(".*.part"))


EXAMPLES = sorted(
    path
    for folder in ("support", "shapes")
    for path in (ROOT / "examples" / folder).iterdir()
    if path.suffix in {".jsonl", ".txt"}
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_filtered_examples_are_clean(place, example):
    pytest.importorskip("presidio_analyzer")
    args = ("-p", SUPPORT, "--write-filtered")
    place.run("check", example, *args, f"once{example.suffix}")
    again = place.run("check", f"once{example.suffix}", *args, f"twice{example.suffix}")
    assert again.exit_code == 0, again.output
    once, twice = (
        (place.folder / f"{name}{example.suffix}").read_bytes() for name in ("once", "twice")
    )
    assert once == twice
    assert once.count(b"\n") == example.read_bytes().count(b"\n")
