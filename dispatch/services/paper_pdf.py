"""Lines of text as a PDF: A4, one fixed-width font every printer has. Knows nothing of boards and cards."""

from __future__ import annotations

import io
from collections.abc import Sequence

A4 = (595, 842)
LEFT, TOP = 40, 800
SIZE, LEADING = 9.0, 11.4
PAGE_LINES = 66
PAGE_WIDTH = 95
BOLD = "\x02"
"""In front of a line: it is printed bold. Plain text drops it."""
Page = Sequence[str]


def write_pdf(pages: Sequence[Page], title: str) -> bytes:
    """One sheet a page. A character the font has not is printed as '?'."""
    import pydyf  # nobody waits for it at the start: it is needed every few minutes

    pdf = pydyf.PDF()
    pdf.info["Title"] = pydyf.String(title)
    fonts = {}
    for name, font in (("F1", "Courier"), ("F2", "Courier-Bold")):
        item = pydyf.Dictionary({
            "Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{font}", "Encoding": "/WinAnsiEncoding",
        })
        pdf.add_object(item)
        fonts[name] = item.reference
    for page in pages:
        stream = pydyf.Stream(_drawn(page), compress=True)
        pdf.add_object(stream)
        pdf.add_page(pydyf.Dictionary({
            "Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": pydyf.Array([0, 0, *A4]),
            "Contents": stream.reference, "Resources": pydyf.Dictionary({"Font": pydyf.Dictionary(fonts)}),
        }))
    out = io.BytesIO()
    pdf.write(out)
    return out.getvalue()


def _drawn(page: Page) -> list[bytes]:
    """PDF operators of one sheet."""
    parts = [b"BT", f"{LEADING} TL 1 0 0 1 {LEFT} {TOP} Tm".encode()]
    for line in page:
        font = "F2" if line.startswith(BOLD) else "F1"
        parts += [f"/{font} {SIZE} Tf".encode(), b"(" + _escaped(line.removeprefix(BOLD)) + b") Tj T*"]
    return [*parts, b"ET"]


def _escaped(line: str) -> bytes:
    words = line[:PAGE_WIDTH].encode("cp1252", "replace")
    return words.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def write_text(pages: Sequence[Page]) -> bytes:
    """The same sheets as plain text; a form feed between them ejects the page on a line printer."""
    return "\f".join("".join(line.removeprefix(BOLD).rstrip() + "\n" for line in page) for page in pages).encode()
