"""The page of a policy: its sentences, its tables, and that nothing of the policy is markup in it."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from guardrail import PolicyError
from guardrail.doc.blocks import Code, Heading, Matrix, Paragraph, Quote, Table, Text, line
from guardrail.doc.facts import facts
from guardrail.doc.html import html
from guardrail.doc.markdown import markdown
from guardrail.doc.page import page
from guardrail.language.source import Source

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"

HEAD = """edition 1
policy p "The policy"
  on error treat as violation
reply sorry "Sorry."
list a ["aa"]
list b ["bb"]
list c ["cc"]
pattern badge = /B-[0-9]{4}/
detector hate = classifier(model: "m", label: hate)
detector size = length(unit: words)
detector lang = language()
detector pii = pii(entities: [EMAIL_ADDRESS])
rewriter again = regenerate(attempts: 2, otherwise: sorry)
"""


def blocks_of(text):
    return page(facts(Source("p.guard", text)))


def told(rule):
    """The clauses of one rule, as Markdown without its marks."""
    text = markdown(blocks_of(f"{HEAD}rule r {rule}\n"))
    lines = re.findall(r"^- (.*)$", text.partition("`r`")[2], re.MULTILINE)
    clean = (re.sub(r"[*`]|</?code>", "", each) for each in lines)
    return [each.replace("&gt;", ">") for each in clean]


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("when text contains any a", "the reply contains a word or phrase of the list a"),
        ("when text contains all a", "the reply contains every entry of the list a"),
        ('when prompt contains "x"', "the prompt contains “x”"),
        ("when text matches badge", "the reply matches the pattern badge"),
        (
            "when text matches badge exactly",
            "the reply matches the pattern badge exactly as it is written",
        ),
        ("when hate >= 0.8", "hate is 0.8 or more"),
        ("when hate > 0.8", "hate is above 0.8"),
        ("when not hate > 0.8", "hate is 0.8 or less"),
        ("when size < 5", "size is below 5"),
        ('when not lang is "en"', "lang is not “en”"),
        ("when pii found", "pii finds something in the reply"),
        ("when not pii found at least 3 times", "pii finds fewer than 3 things in the reply"),
        (
            "when text contains any a or text contains any b or text matches badge",
            "the reply contains a word or phrase of the lists a or b or matches the pattern badge",
        ),
        (
            "when text contains any a or hate > 0.5 or text contains any b",
            "the reply contains a word or phrase of the lists a or b or hate is above 0.5",
        ),
        (
            "when text contains any a and text contains any b",
            (
                "the reply contains a word or phrase of the list a and "
                "contains a word or phrase of the list b"
            ),
        ),
        (
            "when not (text contains any a or text contains any b)",
            "the reply contains no word or phrase of the lists a or b",
        ),
        (
            "when hate > 0.5 and (text contains any a or text matches badge)",
            (
                "hate is above 0.5 and (the reply contains a word or phrase of the list a "
                "or matches the pattern badge)"
            ),
        ),
        (
            "when not (hate > 0.5 and not text contains any a)",
            "hate is 0.5 or less or the reply contains a word or phrase of the list a",
        ),
        (
            "when text contains any a or prompt contains any b",
            (
                "the reply contains a word or phrase of the list a or "
                "the prompt contains a word or phrase of the list b"
            ),
        ),
    ],
)
def test_a_condition_reads_as_a_sentence(condition, sentence):
    assert f"When {sentence}." in told(f"on output {condition} then flag")


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        ("flag", "the reply passes and the case is recorded (flag)"),
        ("redact", "each finding is replaced with [{type}] ({type} is its type)"),
        ('redact as "#"', "each finding is replaced with #"),
        ("block", "the reply is blocked, and this is sent: “This reply was withheld.”"),
        ("block with sorry", "the reply is blocked, and this is sent: “Sorry.” (sorry)"),
        ("replace with sorry", "the reply is replaced with “Sorry.” (sorry)"),
        ("append sorry", "this is added below it: “Sorry.” (sorry)"),
        (
            "rewrite using again",
            (
                "the model is asked again, up to 2 times; if that does not help, "
                "this is sent: “Sorry.” (sorry)"
            ),
        ),
        (
            'redact and escalate to "legal"',
            (
                "each finding is replaced with [{type}] ({type} is its type) "
                "and the case is escalated to “legal”"
            ),
        ),
    ],
)
def test_an_action_reads_as_a_sentence(then, sentence):
    assert f"Then {sentence}." in told(f"on output when text matches badge then {then}")


def test_a_rule_is_told_clause_by_clause():
    assert told(
        "on output late severity low\n"
        "  require not text contains any a\n"
        '  unless prompt contains "quote" reason "the law" until 2999-01-31\n'
        '  then block\n  message "Be kind"\n  meta tag "x:1/y"\n  meta owner "me"\n'
        '  on error treat as pass reason "rarely"'
    )[:9] == [
        "Looks at replies.",
        "Requires that the reply contains no word or phrase of the list a.",
        "Otherwise the reply is blocked, and this is sent: “This reply was withheld.”.",
        "Unless the prompt contains “quote”, until 2999-01-31 (reason: “the law”).",
        "Message “Be kind”",
        "If a detector fails the text passes (reason: “rarely”).",
        "Late in a stream, text may be shown before this rule decides.",
        "Tags x:1/y, owner me",
        (
            "If a detector fails, the rule counts as broken and its action is taken, but where "
            "that would cut something out, the fallback is sent instead; a rule may differ."
        ),
    ]


def test_findings_that_stay_are_told():
    rule = "on output when text contains any a except b, badge then redact"
    assert (
        "Except findings stay that are an entry of the list b or a match of the pattern badge."
        in told(rule)
    )


@pytest.mark.parametrize(("on", "words"), [("input", "what users write"), ("output", "replies")])
def test_a_rule_says_what_it_looks_at(on, words):
    assert told(f"on {on} when text matches badge then flag")[0] == f"Looks at {words}."


# ---------------------------------------------------------------- whole pages


@pytest.fixture
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def readable(document):
    """The body of a page, a line for each part; styles have tests of their own."""
    body = document.decode().partition("<body>")[2]
    return re.sub(r"(</(?:p|tr|table|div|section|h\d|dl|text|line|circle)>)", r"\1\n", body)


DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
"""It changes with every word of every file, the library's too."""


def test_support_bot_as_markdown(golden, at_root):
    text = markdown(page(facts("policies/support_bot.guard")))
    golden(GOLDEN / "support_bot.md", DIGEST.sub("sha256:…", text))
    assert text == markdown(page(facts("policies/support_bot.guard"))), "always the same"


def test_support_bot_as_html(golden, at_root):
    document = html(page(facts("policies/support_bot.guard")), "Customer support chatbot")
    golden(GOLDEN / "support_bot.html.txt", DIGEST.sub("sha256:…", readable(document)))


SMALL = HEAD + (
    'principle kind "Be kind"\nprinciple idle "Nobody enforces this"\n'
    "rule r on output\n  enforces kind\n  when hate >= 0.8\n  then block\n"
    "rule s on output\n  enforces kind\n  when text contains any a\n  then flag\n"
    'test "hate"\n  cases\n'
    '  given output "x" with hate = 0.9 expect block by r\n'
    '  given output "x" with hate = error expect block by r\n'
    'test "wrong"\n  given output "x" with hate = 0.9\n  expect allow\n'
    'test "fine"\n  given input "say x" given output "x" with hate = 0.1\n  expect allow\n'
)


def test_each_rule_shows_the_tests_that_fire_it_and_how_they_ended():
    text = markdown(blocks_of(SMALL))
    table = text.partition("#### `r`")[2].partition("####")[0]
    assert "| hate, row 1 | “x”, `hate` = 0.9 | **block** by `r` | passed |" in table
    assert "| hate, row 2 | “x”, `hate` fails | **block** by `r` | passed |" in table
    assert "| wrong | “x”, `hate` = 0.9 | **allow** | **failed** |" in table
    assert "fine" not in table
    quiet = text.partition("## Tests in which no rule fires")[2]
    assert "| fine | “x”, as an answer to “say x”, `hate` = 0.1 | **allow** | passed |" in quiet


def test_the_overview_says_what_is_not_shown():
    text = markdown(blocks_of(SMALL))
    assert "| Be kind | [`r`](#rule-r), [`s`](#rule-s) | 3 cases **failed** |" in text
    assert "| Nobody enforces this |  | **no rule** |" in text
    assert "> No rule enforces `idle`." in text
    assert "Not tested: `when` (line 22): never true." in text


def test_the_matrix_marks_who_enforces_what_and_what_is_tested():
    (matrix,) = [block for block in blocks_of(SMALL) if isinstance(block, Matrix)]
    assert (matrix.rows, matrix.columns) == (("Be kind", "Nobody enforces this"), ("r", "s"))
    assert matrix.marks == {(0, 0): ("block", True), (0, 1): ("flag", False)}


def test_a_policy_of_many_rules_has_no_matrix():
    rules = "".join(
        f"rule r{n} on output\n  enforces kind\n  when text contains any a\n  then flag\n"
        for n in range(50)
    )
    blocks = blocks_of(f'{HEAD}principle kind "Be kind"\n{rules}')
    assert not [block for block in blocks if isinstance(block, Matrix)]


def test_thresholds_and_users_are_listed():
    text = markdown(blocks_of(SMALL))
    assert (
        "| `hate` | `classifier` | model: `m`, label: `hate` | <code>&gt;= 0.8</code> by `r` |"
        in text
    )
    assert "| `a` | 1 | “aa” | in the policy |" in text
    assert "| `badge` | `/B-[0-9]{4}/` | at most 6 characters |" in text
    assert "| `sorry` | “Sorry.” | nothing |" in text


def test_queues_are_listed():
    rule = 'rule r on output\n  when text matches badge\n  then block and escalate to "legal"\n'
    assert "| “legal” | `r` |" in markdown(blocks_of(HEAD + rule))


def test_an_exception_that_ended_is_said_so():
    rule = (
        "rule r on output\n  when text matches badge\n"
        '  unless prompt contains "x" until 2001-01-01\n  then flag\n'
    )
    assert "- **Unless** (no longer: an exception ended on 2001-01-01)" in markdown(
        blocks_of(HEAD + rule)
    )


def test_imported_policies_have_a_chapter_of_their_own(tmp_path):
    rule = 'principle {0}_p "{0}!"\nrule {0} on output\n  enforces {0}_p\n  when text contains "{0}"\n  then flag\n'
    head = 'edition 1\npolicy p "{}"\n  on error treat as violation\n'
    (tmp_path / "floor.guard").write_text(head.format("The floor") + rule.format("shark"))
    (tmp_path / "part.guard").write_text("edition 1\n" + rule.format("marlin"))
    root = tmp_path / "root.guard"
    root.write_text(
        head.format("Root")
        + 'import "floor.guard" as floor\nimport "part.guard" as part\n'
        + rule.format("tuna")
    )
    text = markdown(page(facts(root)))
    assert "## Imported: The floor" in text
    assert "## Imported: part" in text
    assert text.count("Its own tests stand in that file.") == 1
    assert "| shark! | [`floor.shark`](#rule-floor.shark) | in its own file |" in text
    assert "| marlin! | [`part.marlin`](#rule-part.marlin) | **no test** |" in text


# ---------------------------------------------------------------- what cannot run here

MAIL = (
    'edition 1\npolicy p\n  on error treat as violation\nprinciple q "Q"\n'
    "detector mail = pii(entities: [EMAIL_ADDRESS])\n"
    "rule r on output\n  enforces q\n  when mail found\n  then redact\n"
    'test "t"\n  given output "Write to ann@example.org"\n  expect redact by r\n'
)


def test_tests_that_cannot_run_here_are_said_so(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("presidio_analyzer")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    text = markdown(blocks_of(MAIL))
    assert "> The tests could not run here: " in text
    assert "extra `pii`" in re.sub(r"\\", "", text)
    assert "| Tests | 1 not run |" in text
    assert "| t | “Write to ann&#64;example.org” | **redact** by `r` | **not run** |" in text
    assert "Covered by tests" not in text


def test_a_rule_on_sentences_is_told():
    rule = "rule r on output each sentence\n  when text matches badge\n  then flag\n"
    text = markdown(blocks_of(HEAD + rule))
    assert "- **Looks at** replies, sentence by sentence." in text


def test_a_policy_with_errors_has_no_page():
    with pytest.raises(PolicyError, match="G104"):
        blocks_of("edition 1\n")


# ---------------------------------------------------------------- hostile texts

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a | b | c",
    "*a* _b_ `c` [d](http://e.example) ![f](g) ~~h~~",
    "# not a heading",
    "&lt;b&gt; &amp; &#60;",
    "https://evil.example/x and www.evil.example",
    "{{ template }} {% raw %}",
    "back\\slash \\* \\| `",
    "a\nb",
    "1. one",
    "``` fence",
    "$x$ :smile: @user",
]


TAGS = {"h2", "p", "table", "thead", "tr", "th", "tbody", "td", "code", "br"}


class Reader(HTMLParser):
    """Reads the text of a page and the names of its elements; breaks are line breaks."""

    def __init__(self):
        super().__init__()
        self.text, self.tags, self.links = "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        self.text += "\n" * (tag == "br")

    def handle_data(self, data):
        self.text += data


def read(document):
    reader = Reader()
    reader.feed(document)
    return reader


def hostile_page(text):
    rows = ((line(Quote(text)), line(Code(text)), line(text)),)
    return [
        Heading(2, line(text)),
        Paragraph(line("x ", Text(text))),
        Table("t", ("one", "two", "three"), rows),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_shows_any_text_as_it_is(text):
    library = pytest.importorskip("markdown")
    reader = read(library.markdown(markdown(hostile_page(text)), extensions=["tables"]))
    assert reader.text.count(text) == 5, reader.text
    assert set(reader.tags) <= TAGS
    assert reader.links == []


@pytest.mark.parametrize("text", HOSTILE)
def test_html_shows_any_text_as_it_is(text):
    document = html(hostile_page(text), text)
    reader = read(document.decode().partition("<body>")[2])
    assert reader.text.count(text) == 5
    assert not {"script", "img"} & set(reader.tags)


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\x1b", "\x00", "\ufeff"])
def test_what_hides_or_reorders_is_written_out(character):
    assert character not in markdown(hostile_page(f"a{character}b"))


def test_a_page_for_browsers_loads_nothing(at_root):
    document = html(page(facts("policies/support_bot.guard")), "x").decode()
    assert re.findall(r"(?:src|href)=\"(?!#|data:)[^\"]*\"", document) == []
    assert "url(" not in document
