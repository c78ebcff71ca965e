#include "fathom/inspect/survey.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "fathom/inspect/density.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/inspect/krylov.hpp"
#include "fathom/inspect/trace.hpp"

namespace fathom::curvature {

namespace {

// Of the whole step that is tried: a loss is no quadratic, and its longest parts are along the flattest directions.
constexpr double step_factors[] = {0.0625, 0.25, 0.5, 1, 2};

// The lowest loss along the steps that were tried, and where it is.
class Descent {
 public:
  Descent(const LossRows& rows, const Flat& weights)
      : places_(weights.layout(), rows.frozen),
        centre_(places_.from(weights)),
        loss_(rows, weights),
        start_(loss_()),
        reached_(start_) {}

  void try_step(std::span<const double> step) {
    for (const double factor : step_factors) {
      Vector there = centre_;
      axpy(factor, step, there);
      places_.to(there, loss_.weights());
      if (const double reached = loss_(); std::isfinite(reached) && reached < reached_) {
        reached_ = reached;
        best_ = loss_.weights();
      }
    }
  }
  double start() const { return start_; }
  double reached() const { return reached_; }
  double decrease() const { return start_ - reached_; }
  const Flat* best() const { return best_ ? &*best_ : nullptr; }  // none where no step lowers the loss

 private:
  ParameterVector places_;
  Vector centre_;
  LossAt loss_;
  double start_, reached_;
  std::optional<Flat> best_;
};

// Ends of a whole spectrum, as a search for them would have given them. A computed eigenvalue is off by a small
// multiple of n 2^-53 |A| (eigen_solver.hpp), and by what rounding did to the matrix: at most n times its largest
// error.
Extremes ends_of(const SymmetricEigen& eigen, Index wanted, double asymmetry) {
  const std::size_t n = eigen.values.size();
  const double size = std::max(std::abs(eigen.values.front()), std::abs(eigen.values.back()));
  const double bound = static_cast<double>(n) * (8 * 0x1p-53 * size + asymmetry);
  Extremes ends;
  ends.dimension = static_cast<Index>(n);
  ends.converged = ends.searched = ends.whole = true;
  const std::size_t count = std::min(n, static_cast<std::size_t>(wanted));
  const auto add = [&](std::size_t k, std::vector<Eigenvalue>& values, std::vector<Vector>& vectors) {
    values.push_back({eigen.values[k], bound});
    const auto* first = eigen.vectors.data() + k * n;
    vectors.emplace_back(first, first + n);
  };
  for (std::size_t k = 0; k < count; ++k) add(k, ends.smallest, ends.smallest_vectors);
  for (std::size_t k = 0; k < count; ++k) add(n - 1 - k, ends.largest, ends.largest_vectors);
  ends.known = n;
  return ends;
}

std::vector<Direction> directions_of(const std::vector<Eigenvalue>& values, const std::vector<Vector>& vectors,
                                     LossCurvature& gauss_newton) {
  std::vector<Direction> result;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double own = dot(vectors[k], gauss_newton * vectors[k]);
    result.push_back({values[k], gauss_newton.parameters().shares(vectors[k]), own});
  }
  return result;
}

constexpr int curve_points = 240;

Vector points_between(double low, double high, double width) {
  Vector x;
  for (int i = 0; i < curve_points; ++i)
    x.push_back(low - 4 * width + (high - low + 8 * width) * static_cast<double>(i) / (curve_points - 1));
  return x;
}
double curve_width(double low, double high, double parts) {
  const double size = std::max({std::abs(low), std::abs(high), 1e-300});
  return std::max((high - low) / parts, 1e-6 * size);
}

DensityCurve curve_of(const Vector& spectrum) {
  DensityCurve curve{curve_width(spectrum.front(), spectrum.back(), 80), {}, {}};
  curve.x = points_between(spectrum.front(), spectrum.back(), curve.width);
  const double scale = 1 / (static_cast<double>(spectrum.size()) * curve.width * std::sqrt(2 * std::numbers::pi));
  for (const double x : curve.x) {
    double sum = 0;
    for (const double value : spectrum) sum += std::exp(-0.5 * std::pow((x - value) / curve.width, 2));
    curve.y.push_back({scale * sum, scale * sum, scale * sum});
  }
  return curve;
}

DensityCurve curve_of(const SpectralDensity& density) {
  // No finer than its nodes are: narrower, its intervals would miss what lies between them.
  DensityCurve curve{curve_width(density.smallest_node(), density.largest_node(), 20), {}, {}};
  curve.x = points_between(density.smallest_node(), density.largest_node(), curve.width);
  for (const double x : curve.x) curve.y.push_back(density.at(x, curve.width));
  return curve;
}

constexpr std::size_t most_flat = 64;  // directions that are compared with symmetries

Flatness flatness_of(const std::vector<std::span<const double>>& flat, const std::vector<Symmetry>& symmetries) {
  const std::size_t count = std::min(flat.size(), most_flat);
  Flatness result{static_cast<Index>(count), 0, {}};
  for (const Symmetry& one : symmetries) result.kinds.emplace_back(one.kind, 0);
  for (std::size_t k = 0; k < count; ++k) {
    const auto v = flat[k * flat.size() / count];
    result.explained += share_in(symmetries, v) / static_cast<double>(count);
    for (std::size_t kind = 0; kind < symmetries.size(); ++kind)
      result.kinds[kind].second += share_in(std::span(symmetries).subspan(kind, 1), v) / static_cast<double>(count);
  }
  return result;
}

// The vectors of the eigenvalues that count as 0, among those that are known.
std::vector<std::span<const double>> flat_vectors(const Evidence& evidence, const SymmetricEigen& eigen,
                                                  const Extremes& ends) {
  std::vector<std::span<const double>> flat;
  if (!eigen.vectors.empty()) {
    const std::size_t n = eigen.values.size();
    for (std::size_t k = 0; k < n; ++k)
      if (is_flat(evidence.eigenvalues[k], evidence)) flat.push_back(std::span(eigen.vectors).subspan(k * n, n));
    return flat;
  }
  for (std::size_t k = 0; k < ends.smallest.size(); ++k)
    if (is_flat(ends.smallest[k], evidence)) flat.push_back(ends.smallest_vectors[k]);
  return flat;
}

// Vectors that a Lanczos basis may hold: 1 GiB of them, but no fewer than it needs; 0 where all of them fit.
Index basis_that_fits(Index dimension, const SurveyOptions& options) {
  const Index fit = (Index{1} << 30) / (dimension * static_cast<Index>(sizeof(float)));
  return fit >= options.most_products ? 0 : std::max(fit, 4 * options.eigenvalues + 4);
}

// The second Hessian goes before anything large is made.
NoiseFloor noise_floor_of(LossCurvature& hessian, const LossRows& rows, const Flat& weights, std::uint64_t seed,
                          Index& products) {
  LossCurvature other_way(backwards(rows), weights);
  const NoiseFloor floor = noise_floor(hessian, 3, seed, &other_way);
  products += other_way.products();
  return floor;
}

bool may_have_way_out(const Finding& finding, const WayOut& way_out) {
  return finding.negative > 0 && (finding.verdict != Verdict::still_descending || way_out.on_slopes);
}

}  // namespace

Survey survey(const LossRows& rows, const LossRows* fresh, const Flat& weights, const SurveyOptions& options,
              const WayOut* way_out) {
  const auto stage = [&](const Message& what) {
    if (options.stage) options.stage(what);
  };
  Survey result;
  stage("the gradient");
  // What has no such matrix is refused before anything is computed.
  LossCurvature(rows, weights, Matrix::gauss_newton);
  LossCurvature hessian(rows, weights);
  result.dimension = hessian.dimension();
  result.precision = hessian.precision();
  result.rows = static_cast<Index>(rows.rows.size());
  result.names = hessian.parameters().names();

  // Groups that normalise by their own statistics have gradients of other losses.
  const LossRows& sloping = options.gradient_rows != nullptr ? *options.gradient_rows : rows;
  result.gradient_rows = static_cast<Index>(sloping.rows.size());
  const Index groups = sloping.mode == Mode::training ? 1 : std::min(options.groups, result.gradient_rows);
  const LossGradient at = loss_gradient(sloping, weights, groups < 3 ? 1 : groups);
  result.loss = at.loss;
  result.gradient_norm = norm(at.gradient);
  if (groups >= 3) {
    result.groups = groups;
    result.gradient = test_gradient(at.products, groups, options.seed);
  }

  const NoiseFloor floor = noise_floor_of(hessian, rows, weights, options.seed, result.products);
  Evidence& evidence = result.evidence;
  Extremes ends;
  SymmetricEigen eigen;  // where it is dense
  const bool dense = result.dimension <= options.dense_up_to;
  if (dense) {
    stage(message("all {} eigenvalues", result.dimension));
    double asymmetry = 0;
    const Vector matrix = dense_matrix(hessian, &asymmetry);
    eigen = symmetric_eigen(result.dimension, matrix, EigenVectors::all);
    ends = ends_of(eigen, options.eigenvalues, asymmetry);
    result.spectrum = eigen.values;
    for (const double value : eigen.values) evidence.eigenvalues.push_back({value, ends.smallest.front().bound});
    evidence.whole = true;
    const double trace = std::accumulate(eigen.values.begin(), eigen.values.end(), 0.0), size = norm(eigen.values);
    result.trace = {trace, trace, trace};
    result.frobenius = {size, size, size};
    result.density = curve_of(result.spectrum);
  } else {
    stage(message("{} eigenvalues of each end, by at most {} products", options.eigenvalues, options.most_products));
    ends = lanczos_extremes(hessian, {.largest = options.eigenvalues,
                                      .smallest = options.eigenvalues,
                                      .accuracy = options.accuracy,
                                      .most_products = options.most_products,
                                      .most_vectors = basis_that_fits(result.dimension, options),
                                      .signs = true,
                                      .product_error = product_error(result.precision),
                                      .seed = options.seed});
    evidence.eigenvalues = ends.all();
    evidence.whole = ends.whole && ends.known == static_cast<std::size_t>(result.dimension);
    evidence.unseen = ends.unseen();
    result.bound_products = ends.first_products;
    stage("trace and density");
    const TraceEstimate estimate = estimate_trace(hessian, options.trace_products, options.seed);
    result.trace = estimate.trace;
    result.frobenius = estimate.frobenius;
    const SpectralDensity density(hessian, {options.density_starts, options.density_steps, options.seed});
    result.density = curve_of(density);
    const double beyond = density.least_tau();
    result.sides = Sides{beyond, density.mass_below(beyond), density.mass_above(beyond)};
  }
  result.converged = ends.converged;
  const double size = std::max(std::abs(ends.smallest.front().value), std::abs(ends.largest.front().value));
  result.noise_band = floor.zero_band(size);
  evidence.zero_band = dense ? std::max(result.noise_band, ends.smallest.front().bound) : result.noise_band;
  evidence.rounding_band = dense ? 0 : 2 * size * product_error(result.precision);
  evidence.coarse_band = dense ? 0 : options.accuracy * ends.width();

  evidence.loss = at.loss;
  evidence.loss_floor = options.loss_floor;
  // Rows that propose a step gain by it, whatever it is worth.
  result.tried_on_fresh = options.gradient_rows == nullptr && fresh != nullptr;
  Descent descent(result.tried_on_fresh ? *fresh : sloping, weights);
  if (size > 0) {
    std::vector<SaddleFreeStep> steps{
        saddle_free_step(hessian, at.gradient, options.gradient_steps, std::max(evidence.zero_band, 1e-3 * size))};
    // Where every direction is known, along the flattest ones too.
    if (dense) steps.push_back(saddle_free_step(eigen, at.gradient, std::max(evidence.zero_band, 1e-300)));
    for (const SaddleFreeStep& step : steps) {
      evidence.predicted_decrease = std::max(evidence.predicted_decrease, step.decrease);
      descent.try_step(step.step);
    }
  } else if (result.gradient_norm > 0) {
    // A loss without curvature, such as the absolute error of a linear model, promises all of itself.
    Vector step = at.gradient;
    scale(step, -std::abs(at.loss) / dot(at.gradient, at.gradient));
    evidence.predicted_decrease = std::abs(at.loss);
    descent.try_step(step);
  }
  evidence.realised_decrease = descent.decrease();
  result.tried_loss = descent.start();
  result.reached_loss = descent.reached();
  if (descent.best() != nullptr && ends.smallest.front().value < -evidence.zero_band) {
    LossCurvature there(rows, *descent.best());
    evidence.curvature_after_step = dot(ends.smallest_vectors.front(), there * ends.smallest_vectors.front());
  }
  // Of all rows there are, the gradient is what it is; a sample's is more than chance or not.
  if (result.tried_on_fresh && result.groups > 0) evidence.gradient_p_value = result.gradient.p_value;
  if (fresh != nullptr && ends.smallest.front().value + ends.smallest.front().bound < -evidence.zero_band) {
    evidence.witness = negative_curvature(*fresh, rows.rows, weights, ends.smallest_vectors.front());
    result.fresh_rows = evidence.witness->chunks * fresh->chunk;
  }
  result.finding = judge(evidence);
  if (way_out != nullptr && may_have_way_out(result.finding, *way_out)) {
    stage(message("the way out: a line search, and {} trainings", 2 * way_out->options.seeds));
    result.escape =
        try_way_out(way_out->rows, weights, ends.smallest_vectors.front(), way_out->train_on, way_out->options);
    evidence.way_out = result.escape->outcome;
    result.finding = judge(evidence);
  }
  if (!options.symmetries.empty())
    if (const auto flat = flat_vectors(evidence, eigen, ends); !flat.empty())
      result.flatness = flatness_of(flat, options.symmetries);
  LossCurvature gauss_newton(rows, weights, Matrix::gauss_newton);
  result.smallest = directions_of(ends.smallest, ends.smallest_vectors, gauss_newton);
  result.largest = directions_of(ends.largest, ends.largest_vectors, gauss_newton);
  result.products += hessian.products() + gauss_newton.products();
  return result;
}

}  // namespace fathom::curvature
