"""Greetings, safety and deletion: fixed answers that never lose the person's place."""

from __future__ import annotations

import pytest

from actions import danger, guide
from actions.reply import Act, Status
from actions.state import PersonState, Walk
from actions.texts import say
from tests.unit.actions.talk import Talk

PLACE = PersonState(procedure="9.100001", facets=("fee",), province="24", recent=("9.100001",))
SMALL = [Act.GREET, Act.THANK, Act.GOODBYE, Act.WHO_ARE_YOU, Act.HELP]
SAFETY = [Act.EMERGENCY, Act.FORBIDDEN, Act.SECRET, Act.PERSON]
TYPED = {Act.EMERGENCY: "cháy nhà rồi"}  # an emergency names its danger


@pytest.mark.parametrize("act", [*SMALL, *SAFETY])
def test_no_fixed_answer_loses_the_place(act: Act) -> None:
    talk = Talk(state=PLACE).say(act=act, text=TYPED.get(act))
    assert (talk.state.procedure, talk.state.facets, talk.state.province) == ("9.100001", ("fee",), "24")
    assert talk.say(act=Act.FOLLOW_UP, facets=("time",)).last.procedure == "9.100001"


@pytest.mark.parametrize("act", [*SMALL, *SAFETY])
def test_no_fixed_answer_loses_the_walk(act: Act) -> None:
    walk = Walk("9.100001", "vuon-nha", {"to-khai": "have"}, ("to-khai",))
    talk = Talk(state=PersonState(procedure="9.100001", walk=walk)).say(act=act, text=TYPED.get(act))
    assert talk.state.walk == walk


@pytest.mark.parametrize("act", SMALL)
def test_every_greeting_has_its_own_words(act: Act) -> None:
    others = [Talk().say(act=other).text for other in SMALL if other is not act]
    assert Talk().say(act=act).text not in others


def test_who_are_you_says_that_it_is_a_machine() -> None:
    text = Talk().say(act=Act.WHO_ARE_YOU).text
    assert "máy" in text
    assert "không phải cán bộ" in text


@pytest.mark.parametrize("act", [Act.GREET, Act.WHO_ARE_YOU, Act.HELP])
def test_a_greeting_names_the_procedure_that_is_open(act: Act) -> None:
    assert "Khai báo nuôi ong" in Talk(state=PLACE).say(act=act).text


def test_a_procedure_that_is_gone_does_not_break_a_greeting() -> None:
    assert Talk(state=PersonState(procedure="9.999999")).say(act=Act.GREET).last.status is Status.SMALLTALK


def test_an_emergency_has_the_numbers_in_its_first_words() -> None:
    talk = Talk(state=PLACE).say(act=Act.EMERGENCY, text="cháy nhà rồi")
    assert talk.last.status is Status.EMERGENCY
    first = talk.text[:70]
    assert all(number in first for number in ("113", "114", "115"))
    assert not talk.buttons


def test_an_emergency_is_not_followed_by_anything() -> None:
    state = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha"))
    assert len(Talk(state=state).say(act=Act.EMERGENCY, text="cháy nhà rồi").replies) == 1


DANGER = [
    "nhà bác Tư đang cháy lớn lắm",
    "bep no lua bui chay nha roi",
    "chay cho to qua, goi dau",
    "khói đầy hành lang tầng năm",
    "mùi gas nồng nặc cả phòng",
    "dây điện đứt, có người bị điện giật",
    "chồng tôi say đang đánh hai mẹ con",
    "nó cầm dao rượt em ngoài ngõ",
    "bi danh chay mau dau roi",
    "hai nhóm chém nhau trước cổng trường",
    "có trộm đang cạy cửa nhà em",
    "trom dang o trong nha toi",
    "bị cướp giật túi ở ngã tư",
    "anh ta dọa giết cả nhà tôi",
    "em bị nhốt trong nhà trọ",
    "co nguoi bat coc chau be",
    "con gái út đi lạc ở hội chợ",
    "bà nội lẫn, đi đâu mất từ trưa",
    "me toi di lac tu sang",
    "bé bị đuối nước ở hồ bơi",
    "thuyền chìm còn ba người",
    "nuoc lu len nhanh qua, ket tren mai",
    "sạt lở vùi mất căn nhà",
    "tường sập đè người thợ",
    "tai nạn xe máy, người nằm bất động",
    "ong noi bi dot quy, meo mieng",
    "ba tôi ngất xỉu ngoài sân",
    "má khó thở tím tái hết người",
    "em bé co giật sốt cao",
    "vo toi vo oi giua duong",
    "uống nhầm thuốc diệt cỏ",
    "ran can chan sung to roi",
    "cháu hóc xương không thở được",
    "em muốn chết cho xong",
    "ban toi nhan tin doi tu tu",
    "không muốn sống nữa, đang đứng trên lan can cầu",
    "thấy trẻ bị bạo hành ở nhà bên",
    "có kẻ xâm hại bé gái gần nhà",
    "can goi cap cuu gap",
    "gọi 113 ngay giúp",
]
HARMLESS = [
    "con gái tôi học lớp một",
    "chau nha toi 5 tuoi",
    "chồng em người Pháp",
    "vo toi nguoi Han",
    "em là bên mua",
    "tôi là chủ nhà",
    "nhà tôi có bốn người",
    "tui co ba dua con",
    "hôm nay nóng dữ",
    "troi lanh ghe",
    "chị tôi ở bên Úc",
    "xe đang chạy hợp đồng",
    "chay xe om cong nghe",
    "quán bán chạy lắm",
    "gấp lắm, nộp ở đâu",
    "can gap trong tuan",
    "mẹ tôi già rồi",
    "ông nội 80 tuổi",
    "em đánh mất căn cước",
    "danh sach giay to can nop",
    "số định danh của con",
    "tra cứu hồ sơ",
    "nghiên cứu sinh",
    "tư vấn giúp em",
    "tu van dum toi",
    "phòng cháy chữa cháy cho quán",
    "đánh giá tác động môi trường",
    "câu lạc bộ bơi lội",
    "không liên lạc gì thêm",
    "con tôi là bé trai",
    "hai vợ chồng cùng quê",
    "em sắp cưới",
    "vợ em sinh rồi",
    "ba tôi mới mất hôm kia",
    "me em mat tuan roi",
    "ly hôn rồi ở một mình",
    "người thuê nhà là sinh viên",
    "bất động sản đứng tên tôi",
    "giết mổ gia cầm",
    "bảo hiểm tai nạn cho công nhân",
    "nghiem thu phong chay nha xuong",
]


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_heard(text: str) -> None:
    assert danger.is_named(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_no_danger_is_heard_where_none_is_named(text: str) -> None:
    assert not danger.is_named(text)


@pytest.mark.parametrize("act", [Act.GREET, Act.WHO_ARE_YOU])
def test_a_place_is_no_greeting(act: Act) -> None:
    talk = Talk().say(act=act, text="ở Thủ Dầu Một")
    assert talk.state.province == "79"


def test_who_was_asked_for_a_bribe_is_not_scolded() -> None:
    talk = Talk().say("cán bộ đòi 3 triệu mới ký", Act.FORBIDDEN)
    assert talk.text == guide.topics()["bribe_asked"].text


@pytest.mark.parametrize(("act", "said"), [(Act.FORBIDDEN, "trái pháp luật"), (Act.SECRET, "OTP")])
def test_what_must_not_be_is_refused(act: Act, said: str) -> None:
    talk = Talk().say("123456 làm giả", act)
    assert talk.last.status is Status.REFUSE
    assert said in talk.text
    assert "123456" not in talk.text
    assert talk.retriever.searched == []


def test_a_person_can_be_asked_for_at_any_time() -> None:
    assert "18001096" in Talk(state=PLACE).say(act=Act.PERSON).text


@pytest.mark.parametrize("act", [Act.GREET, Act.EMERGENCY, Act.PERSON])
def test_what_was_understood_ends_a_row_of_misunderstandings(act: Act) -> None:
    assert say("person_offer") not in Talk().say("bán kem").say(act=act, text=TYPED.get(act)).say("bán chè").text


# Deletion


def test_deletion_is_confirmed_first() -> None:
    talk = Talk(state=PLACE).say(act=Act.FORGET_ME)
    assert talk.buttons == ["Xoá hết", "Giữ lại"]
    assert talk.state.procedure == "9.100001"
    assert talk.last.buttons[0].command.act is Act.FORGET_ME


def test_keeping_everything_after_all_is_taken_kindly() -> None:
    talk = Talk().say(act=Act.FORGET_ME).press("Giữ lại")
    assert "Nút này cũ rồi" not in talk.text
    assert talk.last.status is Status.SMALLTALK


def test_keeping_everything_in_the_walk_ticks_no_paper() -> None:
    state = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha"))
    talk = Talk(state=state).say(act=Act.FORGET_ME).press("Giữ lại")
    assert talk.state.walk
    assert talk.state.walk.marks == {}


def test_yes_to_the_question_of_deletion_is_not_an_answer_about_a_procedure() -> None:
    assert Talk(state=PLACE).say(act=Act.FORGET_ME).say(act=Act.AFFIRM).last.status is not Status.ANSWER


def test_what_is_to_be_deleted_is_what_is_kept_here() -> None:
    """ "Xoá" is also a word of procedures."""
    assert Talk().say("xoá", Act.FORGET_ME, text="xoá dữ liệu của tôi").buttons == ["Xoá hết", "Giữ lại"]
    assert Talk().say("nuôi ong", Act.FORGET_ME, text="xoá nuôi ong").last.procedure == "9.100001"
