#!/usr/bin/env python3
"""Manifests of built images: written in one place, checked against bitstreams/manifest.schema.json.

    bitstreams/flow/manifest.py check FILE...

checks the form of each manifest and that the image beside it is the one it describes. As a module:
`write(image, ...)` makes a manifest from the generator's own and the image.
"""
import hashlib
import json
import os
import pathlib
import re
import sys

BITSTREAMS = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = json.loads((BITSTREAMS / "manifest.schema.json").read_text())
FILE_NAME = "image.json"

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "null": type(None),
}


class ManifestError(Exception):
    """A manifest that is malformed or lies about its image."""


def violations(value, schema=SCHEMA, where="manifest"):
    """Yields what in `value` is not as `schema` says (the part of JSON Schema that ours uses)."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "const" in schema and value != schema["const"]:
        yield f"{where}: expected {schema['const']!r}, found {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where}: expected one of {schema['enum']}, found {value!r}"
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if isinstance(value, bool) or not any(isinstance(value, TYPES[n]) for n in names):
            yield f"{where}: expected {' or '.join(names)}, found {value!r}"
            return
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: {name} is missing"
        if len(value) < schema.get("minProperties", 0):
            yield f"{where}: is empty"
        for name, entry in value.items():
            inner = properties.get(name, schema.get("additionalProperties", True))
            if inner is False:
                yield f"{where}: {name} is not a key of the schema"
            elif inner is not True:
                yield from violations(entry, inner, f"{where}.{name}")
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{where}: is empty"
        for index, entry in enumerate(value):
            yield from violations(entry, schema.get("items", {}), f"{where}[{index}]")
    elif isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where}: expected {schema['pattern']}, found {value!r}"
    elif isinstance(value, (int, float)):
        if "minimum" in schema and value < schema["minimum"]:
            yield f"{where}: expected at least {schema['minimum']}, found {value}"
        if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
            yield f"{where}: expected more than {schema['exclusiveMinimum']}, found {value}"


def describe(path):
    """Size and digest of a file."""
    data = pathlib.Path(path).read_bytes()
    return {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def write(
    image,
    kind,
    generated,
    *,
    board,
    part,
    flow,
    tools,
    clock_mhz,
    fmax_mhz,
    utilisation,
    board_sources=(),
    **optional,
):
    """Writes `image.json` beside `image` and returns its path.

    `generated` is the folder of `vegalith generate`; `board_sources` are the sources synthesised
    with it; `optional` are the schema's optional keys. Atomic: the manifest appears whole.
    """
    image = pathlib.Path(image)
    generator = json.loads((pathlib.Path(generated) / "manifest.json").read_text())
    sources = [dict(entry) for entry in generator["files"]]
    known = {entry["name"] for entry in sources}
    for source in map(pathlib.Path, board_sources):
        if source.name not in known:
            sources.append({"name": source.name, **describe(source)})
    for entry in sources:
        path = pathlib.Path(generated) / entry["name"]
        if path.exists() and describe(path)["sha256"] != entry["sha256"]:
            raise ManifestError(
                f"{path}: expected the generated file of sha256 {entry['sha256']}, found another; "
                "generate the preset again"
            )
    manifest = {
        "schema": SCHEMA["properties"]["schema"]["const"],
        "preset": generator["preset"],
        "preset_digest": generator["preset_digest"],
        "abi_version": generator["abi_version"],
        "board": board,
        "part": part,
        "flow": flow,
        "tools": dict(tools),
        "clock_mhz": clock_mhz,
        "fmax_mhz": fmax_mhz,
        "utilisation": utilisation,
        "image": {"file": image.name, "kind": kind, **describe(image)},
        "verilog": [{key: entry[key] for key in ("name", "bytes", "sha256")} for entry in sources],
        **optional,
    }
    if faults := list(violations(manifest)):
        raise ManifestError("; ".join(faults))
    path = image.parent / FILE_NAME
    scratch = path.with_suffix(".json.new")
    scratch.write_text(json.dumps(manifest, indent=2) + "\n")
    os.replace(scratch, path)
    return path


def check(path):
    """Raises [`ManifestError`] unless the manifest is well formed and its image is there, unaltered."""
    path = pathlib.Path(path)
    try:
        manifest = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise ManifestError(f"{path}: no such file") from error
    except ValueError as error:
        raise ManifestError(f"{path}: not JSON: {error}") from error
    if faults := list(violations(manifest)):
        raise ManifestError(f"{path}: " + "; ".join(faults))
    image = path.parent / manifest["image"]["file"]
    if not image.exists():
        raise ManifestError(f"{image}: the image of {path.name} is missing")
    found = describe(image)
    for key in ("bytes", "sha256"):
        if found[key] != manifest["image"][key]:
            raise ManifestError(
                f"{image}: expected {key} {manifest['image'][key]}, found {found[key]}; build it again"
            )
    return manifest


def main(arguments):
    if len(arguments) < 2 or arguments[0] != "check":
        print(__doc__, file=sys.stderr)
        return 2
    failed = 0
    for name in arguments[1:]:
        try:
            manifest = check(name)
            print(f"{name}: {manifest['preset']} for {manifest['board']}, image unaltered")
        except ManifestError as error:
            print(f"manifest: {error}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
