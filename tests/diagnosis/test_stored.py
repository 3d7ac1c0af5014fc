import orjson
from hypothesis import given
from hypothesis import strategies as st

from letterhead.diagnosis.stored import diagnosis_from_json, diagnosis_to_json
from letterhead_providers import Actor, Diagnosis, DiagnosisCode, Instruction, Retry, ServerReply

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
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
