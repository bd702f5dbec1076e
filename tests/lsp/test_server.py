"""A real exchange between a client and a server, for each capability."""

import json
import os
import re
import subprocess
import sys
import time

import pytest

from tests.lsp.conftest import POLICY
from tests.support.editor import place


def full(text):
    return {"text": text}


def typed(text, mark, new):
    """Return the change that puts something before a mark."""
    line, character = place(text, mark)
    at = {"line": line, "character": character}
    return {"range": {"start": at, "end": at}, "text": new}


def ask(editor, method, uri, text, mark, shift=0, **more):
    return editor.ask(
        f"textDocument/{method}", {**editor.at(uri, *place(text, mark, shift)), **more}
    )


# ---------------------------------------------------------------- diagnostics


def test_mistakes_come_with_page_labels_and_help(editor):
    text = POLICY.replace("with sorry", "with sory")
    uri = editor.open("a.guard", text)
    (one,) = editor.diagnostics(uri, "G102")
    line, character = place(text, "sory")
    assert one["range"]["start"] == {"line": line, "character": character}
    assert one["range"]["end"] == {"line": line, "character": character + 4}
    assert one["severity"] == 1
    assert one["source"] == "guardrail"
    assert "`sory` is not defined" in one["message"]
    assert "did you mean the reply `sorry`" in one["message"]
    assert re.fullmatch(r"file:///.*/codes/G102\.md", one["codeDescription"]["href"])


def test_labels_become_related_information_and_tags(editor):
    text = POLICY.replace("rule hide", 'reply idle "x"\n\nreply sorry "again"\n\nrule hide')
    uri = editor.open("a.guard", text)
    (double,) = editor.diagnostics(uri, "G101")
    (related,) = double["relatedInformation"]
    assert related["location"]["uri"] == uri
    assert related["location"]["range"]["start"]["line"] == place(text, "reply sorry")[0]
    assert "first defined here" in related["message"]
    editor.change(uri, full(POLICY.replace("rule hide", 'reply idle "x"\n\nrule hide')))
    unused = next(each for each in editor.diagnostics(uri, "G110") if each["code"] == "G110")
    assert unused["severity"] == 2
    assert unused["tags"] == [1]


def test_a_keystroke_brings_mistakes_and_takes_them_away(editor):
    uri = editor.open("a.guard", POLICY)
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []
    editor.change(uri, typed(POLICY, "then block", "thn "))
    assert "G002" in {each["code"] for each in editor.diagnostics(uri)}
    line, character = place(POLICY, "then block")
    start, end = {"line": line, "character": character}, {"line": line, "character": character + 4}
    editor.change(uri, {"range": {"start": start, "end": end}, "text": ""})
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []


def test_opinions_follow_the_mistakes(editor):
    text = POLICY.replace("  owner", "  # guardrail: allow[G303] because of nothing\n  owner")
    uri = editor.open("a.guard", text)
    assert "G708" in {each["code"] for each in editor.diagnostics(uri, "G708")}


def test_opinions_stay_where_they_are_while_somebody_types(editor):
    """Until the linter has seen the new text, what it said of the rest of it stands."""
    text = POLICY.replace("rule english", "# guardrail: allow[G303] because of that\nrule english")
    uri = editor.open("a.guard", text)
    editor.diagnostics(uri, "G708")
    editor.change(uri, typed(text, "list codenames", "# a new line\n"))
    first = editor.diagnostics(uri)
    (kept,) = [each for each in first if each["code"] == "G708"]
    assert kept["range"]["start"]["line"] == place(text, "# guardrail")[0] + 1


def test_canned_replies_are_checked_too(editor):
    text = POLICY.replace("reply sorry", 'reply other "A falcon."\nreply sorry')
    uri = editor.open("a.guard", text.replace("then flag", "then replace with other"))
    assert "G501" in {each["code"] for each in editor.diagnostics(uri, "G501")}


def test_several_changes_of_one_message_apply_in_turn(editor):
    uri = editor.open("a.guard", "edition 1\n")
    editor.diagnostics(uri)
    end = {"line": 1, "character": 0}
    later = {"line": 2, "character": 0}
    editor.change(
        uri,
        {"range": {"start": end, "end": end}, "text": "# 😀\n"},
        {"range": {"start": later, "end": later}, "text": POLICY.partition("\n")[2]},
    )
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []


def test_a_stale_result_is_not_shown(editor):
    uri = editor.open("a.guard", POLICY)
    for number in range(30):
        editor.change(uri, full(POLICY + "rule " * (29 - number)))
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []
    time.sleep(1)
    editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    late = [
        note["params"]["version"]
        for note in editor.notes
        if note.get("method") == "textDocument/publishDiagnostics"
    ]
    assert late == sorted(late)


def test_closing_takes_the_diagnostics_away(editor):
    uri = editor.open("a.guard", "edition 1\nrule")
    assert editor.diagnostics(uri)
    editor.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
    empty = editor.wait(
        lambda note: (
            note.get("method") == "textDocument/publishDiagnostics"
            and note["params"]["diagnostics"] == []
        )
    )
    assert empty["params"]["uri"] == uri


def test_an_open_import_counts_before_the_saved_one(editor, folder):
    (folder / "part.guard").write_text('edition 1\nlist words ["a"]\n', "utf-8")
    text = (
        'edition 1\nimport "part.guard" as part\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any part.words\n  then block\n"
    )
    uri = editor.open("a.guard", text)
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []
    part = editor.open("part.guard", 'edition 1\nlist other ["a"]\n')
    editor.diagnostics(part)
    assert "G102" in {each["code"] for each in editor.diagnostics(uri, "G102")}


def test_a_broken_import_is_told_where_it_is_imported(editor, folder):
    (folder / "part.guard").write_text("edition 1\nlist words [\n", "utf-8")
    text = 'edition 1\nimport "part.guard" as part\npolicy p\n  on error treat as flag\n'
    uri = editor.open("a.guard", text)
    (one,) = editor.diagnostics(uri)
    assert one["range"]["start"] == {"line": 1, "character": 7}
    assert "`part.guard` has an error" in one["message"]
    assert one["relatedInformation"][0]["location"]["uri"].endswith("/part.guard")


def test_a_part_is_judged_in_the_policy_that_imports_it(editor, folder):
    (folder / "a.guard").write_text(
        'edition 1\nimport "parts/part.guard" as part\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any part.words\n  then block\n",
        "utf-8",
    )
    (folder / "parts").mkdir()
    uri = editor.open("parts/part.guard", 'edition 1\nlist words ["a"]\n')
    assert [each for each in editor.diagnostics(uri) if each["severity"] == 1] == []
    alone = editor.open("alone.guard", 'edition 1\nlist words ["a"]\n')
    assert "G104" in {each["code"] for each in editor.diagnostics(alone)}


def test_what_the_server_says_is_what_lint_says(editor, folder):
    """After each of several edits, once the linter has spoken."""
    from guardrail.language.source import Source
    from guardrail.lint.engine import lint_file

    edits = [
        ("rule hide", "# 😀 a note\nrule hide"),
        ('"falcon", ', '"falcon", "falcon", '),
        ("pii found", "pii found or pii found"),
        ("then redact", "then redct"),
        ("then redct", "then redact"),
        ("list codenames", "# guardrail: allow[G406] because twice is right\nlist codenames"),
        ("with sorry", "with sory"),
        ("with sory", "with sorry"),
        ("policy desk", "policy"),
    ]
    text = POLICY
    uri = editor.open("a.guard", text)
    for old, new in [("", ""), *edits]:
        if old:
            at = text.index(old)
            start, end = place(text, old), place(text, old, len(old))
            range_ = {
                name: dict(zip(("line", "character"), edge, strict=True))
                for name, edge in (("start", start), ("end", end))
            }
            text = text[:at] + new + text[at + len(old) :]
            editor.change(uri, {"range": range_, "text": new})
        editor.diagnostics(uri)  # the compiler's
        told = editor.diagnostics(uri)  # with the linter's
        found = lint_file(Source(str(folder / "a.guard"), text))
        expected = sorted(
            (each.diagnostic.code, *place(text + "\0", text[each.diagnostic.primary.span.start :]))
            if each.diagnostic.primary.span.start < len(text)
            else (each.diagnostic.code, *place(text + "\0", "\0"))
            for each in found
        )
        assert expected == sorted(
            (each["code"], *each["range"]["start"].values()) for each in told
        ), (old, new)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("mark", "shift", "shown"),
    [
        ("any codenames", 5, ["**list** `codenames`", "2 entries", "`falcon`, `plan b`"]),
        ("list codenames", 5, ["2 entries"]),
        ("matches badge", 9, ["**pattern** `badge`", "[0-9]{4}"]),
        ("pii found", 1, ["**detector** `pii`", "gives findings"]),
        ("tongue is", 1, ["gives a label"]),
        ("= language", 3, ["**kind** `language` gives a label"]),
        ("entities", 2, ["`entities`: words or strings"]),
        ("with sorry", 6, ["**reply** `sorry`", "> 😀 Sorry, no."]),
        ("by no_names", 4, ["**rule** `no_names`", "contains any codenames"]),
        ("enforces safe", 10, ["**principle** `safe`", "> Do not leak"]),
        ("severity high", 2, ["**severity**: "]),
        ("then block", 2, ["**then**: "]),
        ("require", 2, ["**require**: "]),
    ],
)
def test_hover_says_what_something_is(reader, mark, shift, shown):
    found = ask(reader, "hover", reader.policy, POLICY, mark, shift)
    assert found["contents"]["kind"] == "markdown"
    for part in shown:
        assert part in found["contents"]["value"]


@pytest.mark.parametrize("mark", ['"Help desk"', "\n\nlist", "[0-9]{4}"])
def test_hover_says_nothing_where_nothing_is_named(reader, mark):
    assert ask(reader, "hover", reader.policy, POLICY, mark, 1) is None


def test_hover_shows_the_page_of_a_code(editor):
    text = "# guardrail: allow[G303] because of x\n" + POLICY
    uri = editor.open("a.guard", text)
    assert "shadowed-rule" in ask(editor, "hover", uri, text, "G303", 1)["contents"]["value"]
    editor.change(uri, full(text.replace("G303", "no-rules")))
    text = text.replace("G303", "no-rules")
    assert "G302" in ask(editor, "hover", uri, text, "no-rules", 1)["contents"]["value"]


@pytest.mark.parametrize(
    ("mark", "shift", "to"),
    [
        ("any codenames", 5, "codenames ["),
        ("matches badge", 9, "badge ="),
        ("pii found", 0, "pii = pii"),
        ("fallback sorry", 9, 'sorry "'),
        ("by no_names", 3, "no_names on"),
        ("enforces safe", 9, 'safe "'),
    ],
)
def test_definition_leads_to_the_declaration(reader, mark, shift, to):
    found = ask(reader, "definition", reader.policy, POLICY, mark, shift)
    line, character = place(POLICY, to)
    assert found["uri"] == reader.policy
    assert found["range"]["start"] == {"line": line, "character": character}


def test_definition_leads_into_imports_lists_and_the_library(editor, folder):
    (folder / "part.guard").write_text('edition 1\n\nlist words ["a"]\n', "utf-8")
    (folder / "w.txt").write_text("x\n", "utf-8")
    text = (
        'edition 1\nimport "part.guard" as part\nimport "std/privacy.guard" as privacy\n'
        'list more from file "w.txt"\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any part.words or text contains any more\n"
        "  then block\n"
    )
    uri = editor.open("a.guard", text)
    there = ask(editor, "definition", uri, text, "any part.words", 9)
    assert there["uri"] == editor.uri("part.guard")
    assert there["range"]["start"] == {"line": 2, "character": 5}
    alias = ask(editor, "definition", uri, text, "any part.words", 5)
    assert alias["uri"] == uri
    assert alias["range"]["start"] == {"line": 1, "character": 23}
    assert ask(editor, "definition", uri, text, "part.guard", 1)["uri"] == editor.uri("part.guard")
    assert ask(editor, "definition", uri, text, "w.txt", 1)["uri"] == editor.uri("w.txt")
    library = ask(editor, "definition", uri, text, "std/", 1)
    assert library["uri"].endswith("/policies/std/privacy.guard")
    assert ask(editor, "definition", uri, text, "policy p", 7) is None


def test_references_are_found_in_all_files(editor, folder):
    (folder / "part.guard").write_text(
        'edition 1\nlist words ["a"]\nlist other ["words"]\nrule x on output\n'
        "  when text contains any words\n  then flag\n",
        "utf-8",
    )
    text = (
        'edition 1\nimport "part.guard" as part\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any part.words\n  then block\n"
        'rule words on output\n  when text contains "words"\n  then flag\n'
    )
    uri = editor.open("a.guard", text)
    context = {"context": {"includeDeclaration": True}}
    found = ask(editor, "references", uri, text, "part.words", 6, **context)
    places = sorted(
        (each["uri"].rpartition("/")[2], each["range"]["start"]["line"]) for each in found
    )
    assert places == [("a.guard", 5), ("part.guard", 1), ("part.guard", 4)]
    column = next(each["range"] for each in found if each["uri"] == uri)
    assert column["start"]["character"] == place(text, "part.words")[1] + 5
    without = {"context": {"includeDeclaration": False}}
    assert len(ask(editor, "references", uri, text, "part.words", 6, **without)) == 2


def test_symbols_list_the_declarations(reader):
    found = reader.ask("textDocument/documentSymbol", {"textDocument": {"uri": reader.policy}})
    assert [each["name"] for each in found] == [
        "desk", "safe", "codenames", "badge", "pii", "tongue", "sorry",
        "no_names", "hide", "english", "names are blocked", "this one fails",
    ]  # fmt: skip
    assert [each["detail"] for each in found][1:4] == ["principle", "list", "pattern"]
    for each in found:
        assert each["range"]["start"]["line"] <= each["selectionRange"]["start"]["line"]


def test_colors_cover_the_text_in_utf_16(reader):
    legend = reader.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"]
    data = reader.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": reader.policy}})[
        "data"
    ]
    lines = [line.encode("utf-16-le") for line in POLICY.split("\n")]
    line = character = 0
    seen = {}
    for number in range(0, len(data), 5):
        new, shift, length, kind, _ = data[number : number + 5]
        line, character = line + new, shift if new else character + shift
        part = lines[line][character * 2 : (character + length) * 2].decode("utf-16-le")
        seen.setdefault(legend[kind], []).append(part)
    assert '"😀 Sorry, no."' in seen["string"]
    assert seen["keyword"][:2] == ["edition", "policy"]
    assert "no_names" in seen["function"]


# ---------------------------------------------------------------- completion


def labels(found):
    return [each["label"] for each in sorted(found["items"], key=lambda each: each["sortText"])]


@pytest.mark.parametrize(
    ("before", "has", "lacks"),
    [
        ("rule x on ", {"output", "input", "both"}, {"when", "rule", "sorry"}),
        ("rule x on output\n  ", {"when", "require", "severity", "late"}, {"text", "owner"}),
        ("rule x on output\n  when ", {"text", "not", "pii", "tongue"}, {"codenames", "when"}),
        ("rule x on output\n  when te", {"text"}, {"codenames"}),
        ("rule x on output\n  when text ", {"contains", "matches"}, {"found"}),
        ("rule x on output\n  when text contains any ", {"codenames"}, {"badge", "sorry", "any"}),
        ("rule x on output\n  when text matches ", {"badge"}, {"codenames"}),
        ("rule x on output\n  when pii ", {"found", "is"}, {"pii", "contains"}),
        ("rule x on output\n  when (", {"text", "not", "pii"}, {"badge"}),
        ("rule x on output\n  when pii found\n  except ", {"codenames", "badge"}, {"pii"}),
        ("rule x on output\n  when pii found\n  except badge, ", {"codenames"}, {"sorry"}),
        ("rule x on output\n  enforces ", {"safe"}, {"sorry"}),
        ("rule x on output\n  when pii found\n  then ", {"redact", "block", "flag"}, {"safe"}),
        ("rule x on output\n  when pii found\n  then block with ", {"sorry"}, {"safe"}),
        ("rule x on output\n  when pii found\n  then redact and ", {"append"}, {"pii"}),
        ('test "t"\n  given output "x" with ', {"pii", "tongue"}, {"sorry"}),
        ('test "t"\n  given output "x"\n  expect block by ', {"no_names", "hide"}, {"safe"}),
        ("detector d = ", {"pii", "length", "links", "language"}, {"regenerate", "tongue"}),
        ("rewriter d = ", {"regenerate"}, {"pii"}),
        ("detector d = length(", {"unit"}, {"entities"}),
        ("detector d = length(unit: ", {"words", "sentences", "characters"}, {"unit"}),
        ("detector d = pii(", {"entities", "min_score", "region"}, {"unit"}),
        ("detector d = pii(entities: [", {"PERSON", "EMAIL_ADDRESS"}, {"entities"}),
        ("detector d = pii(entities: [PERSON, ", {"EMAIL_ADDRESS"}, {"PERSON", "min_score"}),
        ("detector d = pii(entities: [PERSON], ", {"min_score"}, {"entities", "PERSON"}),
        ("rewriter d = regenerate(otherwise: ", {"sorry"}, {"codenames"}),
        ("\n", {"rule", "test", "list", "detector"}, {"edition"}),
        ('rule x on output\n  require tongue is "', {"en", "de"}, {"pii"}),
        ('import "', {"std/privacy.guard"}, {"pii"}),
    ],
)
def test_completion_offers_what_can_stand_there(reader, before, has, lacks):
    text = POLICY + "\n" + before
    reader.change(reader.policy, full(text))
    line, character = place(text + "\0", "\0")
    found = labels(reader.ask("textDocument/completion", reader.at(reader.policy, line, character)))
    assert has <= set(found), found
    assert not lacks & set(found), found
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "before",
    ["# a no", 'reply x "te', "rule x on output then then ", "rule x on output\n  when 5 "],
)
def test_completion_is_silent_where_nothing_can_be_said(reader, before):
    text = POLICY + "\n" + before
    reader.change(reader.policy, full(text))
    line, character = place(text + "\0", "\0")
    found = reader.ask("textDocument/completion", reader.at(reader.policy, line, character))
    assert found is None or found["items"] == []


def test_completion_goes_through_imports(editor, folder):
    (folder / "part.guard").write_text('edition 1\nlist words ["a"]\nreply r "x"\n', "utf-8")
    text = (
        'edition 1\nimport "part.guard" as part\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any "
    )
    uri = editor.open("a.guard", text)
    editor.diagnostics(uri)
    found = editor.ask("textDocument/completion", editor.at(uri, 5, 25))
    assert labels(found) == ["part"]
    editor.change(uri, full(text + "part."))
    found = editor.ask("textDocument/completion", editor.at(uri, 5, 30))
    assert labels(found) == ["words"]
    (item,) = found["items"]
    assert item["textEdit"]["range"]["start"] == {"line": 5, "character": 30}


def test_a_choice_takes_the_place_of_what_is_typed(reader):
    text = POLICY + "\nrule x on output\n  when 😀\n  then blo"
    text = text.replace("when 😀", 'when text contains "😀"')
    reader.change(reader.policy, full(text))
    line, character = place(text + "\0", "\0")
    found = reader.ask("textDocument/completion", reader.at(reader.policy, line, character))
    block = next(each for each in found["items"] if each["label"] == "block")
    assert block["textEdit"]["range"] == {
        "start": {"line": line, "character": character - 3},
        "end": {"line": line, "character": character},
    }


@pytest.mark.parametrize(
    ("written", "label", "start", "insert", "replace"),
    [
        ("when text con|tains any codenames", "contains", 10, 13, 18),
        ("when text contains any code|names", "codenames", 23, 27, 32),
        ("when| text", "when", 0, 4, 4),
    ],
)
def test_an_editor_may_replace_the_rest_of_a_word(
    editor_in, written, label, start, insert, replace
):
    editor = editor_in(can_replace=True)
    text = f"{POLICY}\nrule x on output\n{written.replace('|', '')}\n  then flag\n"
    uri = editor.open("a.guard", text)
    editor.diagnostics(uri)
    line = POLICY.count("\n") + 2
    found = editor.ask("textDocument/completion", editor.at(uri, line, written.index("|")))
    (edit,) = (each["textEdit"] for each in found["items"] if each["label"] == label)
    assert edit["insert"]["start"] == edit["replace"]["start"] == {"line": line, "character": start}
    assert edit["insert"]["end"]["character"] == insert
    assert edit["replace"]["end"]["character"] == replace


# ---------------------------------------------------------------- changing


def applied(text, edits):
    """Apply edits to a text, as an editor does."""
    lines = [*text.splitlines(keepends=True), ""]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(position):
        head = lines[position["line"]].encode("utf-16-le")[: position["character"] * 2]
        return starts[position["line"]] + len(head.decode("utf-16-le"))

    spans = [(offset(e["range"]["start"]), offset(e["range"]["end"]), e["newText"]) for e in edits]
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def fixes(editor, uri, diagnostic):
    params = {
        "textDocument": {"uri": uri},
        "range": diagnostic["range"],
        "context": {"diagnostics": [diagnostic]},
    }
    return {each["title"]: each for each in editor.ask("textDocument/codeAction", params)}


def written(text, action):
    (change,) = action["edit"]["documentChanges"]
    return applied(text, change["edits"])


def test_the_name_that_was_meant_is_a_fix(editor):
    text = POLICY.replace("with sorry", "with sory")
    uri = editor.open("a.guard", text)
    (one,) = editor.diagnostics(uri, "G102")
    found = fixes(editor, uri, one)
    assert written(text, found["Write `sorry`"]) == POLICY
    assert found["Write `sorry`"]["diagnostics"][0]["code"] == "G102"


def test_the_linters_safe_edits_are_a_fix(editor):
    text = POLICY.replace('"falcon", ', '"falcon", "falcon", ')
    uri = editor.open("a.guard", text)
    one = next(each for each in editor.diagnostics(uri, "G406") if each["code"] == "G406")
    found = fixes(editor, uri, one)
    mended = written(text, next(each for title, each in found.items() if title.startswith("Fix ")))
    assert mended.count('"falcon"') == POLICY.count('"falcon"')


def test_an_opinion_can_be_allowed_with_a_reason(editor):
    text = POLICY.replace('"falcon", ', '"falcon", "falcon", ')
    uri = editor.open("a.guard", text)
    one = next(each for each in editor.diagnostics(uri, "G406") if each["code"] == "G406")
    allowed = written(text, fixes(editor, uri, one)["Allow duplicate-entry here, with a reason"])
    comment = "# guardrail: allow[duplicate-entry] because SAY WHY\nlist codenames"
    assert comment in allowed
    editor.change(uri, full(allowed))
    editor.diagnostics(uri)
    editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
    time.sleep(1.5)
    codes = {each["code"] for each in editor.diagnostics(uri)}
    assert not {"G406", "G708", "G709"} & codes


def test_a_code_without_a_page_of_its_own_is_explained(editor):
    uri = editor.open("a.guard", POLICY.replace('"falcon", ', '"falcon", "falcon", '))
    one = next(each for each in editor.diagnostics(uri, "G406") if each["code"] == "G406")
    command = fixes(editor, uri, one)["Explain G406 duplicate-entry"]["command"]
    params = {"command": command["command"], "arguments": command["arguments"]}
    said = editor.ask("workspace/executeCommand", params)
    assert said.startswith("# G406 duplicate-entry")
    note = editor.wait(lambda message: message.get("method") == "window/showMessage")
    assert note["params"] == {"type": 3, "message": said}


def test_formatting_gives_the_canonical_text(editor):
    from guardrail.language.format import format_policy
    from guardrail.language.source import Source

    text = POLICY.replace("\n  when", "\n\n      when").replace(", ", ",")
    uri = editor.open("a.guard", text)
    params = {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
    edits = editor.ask("textDocument/formatting", params)
    canonical = format_policy(Source("a.guard", text))
    assert applied(text, edits) == canonical
    editor.change(uri, full(canonical))
    assert editor.ask("textDocument/formatting", params) == []
    editor.change(uri, full(text + "rule"))
    assert editor.ask("textDocument/formatting", params) is None


def test_rename_changes_every_place_and_refuses_words_of_the_language(editor, folder):
    part = 'edition 1\nlist words ["a"]\nrule x on output\n  when text contains any words\n  then flag\n'
    (folder / "part.guard").write_text(part, "utf-8")
    text = (
        'edition 1\nimport "part.guard" as part\npolicy p\n  on error treat as flag\n'
        "rule r on output\n  when text contains any part.words\n  then block\n"
    )
    uri = editor.open("a.guard", text)
    changes = ask(editor, "rename", uri, text, "part.words", 6, newName="terms")["changes"]
    assert applied(text, changes[uri]) == text.replace("part.words", "part.terms")
    assert applied(part, changes[editor.uri("part.guard")]) == part.replace("words", "terms")
    for wrong in ("rule", "not a name", "x"):
        with pytest.raises(RuntimeError, match=r"`.*` (is|cannot)"):
            ask(editor, "rename", uri, text, "part.words", 6, newName=wrong)
    assert ask(editor, "prepareRename", uri, text, "policy p", 7) is None
    alias = ask(editor, "rename", uri, text, "part.words", 1, newName="piece")["changes"]
    assert applied(text, alias[uri]) == text.replace("as part", "as piece").replace(
        "part.words", "piece.words"
    )


def test_lenses_show_how_tests_end(editor):
    uri = editor.open("a.guard", POLICY)
    editor.diagnostics(uri)
    titles, end = ["○ not run"], time.monotonic() + 60
    while "○ not run" in titles and time.monotonic() < end:
        found = editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
        titles = [each["command"]["title"] for each in found]
        time.sleep(0.1)
    passed, failed = titles
    assert passed == "✓ passed"
    assert failed.startswith("✗ failed: expected allow, got block by no_names")
    assert found[1]["range"]["start"]["line"] == place(POLICY, 'test "this')[0]
    command = found[1]["command"]
    params = {"command": command["command"], "arguments": command["arguments"]}
    said = editor.ask("workspace/executeCommand", params)
    assert "expected allow" in said
    note = editor.wait(lambda message: message.get("method") == "window/showMessage")
    assert note["params"] == {"type": 1, "message": said}


# ---------------------------------------------------------------- places


@pytest.mark.parametrize(("encoding", "width"), [("utf-16", 2), ("utf-8", 4), ("utf-32", 1)])
def test_places_count_in_the_units_of_the_client(editor_in, encoding, width):
    editor = editor_in(encodings=[encoding])
    assert editor.capabilities["positionEncoding"] == encoding
    text = 'edition 1\npolicy p\n  on error treat as flag\nreply r "😀" wrong\n'
    uri = editor.open("a.guard", text)
    (one,) = editor.diagnostics(uri)
    start = len('reply r "') + width + len('" ')
    assert one["range"] == {
        "start": {"line": 3, "character": start},
        "end": {"line": 3, "character": start + 5},
    }
    end = {"line": 3, "character": start + 5}
    editor.change(
        uri, {"range": {"start": {"line": 3, "character": start - 1}, "end": end}, "text": ""}
    )
    assert "G002" not in {each["code"] for each in editor.diagnostics(uri)}


@pytest.mark.parametrize("break_", ["\r\n", "\r", "\n"])
def test_line_breaks_of_all_kinds_count(editor, break_):
    text = POLICY.replace("with sorry", "with sory")
    text = text.replace("\n", break_).replace("😀", "\u2028\x0b"[:1])
    uri = editor.open("a.guard", text)
    one = next(each for each in editor.diagnostics(uri) if each["code"] == "G102")
    assert one["range"]["start"]["line"] == POLICY[: POLICY.index("with sorry")].count("\n")


# ---------------------------------------------------------------- robustness


def test_half_written_text_never_stops_the_server(editor):
    """Every prefix of a line, at any place, is answered; so is every request on it."""
    uri = editor.open("a.guard", "")
    lines = POLICY.splitlines(keepends=True)
    for number, line in list(enumerate(lines))[::3]:
        text = "".join(lines[:number]) + line[: len(line) // 2]
        editor.change(uri, full(text))
        editor.diagnostics(uri)
        row, column = place(text + "\0", "\0")
        for method in ("completion", "hover", "definition", "prepareRename"):
            editor.ask(f"textDocument/{method}", editor.at(uri, row, column))
        for method in ("documentSymbol", "codeLens", "semanticTokens/full"):
            editor.ask(f"textDocument/{method}", {"textDocument": {"uri": uri}})
    failed = [note for note in editor.notes if note.get("method") == "window/logMessage"]
    assert failed == []


@pytest.mark.parametrize(
    "text",
    ["", "\0", "edition", "edition 2\n", "\ufeffedition 1\n", "edition 1\n" + "(" * 500,
     "edition 1\nrule r on output when " + "not " * 300, '"' * 300, "edition 1\n\ud800".encode("utf-8", "replace").decode()],
)  # fmt: skip
def test_strange_texts_are_answered(editor, text):
    uri = editor.open("a.guard", text)
    editor.diagnostics(uri)
    position = editor.at(uri, 0, 0)
    for method in ("completion", "hover", "definition"):
        editor.ask(f"textDocument/{method}", position)
    assert editor.process.poll() is None
    assert [note for note in editor.notes if note.get("method") == "window/logMessage"] == []


def test_places_beyond_the_text_are_answered(reader):
    for line, character in ((9999, 0), (0, 9999)):
        for method in ("completion", "hover", "definition", "prepareRename"):
            reader.ask(f"textDocument/{method}", reader.at(reader.policy, line, character))


def test_a_text_that_is_not_open_is_answered(editor):
    for method in ("completion", "hover", "definition"):
        assert not editor.ask(f"textDocument/{method}", editor.at(editor.uri("no.guard"), 0, 0))


def test_a_text_that_was_never_saved_is_read(editor):
    editor.versions["untitled:Untitled-1"] = 1
    item = {"uri": "untitled:Untitled-1", "languageId": "guard", "version": 1, "text": POLICY}
    editor.tell("textDocument/didOpen", {"textDocument": item})
    found = editor.diagnostics("untitled:Untitled-1")
    assert [each for each in found if each["severity"] == 1] == []


# ---------------------------------------------------------------- the end


def test_the_server_says_goodbye(editor_in):
    editor = editor_in()
    uri = editor.open("a.guard", POLICY)
    editor.diagnostics(uri)
    assert editor.quit() == 0
    assert editor.process.stderr.read() == b""


def test_the_server_ends_when_the_client_goes_away(editor_in):
    editor = editor_in()
    uri = editor.open("a.guard", POLICY)
    editor.diagnostics(uri)
    assert editor.vanish() == 0


@pytest.mark.skipif(os.name != "posix", reason="processes are watched on POSIX systems")
def test_the_server_ends_when_the_process_of_the_editor_does(editor_in):
    """Even if something else holds the other end of the pipe open."""
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    editor = editor_in(pid=owner.pid)
    editor.diagnostics(editor.open("a.guard", POLICY))
    owner.communicate(b"\n")
    assert editor.process.wait(60) == 1


def test_without_the_extra_the_command_names_it(tmp_path):
    (tmp_path / "pygls.py").write_text("raise ImportError\n", "utf-8")
    code = (
        "import sys; sys.path.insert(0, '.'); sys.argv = ['guardrail', 'lsp']; "
        "from guardrail.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "guardrail-sdk[lsp]" in done.stderr
    assert done.stdout == ""


def test_the_protocol_carries_plain_json(editor):
    assert json.loads(json.dumps(editor.capabilities)) == editor.capabilities
    assert editor.capabilities["textDocumentSync"]["change"] == 2
