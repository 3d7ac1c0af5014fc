"""The certificate authority of the laboratory's servers."""

from pathlib import Path

import pytest
import trustme


@pytest.fixture(scope="session")
def lab_ca() -> trustme.CA:
    return trustme.CA(organization_name="Letterhead laboratory")


@pytest.fixture(scope="session")
def lab_ca_file(lab_ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    lab_ca.cert_pem.write_to_path(str(path))
    return path
