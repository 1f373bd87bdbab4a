"""The place files are written from the open dataset: here from an invented one in its shape."""

from __future__ import annotations

import json
import sqlite3

import pytest

from indexer.gazetteer import write_gazetteer

TODAY = [  # province, its key, ward, its key, ward code, province code
    ("Tỉnh Vườn", "vuon", "Xã Ong", "ong", "00002", "90"),
    ("Tỉnh Vườn", "vuon", "Phường Hoa", "hoa", "00001", "90"),
    ("Tỉnh Rừng", "rung", "Xã Ong", "ong", "00003", "91"),
]
BEFORE = [  # province, its key, district, its key, ward, its key
    ("Tỉnh Vườn", "vuon", "Huyện Tổ", "to", "Xã Ong Già", "onggia"),
    ("Tỉnh Vườn", "vuon", "Huyện Tổ", "to", "Xã Cánh", "canh"),
    ("Tỉnh Vườn", "vuon", "Huyện Đảo", "dao", None, None),
    ("Tỉnh Rừng", "rung", "Huyện Lá", "la", "Xã Lá", "la"),
]
CONVERTER = {
    "DICT_PROVINCE_WARD_NO_DIVIDED": {
        "vuon": {"ong": ["vuon_to_onggia"], "hoa": ["vuon_dao_"]},
        "rung": {"ong": ["rung_la_la"]},
    },
    "DICT_PROVINCE_WARD_DIVIDED": {
        "vuon": {
            "vuon_to_canh": [
                {"newWardKey": "ong", "isDefaultNewWard": False},
                "a remark of the dataset",
                {"newWardKey": "hoa", "isDefaultNewWard": True},
            ]
        }
    },
}


@pytest.fixture
def package(tmp_path):
    def package(before=BEFORE, converter=CONVERTER):
        data = tmp_path / "vietnamadminunits" / "data"
        data.mkdir(parents=True)
        with sqlite3.connect(data / "dataset.db") as db:
            db.execute("CREATE TABLE admin_units (province, provinceKey, ward, wardKey, wardCode, provinceCode)")
            db.executemany("INSERT INTO admin_units VALUES (?, ?, ?, ?, ?, ?)", TODAY)
            db.execute("CREATE TABLE admin_units_legacy (province, provinceKey, district, districtKey, ward, wardKey)")
            db.executemany("INSERT INTO admin_units_legacy VALUES (?, ?, ?, ?, ?, ?)", before)
        (data / "converter_2025.json").write_text(json.dumps(converter), encoding="utf-8")
        return tmp_path

    return package


def write(package):
    """What is counted, and the rows of both files without the remark at their head."""
    files = [package / "communes.tsv", package / "old_units.tsv"]
    counts = write_gazetteer(package, communes=files[0], old_units=files[1])
    texts = [file.read_text(encoding="utf-8").splitlines() for file in files]
    assert all(text[0].startswith("# Written by") for text in texts)
    return counts, *([line.split("\t") for line in text[1:]] for text in texts)


def test_the_communes_of_today_come_in_the_order_of_their_codes(package):
    counts, communes, _ = write(package())
    assert counts == (3, 4)
    assert communes == [
        ["code", "province", "name"],
        ["00001", "90", "Phường Hoa"],
        ["00002", "90", "Xã Ong"],
        ["00003", "91", "Xã Ong"],
    ]


def test_every_unit_of_before_has_what_it_became(package):
    _, _, old = write(package())
    assert old[0] == ["province", "district", "commune", "became"]
    became = {tuple(row[1:3]): row[3] for row in old[1:]}
    assert became["Huyện Tổ", "Xã Ong Già"] == "00002"
    assert became["Huyện Lá", "Xã Lá"] == "00003"
    assert old[1:] == sorted(old[1:])


def test_of_a_divided_unit_the_usual_part_comes_first(package):
    _, _, old = write(package())
    assert next(row[3] for row in old if row[2] == "Xã Cánh") == "00001,00002"


def test_a_district_without_communes_has_an_empty_one(package):
    _, _, old = write(package())
    assert ["Tỉnh Vườn", "Huyện Đảo", "", "00001"] in old


def test_what_became_the_same_commune_twice_has_it_once(package):
    converter = json.loads(json.dumps(CONVERTER))
    converter["DICT_PROVINCE_WARD_NO_DIVIDED"]["vuon"]["hoa"].append("vuon_to_canh")
    _, _, old = write(package(converter=converter))
    assert next(row[3] for row in old if row[2] == "Xã Cánh") == "00001,00002"


def test_a_unit_that_the_dataset_does_not_place_is_not_written_as_nowhere(package):
    lost = ("Tỉnh Rừng", "rung", "Huyện Lá", "la", "Xã Lạc", "lac")
    try:
        _, _, old = write(package([*BEFORE, lost]))
    except (KeyError, ValueError):
        return
    assert [row for row in old if not row[3]] == []


def test_where_nothing_was_unpacked_that_is_said_and_nothing_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="unpack the wheel"):
        write_gazetteer(tmp_path, communes=tmp_path / "a.tsv", old_units=tmp_path / "b.tsv")
    assert list(tmp_path.iterdir()) == []
