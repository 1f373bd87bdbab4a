"""Writes the place files of `knowledge/data/` from the open dataset of the package `vietnamadminunits`.

Run once in a while by a developer: `python -m indexer gazetteer <unpacked package>`. The package (MIT licence) holds
the 3,321 communes since 2025-07-01, the 10,040 units before that day, and which became which. Only names and codes are
taken.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

COMMUNES = Path(__file__).parent.parent / "knowledge" / "data" / "communes.tsv"
OLD_UNITS = COMMUNES.with_name("old_units.tsv")
_SAID = (
    "# Written by `python -m indexer gazetteer` from the package vietnamadminunits (MIT). Not to be edited by hand.\n"
)


def write_gazetteer(package: Path, *, communes: Path = COMMUNES, old_units: Path = OLD_UNITS) -> tuple[int, int]:
    """How many communes and old units were written. Raises FileNotFoundError where the package lacks its data."""
    data = package / "vietnamadminunits" / "data"
    if not (data / "dataset.db").is_file():
        raise FileNotFoundError(f"{data / 'dataset.db'}: unpack the wheel of vietnamadminunits there")
    became = _became(json.loads((data / "converter_2025.json").read_text(encoding="utf-8")))
    with sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True) as connection:
        connection.row_factory = sqlite3.Row
        today = [dict(row) for row in connection.execute("SELECT * FROM admin_units")]
        before = [dict(row) for row in connection.execute("SELECT * FROM admin_units_legacy")]
    code_of = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in today}
    new = sorted((row["wardCode"], row["provinceCode"], row["ward"]) for row in today)
    old = []
    for row in before:
        targets = became[f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"]
        codes = ",".join(dict.fromkeys(code_of[target] for target in targets))
        if codes:
            old.append((row["province"], row["district"], row["ward"] or "", codes))
    _write(communes, "code\tprovince\tname", new)
    _write(old_units, "province\tdistrict\tcommune\tbecame", sorted(old))
    return len(new), len(old)


def _became(converter: dict[str, dict[str, dict[str, list[object]]]]) -> dict[str, list[tuple[str, str]]]:
    """Old unit → new communes; of a divided one, the part that the dataset calls the default comes first."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for old, target in _whole(converter):
        found[old].append(target)
    for province, divided in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in divided.items():
            rows = [part for part in parts if isinstance(part, dict)]
            rows.sort(key=lambda part: not part["isDefaultNewWard"])
            found[old] += [(province, str(part["newWardKey"])) for part in rows]
    return found


def _whole(converter: dict[str, dict[str, dict[str, list[object]]]]) -> Iterator[tuple[str, tuple[str, str]]]:
    for province, communes in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            for old in olds:
                yield str(old), (province, commune)


def _write(path: Path, head: str, rows: Sequence[tuple[str, ...]]) -> None:
    lines = "\n".join("\t".join(row) for row in rows)
    path.write_text(f"{_SAID}{head}\n{lines}\n", encoding="utf-8")
