"""How the tour looks on a terminal."""

from typing import Any

MARKS = {"PASSED": "✓", "WARNED": "!", "FAILED": "✗", "SKIPPED": "–"}


def step(title: str) -> None:
    print(f"\n{title}", flush=True)


def line(text: str) -> None:
    print(f"   {text}", flush=True)


def errors(title: str, found: list[dict[str, Any]]) -> None:
    line(f"{title}: " + "; ".join(f"{error['code']} – {error['message']}" for error in found))


def test(found: dict[str, Any]) -> None:
    for tried in found["steps"]:
        took = "" if tried["tookMs"] is None else f"{tried['tookMs']} ms"
        leg = tried["leg"] or ""
        evidence = f"  {tried['evidence']}" if tried["evidence"] else ""
        line(f"{MARKS[tried['status']]} {leg:<4} {tried['title']:<44} {took:>7}{evidence}")
    line(f"The test: {found['status']}")
    if diagnosis := found["diagnosis"]:
        line(f"{diagnosis['title']}. {diagnosis['explanation']}")
        for instruction in diagnosis["advice"]:
            line(f"  → {instruction['text']}")
        if reply := diagnosis["reply"]:
            line(f"The server said: {_words(reply)}")


def resolution(person: str, project: str, found: dict[str, Any]) -> None:
    if "from" in found:
        line(f"{person} in {project}: {found['from']} ({found['rule']}). {found['explanation']}")
        return
    line(f"{person} in {project}: none ({found['reason']}). {found['explanation']}")
    for excluded in found["excluded"]["nodes"]:
        line(f"  not {excluded['account']['address']}: {excluded['explanation']}")


def delivery(found: dict[str, Any]) -> None:
    for attempt in found["attempts"]["nodes"]:
        line(f"The server said: {_words(attempt['reply'])} ({attempt['tookMs']} ms)")
    for recipient in found["recipients"]:
        line(f"{recipient['address']}: {recipient['status']}")
    line(f"The message: {found['status']}")


def _words(reply: dict[str, Any]) -> str:
    parts = (reply["code"], reply["enhancedCode"], reply["text"])
    return " ".join(str(part) for part in parts if part)
