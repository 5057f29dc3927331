from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.knowledge.yamltext import load, parse


def fault(text: str) -> YamlError:
    with pytest.raises(YamlError) as caught:
        parse(text, "rules/x.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("+1555", "+1555"),
        ("07123", "07123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("2026-11-21", "2026-11-21"),
        (".inf", ".inf"),
        ("<<", "<<"),
        ("tRue", "tRue"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("3.0", 3.0),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("192.0.2.1", "192.0.2.1"),
        ("-", [None]),
    ],
)
def test_only_the_core_schema_changes_type(text: str, value: object) -> None:
    found = parse(f"key: {text}\n" if text != "-" else "key:\n  -\n").data["key"]
    assert (found, type(found)) == (value, type(value))


def test_a_key_twice_is_an_error_where_it_stands_again() -> None:
    error = fault("a: 1\nb:\n  c: 1\n  c: 2\n")
    assert (error.line, error.column) == (4, 3)
    assert str(error).startswith("rules/x.yaml:4:3: the key 'c' stands twice")


def test_the_same_key_in_two_mappings_is_fine() -> None:
    assert parse("- {a: 1}\n- {a: 2}\n").data == [{"a": 1}, {"a": 2}]


def test_positions_of_keys_and_items() -> None:
    doc = parse("name: x\nlist:\n  - one\n  - key: v\n    other: w\n2: two\n")
    assert doc.line() == 1
    assert doc.line(["list"]) == 2
    assert doc.line(["list", 0]) == 3
    assert doc.position(["list", 1, "other"]) == (5, 5)
    assert doc.line([2]) == 6


def test_a_missing_key_has_the_position_of_what_lacks_it() -> None:
    doc = parse("a:\n  b: 1\n")
    assert doc.line(["a", "missing", "deeper"]) == 1
    assert doc.line(["a", "b", 0]) == 2
    assert doc.line(["absent"]) == 1


def test_error_of_a_document_carries_path_text_and_hint() -> None:
    error = parse("a:\n  b: 1\n", "p/q.yaml").error(["a", "b"], "is wrong", "do this")
    assert str(error) == "p/q.yaml:2:3: is wrong (do this)"
    assert (error.path, error.line, error.column, error.text, error.hint) == (
        "p/q.yaml",
        2,
        3,
        "is wrong",
        "do this",
    )


def test_aliases_share_and_may_not_contain_themselves() -> None:
    assert parse("a: &x {k: 1}\nb: *x\n").data == {"a": {"k": 1}, "b": {"k": 1}}
    assert "alias" in fault("a: &x [*x]\n").text


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: [1, 2\nb: 3\n", 2, "did not find expected"),
        ("a: b: c", 1, "mapping values"),
        ("a: 1\n\tb: 2\n", 2, "tab character"),
        ("a: !!python/object:os.x 1", 1, "tag"),
        ("? [a]\n: 1", 1, "key"),
        ("--- 1\n--- 2\n", 2, "document"),
        ("x: 1\na: \x01", 2, "control character"),
        ("a: *b", 1, "alias"),
    ],
)
def test_what_is_not_valid_is_one_line_with_its_place(text: str, line: int, part: str) -> None:
    error = fault(text)
    assert error.line == line
    assert part in error.text
    assert "\n" not in str(error)
    assert error.hint


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        "- " * 100_000 + "1",
        "? " * 100_000 + "1",
        "-\n" * 3 + "[" * 70 + "]" * 70,
        "\n".join(" " * n + "a:" for n in range(5000)),
    ],
)
def test_deep_nesting_is_an_error_and_no_crash(text: str) -> None:
    assert fault(text).line >= 1


def test_nesting_within_the_limit_is_read() -> None:
    value = parse("[" * 50 + "1" + "]" * 50).data
    for _ in range(50):
        (value,) = value
    assert value == 1


def test_load_reads_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffname: Zoë\n".encode())
    assert load(path).data == {"name": "Zoë"}
    assert load(path).path == str(path)


def test_load_names_the_line_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(YamlError, match=r"a\.yaml:2:1: is not UTF-8"):
        load(path)


def test_load_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(YamlError, match="cannot be read"):
        load(tmp_path / "none.yaml")


@given(st.text(alphabet=st.sampled_from("ab:-?[]{}&*!|>'\"#%@`,\n \t1.~+e"), max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        parse(text)
        faults = []
    except YamlError as error:
        faults = [str(error)]
    assert all("\n" not in said for said in faults)
