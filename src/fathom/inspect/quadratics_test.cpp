// Quadratics whose eigenvalues are planted, surveyed as any loss is: from the loss alone to the verdict.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/inspect/survey.hpp"
#include "fathom/nn/module.hpp"

namespace fathom::curvature {
namespace {

// 1 + sum_i spectrum_i q_i^2 / 2 with q = R2 R1 w, both R reflections: the Hessian is (R2 R1)' diag(spectrum) R2 R1.
struct Quadratic : Module {
  Quadratic(const Vector& spectrum, std::uint64_t seed)
      : Module(Dtype::f64), n(static_cast<Index>(spectrum.size())), source(columns(spectrum, seed), {.train = 1}) {}

  static std::map<std::string, Tensor> columns(const Vector& spectrum, std::uint64_t seed) {
    const auto row = [&](const Vector& values) {
      Tensor tensor({Dtype::f32, {1, static_cast<Index>(values.size())}});
      for (std::size_t i = 0; i < values.size(); ++i) tensor.set(static_cast<Index>(i), values[i]);
      return tensor;
    };
    const auto size = static_cast<Index>(spectrum.size());
    return {{"spectrum", row(spectrum)},
            {"mirror 1", row(random_normal(size, seed, "mirror", 1))},
            {"mirror 2", row(random_normal(size, seed, "mirror", 2))}};
  }
  static Var reflected(Var x, Var mirror) { return x - mirror * (sum(mirror * x) * 2 / sum(mirror * mirror)); }
  Var turned(const Batch& b) const { return reflected(reflected(w(), b["mirror 1"]), b["mirror 2"]); }

  Index n;
  Weight w{*this, "w", {.shape = {1, n}}};
  TensorSource source;
  Objective objective{
      .row_losses = [this](const Batch& b) { return sum(b["spectrum"] * square(turned(b)), {1}) * 0.5 + 1; },
      .outputs = [this](const Batch& b) { return turned(b); }};
  LossRows rows{objective, source, {0}};
};

enum class Kind { positive, negative, mixed, one_tiny_negative, clusters, zeros };

// As f32 holds them, ascending.
Vector drawn_spectrum(Kind kind, std::size_t n, Random& random) {
  Vector values(n);
  const bool in_clusters = random.uniform() < 0.5;  // few products find these
  for (std::size_t i = 0; i < n; ++i) {
    const double u = random.uniform();
    switch (kind) {
      case Kind::positive:
        values[i] = 1 + 9 * u;
        break;
      case Kind::negative:
        values[i] = -1 - 9 * u;
        break;
      case Kind::mixed:
        values[i] = (i % 2 == 0 ? 1 : -1) * (1 + 9 * u);
        break;
      case Kind::one_tiny_negative:
        values[i] = i == 0 ? -1e-4 : 1 + (in_clusters ? std::floor(9 * u) : 9 * u);
        break;
      case Kind::clusters:
        values[i] = 1 + std::floor(5 * u) + 1e-5 * random.uniform();
        break;
      case Kind::zeros:
        values[i] = i % 2 == 0 ? 0 : 2 + u;
        break;
    }
    values[i] = static_cast<double>(static_cast<float>(values[i]));
  }
  std::sort(values.begin(), values.end());
  return values;
}

Verdict expected_of(const Vector& spectrum) {
  if (spectrum.back() < 0) return Verdict::local_maximum;
  if (spectrum.front() < 0) return Verdict::saddle;
  return spectrum.front() == 0 ? Verdict::degenerate : Verdict::local_minimum;
}

double distance_to(const Vector& spectrum, double value) {
  double least = std::numeric_limits<double>::infinity();
  for (const double one : spectrum) least = std::min(least, std::abs(one - value));
  return least;
}

// Fewer where a checked build is slow.
#ifdef NDEBUG
constexpr int rounds = 200;
#else
constexpr int rounds = 40;
#endif

// By products alone, and by all eigenvalues where they are few: the right verdict each time, every eigenvalue within
// its bound, and the outermost in their places.
TEST(PlantedQuadratics, AreJudgedRightInAllCases) {
  int placed = 0, skipped = 0, surveys = 0, converged = 0;
  for (int round = 0; round < rounds; ++round) {
    Random random(static_cast<std::uint64_t>(round), "quadratic");
    // From 5 to 5,000, the ends among them.
    const double place = round < 6 ? 0.0 : round < 12 ? 1.0 : random.uniform();
    const auto n = static_cast<std::size_t>(std::lround(5 * std::pow(1000.0, place)));
    const Vector spectrum = drawn_spectrum(static_cast<Kind>(round % 6), n, random);
    const double width = spectrum.back() - spectrum.front();
    const Quadratic loss(spectrum, static_cast<std::uint64_t>(round));
    const Flat centre(loss.parameters());
    SurveyOptions options{.most_products = 400, .trace_products = 6, .density_starts = 2, .density_steps = 2};
    options.eigenvalues = round % 5 + 1;
    options.seed = static_cast<std::uint64_t>(round) + 1;
    for (const Index dense_up_to : {0, 200}) {
      if (dense_up_to > 0 && n > 200) continue;
      options.dense_up_to = dense_up_to;
      const Survey found = survey(loss.rows, nullptr, centre, options);
      const std::string where = fmt::format("round {}, kind {}, n {}, dense up to {}: {} after {} products", round,
                                            round % 6, n, dense_up_to, name_of(found.finding.verdict), found.products);
      EXPECT_EQ(found.finding.verdict, expected_of(spectrum)) << where;
      EXPECT_LE(found.finding.bound, spectrum.front()) << where;
      ++surveys;
      converged += found.converged ? 1 : 0;
      ASSERT_FALSE(found.evidence.eigenvalues.empty());
      for (const Eigenvalue& one : found.evidence.eigenvalues)
        EXPECT_LE(distance_to(spectrum, one.value), one.bound) << where;
      const std::size_t known = found.smallest.size();
      for (std::size_t k = 0; k < known && found.converged; ++k) {
        // What products have not seen may lie further out by the accuracy.
        const double slack = dense_up_to > 0 ? 0 : options.accuracy * width;
        const Eigenvalue low = found.smallest[k].eigenvalue, high = found.largest[k].eigenvalue;
        const double low_error = std::abs(low.value - spectrum[k]);
        const double high_error = std::abs(high.value - spectrum[n - 1 - k]);
        if (k == 0 || dense_up_to > 0) {
          EXPECT_LE(low_error, low.bound + slack) << where;
          EXPECT_LE(high_error, high.bound + slack) << where;
        }
        placed += 2;
        skipped += (low_error > low.bound + slack ? 1 : 0) + (high_error > high.bound + slack ? 1 : 0);
      }
      ASSERT_EQ(found.spectrum.size(), dense_up_to > 0 ? n : 0);
      for (std::size_t k = 0; k < found.spectrum.size(); ++k)
        EXPECT_NEAR(found.spectrum[k], spectrum[k], found.evidence.eigenvalues[k].bound) << where;
    }
  }
  // Products may step over one of many neighbours that lie further in, seldom: the next in line then has its place.
  EXPECT_GE(converged, 0.99 * surveys);
  EXPECT_GT(placed, 3 * rounds);
  EXPECT_LE(skipped, 1 + 0.01 * placed);
}

}  // namespace
}  // namespace fathom::curvature
