import pytest

from diagnosis.plugins import Plugins
from letterhead.diagnosis.explain import Explainer


@pytest.fixture
def plugins() -> Plugins:
    return Plugins()


@pytest.fixture
def explainer(plugins: Plugins) -> Explainer:
    return Explainer(plugins)
