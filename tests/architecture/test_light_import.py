"""What importing guardrail must not do, seen from a fresh interpreter."""

import subprocess
import sys

HEAVY = ("torch", "transformers", "onnxruntime", "presidio_analyzer", "spacy", "lark", "click")


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_import_loads_nothing_heavy():
    loaded = run(f"import sys, guardrail; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert loaded == "[]"


def test_guard_class_loads_nothing_heavy():
    code = f"import sys; from guardrail import Guard, guard; print([m for m in {HEAVY[:6]!r} if m in sys.modules])"
    assert run(code) == "[]"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from guardrail.cli.main import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        f"print([m for m in {HEAVY[:6]!r} if m in sys.modules])"
    )
    assert run(code).splitlines()[-1] == "[]"


def test_loading_and_checking_opens_no_socket(tmp_path):
    policy = tmp_path / "p.guard"
    policy.write_text(
        "edition 1\npolicy p\n  on error treat as violation\n"
        "detector pii = pii(entities: [EMAIL_ADDRESS, PHONE_NUMBER])\n"
        "rule r on output\n  when pii found\n  then redact\n"
    )
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket.__init__ = refuse\n"
        "from guardrail import Guard\n"
        f"print(Guard.load({str(policy)!r}).check('Write to ann@example.org now').output)"
    )
    assert run(code) == "Write to [EMAIL_ADDRESS] now"


def test_checking_without_personal_data_loads_no_presidio(tmp_path):
    (tmp_path / "p.guard").write_text(
        "edition 1\npolicy p\n  on error treat as violation\n"
        'rule r on output\n  when text contains "STOP"\n  then flag\n'
    )
    (tmp_path / "chat.jsonl").write_text('{"prompt": "Q", "response": "A"}\n')
    code = (
        "import os, sys\n"
        "from guardrail.cli.main import main\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "try:\n    main(['check', 'chat.jsonl', '-p', 'p.guard'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        f"print([m for m in {HEAVY[:5]!r} if m in sys.modules])"
    )
    assert run(code).splitlines()[-1] == "[]"
