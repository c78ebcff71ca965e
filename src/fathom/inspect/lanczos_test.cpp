#include "fathom/inspect/lanczos.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "support/planted_operator.hpp"

namespace fathom::curvature {
namespace {

double away_from(const Vector& spectrum, double value) {
  double least = std::numeric_limits<double>::infinity();
  for (const double one : spectrum) least = std::min(least, std::abs(one - value));
  return least;
}

Vector planted(int kind, Index n, Random& random) {
  Vector values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double u = random.uniform();
    switch (kind) {
      case 0:
        values[i] = 1 + 9 * u;
        break;  // all positive
      case 1:
        values[i] = -10 * u * u * u - 0.01;
        break;  // all negative
      case 2:
        values[i] = random.normal();
        break;  // mixed
      case 3:
        values[i] = i == 0 ? -1e-4 : 1 + 9 * u;
        break;  // one tiny negative
      case 4:
        values[i] = std::floor(7 * u) - 3;
        break;  // clusters: seven values, each many times
      default:
        values[i] = i < 4 ? (i % 2 == 0 ? 3.0 : -2.0) : 0.0;
        break;  // zeros beside a few
    }
  }
  return values;
}

// Against the eigenvalues that were planted, with all memory and with 60 vectors: each is found to the accuracy, is
// within its bound of one, and within it and the accuracy of the one that has its place in the order.
TEST(Lanczos, EveryEigenvalueIsWithinItsBound) {
  for (int round = 0; round < 200; ++round) {
    Random random(static_cast<std::uint64_t>(round), "planted");
    const double size = random.uniform();
    const auto n = static_cast<Index>(5 * std::pow(1000.0, round % 11 == 0 ? 1.0 : 0.8 * size));
    const int kind = round / 2 % 6;
    Vector spectrum = planted(kind, n, random);
    PlantedOperator a(spectrum, static_cast<std::uint64_t>(round));
    std::sort(spectrum.begin(), spectrum.end());
    LanczosOptions options{.largest = 3, .smallest = 3, .accuracy = 3e-3, .most_products = 300};
    options.seed = static_cast<std::uint64_t>(round) + 1;
    if (round % 2 == 1) options.most_vectors = 60;
    const Extremes found = lanczos_extremes(a, options);
    EXPECT_EQ(found.products, a.products());
    EXPECT_LE(found.products, options.most_products);
    // The bound is one of the residual, too.
    for (const auto& [values, vectors] :
         {std::pair{&found.smallest, &found.smallest_vectors}, std::pair{&found.largest, &found.largest_vectors}})
      for (std::size_t k = 0; k < values->size(); ++k) {
        Vector residual = a * (*vectors)[k];
        axpy(-(*values)[k].value, (*vectors)[k], residual);
        EXPECT_LE(norm(residual), (*values)[k].bound) << "round " << round << ", n " << n;
      }
    const std::size_t count = std::min<std::size_t>(3, spectrum.size());
    ASSERT_EQ(found.smallest.size(), count);
    ASSERT_EQ(found.largest.size(), count);
    EXPECT_TRUE(found.converged && found.searched) << "round " << round << ", n " << n;
    const double width = spectrum.back() - spectrum.front();
    for (std::size_t k = 0; k < count; ++k) {
      const Eigenvalue low = found.smallest[k], high = found.largest[k];
      EXPECT_LE(away_from(spectrum, low.value), low.bound) << "round " << round << ", n " << n << ", smallest " << k;
      EXPECT_LE(away_from(spectrum, high.value), high.bound) << "round " << round << ", n " << n << ", largest " << k;
      // A search of the complement may leave what is further out by no more than the accuracy.
      const double slack = options.accuracy * width;
      EXPECT_LE(low.bound, options.accuracy * width + 1e-12);
      EXPECT_LE(high.bound, options.accuracy * width + 1e-12);
      EXPECT_NEAR(low.value, spectrum[k], low.bound + slack) << "round " << round << ", n " << n << ", smallest " << k;
      EXPECT_NEAR(high.value, spectrum[spectrum.size() - 1 - k], high.bound + slack)
          << "round " << round << ", n " << n << ", largest " << k;
    }
  }
}

TEST(Lanczos, VectorsAreEigenvectors) {
  Random random(3);
  Vector spectrum = planted(2, 400, random);
  spectrum[17] = -9;
  PlantedOperator a(spectrum, 3);
  const Extremes found = lanczos_extremes(a, {.largest = 2, .smallest = 2, .accuracy = 1e-8});
  ASSERT_TRUE(found.converged && found.searched);
  EXPECT_NEAR(std::abs(dot(found.smallest_vectors[0], a.vector(17))), 1, 1e-10);
  for (std::size_t k = 0; k < 2; ++k) {
    Vector r = a * found.largest_vectors[k];
    axpy(-found.largest[k].value, found.largest_vectors[k], r);
    EXPECT_LE(norm(r), found.largest[k].bound);
    EXPECT_NEAR(norm(found.largest_vectors[k]), 1, 1e-14);
  }
}

// What occurs often is found as often, and a matrix of zeros has zeros only.
TEST(Lanczos, CountsEigenvaluesAsOftenAsTheyOccur) {
  Vector spectrum(300, 0.0);
  for (std::size_t i = 0; i < 4; ++i) spectrum[i] = 5;
  for (std::size_t i = 4; i < 300; ++i) spectrum[i] = static_cast<double>(i) / 200 - 0.75;
  spectrum[4] = 1.5;
  spectrum[5] = -1.5;
  for (std::size_t i = 10; i < 13; ++i) spectrum[i] = -2;
  for (const Index vectors : {0, 24}) {
    PlantedOperator a(spectrum, 8);
    const Extremes found = lanczos_extremes(
        a, {.largest = 5, .smallest = 4, .accuracy = 1e-7, .most_products = 3000, .most_vectors = vectors});
    ASSERT_TRUE(found.converged && found.searched) << vectors;
    for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(found.largest[k].value, 5, 1e-6);
    EXPECT_NEAR(found.largest[4].value, 1.5, 1e-6);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(found.smallest[k].value, -2, 1e-6);
    EXPECT_NEAR(found.smallest[3].value, -1.5, 1e-6);
  }
  PlantedOperator zero(Vector(50, 0.0), 1);
  const Extremes none = lanczos_extremes(zero);
  EXPECT_TRUE(none.converged);
  EXPECT_EQ(none.largest[4].value, 0);
  EXPECT_EQ(none.smallest[0].bound, 0);
}

// As often as they occur, however often that is: one more copy of the outermost may hide behind others further in.
TEST(Lanczos, CountsManyCopies) {
  Vector spectrum(500);
  for (std::size_t i = 0; i < 500; ++i) spectrum[i] = 1 + static_cast<double>(i % 5);
  for (const double spread : {0.0, 1e-5}) {
    for (std::size_t i = 0; i < 500; ++i) spectrum[i] += spread * static_cast<double>(i) / 500;
    PlantedOperator a(spectrum, 3);
    const Extremes found = lanczos_extremes(a, {.accuracy = 1e-3});
    ASSERT_TRUE(found.converged && found.searched);
    for (std::size_t k = 0; k < 5; ++k) {
      EXPECT_NEAR(found.smallest[k].value, 1, 4e-3 + 1e-5) << spread << " " << k;
      EXPECT_NEAR(found.largest[k].value, 5, 4e-3 + 1e-5) << spread << " " << k;
    }
  }
}

// A value far smaller than the accuracy has a sign where it is asked for, and 0 has none.
TEST(Lanczos, TellsTheSignOfTheOutermost) {
  int needed = 0;
  for (std::uint64_t round = 0; round < 30; ++round) {
    Random random(round, "signs");
    Vector spectrum = planted(3, 20, random);
    PlantedOperator a(spectrum, round);
    LanczosOptions options{.largest = 1, .smallest = 1, .accuracy = 1e-3, .seed = round + 1};
    const Eigenvalue coarse = lanczos_extremes(a, options).smallest[0];
    needed += coarse.bound > 1e-4 ? 1 : 0;
    options.signs = true;
    const Extremes found = lanczos_extremes(a, options);
    EXPECT_TRUE(found.converged) << round;
    EXPECT_LT(found.smallest[0].value + found.smallest[0].bound, 0) << round;
    EXPECT_LE(away_from(spectrum, found.smallest[0].value), found.smallest[0].bound) << round;
    spectrum[0] = 0;
    PlantedOperator flat(spectrum, round);
    EXPECT_LT(std::abs(lanczos_extremes(flat, options).smallest[0].value), 1e-10) << round;
  }
  EXPECT_GT(needed, 0) << "the accuracy alone tells all signs here";
}

// Less memory costs products, and finds the same.
TEST(Lanczos, RestartsWithinItsMemory) {
  Random random(5);
  Vector spectrum = planted(0, 2000, random);
  spectrum[3] = 0.2;
  spectrum[4] = 11;
  PlantedOperator free(spectrum, 2), tight(spectrum, 2);
  const LanczosOptions options{.largest = 1, .smallest = 1, .accuracy = 1e-8, .most_products = 2000};
  LanczosOptions small = options;
  small.most_vectors = 12;
  const Extremes one = lanczos_extremes(free, options), other = lanczos_extremes(tight, small);
  ASSERT_TRUE(one.converged && other.converged);
  EXPECT_NEAR(one.smallest[0].value, 0.2, 1e-7);
  EXPECT_NEAR(other.smallest[0].value, 0.2, other.smallest[0].bound);
  EXPECT_NEAR(other.largest[0].value, 11, other.largest[0].bound);
  EXPECT_GT(other.products, one.products);
  EXPECT_LE(other.first_products, 12);
}

// In f32 the bound covers what rounding does to a product and to the basis.
TEST(Lanczos, BoundsHoldInSinglePrecision) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    Random random(round, "single");
    Vector spectrum = planted(2, 500, random);
    PlantedOperator a(spectrum, round, Dtype::f32);
    const Extremes found = lanczos_extremes(a, {.accuracy = 1e-9, .most_products = 600, .product_error = 0x1p-24});
    for (const auto& list : {found.smallest, found.largest})
      for (const Eigenvalue& one : list) {
        EXPECT_LE(away_from(spectrum, one.value), one.bound);
        EXPECT_LT(one.bound, 1e-4);
      }
  }
}

TEST(Lanczos, SameForAnyMemoryOfThePast) {
  Random random(1);
  const Vector spectrum = planted(2, 200, random);
  PlantedOperator a(spectrum, 1), b(spectrum, 1);
  const Extremes first = lanczos_extremes(a), second = lanczos_extremes(b);
  EXPECT_EQ(first.largest[0].value, second.largest[0].value);
  EXPECT_EQ(first.smallest_vectors, second.smallest_vectors);
}

TEST(Lanczos, RefusesWhatCannotBe) {
  PlantedOperator a(Vector(50, 1.0), 1);
  EXPECT_THROW(lanczos_extremes(a, {.largest = 0, .smallest = 0}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.largest = -1, .smallest = 3}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.accuracy = 0}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.most_products = 0}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.most_vectors = 12}), Error);
  const Vector short_start(49, 1.0), zeros(50), start(50, 1.0);
  EXPECT_THROW(lanczos_extremes(a, {.start = short_start}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.start = zeros}), Error);
  EXPECT_THROW(lanczos_extremes(a, {.largest = 1, .smallest = 0, .copies = false, .start = start}).unseen(), Error);
  PlantedOperator bad({1, std::numeric_limits<double>::quiet_NaN()}, 1);
  EXPECT_THROW(lanczos_extremes(bad, {.largest = 1, .smallest = 0}), Error);
  EXPECT_THROW(PlantedOperator({}, 1), Error);
}

TEST(EigenSolver, TwoByTwoByHand) {
  const SymmetricEigen eigen = symmetric_eigen(2, Vector{2, 1, 1, 2}, EigenVectors::all);
  EXPECT_NEAR(eigen.values[0], 1, 1e-15);
  EXPECT_NEAR(eigen.values[1], 3, 1e-15);
  EXPECT_NEAR(eigen.vectors[2] / eigen.vectors[3], 1, 1e-14);
  EXPECT_TRUE(symmetric_eigen(2, Vector{2, 1, 1, 2}, EigenVectors::none).vectors.empty());
  EXPECT_THROW(symmetric_eigen(2, Vector{1}, EigenVectors::none), Error);
  EXPECT_THROW(symmetric_eigen(1, Vector{std::nan("")}, EigenVectors::none), Error);
  EXPECT_THROW(tridiagonal_eigen(Vector{1, 2}, Vector{}), Error);
  const SymmetricEigen same = tridiagonal_eigen(Vector{2, 2}, Vector{1});
  EXPECT_NEAR(same.values[1], 3, 1e-15);
}

// All eigenvalues of a dense matrix are those that were planted, to 1e-13 of the largest.
TEST(EigenSolver, FindsAPlantedSpectrum) {
  Random random(9);
  Vector spectrum = planted(2, 120, random);
  PlantedOperator a(spectrum, 4);
  double asymmetry = 1;
  DenseOperator dense(120, dense_matrix(a, &asymmetry));
  EXPECT_LT(asymmetry, 1e-14);
  EXPECT_EQ(a.products(), 120);
  const Vector values = symmetric_eigen(120, dense.matrix(), EigenVectors::none).values;
  std::sort(spectrum.begin(), spectrum.end());
  for (std::size_t i = 0; i < spectrum.size(); ++i) EXPECT_NEAR(values[i], spectrum[i], 1e-13);
  const Vector x = random_normal(120, 1, "x");
  const Vector one = dense * x, other = a * x;
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], other[i], 1e-13);
  EXPECT_THROW(DenseOperator(2, {1, 2, 3, 4}), Error);
  EXPECT_THROW(DenseOperator(2, {1, 2}), Error);
}

}  // namespace
}  // namespace fathom::curvature
