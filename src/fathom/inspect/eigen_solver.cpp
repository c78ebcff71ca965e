#include "fathom/inspect/eigen_solver.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "fathom/base/error.hpp"

namespace fathom::curvature {

namespace {

using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

SymmetricEigen result_of(const Solver& solver, bool vectors) {
  if (solver.info() != Eigen::Success) fail(Code::data, "the eigenvalues of a matrix could not be found");
  SymmetricEigen result;
  result.values.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + solver.eigenvalues().size());
  // A matrix of Eigen is column by column: each vector lies in one piece.
  if (vectors)
    result.vectors.assign(solver.eigenvectors().data(), solver.eigenvectors().data() + solver.eigenvectors().size());
  return result;
}

void need_finite(std::span<const double> values) {
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
    fail(Code::data, "a matrix with numbers that are not finite has no eigenvalues");
}

}  // namespace

SymmetricEigen symmetric_eigen(Index n, std::span<const double> matrix, EigenVectors vectors) {
  if (n < 1 || static_cast<std::size_t>(n * n) != matrix.size())
    fail(Code::usage, "a matrix of {} rows needs {} numbers, not {}", n, n * n, matrix.size());
  need_finite(matrix);
  const bool wanted = vectors == EigenVectors::all;
  Solver solver;
  solver.compute(Eigen::Map<const Eigen::MatrixXd>(matrix.data(), n, n),
                 wanted ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  return result_of(solver, wanted);
}

SymmetricEigen tridiagonal_eigen(std::span<const double> diagonal, std::span<const double> beside) {
  if (diagonal.empty() || beside.size() + 1 != diagonal.size())
    fail(Code::usage, "a tridiagonal matrix has one number less beside its diagonal than on it, not {} and {}",
         beside.size(), diagonal.size());
  need_finite(diagonal);
  need_finite(beside);
  Solver solver;
  solver.computeFromTridiagonal(
      Eigen::Map<const Eigen::VectorXd>(diagonal.data(), static_cast<Eigen::Index>(diagonal.size())),
      Eigen::Map<const Eigen::VectorXd>(beside.data(), static_cast<Eigen::Index>(beside.size())));
  return result_of(solver, true);
}

}  // namespace fathom::curvature
