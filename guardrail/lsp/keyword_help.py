"""One line for each word of the language, as an editor shows it beside the word."""

from __future__ import annotations

from typing import Final

KEYWORDS: Final = {
    "all": "`text contains all LIST`: every entry is there. `evaluate all`: no early stop.",
    "allow": "`expect allow`: no rule changes the text.",
    "and": "Joins conditions that must all hold, or the actions of one rule. "
    "Mixed with `or` it needs parentheses.",
    "any": "`text contains any LIST`: at least one entry is there.",
    "append": "`then append REPLY`: add a canned text below the reply.",
    "as": '`import "…" as NAME`, `redact as "…"`, `treat as …`, `"text" as TYPE` in a test.',
    "at": "`NAME found at least N times`: so many findings or more.",
    "block": "`then block with REPLY`: send the canned reply, or nothing, in place of the text.",
    "both": "`on both`: the rule checks the input and the output.",
    "budget": "`budget N ms`: what the detectors of a check may take; one not run in time is an "
    "error.",
    "by": "`expect ACTION by RULE`: this rule must be what does it.",
    "cases": "A test with several rows; each ends with its own `expect`.",
    "contains": "Looks for words, whatever their case and form: `contains any`, `contains all`, "
    '`contains "…"`.',
    "critical": "The highest severity.",
    "detector": "`detector NAME = kind(…)`: what looks at the text beyond words and patterns.",
    "each": "`each sentence`: the rule looks at one sentence after the other.",
    "edition": "`edition 1`: the version of the language, in the first line of a file.",
    "enforces": "The principles that a rule puts into practice.",
    "error": "`on error treat as …`: what a detector that fails counts as. In a test, "
    "`with NAME = error` lets one fail.",
    "escalate": '`then … and escalate to "queue"`: ask people to look at it.',
    "evaluate": "`evaluate all`: ask every detector, even if the outcome is certain.",
    "exactly": "`text matches PATTERN exactly`: on the plain text only, no look-alike letters.",
    "except": "Lists or patterns whose matches are no findings of this rule.",
    "expect": 'What a test expects: `expect ACTION by RULE` or `expect output "…"`.',
    "fallback": "`fallback REPLY`: what is sent when nothing else can be.",
    "file": '`list NAME from file "…"`: one entry a line, below this file\'s folder.',
    "flag": "`then flag`: let the text through and note the rule.",
    "found": "`DETECTOR found`: it has found at least one stretch of text.",
    "from": '`list NAME from file "…"`: the entries stand in a file of their own.',
    "given": "What a test starts from: `given output`, `given input`.",
    "high": "The second highest severity.",
    "import": '`import "path" as NAME`: the rules and names of another file; '
    '`"std/…"` is the shipped library.',
    "input": "What the person wrote. `on input`: the rule checks it before the model sees it.",
    "is": '`DETECTOR is "label"`: it gives this label.',
    "late": "A rule on output that may act after a stream has begun: replace, block or rewrite.",
    "least": "`NAME found at least N times`: so many findings or more.",
    "list": '`list NAME ["…", "…"]` or `list NAME from file "…"`: words and phrases to look '
    "for.",
    "low": "The lowest severity.",
    "matches": "`text matches PATTERN`: the pattern is found somewhere in the text.",
    "medium": "The severity of a rule that names none.",
    "message": "What is wrong, in the words of the policy; a rewriter is told this.",
    "meta": '`meta KEY "…"`: a note for tools, such as a tag of a catalogue.',
    "ms": "Milliseconds.",
    "not": "The opposite of the condition that follows.",
    "on": "`on output`, `on input`, `on both`: what a rule checks. "
    "`on error treat as …`: what a detector that fails counts as.",
    "or": "Joins conditions of which one is enough. Mixed with `and` it needs parentheses.",
    "output": "What the model wrote. `on output`: the rule checks it before it is sent.",
    "owner": "Who answers for the policy.",
    "pass": "`treat as pass`: an error counts as no hit; a grave rule needs a `reason`.",
    "pattern": "`pattern NAME = /…/`: an expression that runs in linear time. "
    "Flags stand behind it.",
    "policy": "`policy NAME`: who answers for it, and what an error means. One in each file.",
    "principle": '`principle NAME "…"`: what the rules are for, in plain words.',
    "prompt": "What the person wrote, seen from a rule on output.",
    "reason": '`reason "…"`: why this exception is right.',
    "redact": '`then redact as "[{type}]"`: put something in the place of each finding. '
    "`{type}`, `{last4}`, `{hash}` and `{n}` are filled in.",
    "replace": "`then replace with REPLY`: send a canned reply in place of the text.",
    "reply": '`reply NAME "…"`: a canned text that actions send.',
    "require": "What a text must be: `require E` fires when E does not hold.",
    "rewrite": "`then rewrite using REWRITER`: let the model try again.",
    "rewriter": "`rewriter NAME = regenerate(…)`: who writes a better text, "
    "and what is sent if that fails.",
    "rule": "`rule NAME on output when … then …`: a condition, and what is done when it holds.",
    "sentence": "`each sentence`: the rule looks at one sentence after the other.",
    "severity": "`severity low|medium|high|critical`: how grave it is when the rule fires.",
    "test": '`test "…"`: a text and what the policy must do with it; `guardrail test` runs it.',
    "text": "What is checked: the output in a rule on output, the input in one on input.",
    "then": "What is done when the rule fires; `and` joins actions.",
    "times": "`NAME found at least N times`: so many findings or more.",
    "to": '`escalate to "queue"`: who is asked to look.',
    "treat": "`on error treat as violation`, `flag` or `pass`.",
    "unless": "A condition under which the rule does not fire; with a `reason`, perhaps `until` "
    "a day.",
    "until": "`until 2027-01-31`: the last day (UTC) of this exception.",
    "using": "`rewrite using REWRITER`.",
    "version": "The version of the policy, for its readers.",
    "violation": "`treat as violation`: an error counts as a hit.",
    "when": "What a text must not be: the rule fires when this holds.",
    "with": "`replace with`, `block with` a reply. In a test, `with NAME = …` fixes what a "
    "detector gives.",
}  # fmt: skip
"""By word; `tests/lsp` checks that every word of the grammar has its line."""
