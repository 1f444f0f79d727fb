"""The plainest estimate of a panel, to hold tests by placebos to what is added up by hand."""

import numpy as np

from evaluatie.stats import synthetic


def difference_in_differences(data: synthetic.Panel) -> synthetic.SyntheticEstimate:
    """Give all comparison units and all earlier periods the same weight."""
    ones = (np.ones(len(data.comparison)), np.ones(data.n_pre))
    return synthetic._estimate(data, *(each / len(each) for each in ones), "DiD")
