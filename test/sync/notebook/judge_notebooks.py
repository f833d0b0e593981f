"""Reads notebooks, one JSON string a line, and prints for each what Jupyter's own package finds wrong with it."""
import json
import sys
import warnings

from nbformat import reads
from nbformat.validator import iter_validate

warnings.simplefilter("error")
for line in sys.stdin:
    text = json.loads(line)
    try:
        problems = [error.message for error in iter_validate(json.loads(text))]
        reads(text, as_version=4)
    except Exception as error:
        problems = [f"{type(error).__name__}: {error}"]
    print(json.dumps("; ".join(problems)))
