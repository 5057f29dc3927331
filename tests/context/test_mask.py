"""No secret of a document is ever shown."""

from __future__ import annotations

import pytest

from sipdiag.context.mask import MASK, Mask, is_secret_key
from sipdiag.context.read import read


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "auth_password",
        "authPassword",
        "passwd",
        "pass",
        "secret",
        "client_secret",
        "token",
        "authToken",
        "api_key",
        "apiKey",
        "x-api-key",
        "Authorization",
        "private_key",
        "md5_cred",
        "pin",
        "roomPin",
        "signature",
        "credentials",
    ],
)
def test_secret_keys(key: str) -> None:
    assert is_secret_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "max_tokens",
        "username",
        "auth_username",
        "numbers",
        "transfer_to",
        "passthrough",
        "shipping",
        "mapping",
        "auth_type",
        "sid",
    ],
)
def test_other_keys(key: str) -> None:
    assert not is_secret_key(key)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc.def", f"Bearer {MASK}"),
        ("https://user:pw@host/x?a=1", f"https://{MASK}@host/x?a=1"),
        ("https://h/?token=abc&b=1", f"https://h/?token={MASK}&b=1"),
        ("sip:alice:s3cret@h", f"sip:alice:{MASK}@h"),
        ("sip:+12025550148@h;transport=tcp", "sip:+12025550148@h;transport=tcp"),
        ("LIVEKIT_API_SECRET=abc", f"LIVEKIT_API_SECRET={MASK}"),
        ("password=abc", f"password={MASK}"),
        ("api_key: abc", f"api_key: {MASK}"),
        ("https://h/?X-Amz-Signature=abc&b=1", f"https://h/?X-Amz-Signature={MASK}&b=1"),
        ("https://h/?client_secret=abc", f"https://h/?client_secret={MASK}"),
        ("https://h/?auth=abc", f"https://h/?auth={MASK}"),
        ("https://h/#access_token=abc", f"https://h/#access_token={MASK}"),
        ("https://h/?monkey=abc&hotkeys=1", "https://h/?monkey=abc&hotkeys=1"),
        ("a-eyJhbGciOiJIUzI1.eyJzdWIi.c2ln b", f"{MASK} b"),
        ("SK0123456789abcdef0123456789abcdef", MASK),
        ("0123456789abcdef0123456789abcdef", MASK),
        ("CA0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef"),
        ("TK0123456789abcdef0123456789abcdef", "TK0123456789abcdef0123456789abcdef"),
    ],
)
def test_secrets_inside_text(text: str, shown: str) -> None:
    assert Mask().text(text) == shown


@pytest.mark.parametrize(
    "document",
    [
        '{"auth_password": "hunter2x"}',
        '{"token": ["hunter2x"]}',
        "password: hunter2x",
        "[a]\ntype=auth\npassword=hunter2x",
        '<gateway name="g"><param name="password" value="hunter2x"/></gateway>',
        '<Response><Dial><Sip password="hunter2x">sip:a@b</Sip></Dial></Response>',
        "<Authorization>hunter2x</Authorization>",
        '[{"name": "apiKey", "value": "hunter2x"}]',
        "CallSid=CA1&token=hunter2x",
        "Call Sid,Token,Note\nCA1,hunter2x,x\n",
    ],
)
def test_a_secret_of_a_file_is_masked_wherever_it_stands(document: str) -> None:
    (block,) = read(document.encode())
    mask = Mask([block.root])
    for node in block.root.walk():
        assert "hunter2x" not in mask.quote(node)
    assert mask.text("it said hunter2x!") == f"it said {MASK}!"


def test_the_mask_tells_no_length() -> None:
    (short,) = read(b'{"password": "a"}')
    (long,) = read(b'{"password": "' + b"a" * 500 + b'"}')
    quotes = {Mask([block.root]).quote(block.root.members()["password"]) for block in (short, long)}
    assert quotes == {MASK}


def test_a_long_value_is_cut() -> None:
    (block,) = read(b'{"prompt": "' + b"a" * 5000 + b'"}')
    assert len(Mask().quote(block.root.members()["prompt"])) < 200
