"""Conversations in files, read turn by turn in constant memory.

Stations: `lines` (bytes to numbered lines, unpacked), `tables` (rows to such lines),
`shapes` (which of four shapes a file has), `turns` (one line to its turns), `reader` (a file to
chunks), `shards` (a plain file to ranges of bytes, as `tables` gives row groups, for processes that
read them themselves), and `replace` (a line with other texts in it).
"""

from guardrail.transcripts.lines import MAX_LINE as MAX_LINE
from guardrail.transcripts.lines import Unreadable as Unreadable
from guardrail.transcripts.reader import Transcript as Transcript
from guardrail.transcripts.reader import open_transcript as open_transcript
from guardrail.transcripts.replace import with_texts as with_texts
from guardrail.transcripts.shapes import NotReadableError as NotReadableError
from guardrail.transcripts.shapes import Shape as Shape
from guardrail.transcripts.shards import Chunk as Chunk
from guardrail.transcripts.shards import Shard as Shard
from guardrail.transcripts.tables import RowGroup as RowGroup
from guardrail.transcripts.turns import Turn as Turn
from guardrail.transcripts.turns import read_turns as read_turns

__all__ = [
    "MAX_LINE",
    "Chunk",
    "NotReadableError",
    "RowGroup",
    "Shape",
    "Shard",
    "Transcript",
    "Turn",
    "Unreadable",
    "open_transcript",
    "read_turns",
    "with_texts",
]
