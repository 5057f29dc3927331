"""``python -m tests.accuracy``: measures, and writes docs/accuracy.md."""

from tests.accuracy.measure import PAGE, cases, page

PAGE.write_text(page(list(cases())), encoding="utf-8")
print(PAGE)
