"""Texts that look like code, logs and configuration and hold no secret: random where those are.

Written once and never tuned on: what a detector of secrets finds here it should not have found.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Iterator
from random import Random

HEX = "0123456789abcdef"
WORDS = (
    "heron", "lake", "window", "orders", "billing", "parser", "handler", "session", "report", "north",
    "ledger", "worker", "invoice", "gateway", "render", "cursor", "bucket", "folder", "cluster", "ticket",
)  # fmt: skip

FILLERS: dict[str, Callable[[Random], str]] = {
    "sha1": lambda dice: _of(dice, HEX, 40),
    "sha256": lambda dice: _of(dice, HEX, 64),
    "md5": lambda dice: _of(dice, HEX, 32),
    "short": lambda dice: _of(dice, HEX, 8),
    "uuid": lambda dice: "-".join(_of(dice, HEX, size) for size in (8, 4, 4, 4, 12)),
    "sri": lambda dice: base64.b64encode(dice.randbytes(64)).decode(),
    "image": lambda dice: base64.b64encode(dice.randbytes(dice.randint(90, 300))).decode(),
    "word": lambda dice: dice.choice(WORDS),
    "Word": lambda dice: dice.choice(WORDS).title(),
    "number": lambda dice: str(dice.randint(0, 99_999)),
    "digit": lambda dice: str(dice.randint(1, 9)),
    "version": lambda dice: f"{dice.randint(0, 9)}.{dice.randint(0, 40)}.{dice.randint(0, 9)}",
    "date": lambda dice: f"20{dice.randint(10, 29)}-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}",
    "time": lambda dice: f"1{dice.randint(0, 9)}:{dice.randint(10, 59)}:{dice.randint(10, 59)}",
    "ip": lambda dice: f"10.{dice.randint(0, 255)}.{dice.randint(0, 255)}.{dice.randint(1, 254)}",
    "id11": lambda dice: _of(dice, string.ascii_letters + string.digits + "-_", 11),
    "color": lambda dice: f"#{_of(dice, HEX, 6)}",
    "camel": lambda dice: dice.choice(WORDS) + dice.choice(WORDS).title() + str(dice.randint(2, 9)),
}


def _of(dice: Random, alphabet: str, count: int) -> str:
    return "".join(dice.choices(alphabet, k=count))


TEMPLATES = (
    # version control and packages
    "commit {sha1}\nAuthor: Ann <ann@example.org>\nDate: {date}\n\n    Fix the {word} {word}",
    "git checkout {short} && git cherry-pick {sha1}",
    "index {short}..{short} 100644\n--- a/{word}/{word}.py\n+++ b/{word}/{word}.py",
    '"node_modules/{word}": {{\n  "version": "{version}",\n  "integrity": "sha512-{sri}"\n}}',
    "{word}=={version} \\\n    --hash=sha256:{sha256} \\\n    --hash=sha256:{sha256}",
    '{word}@^{version}:\n  version "{version}"\n  resolved "https://registry.example.com/{word}/-/{word}-{version}.tgz#{sha1}"',
    'name = "{word}"\nversion = "{version}"\nchecksum = "{sha256}"\nsource = "registry+https://example.com/index"',
    "github.com/{word}/{word} v{version} h1:{sri}\ngithub.com/{word}/{word} v{version}/go.mod h1:{sri}",
    "FROM python:{version}@sha256:{sha256}\nRUN pip install {word}=={version}",
    "docker pull registry.example.com/{word}:{version}\nDigest: sha256:{sha256}",
    # programs
    "def get_token(self, key: str) -> str:\n    return self._tokens[key].value{digit}",
    "const apiKey = process.env.{word}_API_KEY_{digit};\nif (!apiKey) throw new Error('no api key');",
    "password = getpass.getpass('Password for {word}{digit}: ')",
    'secret = os.environ["{word}_SECRET_{digit}"]\ntoken = config["auth"]["token{digit}"]',
    "var key{digit} = row.primaryKey + ':' + {camel};\ncache.set(key{digit}, {camel});",
    'for key, value in {word}.items():\n    key{digit} = f"{{key}}-{{value}}"',
    "access_key = AccessKey.objects.get(pk={number})\nauth = HTTPBasicAuth(user, password)",
    "private readonly tokenService: {Word}TokenService{digit},\nprivate authGuard: {Word}AuthGuard,",
    "assert hash_password('{word}') != hash_password('{Word}')",
    "if token.type == TokenType.{Word}{digit}:\n    token = next(tokens)",
    "SELECT api_key_id, secret_hash FROM {word}_keys WHERE key_id = {number} AND token_type = '{word}';",
    "CREATE TABLE {word} (\n  id uuid PRIMARY KEY DEFAULT '{uuid}',\n  password_hash char(60) NOT NULL\n);",
    "ALTER TABLE {word} ADD CONSTRAINT {word}_pkey_{digit} PRIMARY KEY (id), ADD FOREIGN KEY (key_{digit}_id) REFERENCES {word};",
    "let keyCode = event.keyCode === {number} ? 'Enter' : KEY_{Word}_{digit};",
    "#define KEY_{Word}_{digit} 0x{short}\n#define AUTH_MAGIC 0x{short}UL",
    "uint8_t table[] = {{ 0x{short}, 0x{short}, 0x{short}, 0x{short} }};",
    "public static final long serialVersionUID = {number}{number}{number}L;",
    'token = tokens[{digit}]; lexer.push(Token("{word}", {number}))',
    "max_tokens={number}, tokens_per_minute: {number}, token_count = {number}",
    "const {{ accessToken, refreshToken }} = await {word}.exchange(code);",
    "import {{ {Word}Key{digit} }} from './keys/{word}-key{digit}.js';",
    "public_key = load_public_key('{word}{digit}.pub')  # fingerprint SHA256:{sri}",
    "this.cacheKey = `${{this.{word}}}:${{{camel}}}`;",
    # configuration
    "DATABASE_URL=postgres://<user>:<password>@localhost:5432/{word}",
    "DATABASE_URL=postgresql://{word}@localhost:5432/{word}?sslmode=require",
    "API_KEY=your_api_key_here\nSECRET_KEY=change-me-{digit}\nTOKEN=<token-{digit}>",
    "password: ${{DB_PASSWORD_{digit}}}\nsecret: ${{vault:{word}/{word}#key{digit}}}",
    "env:\n  - name: API_KEY\n    valueFrom:\n      secretKeyRef:\n        name: {word}-secret-{digit}\n        key: api-key-{digit}",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {word}-{digit}\ntype: Opaque\nstringData:\n  password: {{{{ .Values.{word} }}}}",
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {word}\n  uid: {uuid}\n  resourceVersion: "{number}"',
    "auth:\n  type: oauth2\n  token_url: https://auth.example.com/oauth2/v{digit}/token\n  scopes: [{word}.read, {word}.write]",
    "[auth]\ntoken_lifetime = {number}\nkey_file = /etc/{word}/keys/{word}{digit}.pem\npassword_min_length = 1{digit}",
    "server {{\n  ssl_certificate_key /etc/ssl/private/{word}{digit}.key;\n  listen 443 ssl;\n}}",
    '{{"keyId": "{uuid}", "keyType": "RSA", "keySize": 2048, "createdAt": "{date}T{time}Z"}}',
    '{{"_id": "{short}{short}{short}", "etag": "W/\\"{number}-{id11}\\"", "hash": "{md5}"}}',
    "aws s3 cp s3://{word}-{number}/{word}/{uuid}.parquet . --profile {word}",
    "arn:aws:kms:eu-central-1:{number}{number}12:key/{uuid}",
    "terraform import aws_key_pair.{word} {word}-key-{digit}",
    "ssh-keygen -t ed25519 -f ~/.ssh/{word}_{digit} -C ann@example.org",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{image} ann@{word}",
    "curl -H 'Authorization: Bearer <token>' https://api.example.com/v{digit}/{word}/{uuid}",
    "curl -u \"$USER:$PASSWORD\" -H 'X-Api-Key: $API_KEY' https://api.example.com/{word}",
    "git clone https://${{TOKEN}}@example.com/{word}/{word}.git",
    # logs and addresses
    "{date} {time} INFO  [{word}] request_id={uuid} user={number} took {number} ms",
    "{date}T{time}Z ERROR auth: token expired for session {uuid} from {ip}",
    "trace_id={md5} span_id={short}{short} key={word}_{word}_{digit} hit=true",
    '{ip} - - [{date}:{time}] "GET /{word}/{number}?page={digit}&sort=key{digit} HTTP/1.1" 200 {number}',
    "panic: runtime error: index out of range [{digit}]\ngoroutine {number} [running]:\nmain.{camel}(0x{short}, 0x{short})",
    "Traceback (most recent call last):\n  File \"/srv/{word}/auth/tokens{digit}.py\", line {number}, in refresh\nKeyError: 'token{digit}'",
    "https://www.example.com/watch?v={id11}&list={id11}{id11}",
    "https://example.com/{word}/{uuid}/edit?key={word}#L{number}",
    "https://cdn.example.com/{md5}/{word}.{short}.min.js",
    "![{word}](data:image/png;base64,{image})",
    '<div class="{word}-{digit}" data-key="{word}-{number}" id="{word}_{short}">',
    '<input type="password" name="password{digit}" autocomplete="new-password" minlength="1{digit}">',
    ".{word}-{digit} {{ color: {color}; background: {color}{digit}{digit}; }}",
    "-----BEGIN CERTIFICATE-----\n{image}\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\n{image}\n-----END PUBLIC KEY-----",
    "sha256sum {word}-{version}.tar.gz\n{sha256}  {word}-{version}.tar.gz",
    'Etag: "{md5}"\nContent-MD5: {md5}\nX-Request-Id: {uuid}\nCookie: theme=dark; lang=en',
    "| key | value |\n|---|---|\n| token_limit | {number} |\n| auth_retries | {digit} |\n| {word}_key | {word}-{digit} |",
    "The access key for row {digit} is {word}_{word}; the secret is in the vault under {word}/{word}{digit}.",
    "Press the key F{digit}, then type the pass phrase that you chose on {date}.",
    "Error code 0x{short}: the authentication token has expired. Sign in again (ref {short}-{number}).",
    "Your order {number}-{number} ships on {date}; track it with 1Z{number}{number}{number}.",
    "Use `openssl rand -hex 32` for the secret and `uuidgen` for the key, for example {uuid}.",
    "key{digit}: {word} key{number}: {word} auth: none access: public token: {word}",
    "password must match /^(?=.*[a-z])(?=.*\\d).{{8,}}$/ and differ from the last {digit}",
    "{Word}Auth: enabled\n{Word}Key: F1{digit}\nPass: {digit} of 1{digit}\nToken ring: {ip}/24",
)


def code_like(count: int, seed: object) -> Iterator[str]:
    """Yield so many texts, each of one to three pieces."""
    dice = Random(f"code {seed}")
    for _ in range(count):
        pieces = dice.choices(TEMPLATES, k=dice.randint(1, 3))
        yield "\n\n".join(_filled(piece, dice) for piece in pieces)


def _filled(template: str, dice: Random) -> str:
    def shown(found: re.Match[str]) -> str:
        return FILLERS[found[1]](dice) if found[1] else found[0][0]

    return re.sub(r"\{\{|\}\}|\{(\w+)\}", shown, template)
