"""Tests of the token sources."""

import threading

import pytest

from docgen_nb import auth, config
from docgen_nb.errors import UnreadableReply


class Endpoint:
    """A token endpoint that returns t1, t2 and so on, and records the forms."""

    def __init__(self, **reply):
        self.forms = []
        self.reply = reply or {"expires_in": 3600}

    def __call__(self, form):
        self.forms.append(dict(form))
        return {"access_token": f"t{len(self.forms)}", "token_type": "bearer"} | self.reply


def credentials(clock=lambda: 0.0):
    return auth.ClientCredentials(
        client_id="abc",
        client_secret="s3cret",
        subject_type="enterprise",
        subject_id="77",
        clock=clock,
    )


def test_a_given_token_is_never_replaced():
    source = auth.GivenToken(" t ")

    assert source.token(Endpoint()) == "t"
    assert source.replace("t", Endpoint()) is None


def test_an_empty_token_is_refused():
    with pytest.raises(ValueError) as caught:
        auth.GivenToken("")

    assert str(caught.value) == (
        "The token is empty or contains a space, a line break or a character outside ASCII. "
        "Copy it again from Box's developer console."
    )


def test_client_credentials_are_sent_as_box_documents_them():
    endpoint = Endpoint()

    assert credentials().token(endpoint) == "t1"
    assert endpoint.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "abc",
            "client_secret": "s3cret",
            "box_subject_type": "enterprise",
            "box_subject_id": "77",
        }
    ]


@pytest.mark.parametrize(
    ("expires_in", "seconds", "expected"),
    [
        (3600, 3539.0, "t1"),
        (3600, 3540.0, "t2"),
        (10, 8.9, "t1"),
        (10, 9.0, "t2"),
        (None, 3539.0, "t1"),
        (None, 3540.0, "t2"),
    ],
)
def test_a_token_is_renewed_before_it_expires(expires_in, seconds, expected):
    times = [0.0]
    source, endpoint = credentials(lambda: times[0]), Endpoint(expires_in=expires_in)
    source.token(endpoint)

    times[0] = seconds

    assert source.token(endpoint) == expected


def test_the_time_that_a_fetch_takes_is_part_of_a_tokens_life():
    times = [0.0]
    source, endpoint = credentials(lambda: times[0]), Endpoint(expires_in=3600)

    def slow(form):
        times[0] += 30
        return endpoint(form)

    source.token(slow)
    times[0] = 3540.0

    assert source.token(endpoint) == "t2"


def test_a_refused_token_is_replaced():
    source, endpoint = credentials(), Endpoint()
    refused = source.token(endpoint)

    assert source.replace(refused, endpoint) == "t2"
    assert source.token(endpoint) == "t2"


def test_a_token_that_was_already_replaced_is_not_replaced_again():
    source, endpoint = credentials(), Endpoint()
    refused = source.token(endpoint)
    source.replace(refused, endpoint)

    assert source.replace(refused, endpoint) == "t2"
    assert len(endpoint.forms) == 2


def test_threads_share_one_token():
    source, tokens, waited = credentials(), [], []
    endpoint = Endpoint()

    def fetch(form):
        if not endpoint.forms:
            other.start()
            other.join(timeout=0.2)  # it must wait until this thread is done
            waited.append(other.is_alive())
        return endpoint(form)

    other = threading.Thread(target=lambda: tokens.append(source.token(fetch)))
    tokens.append(source.token(fetch))
    other.join()

    assert (waited, tokens, len(endpoint.forms)) == ([True], ["t1", "t1"], 1)


@pytest.mark.parametrize("given", [None, "", 7, "a b"])
def test_a_reply_without_a_token_is_unreadable(given):
    with pytest.raises(UnreadableReply) as caught:
        credentials().token(Endpoint(access_token=given))

    assert str(caught.value) == "The token endpoint's reply has no valid access_token."


def test_a_failed_renewal_is_retried_at_the_next_request():
    source = credentials()

    def fail(form):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        source.token(fail)

    assert source.token(Endpoint()) == "t1"


def test_a_repr_contains_no_secret():
    source = credentials()
    source.token(Endpoint())

    assert repr(source) == "<ClientCredentials of enterprise 77>"
    assert repr(auth.GivenToken("t0ken")) == "<GivenToken>"


def test_the_configuration_selects_the_token_source():
    given = config.read_config(token="t", environment={})
    variables = {
        "BOX_CLIENT_ID": "abc",
        "BOX_CLIENT_SECRET": "s3cret",
        "BOX_SUBJECT_TYPE": "user",
        "BOX_SUBJECT_ID": "8",
    }
    endpoint = Endpoint()

    source = auth.token_source(config.read_config(environment=variables))

    assert auth.token_source(given).token(endpoint) == "t"
    assert source.token(endpoint) == "t1"
    assert endpoint.forms[0]["box_subject_type"] == "user"
    assert endpoint.forms[0]["client_secret"] == "s3cret"
