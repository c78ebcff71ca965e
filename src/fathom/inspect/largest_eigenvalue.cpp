#include "fathom/inspect/largest_eigenvalue.hpp"

#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/inspect/sharpness.hpp"

namespace fathom::curvature {

namespace {

constexpr Index least_sample = 32, most_sample_products = 24, most_vectors = 6;

// Calls f with the matrix, divided where that is asked for.
template <class F>
auto with_divisor(LossCurvature& hessian, std::span<const double> divisor, F&& f) {
  if (divisor.empty()) return f(static_cast<SymmetricOperator&>(hessian));
  Preconditioned divided(hessian, divisor);
  return f(static_cast<SymmetricOperator&>(divided));
}

}  // namespace

LargestEigenvalue largest_eigenvalue(const LossRows& rows, const Flat& weights, const LargestOptions& options) {
  LargestEigenvalue result;
  if (options.one_of < 1) fail(Code::usage, "a sample is one of at least 1 row, not of {}", options.one_of);
  LossRows sample = rows;
  sample.rows.clear();
  for (std::size_t k = 0; k < rows.rows.size(); k += static_cast<std::size_t>(options.one_of))
    sample.rows.push_back(rows.rows[k]);
  if (options.one_of > 1 && static_cast<Index>(sample.rows.size()) >= least_sample) {
    LargestOptions quick = options;
    quick.accuracy = 2 * options.accuracy;
    quick.most_products = most_sample_products;
    LargestEigenvalue begun = largest_eigenvalue(sample, weights, quick);
    result.direction = std::move(begun.direction);
    result.sample_products = (static_cast<double>(begun.products) + begun.sample_products) *
                             static_cast<double>(sample.rows.size()) / static_cast<double>(rows.rows.size());
  }
  LossCurvature hessian(rows, weights);
  // The method's accuracy is a share of the spectrum's width, which may be more than the eigenvalue.
  for (double accuracy = options.accuracy;; accuracy /= 4) {
    LanczosOptions lanczos{.largest = 1,
                           .smallest = 0,
                           .accuracy = accuracy,
                           .most_products = options.most_products - result.products,
                           .most_vectors = most_vectors,
                           .copies = false,
                           .product_error = options.product_error,
                           .start = std::move(result.direction),
                           .seed = options.seed};
    Extremes ends =
        with_divisor(hessian, options.divisor, [&](auto& a) { return lanczos_extremes(a, std::move(lanczos)); });
    result.products += ends.products;
    result.found = ends.largest.front();
    result.direction = std::move(ends.largest_vectors.front());
    result.converged = result.found.bound <= options.accuracy * std::abs(result.found.value);
    if (result.converged || !ends.converged || result.products >= options.most_products) return result;
  }
}

}  // namespace fathom::curvature
