"""Row locks never block the foreign keys of others."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_plain_with_for_update_in_the_tree() -> None:
    """``FOR UPDATE`` waits for every insert that names the row; with ``key_share=True`` it does not."""
    plain = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for top in ("bot", "commands", "storage")
        for path in sorted((ROOT / top).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "with_for_update"
        and not any(word.arg == "key_share" for word in node.keywords)
    ]
    assert plain == []
