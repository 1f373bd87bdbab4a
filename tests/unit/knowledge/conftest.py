"""A small release, searched with an encoder that needs no model."""

from __future__ import annotations

import pytest

from knowledge.release import Release
from knowledge.retriever import Retriever
from knowledge.tuning import Confidence, Fusion, Tuning
from tests.unit.knowledge.samples import HashingEncoder, build, procedure

# Confidence here is how much of the question a hit covers, so that the tests can say what must be decided.
TUNING = Tuning(
    fusion=Fusion(
        dense=1.0, fitted=1.0, accented=1.0, folded=1.0, body=0.5, expanded=0.0, prior=0.5, other_province=0.5
    ),
    confidence=Confidence(intercept=-6, weights={"coverage": 8, "exactness": 4}),
    candidates=60,
    own_prior=0.6,
    answer_at=0.8,
    ask_at=0.2,
    ask_margin=0.1,
)

PROCEDURES = [
    procedure(
        "1.900001",
        "Đăng ký nuôi chim",
        plain_name="Xin nuôi chim",
        aliases=("kt9", "giấy nuôi chim"),
        family="nuoi-chim",
    ),
    procedure("1.900002", "Thu hồi giấy phép nuôi cá sấu"),
    procedure("1.900003", "Cấp thẻ huấn luyện ngựa (thực hiện tại cấp tỉnh)"),
    procedure("1.900004", "Cấp thẻ huấn luyện ngựa (thực hiện tại cấp trung ương)"),
    procedure("1.900005", "Hỗ trợ trồng dâu"),
    procedure("1.900006", "Hỗ trợ trồng dâu", province="UBND tỉnh Gia Lai"),
    procedure("1.900007", "Hỗ trợ trồng dâu", province="UBND tỉnh Cà Mau"),
    procedure("1.900008", "Khai thác tổ yến sào", province="UBND tỉnh Khánh Hòa"),
    procedure("1.900009", "Cấp giấy thú y cho mèo"),
    procedure("1.900010", "Cấp giấy thú y cho chó"),
    procedure("1.900011", "Công nhận vườn lan"),
    procedure("1.900012", "Xác nhận tuổi rùa"),
]
FILINGS = {"1.900003": 10, "1.900004": 900, "1.900001": 500}


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return build(PROCEDURES, tmp_path_factory.mktemp("release"), filings=FILINGS)


@pytest.fixture(scope="session")
def retriever(release: Release) -> Retriever:
    return Retriever.load(release, encoder=HashingEncoder(), tuning=TUNING)
