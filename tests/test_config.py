"""Tests of the address and the credentials."""

import json

import pytest

from docgen_nb import config
from docgen_nb.errors import LoginFileError, MissingCredentials

BOX_CLIENT = {
    "BOX_CLIENT_ID": "abc",
    "BOX_CLIENT_SECRET": "s3cret",
    "BOX_SUBJECT_TYPE": "enterprise",
    "BOX_SUBJECT_ID": "77",
}


def read(url=None, *, token=None, **environment):
    settings = config.read_config(url, token=token, environment=environment)
    return settings.url, settings.token, settings.credentials.get("BOX_CLIENT_SECRET")


def test_the_default_address_is_box():
    assert read(token="t") == ("https://api.box.com", "t", None)


def test_arguments_take_precedence_over_the_environment():
    assert read(
        "https://a.example", token="t", DOCGEN_NB_URL="https://b.example", BOX_DEVELOPER_TOKEN="u"
    ) == ("https://a.example", "t", None)


def test_the_environment_takes_precedence_over_the_default():
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


def test_client_credentials_are_used_without_a_token():
    assert read(**BOX_CLIENT) == ("https://api.box.com", None, "s3cret")


def test_a_token_takes_precedence_over_client_credentials():
    assert read(BOX_DEVELOPER_TOKEN="u", **BOX_CLIENT) == ("https://api.box.com", "u", None)


def test_an_app_configuration_is_used_without_a_token_and_client_credentials():
    named = {"BOX_JWT_CONFIG_FILE": "app.json"}
    assert config.read_config(environment=named).jwt_file == "app.json"
    assert config.read_config(environment={**BOX_CLIENT, **named}).jwt_file == ""
    given = config.read_config(jwt_config="own.json", environment={"BOX_DEVELOPER_TOKEN": "u"})
    assert (given.jwt_file, given.token) == ("own.json", None)


# The login file


@pytest.fixture
def login(tmp_path, monkeypatch):
    """Write a login file; no variable of the environment is set."""
    path = tmp_path / "login.json"
    for name in (config.URL, config.SERVICE, config.JWT_FILE, *config.CREDENTIALS, *config.SECRETS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCGEN_NB_LOGIN_FILE", str(path))

    def write(mode=0o600, **settings):
        path.write_text(json.dumps(settings))
        path.chmod(mode)
        return path

    return write


SAVED = {"DOCGEN_NB_URL": "https://saved.example", "BOX_DEVELOPER_TOKEN": "s"}


def test_argument_then_environment_then_file(login, monkeypatch):
    path = login(**SAVED)
    saved = config.read_config()
    assert (saved.url, saved.token, saved.origin) == ("https://saved.example", "s", str(path))
    assert "'s'" not in repr(saved)
    monkeypatch.setenv("BOX_DEVELOPER_TOKEN", "e")
    assert config.read_config("https://saved.example").token == "e"
    assert config.read_config().url == "https://api.box.com"  # the login is used as a whole
    assert config.read_config("https://saved.example", token="a").token == "a"


@pytest.mark.parametrize("url", ["https://other.example", "http://127.0.0.1:8000"])
def test_a_login_is_sent_to_its_own_address_only(login, url):
    login(**SAVED)
    assert config.read_config(url).token == "local"
    with pytest.raises(MissingCredentials):
        config.read_config("https://api.box.com")
    assert config.read_config("local").url is None
    assert config.read_config("https://saved.example/").token == "s"


def test_a_mapping_replaces_the_file_too(login):
    login(**SAVED)
    with pytest.raises(MissingCredentials):
        config.read_config(environment={})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_file_that_others_can_read_is_refused(login, mode):
    path = login(mode=mode, **SAVED)
    with pytest.raises(LoginFileError) as caught:
        config.read_config()
    assert str(caught.value) == (
        f"{path} holds a secret and other users can use it (mode {mode:04o}). Run: chmod 600 {path}"
    )
    assert config.read_config(token="t").token == "t"


@pytest.mark.parametrize("content", ['{"BOX_DEVELOPER_TOKEN": "s3cret"', "[]", "\xff"])
def test_a_damaged_file_is_refused_without_being_shown(login, content):
    path = login(**SAVED)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(LoginFileError) as caught:
        config.read_config()
    assert str(caught.value) == f"{path} is damaged. Run docgen-nb login to write it again."
    assert "s3cret" not in repr(caught.value.__cause__)


def test_a_file_without_an_address_is_refused(login):
    path = login(BOX_DEVELOPER_TOKEN="s")
    with pytest.raises(LoginFileError, match="names no address"):
        config.read_config()
    assert path.exists()


def test_local_starts_a_service_in_this_process():
    assert read("local") == (None, "local", None)


def test_the_environment_can_select_local():
    assert read(DOCGEN_NB_URL="local") == (None, "local", None)


def test_local_joins_the_service_named_by_the_environment():
    assert read("local", DOCGEN_NB_LOCAL="http://127.0.0.1:8000/") == (
        "http://127.0.0.1:8000",
        "local",
        None,
    )


@pytest.mark.parametrize("url", ["local", "http://127.0.0.1:8000", "http://127.0.0.1:8000/"])
def test_the_service_named_by_the_environment_gets_the_token_named_with_it(url):
    service = {
        "DOCGEN_NB_LOCAL": "http://127.0.0.1:8000",
        "DOCGEN_NB_LOCAL_TOKEN": "random",
        "BOX_DEVELOPER_TOKEN": "u",
    }
    expected = ("http://127.0.0.1:8000", "random", None)

    assert read(url, **service) == expected
    assert read(url, token="t", **service)[1] == "t"
    assert read("http://127.0.0.1:8001", **service)[1] == "u"


@pytest.mark.parametrize("service", [{}, {"DOCGEN_NB_LOCAL": "http://127.0.0.1:8000"}])
def test_credentials_of_box_are_not_sent_to_the_local_service(service):
    settings = read("local", BOX_DEVELOPER_TOKEN="u", **BOX_CLIENT, **service)

    assert settings[1:] == ("local", None)


def test_an_explicit_token_is_sent_to_the_local_service():
    assert read("local", token="t") == (None, "t", None)


NO_TOKEN = (
    "No token for Box: run docgen-nb login, set BOX_DEVELOPER_TOKEN, or give token= to "
    "connect(). "
    'To work without an account, use connect("local").'
)


def test_box_requires_a_token():
    with pytest.raises(MissingCredentials) as caught:
        read()

    assert str(caught.value) == NO_TOKEN


def test_missing_client_credentials_are_named():
    with pytest.raises(MissingCredentials) as caught:
        read(BOX_CLIENT_ID="abc", BOX_SUBJECT_ID="77")

    assert str(caught.value) == (
        f"{NO_TOKEN} These client credentials are not set: BOX_CLIENT_SECRET, BOX_SUBJECT_TYPE."
    )


def test_a_subject_type_must_be_enterprise_or_user():
    with pytest.raises(ValueError) as caught:
        read(**{**BOX_CLIENT, "BOX_SUBJECT_TYPE": "enterprize"})

    assert str(caught.value) == "BOX_SUBJECT_TYPE is 'enterprize'; it must be enterprise or user."


@pytest.mark.parametrize(
    ("environment", "name"),
    [({"BOX_DEVELOPER_TOKEN": "u"}, "BOX_DEVELOPER_TOKEN"), (BOX_CLIENT, "BOX_CLIENT_SECRET")],
)
def test_secrets_of_the_environment_are_not_sent_in_clear_text(environment, name):
    with pytest.raises(MissingCredentials) as caught:
        read("http://192.168.0.7", **environment)

    assert str(caught.value) == (
        f"{name} is not sent to another machine over plain HTTP (http://192.168.0.7). "
        "Use https, or give token= to connect() if you want to send a token."
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_secrets_of_the_environment_are_sent_to_this_machine(url):
    assert read(url, BOX_DEVELOPER_TOKEN="u") == (url, "u", None)


def test_an_explicit_token_is_sent_anywhere():
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
def test_an_address_must_be_a_scheme_and_a_host(url):
    with pytest.raises(ValueError) as caught:
        read(url, token="t")

    assert str(caught.value) == (
        'The URL must be "local" or a scheme and a host without a path, '
        "such as https://api.box.com or http://127.0.0.1:8000."
    )


def test_a_port_must_be_in_range():
    with pytest.raises(ValueError) as caught:
        read("http://127.0.0.1:99999", token="t")

    assert str(caught.value) == "The URL is not valid: Port out of range 0-65535."


def test_white_space_around_a_token_is_removed():
    assert read(token=" t\n")[1] == "t"
    assert read(BOX_DEVELOPER_TOKEN=" u\n")[1] == "u"


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "a\tb", "schlüssel"])
def test_an_invalid_token_is_refused_without_being_shown(token):
    with pytest.raises(ValueError) as caught:
        read(token=token)

    assert str(caught.value) == (
        "The token is empty or contains a space, a line break or a character outside ASCII. "
        "Copy it again from Box's developer console."
    )


def test_a_repr_contains_no_secret():
    settings = config.read_config(token="t0ken", environment={"BOX_DEVELOPER_TOKEN": "0ther"})

    assert "t0ken" not in repr(settings)
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
def test_only_box_has_an_upload_host(url, expected):
    assert config.upload_url(url) == expected
