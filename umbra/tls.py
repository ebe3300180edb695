"""What one side of a TLS connection is made of: whom it trusts, and what it shows."""

import ssl
from collections.abc import Callable

from umbra.core.errors import Refused


def client_context(
    ca_file: str | None, cert_file: str | None, key_file: str | None, key_password: Callable[[], str]
) -> ssl.SSLContext:
    """The context of a client that checks the server's certificate and its name.

    Args:
        ca_file: PEM, who signs the certificates of servers; None: whom this machine trusts.
        cert_file, key_file: PEM, what the client shows of itself; None: nothing.

    Raises:
        Refused: a file cannot be read or used; the text names the variable.
    """
    for variable, path in (("CA", ca_file), ("CERT", cert_file), ("KEY", key_file)):
        _refuse_unreadable(f"UMBRA_KAFKA_{variable}_FILE", path)
    context = _trusting(ca_file)
    if cert_file is not None:
        _show(context, cert_file, key_file, key_password)
    return context


def _refuse_unreadable(variable: str, path: str | None) -> None:
    if path is None:
        return
    try:
        with open(path, "rb"):
            return
    except OSError as err:
        raise Refused(f"{variable}: {path} cannot be read: {err.strerror}.") from err


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as err:
        raise Refused(f"UMBRA_KAFKA_CA_FILE: {ca_file} holds no certificates in PEM: {err}.") from err


def _show(context: ssl.SSLContext, cert: str, key: str | None, password: Callable[[], str]) -> None:
    try:
        # A function: without one OpenSSL asks the terminal for the password of an encrypted key.
        context.load_cert_chain(cert, key, password)
    except (ssl.SSLError, ValueError) as err:
        raise Refused(
            f"UMBRA_KAFKA_CERT_FILE={cert} and UMBRA_KAFKA_KEY_FILE={key} do not make a client certificate: "
            f"{err}. Both are PEM, the key is the certificate's, and UMBRA_KAFKA_KEY_PASSWORD opens it if it "
            "is encrypted."
        ) from err
