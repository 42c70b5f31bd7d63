#!/usr/bin/env python3
"""Is a JSON document valid by a schema?   valid.py SCHEMA DOCUMENT [--each]

--each: the document is an array, each element is to be valid. Character classes that Python's re does not know are
written in its own. Exit 0 valid, 1 not (each fault a line), 77 where python3-jsonschema is not installed."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def plain(node):
    if isinstance(node, dict):
        return {k: v.replace(r"\p{L}", r"[^\W\d_]").replace(r"\p{N}", r"\d") if k == "pattern" and isinstance(v, str) else plain(v)
                for k, v in node.items()}
    return [plain(v) for v in node] if isinstance(node, list) else node


schema = plain(json.load(open(sys.argv[1])))
document = json.load(open(sys.argv[2]))
kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft7Validator)
faults = 0
for one in document if "--each" in sys.argv else [document]:
    for fault in kind(schema).iter_errors(one):
        faults += 1
        if faults <= 20:
            print("/".join(str(p) for p in fault.path), fault.message[:200])
sys.exit(1 if faults else 0)
