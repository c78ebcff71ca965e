// Eigenvalues at both ends of a symmetric matrix's spectrum, by Lanczos' method with full reorthogonalisation.
//
// 1. Every eigenvalue comes with a bound: the matrix has an eigenvalue within it (Parlett 1998, theorem 4.5.1).
// 2. The method stops on these bounds, never on differences from step to step.
// 3. A Krylov space holds one vector of each eigenspace alone. So an invariant subspace is left along a fresh random
//    direction, and when all that is wanted is found, the complement is searched from another one until it holds
//    nothing further out by more than the accuracy: eigenvalues that occur several times are found as often.
// 4. Memory may be limited: the basis is then restarted from the Ritz vectors of both ends (Wu and Simon 2000), and
//    what is found is locked while the complement is searched.
// 5. A pure function of the operator and the options.
#pragma once

#include "fathom/inspect/basis.hpp"
#include "fathom/inspect/certainty.hpp"
#include "fathom/inspect/operator.hpp"

namespace fathom::curvature {

struct LanczosOptions {
  Index largest = 5, smallest = 5;  // how many eigenvalues are wanted of each end, counted as often as they occur
  double accuracy = 1e-2;           // wanted bound, relative to the width of the spectrum
  Index most_products = 300;
  Index most_vectors = 0;  // that the basis may hold; 0: as many as there are products
  bool copies = true;      // search the complement, as invariant 3 says; costs about as many products again
  bool signs = false;      // ask more of the outermost of each end: a bound below half of it, or as rounding allows
  // How far a product may be off, relative to the largest |eigenvalue|: added to every bound. Rounding of the method's
  // own is always added.
  double product_error = 0;
  // Where to begin, of any length above 0, instead of by chance: quick where it is near an end that is wanted. Nothing
  // is then known of what no product has seen.
  Vector start = {};
  std::uint64_t seed = 1;
};

struct Eigenvalue {
  double value = 0;
  double bound = 0;  // the matrix has an eigenvalue in [value - bound, value + bound]
};

struct Extremes {
  std::vector<Eigenvalue> smallest;  // ascending
  std::vector<Eigenvalue> largest;   // descending
  std::size_t known = 0;             // eigenvalues in both lists, those that are in both counted once
  Index dimension = 0;               // of the matrix
  Index products = 0;                // taken in all
  Index first_products = 0;          // from the first random start, before anything was restarted, left or locked
  Vector first_ritz;                 // what these led to, as spectrum_bound takes it
  double first_log_residual = 0;
  bool invariant = false;  // these found an invariant subspace: with probability 1 it holds both ends
  bool converged = false;  // every wanted eigenvalue within the accuracy
  bool searched = false;   // the complement holds nothing further out, as far as a search can tell
  bool whole = false;      // the basis spans the space: these are all of the eigenvalues there are
  bool by_chance = true;   // it began so
  std::vector<Vector> smallest_vectors, largest_vectors;  // of length 1, one for each eigenvalue

  // Needs: at least one eigenvalue of each end.
  double width() const { return largest.front().value - smallest.front().value; }
  // Both lists as one, ascending, each eigenvalue once.
  std::vector<Eigenvalue> all() const;
  // Where no eigenvalue is, seen or not: by the better of both bounds at each end, each with half of the doubt.
  // Throws Error(usage) where the start was given and the basis does not span the space.
  SpectrumBound unseen(double confidence = 0.99) const;
};

// Gives fewer eigenvalues than wanted where the products did not suffice or there are fewer.
// Throws Error(usage) where nothing is wanted, for an accuracy that is not above 0, for a start of another dimension or
// of zeros, and for a basis too small: it needs twice as many vectors as eigenvalues are wanted, and 4 more.
Extremes lanczos_extremes(SymmetricOperator& a, LanczosOptions options = {});

}  // namespace fathom::curvature
