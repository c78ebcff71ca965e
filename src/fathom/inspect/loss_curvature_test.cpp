#include "fathom/inspect/loss_curvature.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/inspect/density.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/inspect/lanczos.hpp"
#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/inspect/survey.hpp"
#include "fathom/inspect/trace.hpp"
#include "fathom/inspect/witness.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

// y = w2 w1 x.
struct TwoWeights : Module {
  TwoWeights() : Module(Dtype::f64) {}
  Weight w1{*this, "w1", {.shape = {1, 1}}};
  Weight w2{*this, "w2", {.shape = {1, 1}}};
  Var operator()(Var x) const { return x * w1() * w2(); }
};

struct TwoWeightsTest : testing::Test {
  TwoWeights model;
  TensorSource source{{{"x", Tensor(Shape{1, 1}, {1.f})}, {"y", Tensor(Shape{1, 1}, {1.f})}},
                      {.train = 1, .valid = 0, .test = 0}};
  Objective objective{.row_losses = [this](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                      .outputs = [this](const Batch& b) { return model(b["x"]); }};
  LossRows rows{objective, source, {0}};

  Flat at(double w1, double w2) const {
    Flat weights(model.parameters());
    weights.view("w1").span<double>()[0] = w1;
    weights.view("w2").span<double>()[0] = w2;
    return weights;
  }
};

// The loss is (1 - w1 w2)^2: its Hessian at 0 is [[0, -2], [-2, 0]], and on w1 w2 = 1 it has one flat direction.
TEST_F(TwoWeightsTest, HessianInClosedForm) {
  LossCurvature origin(rows, at(0, 0));
  EXPECT_EQ(dense_matrix(origin), (Vector{0, -2, -2, 0}));
  const Extremes ends = lanczos_extremes(origin, {.largest = 1, .smallest = 1});
  EXPECT_NEAR(ends.smallest[0].value, -2, 1e-14);
  EXPECT_NEAR(ends.largest[0].value, 2, 1e-14);
  EXPECT_TRUE(ends.whole);
  EXPECT_NEAR(std::abs(ends.smallest_vectors[0][0]), std::sqrt(0.5), 1e-14);
  EXPECT_NEAR(ends.smallest_vectors[0][0], ends.smallest_vectors[0][1], 1e-14);
  LossCurvature minimum(rows, at(2, 0.5));
  const Vector values = symmetric_eigen(2, dense_matrix(minimum), EigenVectors::none).values;
  EXPECT_NEAR(values[0], 0, 1e-14);
  EXPECT_NEAR(values[1], 2 * (4 + 0.25), 1e-13);
}

// As a survey finds it by itself: at 0 a saddle that descent leaves along (1, 1) and stays at without the step, to a
// minimum that is one of many.
TEST_F(TwoWeightsTest, TheSaddleIsLeftForAMinimumOfMany) {
  Flat reached = at(0, 0);
  const WayOut way_out{rows, [&](const Flat& start, std::uint64_t) {
                         Flat weights = start;
                         const ParameterVector places(weights.layout(), {});
                         for (int step = 0; step < 200; ++step) {
                           Vector w = places.from(weights);
                           axpy(-0.1, loss_gradient(rows, weights, 1).gradient, w);
                           places.to(w, weights);
                         }
                         const Vector w = places.from(weights);
                         if (w[0] != 0) reached = weights;
                         return weights;
                       }};
  const Survey saddle = survey(rows, nullptr, at(0, 0), {}, &way_out);
  EXPECT_EQ(saddle.finding.verdict, Verdict::saddle_escapable);
  EXPECT_EQ(saddle.gradient_norm, 0);
  EXPECT_EQ(saddle.finding.negative, 1);
  EXPECT_EQ(saddle.finding.positive, 1);
  EXPECT_NEAR(saddle.finding.most_negative, -2, 1e-12);
  ASSERT_TRUE(saddle.escape);
  const Vector behind = ParameterVector(reached.layout(), {}).from(saddle.escape->weights);
  EXPECT_NEAR(behind[0], behind[1], 1e-9) << "along (1, 1)";
  ASSERT_GE(saddle.escape->twins.size(), 3u);
  for (const Twins& twins : saddle.escape->twins) {
    EXPECT_NEAR(twins.stayed, 1, 1e-12);
    EXPECT_LT(twins.escaped, 1e-12);
  }
  SurveyOptions options;
  options.loss_floor = 1e-12;
  for (const Flat& minimum : {reached, at(2, 0.5)}) {
    const Survey found = survey(rows, nullptr, minimum, options);
    EXPECT_EQ(found.finding.verdict, Verdict::degenerate_minimum);
    EXPECT_EQ(found.finding.flat, 1);
    EXPECT_EQ(found.finding.positive, 1);
  }
}

// At 0 the Gauss-Newton part is 0, and the rest carries the negative direction; at a minimum it is the other way round.
TEST_F(TwoWeightsTest, PartsInClosedForm) {
  LossCurvature own(rows, at(0, 0), Matrix::gauss_newton), rest(rows, at(0, 0), Matrix::rest);
  EXPECT_EQ(dense_matrix(own), (Vector{0, 0, 0, 0}));
  EXPECT_EQ(dense_matrix(rest), (Vector{0, -2, -2, 0}));
  LossCurvature at_minimum(rows, at(1, 1), Matrix::gauss_newton);
  EXPECT_EQ(dense_matrix(at_minimum), (Vector{2, 2, 2, 2}));
}

// A small network of tanh units.
struct Curve : Module {
  explicit Curve(Dtype dtype);
  Linear hidden{*this, "hidden", {.in = 3, .out = 9}};
  Linear out{*this, "out", {.in = 9, .out = 2, .bias_init = Init::constant(0.1)}};
  Weight kept{*this, "kept", {.shape = {3}, .init = Init::constant(1), .learned = false}};
  Var operator()(Var x) const { return out(tanh(hidden(x * kept()))); }
};

[[gnu::noinline]] Curve::Curve(Dtype dtype) : Module(dtype) {}

struct CurveTest : testing::Test {
  static constexpr Index count = 120;

  static Objective objective_of(const Curve& model) {
    return {.row_losses = [&model](const Batch& b) { return mse(model(b["x"]), b["y"]); },
            .outputs = [&model](const Batch& b) { return model(b["x"]); }};
  }
  static TensorSource make_source() {
    Tensor x({Dtype::f32, {count, 3}}), y({Dtype::f32, {count, 2}});
    Random random(11);
    for (Index i = 0; i < x.count(); ++i) x.set(i, random.normal());
    for (Index i = 0; i < y.count(); ++i) y.set(i, std::sin(x.at(i / 2 * 3)) + 0.5 * random.normal());
    return {{{"x", x}, {"y", y}}, {.train = count, .valid = 0, .test = 0}};
  }
  static std::vector<Index> all_rows(Index n = count) {
    std::vector<Index> rows(static_cast<std::size_t>(n));
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
  }

  Curve model{Dtype::f64}, single{Dtype::f32};
  TensorSource source = make_source();
  Objective objective = objective_of(model), of_single = objective_of(single);
  Flat weights = model.parameters().initialise(5), single_weights = single.parameters().initialise(5);
  LossRows rows{objective, source, all_rows()};
};

// The Hessian, entry by entry, against central differences of the gradient.
TEST_F(CurveTest, HessianIsTheDerivativeOfTheGradient) {
  LossCurvature hessian(rows, weights);
  const Index n = hessian.dimension();
  ASSERT_EQ(n, 3 * 9 + 9 + 9 * 2 + 2);
  double asymmetry = 1;
  const Vector matrix = dense_matrix(hessian, &asymmetry);
  EXPECT_LT(asymmetry, 1e-14);
  constexpr double h = 1e-5;
  const Vector centre = hessian.parameters().from(weights);
  for (Index i = 0; i < n; ++i) {
    const auto gradient_at = [&](double step) {
      Vector moved = centre;
      moved[static_cast<std::size_t>(i)] += step;
      Flat there = weights;
      hessian.parameters().to(moved, there);
      return loss_gradient(rows, there, 1).gradient;
    };
    const Vector up = gradient_at(h), down = gradient_at(-h);
    for (std::size_t j = 0; j < up.size(); ++j)
      EXPECT_NEAR(matrix[static_cast<std::size_t>(i * n) + j], (up[j] - down[j]) / (2 * h), 1e-9) << i << " " << j;
  }
}

// Sums in another order round in another way: what is seen of that is the rounding of f32, and next to nothing in f64.
TEST_F(CurveTest, RowsBackwardsShowTheRounding) {
  const LossRows of_rows{of_single, source, all_rows()};
  LossCurvature one(of_rows, single_weights), other(backwards(of_rows), single_weights), exact(rows, weights),
      exact_other(backwards(rows), weights);
  const double size = lanczos_extremes(exact, {.largest = 1, .smallest = 1}).largest.front().value;
  const NoiseFloor floor = noise_floor(one, 1, 1, &other);
  EXPECT_GT(floor.repetition, 0);
  EXPECT_LT(floor.repetition, product_error(Dtype::f32) * size);
  EXPECT_LT(noise_floor(exact, 1, 1, &exact_other).repetition, 1e-14 * size);
}

// The inner products of the groups' gradients are those of each group's rows alone.
TEST_F(CurveTest, ProductsAreThoseOfTheGroups) {
  const Index groups = 7;
  const LossGradient whole = loss_gradient(rows, weights, groups);
  std::vector<Vector> alone;
  for (Index group = 0; group < groups; ++group) {
    LossRows own = rows;
    own.rows.clear();
    for (Index i = group; i < count / groups * groups; i += groups)
      own.rows.push_back(rows.rows[static_cast<std::size_t>(i)]);
    alone.push_back(loss_gradient(own, weights, 1).gradient);
  }
  for (std::size_t i = 0; i < alone.size(); ++i)
    for (std::size_t j = 0; j < alone.size(); ++j)
      EXPECT_NEAR(whole.products[i * alone.size() + j], dot(alone[i], alone[j]), 1e-13) << i << " " << j;
}

// The gradient against central differences of the loss, and the loss against its definition.
TEST_F(CurveTest, GradientIsTheDerivativeOfTheLoss) {
  const LossGradient whole = loss_gradient(rows, weights, 7);
  const ParameterVector places(weights.layout(), {});
  const Vector centre = places.from(weights);
  for (std::size_t i = 0; i < centre.size(); i += 5) {
    const auto loss_at = [&](double step) {
      Vector moved = centre;
      moved[i] += step;
      Flat there = weights;
      places.to(moved, there);
      return loss_gradient(rows, there, 1).loss;
    };
    EXPECT_NEAR(whole.gradient[i], (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5, 1e-9);
  }
  Evaluator evaluator(of_single, source, 64);
  EXPECT_NEAR(whole.loss, evaluator.run(single_weights, Part::train, source).loss, 1e-6);
}

// Lanczos, quadrature and Hutch++ against all eigenvalues of the dense matrix.
TEST_F(CurveTest, EstimatesAgreeWithTheDenseSpectrum) {
  LossCurvature hessian(rows, weights);
  const Vector values = symmetric_eigen(hessian.dimension(), dense_matrix(hessian), EigenVectors::none).values;
  const std::size_t n = values.size();
  const Extremes ends = lanczos_extremes(hessian, {.accuracy = 1e-9});
  ASSERT_TRUE(ends.converged);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(ends.smallest[k].value, values[k], ends.smallest[k].bound);
    EXPECT_NEAR(ends.largest[k].value, values[n - 1 - k], ends.largest[k].bound);
    EXPECT_LT(ends.largest[k].bound, 1e-8);
  }
  const double trace = std::accumulate(values.begin(), values.end(), 0.0);
  const double frobenius = norm(values);
  const SpectralDensity density(hessian, {.starts = 20, .steps = 30, .seed = 4});
  const TraceEstimate estimate = estimate_trace(hessian, 36, 4);
  EXPECT_TRUE(density.trace().low <= trace && trace <= density.trace().high);
  EXPECT_TRUE(estimate.trace.low <= trace && trace <= estimate.trace.high);
  EXPECT_LT(estimate.trace.high - estimate.trace.low, 0.5 * trace);
  EXPECT_TRUE(estimate.frobenius.low <= frobenius && frobenius <= estimate.frobenius.high);
}

// Parts add up; chunks and the type they are computed in change nothing but rounding.
TEST_F(CurveTest, PartsChunksAndPrecision) {
  LossCurvature hessian(rows, weights), own(rows, weights, Matrix::gauss_newton), rest(rows, weights, Matrix::rest);
  LossRows in_chunks = rows, in_single{of_single, source, all_rows()};
  in_chunks.chunk = 7;  // the last is short
  LossCurvature chunked(in_chunks, weights), rounded(in_single, single_weights);
  EXPECT_EQ(rounded.precision(), Dtype::f32);
  Flat same_weights = weights;  // as they were rounded
  hessian.parameters().to(rounded.parameters().from(single_weights), same_weights);
  LossCurvature same(rows, same_weights);
  const Vector v = random_normal(hessian.dimension(), 2, "direction");
  const Vector whole = hessian * v, a = own * v, b = rest * v, c = chunked * v, d = rounded * v, e = same * v;
  for (std::size_t i = 0; i < v.size(); ++i) {
    EXPECT_NEAR(a[i] + b[i], whole[i], 1e-14);
    EXPECT_NEAR(c[i], whole[i], 1e-14);
    EXPECT_NEAR(d[i], e[i], 1e-5);
  }
  const Vector of_own = symmetric_eigen(own.dimension(), dense_matrix(own), EigenVectors::none).values;
  EXPECT_GE(of_own.front(), -1e-13);
  // Its rank is at most two outputs for each row.
  LossRows few = rows;
  few.rows = all_rows(10);
  LossCurvature ten(few, weights, Matrix::gauss_newton);
  const Vector of_few = symmetric_eigen(ten.dimension(), dense_matrix(ten), EigenVectors::none).values;
  EXPECT_LT(of_few[of_few.size() - 21], 1e-13);
  EXPECT_GT(of_few[of_few.size() - 20], 1e-13);
}

// A penalty of w^2 / 2 adds 1 on the diagonal of what it is of; what is frozen has no row.
TEST_F(CurveTest, PenaltyAndFrozenParameters) {
  Objective with = objective;
  with.penalty = [&] { return l2_penalty(model.parameters().vars()) * 0.25; };
  LossRows penalised{with, source, all_rows()};
  LossCurvature plain(rows, weights), more(penalised, weights), rest(penalised, weights, Matrix::rest);
  const Vector one = dense_matrix(plain), other = dense_matrix(more);
  const auto n = static_cast<std::size_t>(plain.dimension());
  for (std::size_t i = 0; i < n * n; ++i) EXPECT_NEAR(other[i] - one[i], i % (n + 1) == 0 ? 0.25 : 0, 1e-14);
  const LossGradient g = loss_gradient(penalised, weights, 4), h = loss_gradient(rows, weights, 4);
  const Vector centre = plain.parameters().from(weights);
  for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(g.gradient[i] - h.gradient[i], 0.25 * centre[i], 1e-14);
  EXPECT_NEAR(g.loss - h.loss, 0.125 * dot(centre, centre), 1e-13);
  LossRows frozen = rows;
  frozen.frozen = {"hidden.weight", "hidden.bias"};
  LossCurvature top(frozen, weights);
  EXPECT_EQ(top.dimension(), 20);
  const Vector small = dense_matrix(top);
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t j = 0; j < 20; ++j) EXPECT_NEAR(small[i * 20 + j], one[(36 + i) * n + 36 + j], 1e-14);
  Vector v(20);
  v[0] = 3, v[19] = 4;
  const Vector shares = top.parameters().shares(v);
  EXPECT_EQ(top.parameters().names(), (std::vector<std::string>{"out.weight", "out.bias"}));
  EXPECT_NEAR(shares[0], 0.36, 1e-15);
  EXPECT_NEAR(shares[1], 0.64, 1e-15);
}

// The curvature that each chunk sees is that of its rows alone; their mean is the product's.
TEST_F(CurveTest, ChunksSeeTheirOwnCurvature) {
  LossRows in_chunks = rows;
  in_chunks.chunk = 40;
  LossCurvature hessian(in_chunks, weights);
  Vector v = random_normal(hessian.dimension(), 3, "direction");
  scale(v, 1 / norm(v));
  const Vector curvatures = hessian.chunk_curvatures(v);
  ASSERT_EQ(curvatures.size(), 3u);
  EXPECT_EQ(hessian.products(), 1);
  LossRows last = rows;
  last.rows = std::vector<Index>(in_chunks.rows.begin() + 80, in_chunks.rows.end());
  LossCurvature alone(last, weights);
  EXPECT_NEAR(curvatures[2], dot(v, alone * v), 1e-14);
  EXPECT_NEAR((curvatures[0] + curvatures[1] + curvatures[2]) / 3, dot(v, hessian * v), 1e-14);
  const Vector short_direction(3, 1.0);
  EXPECT_THROW(hessian.chunk_curvatures(short_direction), Error);
}

// The most negative direction of some rows, on others.
TEST_F(CurveTest, WitnessOnFreshRows) {
  LossRows found = rows, fresh = rows;
  found.rows = all_rows(60);
  fresh.rows.erase(fresh.rows.begin(), fresh.rows.begin() + 60);
  fresh.chunk = 6;
  Flat near_zero = weights;
  scale(near_zero, 0.1);
  near_zero.view("kept").span<double>()[0] = 1;
  LossCurvature hessian(found, near_zero);
  const Extremes ends = lanczos_extremes(hessian, {.largest = 1, .smallest = 1, .accuracy = 1e-6});
  const Witness negative = negative_curvature(fresh, found.rows, near_zero, ends.smallest_vectors[0]);
  EXPECT_TRUE(negative.proven()) << negative.curvature.value << " " << negative.curvature.high;
  EXPECT_EQ(negative.chunks, 10);
  EXPECT_FALSE(negative_curvature(fresh, found.rows, near_zero, ends.largest_vectors[0]).proven());
  EXPECT_THROW(negative_curvature(found, found.rows, near_zero, ends.smallest_vectors[0]), Error);
  EXPECT_THROW(negative_curvature(fresh, found.rows, near_zero, Vector(56, 1.0)), Error);
  fresh.chunk = 60;
  EXPECT_THROW(negative_curvature(fresh, found.rows, near_zero, ends.smallest_vectors[0]), Error);
}

TEST_F(CurveTest, RefusesWhatCannotBe) {
  LossRows wrong = rows;
  wrong.rows = {count};
  EXPECT_THROW(LossCurvature(wrong, weights), Error);
  wrong.rows = {};
  EXPECT_THROW(LossCurvature(wrong, weights), Error);
  LossRows no_chunk = rows, all_frozen = rows;
  no_chunk.chunk = 0;
  EXPECT_THROW(LossCurvature(no_chunk, weights), Error);
  all_frozen.frozen = {"hidden.weight", "hidden.bias", "out.weight", "out.bias"};
  EXPECT_THROW(LossCurvature(all_frozen, weights), Error);
  EXPECT_THROW(spread_rows(source, Part::train, count + 1), Error);
  EXPECT_EQ(spread_rows(source, Part::train, 0).size(), static_cast<std::size_t>(count));
  EXPECT_EQ(spread_rows(source, Part::train, 3), (std::vector<Index>{0, 40, 80}));
  EXPECT_THROW(loss_gradient(rows, weights, 0), Error);
  EXPECT_THROW(loss_gradient(rows, weights, count + 1), Error);
  // Weights that are not numbers give no curvature.
  Flat bad = weights;
  bad.view("out.bias").span<double>()[0] = std::nan("");
  LossCurvature broken(rows, bad);
  EXPECT_THROW(broken * random_normal(broken.dimension(), 1, "v"), Error);
  // A loss that reads a parameter beside the outputs is no function of them.
  const Objective beside{
      .row_losses =
          [&](const Batch& b) { return mse(model(b["x"]), b["y"]) * exp(mean(model.out(model.hidden(b["x"])), {1})); },
      .outputs = objective.outputs};
  LossRows of_beside{beside, source, all_rows()};
  EXPECT_NO_THROW(LossCurvature(of_beside, weights));
  EXPECT_THROW(LossCurvature(of_beside, weights, Matrix::gauss_newton), Error);
}

}  // namespace
}  // namespace fathom::curvature
