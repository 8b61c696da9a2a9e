from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.actor.wire import (
    Begin,
    Cancel,
    Drain,
    Heartbeat,
    Hello,
    ToChild,
    ToParent,
    WireBrokenError,
    decode_at_child,
    decode_at_parent,
    encode_to_child,
    encode_to_parent,
)
from inference.contract.artifacts import Artifact, Making, Provenance
from inference.contract.errors import Failure, FailureCode
from inference.contract.events import Cancelled, Failed, Progressed, Started, Succeeded
from inference.contract.identifiers import JobId, ModelName
from inference.contract.mediums import MAX_SEED, Medium
from inference.contract.text import MAX_WORDS, MIN_WORDS, Genre, TextRequest

words = st.text(st.characters(exclude_categories=["Cs"]))
prompts = words.filter(str.strip)
job_ids = st.integers(1).map(JobId)
finite = st.floats(allow_nan=False, allow_infinity=False)
requests = st.builds(
    TextRequest,
    prompt=prompts,
    model=words.map(ModelName),
    genre=st.sampled_from(Genre),
    words=st.integers(MIN_WORDS, MAX_WORDS),
    seed=st.none() | st.integers(0, MAX_SEED),
    medium=st.just(Medium.TEXT),
)
orders = st.one_of(
    st.builds(Begin, job_id=job_ids, request=requests, kind=st.just("begin")),
    st.builds(Cancel, job_id=job_ids, kind=st.just("cancel")),
    st.builds(Drain, grace_seconds=finite, kind=st.just("drain")),
)
makings = st.builds(
    Making,
    artifacts=st.tuples(
        st.builds(
            Artifact, path=st.just(Path("/spool/1.txt")), media_type=words, sha256=words, size_bytes=st.integers(0)
        )
    ),
    provenance=st.builds(
        Provenance,
        model=words.map(ModelName),
        settings=st.dictionaries(words, st.integers(-9, 9) | finite | words),
        versions=st.dictionaries(words, words),
    ),
    device_seconds=finite,
    size=st.integers(1),
)
messages = st.one_of(
    st.builds(Hello, protocol=st.integers(), pid=st.integers(), mediums=st.just((Medium.TEXT,)), kind=st.just("hello")),
    st.builds(Heartbeat, loaded=st.just((ModelName("a"),)), loading=st.none(), kind=st.just("heartbeat")),
    st.builds(Started, job_id=job_ids, kind=st.just("started")),
    st.builds(Progressed, job_id=job_ids, fraction=finite, preview=words, kind=st.just("progressed")),
    st.builds(Succeeded, job_id=job_ids, making=makings, kind=st.just("succeeded")),
    st.builds(
        Failed,
        job_id=job_ids,
        failure=st.builds(Failure, code=st.sampled_from(FailureCode), detail=words),
        kind=st.just("failed"),
    ),
    st.builds(Cancelled, job_id=job_ids, kind=st.just("cancelled")),
)


@given(orders)
def test_an_order_arrives_as_it_was_sent_in_one_line(order: ToChild) -> None:
    line = encode_to_child(order)

    assert line.count(b"\n") == 1
    assert decode_at_child(line) == order


@given(messages)
def test_a_message_arrives_as_it_was_sent_in_one_line(message: ToParent) -> None:
    line = encode_to_parent(message)

    assert line.count(b"\n") == 1
    assert decode_at_parent(line) == message


@pytest.mark.parametrize(
    "line", [b"", b"null", b"{}", b'{"kind":"begin","job_id":"secret"}', b'{"kind":"secret"}', b"\xff", b"[" * 5000]
)
def test_a_line_that_is_no_message_is_refused_without_being_quoted(line: bytes) -> None:
    with pytest.raises(WireBrokenError) as refusal:
        decode_at_child(line)

    assert "secret" not in str(refusal.value)
