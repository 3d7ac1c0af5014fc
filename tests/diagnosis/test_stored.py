import orjson
from hypothesis import given
from hypothesis import strategies as st

from letterhead.diagnosis.languages import load, say
from letterhead.diagnosis.message import told
from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json
from letterhead.diagnosis.texts import describe
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply

plain = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
messages = st.builds(lambda detail: told("Said: {detail}.", detail=detail), plain)
texts = plain | messages | st.builds(lambda why: told("{why} Wait.", why=why), messages)
replies = st.builds(
    ServerReply, code=st.none() | st.integers(200, 599), enhanced=st.none() | st.just("5.7.8"), text=texts
)
diagnoses = st.builds(
    Diagnosis,
    code=st.sampled_from(DiagnosisCode),
    title=texts,
    explanation=texts,
    advice=st.lists(st.builds(Instruction, text=texts, link=st.none() | texts), max_size=3).map(tuple),
    actor=st.sampled_from(Actor),
    retry=st.sampled_from(Retry),
    help=st.none() | texts,
    reply=st.none() | replies,
    explained_by=texts,
)


@given(diagnoses)
def test_a_stored_diagnosis_reads_as_it_was(diagnosis: Diagnosis) -> None:
    assert diagnosis_from_json(orjson.loads(orjson.dumps(diagnosis_to_json(diagnosis)))) == diagnosis


def test_what_is_stored_is_said_again_in_another_language() -> None:
    [_, german, *_] = load()
    told = describe(DiagnosisCode.SENDER_NOT_OWNED, explained_by="test", host="mx.example")

    again = diagnosis_from_json(orjson.loads(orjson.dumps(diagnosis_to_json(told))))

    assert (again.title, say(again.title, german)) == (
        "The account may not write as this address",
        "Das Konto darf nicht mit dieser Adresse schreiben",
    )
    assert say(again.explanation, german) == (
        "Die Anmeldung hat geklappt, aber mx.example lässt dieses Konto nicht als diese Adresse senden."
    )
    assert say(again.advice[0].text, german) == (
        "Nehmen Sie als Absenderadresse die Adresse, mit der sich das Konto anmeldet."
    )


def test_of_an_old_row_the_stored_text_is_shown() -> None:
    [_, german, *_] = load()
    stored = {"code": "TIMEOUT", "title": "The server stopped answering", "advice": [{"text": "Try again."}]}

    diagnosis = diagnosis_from_json(stored)

    assert say(diagnosis.title, german) == "The server stopped answering"
    assert [say(step.text, german) for step in diagnosis.advice] == ["Try again."]


def test_a_text_whose_message_is_gone_or_strange_is_shown_as_stored() -> None:
    [_, german, *_] = load()
    for made in ({"msgid": "{a} {"}, {"msgid": "{host} was silent for too long.", "values": {"x": 1}}, {}):
        diagnosis = diagnosis_from_json({"title": "It is silent", "made": {"title": made}})
        assert say(diagnosis.title, german) == "It is silent"


def test_what_another_version_wrote_is_read_as_far_as_it_is_known() -> None:
    stored = {
        "code": "NEW_TROUBLE",
        "title": "Trouble",
        "actor": "MARTIANS",
        "severity": 7,
        "reply": {"a": 1},
    }
    assert diagnosis_from_json(stored) == Diagnosis(
        code=DiagnosisCode.UNKNOWN, title="Trouble", explanation="", reply=ServerReply()
    )
