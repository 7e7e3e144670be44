"""How the picture of the house is dressed: its colours on light and on dark pages, and its letters."""

from typing import Final

from bench.measure_house import ANNEX

SMALL: Final = 13
LABEL: Final = 16
"""Size of a room's name."""
MONO: Final = 0.602
"""Width of a letter of a monospaced face, by its size."""
PROSE: Final = 0.56
"""Mean width of a letter of a proportional face, by its size."""

LIGHT: Final = {
    "entrypoints": ("#b45309", "#fff8ec"),
    "adapters": ("#0f766e", "#eefaf7"),
    "application": ("#1d4ed8", "#f0f5ff"),
    "domain": ("#7e22ce", "#f8f2fe"),
    ANNEX: ("#be185d", "#fdf2f7"),
}
DARK: Final = {
    "entrypoints": ("#f5b04d", "#2b2113"),
    "adapters": ("#4fd1c1", "#10261f"),
    "application": ("#86abff", "#141f38"),
    "domain": ("#cf9bff", "#241634"),
    ANNEX: ("#f48fc0", "#311522"),
}

SANS: Final = "-apple-system, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
CODE: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def style() -> str:
    """The sheet for light pages, and under a media query for dark ones."""
    plain = (
        f".code,.label{{font-family:{CODE}}}.code,.about,.role{{font-size:{SMALL}px}}"
        f".label{{font-size:{LABEL}px;font-weight:700}}.title{{font-size:11.5px;font-weight:600;letter-spacing:.06em}}"
        ".name{font-size:34px;font-weight:700;letter-spacing:.01em}.storey{font-size:18px;font-weight:700}"
        f".count{{font-size:{SMALL}px;font-weight:600}}.box{{stroke-width:1.1}}.band{{stroke-opacity:.35}}"
        ".arrow{fill:none;stroke-width:1.1}.strand{opacity:.7}"
    )
    light = _colours(
        LIGHT, page="#ffffff", ink="#1c2430", soft="#55606e", wall="#f7f5f1", roof="#e9e2d5", edge="#d8cfbf"
    )
    dark = _colours(DARK, page="#0f141b", ink="#e8edf4", soft="#a3aebb", wall="#151b24", roof="#2a2620", edge="#3b352b")
    return f"{plain}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _colours(
    palette: dict[str, tuple[str, str]], *, page: str, ink: str, soft: str, wall: str, roof: str, edge: str
) -> str:
    sheet = [
        f".page,.box{{fill:{page}}}.wall{{fill:{wall};stroke:{edge}}}.roof{{fill:{roof};stroke:{edge}}}.ground{{fill:{edge}}}",
        f"text{{fill:{ink}}}.about,.role,.title{{fill:{soft}}}",
    ]
    for storey, (strong, pale) in palette.items():
        sheet.append(
            f".storey.{storey},.count.{storey},.{storey} .label,.tip.{storey}{{fill:{strong}}}"
            f".band.{storey}{{fill:{pale}}}.band.{storey},.{storey} .box,.arrow.{storey}{{stroke:{strong}}}"
        )
    return "".join(sheet)
