#!/usr/bin/env python3
"""Makes Tests/FreshetAdaptersTests/Access/JWTVectors.swift: tokens signed by PyJWT and joserfc, which nobody here wrote,
and forged ones. Keys are made anew each time. Needs: pip install PyJWT cryptography joserfc"""
import base64, hashlib, hmac, json, pathlib, secrets
import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jwt as jose, jws
from joserfc.jwk import ECKey, OctKey, RSAKey

NOW = 1767225600  # 2026-01-01T00:00:00Z
GOOD = {"iss": "https://id.example.com/", "aud": "freshet", "sub": "mia@acme.example", "iat": NOW - 10,
        "exp": NOW + 600, "company_id": "acme", "role": "agent", "groups": ["Billing", "7"]}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value):
    return b64(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())


secret = secrets.token_urlsafe(32)
rsa_key = rsa.generate_private_key(65537, 2048)
other_rsa = rsa.generate_private_key(65537, 2048)
short_rsa = rsa.generate_private_key(65537, 1024)
ec_key = ec.generate_private_key(ec.SECP256R1())
other_ec = ec.generate_private_key(ec.SECP256R1())
p384 = ec.generate_private_key(ec.SECP384R1())


def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def jwk(key, **more):
    kind = RSAKey if isinstance(key, rsa.RSAPrivateKey) else ECKey
    return {**kind.import_key(pem(key)).as_dict(private=False), **more}


def hs(header, claims, key=secret.encode(), digest=hashlib.sha256):
    text = part(header) + "." + part(claims)
    return text + "." + b64(hmac.new(key, text.encode(), digest).digest())


def rs(header, claims, key=rsa_key, digest=hashes.SHA256()):
    text = part(header) + "." + part(claims)
    return text + "." + b64(key.sign(text.encode(), padding.PKCS1v15(), digest))


def der(header, claims, key=ec_key):
    text = part(header) + "." + part(claims)
    return text + "." + b64(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))


vectors = []


def add(name, alg, token, reason=None, keys="key"):
    vectors.append({"name": name, "alg": alg, "token": token, "reason": reason, "keys": keys})


def without(*names):
    return {key: value for key, value in GOOD.items() if key not in names}


# Good ones, each by two libraries.
signers = {"HS256": secret, "RS256": rsa_key, "ES256": ec_key}
joses = {"HS256": OctKey.import_key(secret), "RS256": RSAKey.import_key(private(rsa_key)),
         "ES256": ECKey.import_key(private(ec_key))}
for alg, key in signers.items():
    add(f"PyJWT {alg}", alg, jwt.encode(GOOD, key, algorithm=alg))
    add(f"joserfc {alg}", alg, jose.encode({"alg": alg}, GOOD, joses[alg], algorithms=[alg]))
    add(f"PyJWT {alg} with a list of audiences", alg, jwt.encode({**GOOD, "aud": ["other", "freshet"]}, key, algorithm=alg))
for alg in ["RS256", "ES256"]:
    add(f"PyJWT {alg} by key set", alg, jwt.encode(GOOD, signers[alg], algorithm=alg, headers={"kid": "now"}), keys="jwks")
    add(f"joserfc {alg} by key set", alg,
        jose.encode({"alg": alg, "kid": "now", "typ": "at+jwt"}, GOOD, joses[alg], algorithms=[alg]), keys="jwks")
    add(f"{alg} with an unknown kid", alg, jwt.encode(GOOD, signers[alg], algorithm=alg, headers={"kid": "then"}), "key", "jwks")
    add(f"{alg} without kid where there are several", alg, jwt.encode(GOOD, signers[alg], algorithm=alg), "key", "jwks")
add("fractions of seconds", "HS256", jwt.encode({**GOOD, "exp": NOW + 0.5, "iat": NOW - 0.5}, secret, algorithm="HS256"))
add("within the skew after its end", "HS256", jwt.encode({**GOOD, "exp": NOW - 29}, secret, algorithm="HS256"))
add("within the skew before its beginning", "HS256", jwt.encode({**GOOD, "nbf": NOW + 30}, secret, algorithm="HS256"))

# No signature, or none of ours.
for alg in ["none", "None", "NONE", "nOnE", ""]:
    for expected in signers:
        add(f"alg {alg!r}, no signature", expected, part({"alg": alg}) + "." + part(GOOD) + ".", "algorithm")
for expected in signers:
    add("no signature", expected, part({"alg": expected, "typ": "JWT"}) + "." + part(GOOD) + ".", "signature")
    add("two parts", expected, part({"alg": expected}) + "." + part(GOOD), "malformed")
    add("five parts", expected, ".".join([part({"alg": expected, "enc": "A128GCM"}), "a", "b", "c", "d"]), "malformed")
    add("no alg", expected, part({"typ": "JWT"}) + "." + part(GOOD) + ".AA", "malformed")
    add("alg is a list", expected, part({"alg": [expected]}) + "." + part(GOOD) + ".AA", "malformed")
# The public key as a secret: the classic confusion, whichever way the key is spelled.
for spelled in [pem(rsa_key), pem(rsa_key).strip(), pem(ec_key)]:
    add("HS256 under the public key", "RS256", hs({"alg": "HS256"}, GOOD, spelled.encode()), "algorithm")
    add("RS256 in name, HMAC under the public key", "RS256", hs({"alg": "RS256"}, GOOD, spelled.encode()), "signature")
    add("ES256 in name, HMAC under the public key", "ES256", hs({"alg": "ES256"}, GOOD, spelled.encode()), "signature")
add("RS256 where ES256 is configured", "ES256", jwt.encode(GOOD, rsa_key, algorithm="RS256"), "algorithm")
add("ES256 where RS256 is configured", "RS256", jwt.encode(GOOD, ec_key, algorithm="ES256"), "algorithm")
add("HS512", "HS256", jwt.encode(GOOD, secret + secret, algorithm="HS512"), "algorithm")
add("RS512", "RS256", jwt.encode(GOOD, rsa_key, algorithm="RS512"), "algorithm")
add("PS256", "RS256", jwt.encode(GOOD, rsa_key, algorithm="PS256"), "algorithm")
add("RS256 in name, SHA-512", "RS256", rs({"alg": "RS256"}, GOOD, digest=hashes.SHA512()), "signature")
add("another secret", "HS256", jwt.encode(GOOD, secret[::-1], algorithm="HS256"), "signature")
add("another RSA key", "RS256", jwt.encode(GOOD, other_rsa, algorithm="RS256"), "signature")
add("another P-256 key", "ES256", jwt.encode(GOOD, other_ec, algorithm="ES256"), "signature")
add("ES256 in DER", "ES256", der({"alg": "ES256"}, GOOD), "signature")
add("ES256 of zeros", "ES256", part({"alg": "ES256"}) + "." + part(GOOD) + "." + b64(bytes(64)), "signature")
add("HS256 of its first half", "HS256", jwt.encode(GOOD, secret, algorithm="HS256")[:-22], "signature")
for alg, key in signers.items():
    good = jwt.encode(GOOD, key, algorithm=alg)
    head, body, seal = good.split(".")
    raw = base64.urlsafe_b64decode(seal + "==")
    add("one bit of the signature", alg, f"{head}.{body}.{b64(raw[:-1] + bytes([raw[-1] ^ 1]))}", "signature")
    add("a byte more", alg, f"{head}.{body}.{b64(raw + bytes(1))}", "signature")
    add("other claims under its signature", alg, f"{head}.{part({**GOOD, 'role': 'admin'})}.{seal}", "signature")
    add("other header under its signature", alg, f"{part({'alg': alg, 'typ': 'JWT', 'x': 1})}.{body}.{seal}", "signature")
    add("padding", alg, f"{head}.{body}.{seal}=", "malformed")
    add("a key that it brings along", alg,
        jwt.encode(GOOD, other_rsa, algorithm="RS256", headers={"jwk": jwk(other_rsa), "jku": "https://evil.example/k"}),
        "signature" if alg == "RS256" else "algorithm")
    add("crit", alg, jwt.encode(GOOD, key, algorithm=alg, headers={"crit": ["exp"]}), "malformed")
    add("kid that is no text", alg, part({"alg": alg, "kid": {"a": 1}}) + "." + body + "." + seal, "malformed")
    add("another typ", alg, jwt.encode(GOOD, key, algorithm=alg, headers={"typ": "dpop+jwt"}), "malformed")
    add("typ that is no text", alg, part({"alg": alg, "typ": 5}) + "." + body + "." + seal, "malformed")
add("claims with a key twice", "HS256", hs({"alg": "HS256"}, json.dumps(GOOD)[:-1].encode() + b',"role":"admin"}'), "malformed")
add("header with a key twice", "HS256", hs(b'{"alg":"none","alg":"HS256"}', GOOD), "malformed")
add("claims are a list", "HS256", hs({"alg": "HS256"}, [GOOD]), "malformed")
add("claims are no JSON", "HS256", hs({"alg": "HS256"}, b"{'role': 'admin'}"), "malformed")
add("claims are not UTF-8", "HS256", hs({"alg": "HS256"}, b'{"sub":"\xff"}'), "malformed")

# Signed well, and good for nothing.
for name, claims, reason in [
    ("no exp", without("exp"), "claims"), ("exp is text", {**GOOD, "exp": str(NOW + 60)}, "claims"),
    ("exp is null", {**GOOD, "exp": None}, "claims"), ("exp is true", {**GOOD, "exp": True}, "claims"),
    ("ended", {**GOOD, "exp": NOW - 30}, "expired"), ("ended long ago", {**GOOD, "exp": 0}, "expired"),
    ("ended before time", {**GOOD, "exp": -10**17}, "expired"), ("not yet", {**GOOD, "nbf": NOW + 31}, "early"),
    ("made tomorrow", {**GOOD, "iat": NOW + 86400}, "early"), ("no iss", without("iss"), "issuer"),
    ("another iss", {**GOOD, "iss": "https://id.example.com"}, "issuer"), ("iss is a list", {**GOOD, "iss": [GOOD["iss"]]}, "issuer"),
    ("no aud", without("aud"), "audience"), ("another aud", {**GOOD, "aud": "freshet2"}, "audience"),
    ("other auds", {**GOOD, "aud": ["a", "b"]}, "audience"), ("aud in a list of lists", {**GOOD, "aud": [["freshet"]]}, "claims"),
    ("no company", without("company_id"), "company"), ("company that is not here", {**GOOD, "company_id": "globex"}, "company"),
    ("company outside the grammar", {**GOOD, "company_id": "../acme"}, "company"), ("company is a list", {**GOOD, "company_id": ["acme"]}, "company"),
    ("no role", without("role"), "role"), ("another role", {**GOOD, "role": "operator"}, "role"),
    ("role in capitals", {**GOOD, "role": "ADMIN"}, "role"), ("role is an object", {**GOOD, "role": {"admin": True}}, "claims"),
    ("no user", without("sub"), "claims"), ("user is empty", {**GOOD, "sub": ""}, "claims"),
    ("user of two lines", {**GOOD, "sub": "a\nb"}, "claims"), ("user is a list", {**GOOD, "sub": ["a"]}, "claims"),
]:
    add(name, "HS256", hs({"alg": "HS256", "typ": "JWT"}, claims), reason)

jwks = {"keys": [
    {"kty": "oct", "k": b64(secret.encode()), "kid": "now"},
    jwk(other_rsa, kid="now", use="enc"), jwk(other_ec, kid="now", use="enc"),
    jwk(short_rsa, kid="short"), jwk(p384, kid="p384"),
    jwk(rsa_key, kid="now", use="sig", alg="RS256"), jwk(ec_key, kid="now", use="sig", key_ops=["verify"]),
    jwk(other_rsa, kid="next", alg="RS256"), jwk(other_ec, kid="next"), {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, 7]}
out = {"now": NOW, "keys": {"HS256": secret, "RS256": pem(rsa_key), "ES256": pem(ec_key), "short": pem(short_rsa),
                            "p384": pem(p384)}, "jwks": jwks, "vectors": vectors}
target = pathlib.Path(__file__).parents[2] / "Tests/FreshetAdaptersTests/Access/JWTVectors.swift"
lines = ",\n    ".join(json.dumps(vector) for vector in vectors)
head = json.dumps({key: value for key, value in out.items() if key != "vectors"})
target.write_text(f'''/// Made by `.ci/jwt/vectors.py` with PyJWT {jwt.__version__}, joserfc and cryptography; do not edit. The keys are nobody's.
let jwtVectors = #"""
    {head[:-1]}, "vectors": [
    {lines}
    ]}}
    """#
''')
print(len(vectors), "vectors")
