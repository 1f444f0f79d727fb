"""Pure numerics on arrays: one method a module, each citing its paper, no I/O.

The tests that serve other people's data are names of this room; arrays may be pandas Series,
which are then aligned by their labels.

What the data cannot support is an EstimationError, not a number: unknown or infinite values,
shapes that do not fit, counts above their denominator, variances and weights that are not above
zero, levels outside (0, 1), groups that are too small, and no variation where a variance is
needed. A docstring names what else its function refuses.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from evaluatie.ground.face import Face

if TYPE_CHECKING:
    from evaluatie.stats.betabinomial import fit_betabinomial as fit_betabinomial
    from evaluatie.stats.change_variance import fit_between_variance as fit_between_variance
    from evaluatie.stats.changes import change_in_share as change_in_share
    from evaluatie.stats.changes import weighted_t as weighted_t
    from evaluatie.stats.cluster import crv1 as crv1
    from evaluatie.stats.cluster import crv3 as crv3
    from evaluatie.stats.cluster import wild_bootstrap as wild_bootstrap
    from evaluatie.stats.did import did as did
    from evaluatie.stats.estimates import Estimate as Estimate
    from evaluatie.stats.few_treated import conley_taber as conley_taber
    from evaluatie.stats.few_treated import ferman_pinto as ferman_pinto
    from evaluatie.stats.few_treated import lee_wooldridge as lee_wooldridge
    from evaluatie.stats.funnel import funnel as funnel
    from evaluatie.stats.intervals import clopper_pearson as clopper_pearson
    from evaluatie.stats.intervals import overdispersion as overdispersion
    from evaluatie.stats.intervals import ratio_interval as ratio_interval
    from evaluatie.stats.intervals import wilson as wilson
    from evaluatie.stats.mantel_haenszel import pooled_ratio as pooled_ratio
    from evaluatie.stats.randomization import randomization_test as randomization_test
    from evaluatie.stats.shrinkage import holm as holm

_PUBLIC = {
    "Estimate": "estimates",
    "change_in_share": "changes",
    "clopper_pearson": "intervals",
    "conley_taber": "few_treated",
    "crv1": "cluster",
    "crv3": "cluster",
    "did": "did",
    "ferman_pinto": "few_treated",
    "fit_betabinomial": "betabinomial",
    "fit_between_variance": "change_variance",
    "funnel": "funnel",
    "holm": "shrinkage",
    "lee_wooldridge": "few_treated",
    "overdispersion": "intervals",
    "pooled_ratio": "mantel_haenszel",
    "randomization_test": "randomization",
    "ratio_interval": "intervals",
    "weighted_t": "changes",
    "wild_bootstrap": "cluster",
    "wilson": "intervals",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


sys.modules[__name__].__class__ = Face
