// What a click model is compared with: the base rate below, the known truth above.
#pragma once

#include <cstdint>
#include <span>

namespace fathom::rank {

struct Score {
  double log_loss = 0;  // nats per row
  double auc = 0.5;
};

// Mean of -log p of what happened. A probability of 0 or 1 is moved inside by 1e-15. Needs: equal, non-zero lengths.
double log_loss(std::span<const std::uint8_t> clicked, std::span<const double> probability);

// The chance that a clicked row is scored above one that was not, ties counting half; 0.5 when one class is absent.
double auc(std::span<const std::uint8_t> clicked, std::span<const double> score);

Score score(std::span<const std::uint8_t> clicked, std::span<const double> probability);

// Every row gets the same probability: the share of clicks in the training rows.
Score base_rate(std::span<const std::uint8_t> train_clicked, std::span<const std::uint8_t> test_clicked);

// The way from the base rate to the best possible log loss that a model has gone: 0 at the first, 1 at the second.
double share_of_gap(double log_loss, double base_log_loss, double best_log_loss);

}  // namespace fathom::rank
