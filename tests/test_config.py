"""Where the address and the credentials come from."""

import pytest

from docgen_nb import config
from docgen_nb.errors import MissingCredentials

BOX_CLIENT = {
    "BOX_CLIENT_ID": "abc",
    "BOX_CLIENT_SECRET": "s3cret",
    "BOX_SUBJECT_TYPE": "enterprise",
    "BOX_SUBJECT_ID": "77",
}


def read(url=None, *, token=None, **environment):
    found = config.read_config(url, token=token, environment=environment)
    return found.url.value, found.token.value, found.client_secret.value


def test_without_an_address_it_is_box():
    assert read(token="t") == ("https://api.box.com", "t", None)


def test_the_argument_comes_before_the_environment():
    assert read(
        "https://a.example", token="t", DOCGEN_NB_URL="https://b.example", BOX_DEVELOPER_TOKEN="u"
    ) == ("https://a.example", "t", None)


def test_the_environment_comes_before_the_default():
    assert read(DOCGEN_NB_URL="https://b.example", BOX_DEVELOPER_TOKEN="u") == (
        "https://b.example",
        "u",
        None,
    )


def test_an_empty_variable_is_not_set():
    assert read("http://127.0.0.1:8000", BOX_DEVELOPER_TOKEN="", BOX_CLIENT_ID=" ") == (
        "http://127.0.0.1:8000",
        "local",
        None,
    )


def test_client_credentials_are_used_where_there_is_no_token():
    assert read(**BOX_CLIENT) == ("https://api.box.com", None, "s3cret")


def test_a_token_comes_before_client_credentials():
    assert read(BOX_DEVELOPER_TOKEN="u", **BOX_CLIENT) == ("https://api.box.com", "u", None)


def test_local_starts_a_service_here():
    assert read("local") == (None, "local", None)


def test_local_can_be_named_by_the_environment():
    assert read(DOCGEN_NB_URL="local") == (None, "local", None)


def test_local_joins_the_service_of_the_environment():
    assert read("local", DOCGEN_NB_LOCAL="http://127.0.0.1:8000/") == (
        "http://127.0.0.1:8000",
        "local",
        None,
    )


@pytest.mark.parametrize("service", [{}, {"DOCGEN_NB_LOCAL": "http://127.0.0.1:8000"}])
def test_what_is_meant_for_box_does_not_go_to_the_local_service(service):
    found = read("local", BOX_DEVELOPER_TOKEN="u", **BOX_CLIENT, **service)

    assert found[1:] == ("local", None)


def test_a_token_given_by_hand_goes_to_the_local_service():
    assert read("local", token="t") == (None, "t", None)


NO_TOKEN = (
    "No token for Box: set BOX_DEVELOPER_TOKEN, or give token= to connect(). "
    'To work without an account: connect("local").'
)


def test_without_a_token_box_cannot_be_asked():
    with pytest.raises(MissingCredentials) as caught:
        read()

    assert str(caught.value) == NO_TOKEN


def test_half_of_the_client_credentials_is_not_enough():
    with pytest.raises(MissingCredentials) as caught:
        read(BOX_CLIENT_ID="abc", BOX_SUBJECT_ID="77")

    assert str(caught.value) == (
        f"{NO_TOKEN} Of the client credentials these are not set: "
        "BOX_CLIENT_SECRET, BOX_SUBJECT_TYPE."
    )


def test_a_subject_is_an_enterprise_or_a_user():
    with pytest.raises(ValueError) as caught:
        read(**{**BOX_CLIENT, "BOX_SUBJECT_TYPE": "enterprize"})

    assert str(caught.value) == "BOX_SUBJECT_TYPE is 'enterprize'; it must be enterprise or user."


@pytest.mark.parametrize(
    ("environment", "name"),
    [({"BOX_DEVELOPER_TOKEN": "u"}, "BOX_DEVELOPER_TOKEN"), (BOX_CLIENT, "BOX_CLIENT_SECRET")],
)
def test_secrets_of_the_environment_do_not_leave_the_machine_in_clear(environment, name):
    with pytest.raises(MissingCredentials) as caught:
        read("http://192.168.0.7", **environment)

    assert str(caught.value) == (
        f"{name} is not sent over plain http to another machine (http://192.168.0.7). "
        "Use https, or give token= to connect() on purpose."
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_secrets_of_the_environment_stay_on_the_machine(url):
    assert read(url, BOX_DEVELOPER_TOKEN="u") == (url, "u", None)


def test_a_token_given_by_hand_goes_anywhere():
    assert read("http://192.168.0.7", token="t") == ("http://192.168.0.7", "t", None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.box.com",
        "ftp://api.box.com",
        "https://",
        "https://api.box.com/2.0",
        "https://api.box.com?x=1",
        "https://user:password@api.box.com",
        "http://127.0.0.1:0",
    ],
)
def test_an_address_is_a_scheme_and_a_host(url):
    with pytest.raises(ValueError) as caught:
        read(url, token="t")

    assert str(caught.value) == (
        'The URL must be "local", or a scheme and a host without a path, '
        "such as https://api.box.com or http://127.0.0.1:8000."
    )


def test_a_port_is_a_number_that_a_port_can_have():
    with pytest.raises(ValueError) as caught:
        read("http://127.0.0.1:99999", token="t")

    assert str(caught.value) == "The URL cannot be read: Port out of range 0-65535."


def test_white_space_around_a_token_is_dropped():
    assert read(token=" t\n")[1] == "t"
    assert read(BOX_DEVELOPER_TOKEN=" u\n")[1] == "u"


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "a\tb", "schlüssel"])
def test_what_cannot_be_a_token_is_refused_without_being_shown(token):
    with pytest.raises(ValueError) as caught:
        read(token=token)

    assert str(caught.value) == (
        "The token is empty, or holds a space, a line break or a character outside ASCII. "
        "Copy it again from Box's developer console."
    )


def test_explain_tells_where_each_value_came_from():
    rows = config.explain(environment={"DOCGEN_NB_URL": "https://b.example", **BOX_CLIENT})

    assert rows == [
        {"name": "url", "value": "https://b.example", "source": "DOCGEN_NB_URL"},
        {"name": "token", "value": "", "source": "not set"},
        {"name": "client_id", "value": "abc", "source": "BOX_CLIENT_ID"},
        {"name": "client_secret", "value": "****", "source": "BOX_CLIENT_SECRET"},
        {"name": "subject_type", "value": "enterprise", "source": "BOX_SUBJECT_TYPE"},
        {"name": "subject_id", "value": "77", "source": "BOX_SUBJECT_ID"},
    ]


def test_explain_tells_what_is_not_used():
    rows = config.explain(
        "local", token="s3cret", environment={"DOCGEN_NB_LOCAL": "http://127.0.0.1:8000"}
    )

    assert rows[:3] == [
        {"name": "url", "value": "http://127.0.0.1:8000", "source": "local, DOCGEN_NB_LOCAL"},
        {"name": "token", "value": "****", "source": "argument"},
        {"name": "client_id", "value": "", "source": "not set"},
    ]
    assert config.explain(environment={"BOX_DEVELOPER_TOKEN": "u", **BOX_CLIENT})[3] == {
        "name": "client_secret",
        "value": "",
        "source": "not used: there is a token",
    }


def test_a_secret_is_in_no_repr():
    found = config.read_config(token="t0ken", environment={"BOX_DEVELOPER_TOKEN": "0ther"})

    assert "t0ken" not in repr(found)
    assert "s3cret" not in repr(config.read_config(environment=BOX_CLIENT))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.box.com", "https://upload.box.com/api"),
        ("https://box.com.example", "https://box.com.example"),
        ("https://mybox.com", "https://mybox.com"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_only_box_has_a_host_for_uploads(url, expected):
    assert config.upload_url(url) == expected
