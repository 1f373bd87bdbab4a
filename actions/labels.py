"""What each facet is called above its block of an answer."""

from knowledge.procedure import Facet

LABELS = {
    Facet.DOCUMENTS: "Giấy tờ",
    Facet.FEE: "Lệ phí",
    Facet.TIME: "Thời gian",
    Facet.PLACE: "Nơi nộp",
    Facet.STEPS: "Các bước",
    Facet.ONLINE: "Làm trên mạng",
    Facet.FORM: "Mẫu đơn",
    Facet.ELIGIBILITY: "Điều kiện",
    Facet.PROXY: "Nhờ người nộp thay",
    Facet.DEADLINE: "Hạn phải làm",
    Facet.PENALTY: "Xử phạt",
    Facet.RESULT: "Kết quả nhận được",
    Facet.LEGAL_BASIS: "Căn cứ pháp lý",
    Facet.OVERVIEW: "Tóm tắt",
}
