// The gradient of the loss over rows, and how far groups of rows agree on it.
#pragma once

#include <algorithm>

#include "fathom/inspect/loss_curvature.hpp"
#include "fathom/nn/metrics.hpp"

namespace fathom::curvature {

struct LossGradient {
  double loss = 0;   // of all rows, with the penalty
  Vector gradient;   // of it
  Vector products;   // [groups, groups]: inner products of the groups' gradients, each with the penalty's
  Index groups = 0;  // disjoint, of as many rows each; rows that are left over are in the gradient alone
};
// The rows are dealt out one by one, row i to group i mod `groups`, so that each sees all of their range. Memory: a
// vector for each group, in the model's type. Throws Error(usage) for fewer than 1 group or fewer rows than groups.
LossGradient loss_gradient(const LossRows& rows, const Flat& weights, Index groups = 16);

// The loss alone, with the penalty, at weights that are set before each call: planned once.
class LossAt {
 public:
  // Throws as loss_gradient does.
  LossAt(const LossRows& rows, const Flat& weights);
  ~LossAt();
  Flat& weights();
  // Takes over all numbers of other weights. Throws Error(usage) where their layout is another.
  void set(const Flat& weights);
  double operator()();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether a gradient is more than the noise in it.
struct GradientTest {
  // |G|^2, where G is the gradient over endless rows of the same kind, if the weights are not fitted to these: the mean
  // of the products of different groups, which is unbiased and can come out below 0. The 95 % interval is by the
  // jackknife, whose variance is never too small on average (Efron and Stein 1981).
  metrics::Estimate squared_norm;
  metrics::Estimate norm;  // its roots, 0 where it is below
  double noise = 0;  // tr(covariance of a group's gradient) / groups: what rows by chance add to |mean gradient|^2
  // Share of the ways to turn the groups' signs whose |sum| is at least what was seen: small where the groups agree.
  // All ways for up to 16 groups, else 4096 by chance, never below 1 / ways. No assumption but that the noise of a
  // group is as likely its opposite.
  double p_value = 1;
};
// From inner products [groups, groups]. Throws Error(usage) when there are not so many, and for fewer than 3 groups.
GradientTest test_gradient(std::span<const double> products, Index groups, std::uint64_t seed = 1);

// Rows in a batch whose noise is as large as its gradient: tr(covariance of a row's gradient) / |G|^2 (McCandlish et
// al. 2018, eq. 2.9), from a test whose groups hold `rows` rows together, with the 95 % interval that |G|^2 gives it.
// The high end is infinite where the interval of |G|^2 touches 0, and so is the value where the estimate does. These
// many rows tell no scale above their number: where the value or the high end is infinite, or the value above `rows`,
// only the low end may be said.
struct NoiseScale {
  metrics::Estimate scale;
  Index rows = 0;
  bool is_known() const;
  // The low end, or the rows' number where it lies above that.
  double at_least() const { return std::min(scale.low, static_cast<double>(rows)); }
};
NoiseScale noise_scale(const GradientTest& test, Index rows);

// What one step of gradient descent gains, to first order: learning_rate |g|^2; and the most that any rate does on a
// quadratic whose curvature is at most `largest`: |g|^2 / (2 largest), infinite where that is not above 0.
double first_order_decrease(double squared_norm, double learning_rate);
double quadratic_decrease(double squared_norm, double largest);

}  // namespace fathom::curvature
