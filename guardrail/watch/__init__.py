"""A watch over verdicts: rates that changed, and replies unlike those before, as records come in.

- `records`: verdict records, one a line, as `guardrail check --format jsonl` writes them;
- `change`: when did a rate change, with a stated rate of false alarms; `series`: one rate over
  time; `stream`: all rates of one policy and role;
- `embedding`: texts as vectors; `topics`: texts far from those before, and groups of them;
- `run`: one record after the other; `report`: what was found, without any text.
"""
