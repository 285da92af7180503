"""The bill of materials: CycloneDX 1.6 as JSON, and the licences of everything that was frozen in."""

import json
import subprocess
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from environment import Trouble
from native import Native, natives
from wheels import epoch

_ASK = (
    "import json, platform; from importlib.metadata import version\n"
    "from statusapp_shared.licences import installed, dump\n"
    "print(json.dumps([version('statusapp'), platform.python_version(), dump(installed('statusapp', frozenset({0})))]))"
)
_NAMESPACE = uuid.UUID("6f4c7f0e-7a57-4b8e-9a0f-0f6d1a4b2c11")


def write_materials(root: Path, python: Path, program: str, folder: Path, out: Path) -> Path:
    """Write the licences into a frozen program's folder and its bill of materials beside the packages."""
    asking = _ASK.format("['desktop']" if program == "desktop" else "[]")
    asked = subprocess.run([str(python), "-c", asking], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        raise Trouble(f"what is installed cannot be listed: {asked.stderr.strip()}")
    version, python_version, listed = json.loads(asked.stdout)
    parts: list[dict[str, Any]] = json.loads(listed)
    (folder / "licences.json").write_text(listed, "utf-8")
    bundled = natives(folder)
    texts = [f"{each.name} {each.version} ({', '.join(each.files)})\n\n{each.licence}\n" for each in bundled]
    (folder / "licences-of-libraries.txt").write_text(f"\n{'=' * 78}\n".join(texts), "utf-8")
    bill = bill_of(program, version, python_version, parts, int(epoch(root)), bundled)
    target = out / f"statusapp-{program}-{version}.cdx.json"
    target.write_text(json.dumps(bill, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    return target


def bill_of(
    program: str,
    version: str,
    python: str,
    parts: list[dict[str, Any]],
    made_at: int,
    bundled: Sequence[Native] = (),
) -> dict[str, Any]:
    """Return the bill: the same for the same parts, so that two builds can be compared."""
    own = f"pkg:generic/statusapp-{program}@{version}"
    runtime = f"pkg:generic/cpython@{python}"
    purls = {part["name"]: f"pkg:pypi/{part['name']}@{part['version']}" for part in parts}
    libraries = [each.purl for each in bundled]
    identity = json.dumps([own, runtime, sorted([*purls.values(), *libraries])])
    needed = {name for part in parts for name in part["needs"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, identity)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": f"statusapp-{program}",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": [
            {"type": "platform", "bom-ref": runtime, "name": "cpython", "version": python},
            *(
                {
                    "type": "library",
                    "bom-ref": purls[part["name"]],
                    "purl": purls[part["name"]],
                    "name": part["name"],
                    "version": part["version"],
                    "licenses": [{"license": {"name": part["licence"]}}],
                }
                for part in parts
            ),
            *(
                {
                    "type": "library",
                    "bom-ref": each.purl,
                    "purl": each.purl,
                    "name": each.name,
                    "version": each.version,
                    "properties": [{"name": "statusapp:file", "value": file} for file in each.files],
                }
                for each in bundled
            ),
        ],
        "dependencies": [
            {
                "ref": own,
                "dependsOn": [runtime, *libraries, *sorted(purls[name] for name in purls if name not in needed)],
            },
            *(
                {"ref": purls[part["name"]], "dependsOn": sorted(purls[name] for name in part["needs"])}
                for part in parts
            ),
        ],
    }
