"""Old encodings are read with the letters people wrote, and a guess is told."""

import pytest

from portal.tools.decoding import decode

WESTERN = {
    "German": ["Jürgen Groß", "Käthe Öztürk", "Zoë Weiß"],
    "Spanish": ["Íñigo Muñoz", "José Núñez", "Begoña Peña", "Ángel Ibáñez"],
    "Portuguese": ["João Conceição", "Inês Simões", "Conceição Magalhães"],
    "French": ["Renée Lefèvre", "François Bénard", "Éloïse Château", "Benoît Façade"],
    "Nordic": ["Søren Åkjær", "Bjørn Sæther", "Håkon Bråten"],
    "signs": ["Ana – 5 €", "O’Neill", "“Kit”"],
}


@pytest.mark.parametrize("names", WESTERN.values(), ids=WESTERN)
@pytest.mark.parametrize("times", [1, 40])
def test_western_names_keep_their_letters(names: list[str], times: int) -> None:
    text = _sheet(names * times)
    decoded = decode(text.encode("cp1252"))
    assert (decoded.text, decoded.guess) == (text, "cp1252")


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1250", ["Łukasz Wiśniewski", "Żaneta Gołąb", "Stanisław Świątek"]),
        ("cp1251", ["Иван Петров", "Олександр Коваль", "Ольга Шевченко"]),
        ("cp1253", ["Γιώργος Παπαδόπουλος", "Ελένη Νικολάου"]),
        ("cp932", ["山田太郎", "鈴木花子", "さくら"]),
        ("gb18030", ["王小明", "李华", "张伟", "刘洋"]),
        ("cp949", ["김민준", "이서연", "박지훈"]),
    ],
)
def test_other_alphabets_keep_their_letters(encoding: str, names: list[str]) -> None:
    text = _sheet(names * 40)
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.guess) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ascii"])
def test_what_says_its_encoding_is_not_guessed(encoding: str) -> None:
    text = "Email;Name\r\nana@example.org;" + ("Ana" if encoding == "ascii" else "Łukasz Müller 山田") + "\r\n"
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.guess, decoded.sample) == (text, "", "")


def test_big_endian_utf16_is_read_too() -> None:
    assert decode(b"\xfe\xff" + "Łukasz".encode("utf-16-be")).text == "Łukasz"


def test_two_encodings_in_one_file_are_read_line_by_line() -> None:
    raw = "Email,Name\na@example.org,Müller\n".encode() + "b@example.org,Müller\n".encode("cp1252")
    decoded = decode(raw)
    assert decoded.text == "Email,Name\na@example.org,Müller\nb@example.org,Müller\n"
    assert decoded.guess == "utf-8 and cp1252 mixed"


def test_a_guess_shows_a_word_to_judge_it_by() -> None:
    decoded = decode("name;mail\nSmith;a@example.org\nMuñoz-Peña;b@example.org\n".encode("cp1252"))
    assert decoded.sample == "Muñoz"
    assert decode("name;mail\nSmith;a@example.org – x\n".encode("cp1252")).sample == ""


@pytest.mark.parametrize("raw", [b"", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", bytes(range(256)), b"\x81\x8d\x9d" * 50])
def test_nothing_is_too_broken_to_read(raw: bytes) -> None:
    assert isinstance(decode(raw).text, str)


def _sheet(names: list[str]) -> str:
    return "Email;Name\r\n" + "".join(f"person{n}@example.org;{name}\r\n" for n, name in enumerate(names))
