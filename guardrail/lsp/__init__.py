"""The language server: what an editor shows of a policy while it is written.

`server` speaks the protocol; it needs the extra `lsp`. Everything else here knows texts, offsets
and names: `documents` holds what is open, `analysis` reads and judges it off the main thread,
`index` knows what names mean, and each feature has a file of its own.
"""
