"""Which topic a message about filing is, read by the real lexicon."""

from __future__ import annotations

import re

import pytest
import yaml

from actions import guide
from actions.desk import Turn, Understanding
from actions.finding import understand
from actions.reply import Act, Status
from actions.state import PersonState
from knowledge.own import OWN_RECORDS
from knowledge.phrases import LEXICON, Lexicon
from knowledge.place_names import read_place
from knowledge.places import Gazetteer
from knowledge.text import fold
from tests.unit.actions.talk import Talk

LEXICON_OF_ALL = Lexicon.load(LEXICON)
GAZETTEER = Gazetteer.load()


def said(text: str) -> Understanding:
    topics = tuple(dict.fromkeys(m.value for m in LEXICON_OF_ALL.find(text) if m.entity == "topic"))
    return Understanding(text, Act.GUIDANCE, 0.9, text, topics=topics, place=read_place(text, GAZETTEER))


def read(text: str) -> Understanding:
    """As the dialogue reads it: the query without the place and the words that only ask."""
    found = [{"entity": m.entity, "value": m.value, "start": m.start, "end": m.end} for m in LEXICON_OF_ALL.find(text)]
    return understand({"text": text, "entities": found, "intent": {"name": "ask", "confidence": 0.9}}, GAZETTEER)


def topic(text: str) -> str | None:
    return guide.topic_of(Turn(said(text), PersonState()))


def told(text: str, state: PersonState | None = None) -> Talk:
    talk = Talk(state=state)
    understood = said(text)
    return talk._turn(Turn(understood, talk.state))


ACCOUNTS = [
    ("dong le phi truc tuyen sao a", "pay"),
    ("trả phí qua mạng kiểu gì", "pay"),
    ("bấm gửi lại mấy lần vẫn chẳng có mã otp", "otp"),
    ("ma xac thuc khong ve may ba toi", "otp"),
    ("vừa đổi số điện thoại nên mã cứ gửi về số cũ", "phone_changed"),
    ("so dien thoai moi chua cap nhat tren vneid", "phone_changed"),
    ("sim đứng tên chồng thì mở vneid được không", "phone_changed"),
    ("tài khoản vneid bị khóa từ hôm kia", "unlock"),
    ("nhap sai qua 5 lan bi khoa vneid roi", "unlock"),
    ("mua điện thoại mới thì chuyển vneid qua sao", "new_device"),
    ("no bao tai khoan dang mo o thiet bi khac", "new_device"),
    ("quét khuôn mặt mãi mà ứng dụng không nhận", "face"),
    ("may toi khong co nfc thi xac thuc kieu gi", "face"),
    ("muốn đưa thẻ bảo hiểm y tế vô vneid", "add_papers"),
    ("them bang lai vao vneid o muc nao", "add_papers"),
    ("vneid của tôi chưa hiện bằng lái", "add_papers"),
    ("làm vneid cho con đang học lớp 3", "child_account"),
    ("chau 9 tuoi co vneid duoc chua", "child_account"),
    ("quên mật khẩu rồi lấy lại sao", "password"),
    ("quen passcode vneid", "password"),
    ("chưa có tài khoản thì bắt đầu từ đâu", "account"),
    ("đăng nhập dịch vụ công bằng gì", "login"),
    ("dang nhap cu bao loi he thong", "error"),
    ("cổng dịch vụ công bị lỗi 502", "error"),
]
FILED = [
    ("giấy nộp từ đầu tháng tới giờ chưa thấy trả", "late_result"),
    ("nop ho so khai sinh gan thang ma chua co ket qua", "late_result"),
    ("trễ hẹn một tuần mà chẳng ai gọi", "late_result"),
    ("xem hồ sơ đang xử lý ở mục nào", "track"),
    ("tôi muốn rút hồ sơ đã nộp", "withdraw"),
    ("lo nop nham ho so cho phuong khac", "withdraw"),
    ("bản điện tử của giấy đã xong lấy ở đâu", "result_online"),
    ("tai ket qua ve may kieu gi", "result_online"),
    ("nhận kết quả qua bưu điện được không", "post_result"),
    ("tệp quá dung lượng không tải được", "files"),
    ("chup giay to bang dien thoai nop duoc khong", "files"),
    ("trang nộp cần định dạng gì", "files"),
    ("mua chữ ký số ở chỗ nào", "digital_signature"),
    ("ba tui không biết xài điện thoại thì nộp sao", "proxy_online"),
    ("nho chau nop online giup ong duoc khong", "proxy_online"),
    ("hồ sơ bị trả vì thiếu giấy", "supplement"),
]
TROUBLES = [
    ("em bị lừa chuyển tiền cho người lạ", "scam"),
    ("ai do lay can cuoc cua chi toi di vay app", "scam"),
    ("vneid bị hack thì làm sao", "scam"),
    ("người xưng là công an bảo đọc otp", "otp_asked"),
    ("tra phạt nguội cho xe ở đâu", "traffic_fine"),
    ("dong phat giao thong o dau", "traffic_fine"),
    ("chủ xưởng nợ lương hai tháng nay", "labour_dispute"),
    ("cong ty tra luong tre hoai", "labour_dispute"),
]
OFFICES = [
    ("công an phường Bến Thành ở đâu", "office_address"),
    ("ubnd xa Tan Nhut o dau", "office_address"),
    ("chi cục thuế Hoàn Kiếm nằm đường nào", "office_address"),
    ("cho xin địa chỉ tòa án Thủ Đức", "office_address"),
    ("bảo hiểm xã hội Hà Đông giờ dời về đâu", "office_address"),
    ("trung tâm hành chính công tỉnh Cà Mau mấy giờ mở cửa", "office_hours"),
    ("bo phan mot cua phuong Ba Dinh thu bay co lam khong", "office_hours"),
    ("xin số điện thoại công an phường Tân Định", "office_phone"),
    ("so dt uy ban xa Phu Rieng", "office_phone"),
    ("phường Nghĩa Tân nay thuộc phường nào", "merged"),
]
BEFORE_A_PROCEDURE = [
    ("gửi hồ sơ cấp đổi sổ hồng trên cổng rồi, đã duyệt đến bước nào rồi", "track"),
    ("hs ly lich tu phap cua me toi toi dau roi", "track"),
    ("đơn xin giấy phép xây nhà nộp 2 tuần rồi chẳng thấy ai gọi", "late_result"),
    ("ho so khai tu nop thang truoc ma chua nhan duoc gi", "late_result"),
    ("vừa nộp đăng ký xe xong muốn rút về", "withdraw"),
    ("xin lấy lại hồ sơ tách thửa đã nộp hôm qua", "withdraw"),
    ("kho bạc Đống Đa nằm ở đâu vậy anh", "office_address"),
    ("điện lực Hóc Môn ở đâu", "office_address"),
    ("thuế huyện Đông Anh ở chỗ nào", "office_address"),
    ("phường Cửa Nam nằm đường nào", "office_address"),
    ("mùng mấy xã mở cửa lại", "office_hours"),
    ("ngày lễ công an phường có trực không", "office_hours"),
    ("trang dichvucong.com có phải giả không", "fake_site"),
    ("lam sao biet web nop ho so la that", "fake_site"),
    ("số lạ bảo là cán bộ thuế, kêu em đọc mã otp", "otp_asked"),
    ("nguoi xung ben dien luc yeu cau cung cap mat khau", "otp_asked"),
    ("định danh mức độ 1 với mức độ 2 khác nhau sao", "account_levels"),
    ("mẹ em xài máy cục gạch, làm vneid được không", "no_smartphone"),
    ("khong co dien thoai thong minh ma can vneid", "no_smartphone"),
    ("muốn khiếu nại mức bồi thường của ubnd tỉnh", "grievance"),
    ("to cao chu tich xa gui don o dau", "grievance"),
    ("chị địa chính gợi ý bồi dưỡng mới chịu đo", "bribe_asked"),
    ("can bo mot cua doi 500k moi nhan giay", "bribe_asked"),
    ("mở tiệm bán rượu vang cần xin gì", "retail_licence"),
    ("giấy phép bán thuốc lá ở quán nước", "retail_licence"),
    ("mo cua hang ban phan bon can giay gi", "fertiliser"),
    ("con trai bị cận nặng có được miễn nghĩa vụ quân sự không", "service_deferment"),
    ("dang di lam nuoi me gia xin hoan nhap ngu", "service_deferment"),
    ("xưởng cũ nợ bảo hiểm xã hội của tụi em nửa năm", "insurance_debt"),
    ("cty khong chiu chot so cho toi", "insurance_debt"),
    ("muốn coi mình đã đóng bhxh được mấy năm", "insurance_record"),
    ("mất sạch giấy tờ tùy thân thì làm gì trước", "lost_papers"),
]
BESIDE_A_PROCEDURE = [
    "bán thuốc trừ sâu cần giấy gì",
    "sản xuất rượu thủ công xin phép ở đâu",
    "đăng ký nghĩa vụ quân sự lần đầu",
    "rút bảo hiểm xã hội một lần nộp ở đâu",
    "chốt sổ để lãnh thất nghiệp",
    "khiếu nại quyết định của công an tỉnh",
    "mất giấy tờ xe",
    "nộp tờ khai thuế ở chi cục thuế nào",
    "đăng ký tạm trú tại công an xã ở đâu",
    "đăng ký kết hôn sáng thứ bảy được không",
    "trang trại nuôi heo",
    "hoàn thành nghĩa vụ tài chính",
    "làm tạm trú trên vneid",
]
NONE = [
    "trích lục bản đồ địa chính",
    "treo bảng quảng cáo",
    "lôi thôi quá",
    "nộp nhầm tiền thuế",
    "quên mật khẩu facebook",
    "ví momo khóa tài khoản của tôi",
    "gọi tổng đài viettel mãi không được",
    "tong dai dien luc",
    "đặt lịch phỏng vấn visa Mỹ",
    "sim bị khóa một chiều",
    "quên mã pin thẻ techcombank",
    "xin đổi số nhà",
    "rút hồ sơ gốc xe máy",
]


@pytest.mark.parametrize(("text", "expected"), [*ACCOUNTS, *FILED, *TROUBLES, *OFFICES])
def test_a_message_has_its_topic(text: str, expected: str) -> None:
    assert topic(text) == expected


@pytest.mark.parametrize(("text", "expected"), BEFORE_A_PROCEDURE)
def test_what_is_no_procedure_comes_before_one_that_is_found(text: str, expected: str) -> None:
    assert guide.sure_topic(read(text)) == expected
    assert guide.topic_among(read(text)) == expected


@pytest.mark.parametrize("text", BESIDE_A_PROCEDURE)
def test_a_request_comes_before_a_topic_it_touches(text: str) -> None:
    assert guide.sure_topic(read(text)) is None


def test_the_way_something_is_done_is_a_channel() -> None:
    assert guide.named_topic(said("xin phép thả diều trên vneid")) in guide.CHANNEL_TOPICS
    assert set(guide.topics()) >= guide.CHANNEL_TOPICS


def test_a_ward_that_is_looked_for_is_told_by_its_new_name() -> None:
    text = told("phường Bến Nghé quận 1 nằm ở đường nào").text
    assert "nay thuộc Phường Sài Gòn" in text
    assert "“Ủy ban nhân dân phường Sài Gòn”" in text


@pytest.mark.parametrize("text", NONE)
def test_what_only_sounds_like_a_topic_has_none(text: str) -> None:
    assert topic(text) is None


@pytest.mark.parametrize("text", ["quên mật khẩu zalo", "app vietcombank khóa tài khoản"])
def test_somebody_elses_service_is_declined(text: str) -> None:
    assert told(text).last.status is Status.OUT_OF_SCOPE
    assert guide.named_topic(said(text)) is None


def test_our_own_service_beside_a_private_name_is_answered() -> None:
    assert topic("vneid gửi otp mà sim viettel không nhận") == "otp"
    assert topic("trả lệ phí bằng momo được không") == "pay"


def test_an_old_place_is_answered_by_its_new_name() -> None:
    text = told("phường Bến Nghé quận 1 nay thuộc phường nào").text
    assert "nay thuộc Phường Sài Gòn" in text
    assert "Giấy tờ ghi tên cũ" in text


def test_an_office_is_named_where_its_place_is_known() -> None:
    text = told("công an phường Bến Nghé quận 1 ở đâu").text
    assert "nay thuộc Phường Sài Gòn" in text
    assert "“Công an phường Sài Gòn”" in text


def test_the_persons_place_counts_where_the_message_names_none() -> None:
    saigon = PersonState(province="79", communes=("26740",))
    assert "Ủy ban nhân dân phường Sài Gòn" in told("ủy ban phường mình ở đâu", saigon).text


def test_a_name_of_several_places_is_asked_back() -> None:
    assert "nhắn thêm tên tỉnh" in told("xã Tân Phú nay thuộc xã nào").text


def test_hours_with_a_place_keep_what_is_known_of_hours() -> None:
    text = told("công an phường Bến Nghé quận 1 mấy giờ mở cửa").text
    assert "Phường Sài Gòn" in text
    assert guide.topics()["office_hours"].text in text


@pytest.mark.parametrize("name", sorted(t for t, g in guide.topics().items() if g.procedure))
def test_a_topic_leads_to_a_procedure_that_there_is(name: str) -> None:
    code, title = guide.topics()[name].procedure or ("", "")
    codes = {str(yaml.safe_load(path.read_text(encoding="utf-8"))["code"]) for path in OWN_RECORDS.glob("*.yml")}
    assert code in codes
    assert Talk().say(act=Act.GUIDANCE, topics=(name,)).buttons == [title]


@pytest.mark.parametrize("name", sorted(guide.topics()))
def test_a_pattern_is_written_without_accents(name: str) -> None:
    for pattern in guide.topics()[name].said:
        assert fold(pattern) == pattern.lower()
        re.compile(pattern)


@pytest.mark.parametrize(
    "text",
    [
        "lấy căn cước ở đâu vậy",
        "khách ở qua đêm vậy có phải khai báo không",
        "đất bị hàng xóm lấn chiếm thì nộp đơn ở đâu",
        "trợ cấp cho người già",
        "làm khai sinh giùm em",
        "cấp phép trang trại không được",
        "xin nhận mặt đất",
        "giảm lương hưu",
        "làm sổ đỏ mà giấy tờ chưa có",
        "bảo hiểm xã hội công ty chưa trả sổ",
        "xin mã vùng trồng",
    ],
)
def test_a_request_is_no_topic_for_a_word_it_shares(text: str) -> None:
    assert guide.topic_among(said(text)) is None
