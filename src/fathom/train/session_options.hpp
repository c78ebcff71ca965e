// What settings mean for the data at hand: every "auto" has its value, and what does not fit the data is refused.
#pragma once

#include "fathom/data/augment.hpp"
#include "fathom/train/prepare.hpp"

namespace fathom {

// Throws Error(config) for settings that this data leaves without a meaning.
void check_fit(const Settings& settings, const Prepared& prepared);

// Rows of one update, for so many training rows.
Index batch_size(const Settings& settings, Index rows);
// At its highest.
double learning_rate(const Settings& settings);
// Throws Error(config) when what is monitored is not a metric of these validation rows.
TrainerOptions trainer_options(const Settings& settings, const Prepared& prepared);
// Of the linear baseline.
TrainerOptions linear_options(const Settings& settings, const Prepared& prepared);

}  // namespace fathom
