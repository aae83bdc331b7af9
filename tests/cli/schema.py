# SPDX-License-Identifier: Apache-2.0
"""As much of JSON Schema as ours use: does a document meet one?"""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool,
         "number": (int, float), "integer": int, "null": type(None)}


def is_of(value, kind):
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind]) or (
        kind == "integer" and isinstance(value, float) and value.is_integer())


def takes(schema, value, root):
    """Whether it is as the schema says; the words of it that ours uses."""
    for word, of in schema.items():
        if word in ("description", "title", "$schema", "$defs"):
            continue
        if not {
                "$ref": lambda: takes(root["$defs"][of.split("/")[-1]],
                                      value, root),
                "type": lambda: any(is_of(value, kind) for kind in (
                    of if isinstance(of, list) else [of])),
                "enum": lambda: value in of,
                "anyOf": lambda: any(takes(one, value, root) for one in of),
                "pattern": lambda: re.search(of, value),
                "maxProperties": lambda: len(value) <= of,
                "oneOf": lambda: sum(takes(one, value, root)
                                     for one in of) == 1,
                "required": lambda: all(key in value for key in of),
                "properties": lambda: all(takes(of[key], value[key], root)
                                          for key in value if key in of),
                "additionalProperties": lambda: all(
                    of is not False and takes(of, value[key], root)
                    for key in value
                    if key not in schema.get("properties", {})),
                "propertyNames": lambda: all(
                    re.search(of["pattern"], key) for key in value),
                "minProperties": lambda: len(value) >= of,
                "items": lambda: all(takes(of, one, root) for one in value),
                "minItems": lambda: len(value) >= of,
                "maxItems": lambda: len(value) <= of,
                "uniqueItems": lambda: len(set(map(str, value))) == len(value),
                "minimum": lambda: value >= of,
                "maximum": lambda: value <= of,
        }[word]():
            return False
    return True
