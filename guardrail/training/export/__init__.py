"""`guardrail export`: a language or reward model as an ONNX folder that runs without torch.

`graph` makes the graphs, `chat` turns a chat template into affixes, `parity` compares with torch,
`folder` writes manifest and card, `run` brings it together. A folder that is not at parity is not
written.
"""
