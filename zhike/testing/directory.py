"""A directory as a bank has one: OpenLDAP's `slapd`, with people and groups in it, over TLS under a certificate of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from zhike.testing.left_out import leave_out
from zhike.testing.serving import free_port

BASE = "dc=bank,dc=example"
FINDER, FINDERS_PASSWORD = f"cn=zhike,{BASE}", "finds-people"
SCHEMAS = Path("/etc/ldap/schema")
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/libexec"])

CONFIGURATION = """
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCACertificateFile {folder}/certificate.pem
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
security simple_bind=128
database mdb
maxsize 16777216
suffix "{base}"
rootdn "cn=root,{base}"
directory {folder}/data
access to attrs=userPassword by anonymous auth
access to * by dn.exact="{finder}" read by anonymous auth
"""
ENTRY = """dn: uid={login},ou=people,{base}
objectClass: inetOrgPerson
uid: {login}
cn: {name}
sn: {login}
employeeNumber: {staff_no}
userPassword: {password}
"""


@dataclass(frozen=True)
class Colleague:
    """Somebody in the directory."""

    login: str
    name: str
    password: str
    staff_no: str = "0"
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class Directory:
    """A running directory; `settings` are what Zhike is told of it."""

    port: int
    certificate: Path

    @property
    def settings(self) -> Mapping[str, str]:
        """In the environment of `zhike serve`."""
        return {
            "ZHIKE_LDAP_URL": f"ldap://localhost:{self.port}", "ZHIKE_LDAP_CA": str(self.certificate), "ZHIKE_LDAP_BASE": BASE,
            "ZHIKE_LDAP_BIND": FINDER, "ZHIKE_LDAP_PASSWORD": FINDERS_PASSWORD,
        }  # fmt: skip


@contextlib.contextmanager
def running_directory(folder: Path, colleagues: Sequence[Colleague]) -> Iterator[Directory]:
    """`slapd` with these people, until the block ends; left out by name where it is not installed."""
    slapd = shutil.which("slapd", path=PLACES)
    if slapd is None or not SCHEMAS.is_dir():
        leave_out("slapd is not installed (Debian: apt-get install slapd)")
    directory = Directory(free_port(), folder / "certificate.pem")
    (folder / "data").mkdir(parents=True)
    _write_certificate(folder)
    configuration = folder / "slapd.conf"
    configuration.write_text(CONFIGURATION.format(schemas=SCHEMAS, folder=folder, base=BASE, finder=FINDER))
    (folder / "people.ldif").write_text(_ldif(colleagues), encoding="utf-8")
    subprocess.run([slapd, "-Ta", "-f", str(configuration), "-l", str(folder / "people.ldif")], check=True, capture_output=True)
    process = subprocess.Popen(
        [slapd, "-d", "0", "-f", str(configuration), "-h", f"ldap://127.0.0.1:{directory.port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(directory.port, process)
        yield directory
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("slapd did not start")


def _ldif(colleagues: Sequence[Colleague]) -> str:
    groups = sorted({group for colleague in colleagues for group in colleague.groups})
    entries = [
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Bank\ndc: bank\n",
        f"dn: {FINDER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: zhike\nuserPassword: {FINDERS_PASSWORD}\n",
        *(f"dn: ou={unit},{BASE}\nobjectClass: organizationalUnit\nou: {unit}\n" for unit in ("people", "groups")),
        *(
            ENTRY.format(base=BASE, **{name: getattr(one, name) for name in ("login", "name", "staff_no", "password")})
            for one in colleagues
        ),
        *(_group(group, [one.login for one in colleagues if group in one.groups]) for group in groups),
    ]
    return "\n".join(entries)


def _group(name: str, logins: Sequence[str]) -> str:
    members = "".join(f"member: uid={login},ou=people,{BASE}\n" for login in logins)
    return f"dn: cn={name},ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: {name}\n{members}"


def _write_certificate(folder: Path) -> None:
    key, now = rsa.generate_private_key(public_exponent=65537, key_size=2048), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=30))
        .add_extension(names, critical=False).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
