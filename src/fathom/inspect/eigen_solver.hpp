// All eigenvalues of a symmetric matrix, in f64.
#pragma once

#include "fathom/inspect/vectors.hpp"

namespace fathom::curvature {

struct SymmetricEigen {
  Vector values;   // [n], ascending
  Vector vectors;  // [n, n]: the vector of values[k] is row k; empty where they were not asked for
};

enum class EigenVectors { none, all };

// Of the matrix [n, n] by Householder tridiagonalisation and implicit QR (Golub and Van Loan 2013, section 8.3). An
// eigenvalue is off by a small multiple of n 2^-53 |A|. Throws Error(usage) when there are no n^2 numbers and
// Error(data) when one is not finite.
SymmetricEigen symmetric_eigen(Index n, std::span<const double> matrix, EigenVectors vectors);

// Of the tridiagonal matrix with `diagonal` [n] and `beside` [n - 1].
SymmetricEigen tridiagonal_eigen(std::span<const double> diagonal, std::span<const double> beside);

}  // namespace fathom::curvature
