"""Merges notebooks with nbdime, the student's side winning: a JSON object a line in, the merged file a line out."""
import json
import sys
from types import SimpleNamespace

from nbdime.merging import merge_notebooks
from nbformat import reads, writes

how = SimpleNamespace(
    merge_strategy="use-local", input_strategy=None, output_strategy=None, ignore_transients=True, log_level="ERROR"
)
for line in sys.stdin:
    files = json.loads(line)
    try:
        base, local, offered = (reads(files[side], as_version=4) for side in ("base", "local", "offered"))
        merged, _ = merge_notebooks(base, local, offered, how)
        print(json.dumps(writes(merged, version=4)))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
