#include "fathom/inspect/lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/base/error.hpp"
#include "fathom/inspect/eigen_solver.hpp"

namespace fathom::curvature {

namespace {

// The state of the method: an orthonormal basis V, its projection T = V'AV, and what A leads to outside of it:
//   A V = V T + sum over chains (direction) row'
// So the residual of a Ritz pair (theta, V s) is at most the sum of |row's|. One chain is followed at a time; those
// that wait may lie partly in V, and only what is outside counts once they are taken up.
class Lanczos {
 public:
  Lanczos(SymmetricOperator& a, LanczosOptions options)
      : a_(a),
        options_(std::move(options)),
        n_(static_cast<std::size_t>(a.dimension())),
        wanted_(static_cast<std::size_t>(options_.largest + options_.smallest)),
        limit_(options_.most_vectors > 0 ? std::min(n_, static_cast<std::size_t>(options_.most_vectors)) : n_),
        basis_(a.dimension(), a.precision()) {}

  Extremes run() {
    const Index before = a_.products();
    Extremes result;
    result.dimension = a_.dimension();
    result.by_chance = options_.start.empty();
    if (result.by_chance)
      follow_random();
    else
      follow(std::move(options_.start));
    Vector seen;  // the wanted eigenvalues when the search of the complement began; empty before
    std::size_t next_look = wanted_;
    bool is_first = true;  // all products are of the first Krylov space, and nothing was restarted
    while (true) {
      step();
      result.products = a_.products() - before;
      const bool spent = result.products >= options_.most_products, whole = basis_.size() == n_;
      const bool full = basis_.size() >= limit_ && !whole;
      is_first = is_first && !restarted_;
      if (is_first) result.first_products = result.products;
      // In f32 rounding alone ends a space that leads on by little.
      if (is_first) result.invariant = whole || (broken_down_ && a_.precision() == Dtype::f64);
      if (basis_.size() - locked_ < next_look && !spent && !whole && !full && !broken_down_) continue;
      look();
      if (is_first) {
        result.first_ritz = ritz_.values;
        result.first_log_residual = log_residual_;
      }
      is_first = is_first && !broken_down_ && !result.invariant;
      if (whole || spent) {
        result.whole = result.searched = whole;
        result.converged = converged();
        break;
      }
      const bool found = converged();
      const bool settled = locked_ == 0 || block_is_settled();
      if (found && settled) {
        result.searched = !seen.empty() && !moved(seen);
        if (result.searched || !options_.copies) {
          result.converged = true;
          break;
        }
        seen = wanted_values();
        lock();
        next_look = 1;
        continue;
      }
      // What the search found may mix with locked pairs, whose bounds only their own chain can bring down.
      if (settled && locked_ > 0) locked_ = 0;
      if (full) restart();
      if (broken_down_)
        follow_random();
      else if (locked_ == 0)
        follow_the_worst();
      next_look = look_after(basis_.size() - locked_);
    }
    collect(result);
    return result;
  }

 private:
  double t(std::size_t i, std::size_t j) const { return projection_[i][j]; }

  // What A leads to outside of the basis, from where a chain has come to: direction row'.
  struct Chain {
    Vector direction;  // of length 1; empty where it was nothing but rounding
    Vector row;        // by vector of the basis
  };

  void follow_random() { follow(basis_.fresh_direction(options_.seed, starts_++)); }
  void follow(Vector direction) {
    scale(direction, 1 / norm(direction));
    chains_.push_back({std::move(direction), Vector(basis_.size())});
    current_ = chains_.size() - 1;
    broken_down_ = false;
  }
  // The chain that keeps the bounds of the wanted pairs up is followed next.
  void follow_the_worst() {
    if (chains_.size() == 1) return;
    const std::size_t m = ritz_.values.size();
    double worst = -1;
    std::size_t which = current_;
    for (std::size_t j = 0; j < chains_.size(); ++j) {
      if (chains_[j].direction.empty()) continue;
      for (std::size_t k = 0; k < m; ++k)
        if (const double one = is_wanted(k, m) ? std::abs(times(chains_[j].row, k)) : 0; one > worst) {
          worst = one;
          which = j;
        }
    }
    if (which == current_) return;
    keep_outside(chains_[which]);
    if (!chains_[which].direction.empty()) current_ = which;
  }
  // The chain's direction becomes what lies outside of the basis: what lies in it, the projection knows.
  void keep_outside(Chain& chain) {
    if (chain.direction.empty()) return;
    basis_.orthogonalise(chain.direction);
    const double outside = norm(chain.direction);
    scale(chain.row, outside);
    if (!(outside > 16 * unit())) {
      chain.direction.clear();
      return;
    }
    // What is left of it is scaled up with its rounding, which another turn takes away.
    scale(chain.direction, 1 / outside);
    basis_.orthogonalise(chain.direction);
    scale(chain.direction, 1 / norm(chain.direction));
  }

  // Looks cost the cube of the basis, and more than a product in the end, so they get rarer.
  static std::size_t look_after(std::size_t size) { return size + std::max<std::size_t>(1, size / 8); }

  // One product: the direction of the current chain becomes a vector of the basis.
  void step() {
    const std::size_t k = basis_.size();
    Chain& chain = chains_[current_];
    basis_.append(chain.direction);
    Vector w = std::move(chain.direction);  // its memory: what it held is in the basis
    a_.apply(basis_[k], w);
    const double length = norm(w);
    const Vector products = basis_.orthogonalise(w);
    for (std::size_t i = 0; i < k; ++i) projection_[i].push_back(products[i]);
    projection_.push_back(products);
    for (Chain& one : chains_) one.row.push_back(0);
    const double outside = norm(w);
    size_ = std::max(size_, length);
    log_residual_ += std::log(std::max(outside, rounding()));
    broken_down_ = k + 1 < n_ && !(outside > rounding());  // a direction that is nothing but rounding leads nowhere
    chain.row.assign(k + 1, 0);
    chain.row[k] = outside;
    if (broken_down_) w = Vector();
    scale(w, outside > 0 ? 1 / outside : 0);
    chain.direction = std::move(w);
  }

  double unit() const { return a_.precision() == Dtype::f32 ? 0x1p-24 : 0x1p-53; }
  // What rounding may add to an eigenvalue, in sums over n numbers, of the basis as it is stored and in the small
  // eigenproblem. In f32 only the basis is rounded so coarsely, each number by chance: little of it adds up.
  double rounding() const {
    const double m = std::sqrt(static_cast<double>(basis_.size())), n = std::sqrt(static_cast<double>(n_));
    const double stored = a_.precision() == Dtype::f32 ? 0x1p-24 * (2 + m / 4) : 0;
    return size_ * (stored + 0x1p-53 * (64 + 8 * m + 2 * n) + options_.product_error);
  }

  // The Ritz values of the whole basis, and their bounds.
  void look() {
    const std::size_t m = basis_.size();
    Vector square(m * m);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < m; ++j) square[i * m + j] = t(i, j);
    ritz_ = symmetric_eigen(static_cast<Index>(m), square, EigenVectors::all);
    size_ = std::max({size_, std::abs(ritz_.values.front()), std::abs(ritz_.values.back())});
    bounds_.assign(m, 0);
    for (std::size_t k = 0; k < m; ++k) bounds_[k] = residual(k) + rounding();
  }

  // The part of a row of the projection along Ritz vector k.
  double times(const Vector& row, std::size_t k) const {
    return std::inner_product(row.begin(), row.end(), ritz_.vectors.data() + k * row.size(), 0.0);
  }
  double residual(std::size_t k) const {
    if (basis_.size() == n_) return 0;
    double sum = 0;
    for (const Chain& chain : chains_) sum += std::abs(times(chain.row, k));
    return sum;
  }

  double width() const { return ritz_.values.back() - ritz_.values.front(); }
  // Nothing is asked for that rounding forbids.
  double goal() const { return std::max(options_.accuracy * width(), 4 * rounding()); }
  // Of Ritz value k.
  double goal(std::size_t k) const {
    const bool outermost = (k == 0 && options_.smallest > 0) || (k + 1 == ritz_.values.size() && options_.largest > 0);
    return options_.signs && outermost ? std::min(goal(), std::max(0.5 * std::abs(ritz_.values[k]), 4 * rounding()))
                                       : goal();
  }

  bool converged() const {
    const std::size_t m = ritz_.values.size();
    if (m < std::min(wanted_, n_)) return false;
    for (std::size_t k = 0; k < m; ++k)
      if (is_wanted(k, m) && bounds_[k] > goal(k)) return false;
    return true;
  }
  bool is_wanted(std::size_t k, std::size_t m) const {
    return k < static_cast<std::size_t>(options_.smallest) || k + static_cast<std::size_t>(options_.largest) >= m;
  }

  Vector wanted_values() const {
    Vector values;
    for (std::size_t k = 0; k < ritz_.values.size(); ++k)
      if (is_wanted(k, ritz_.values.size())) values.push_back(ritz_.values[k]);
    return values;
  }
  // Whether the search has found something further out than one of what was wanted, by more than the accuracy that was
  // asked for. Each counts: one more copy of an outer eigenvalue leaves the innermost where it was if that has copies.
  bool moved(const Vector& before) const {
    const Vector now = wanted_values();
    for (std::size_t k = 0; k < now.size(); ++k)
      if (std::abs(now[k] - before[k]) > goal()) return true;
    return false;
  }

  // The projection onto what was added since the lock alone.
  SymmetricEigen block() const {
    const std::size_t m = basis_.size() - locked_;
    Vector square(m * m);
    for (std::size_t i = 0; i < m; ++i)
      for (std::size_t j = 0; j < m; ++j) square[i * m + j] = t(locked_ + i, locked_ + j);
    return symmetric_eigen(static_cast<Index>(m), square, EigenVectors::all);
  }
  double block_residual(const SymmetricEigen& eigen, std::size_t k) const {
    const std::size_t m = eigen.values.size();
    return std::abs(std::inner_product(eigen.vectors.begin() + static_cast<std::ptrdiff_t>(k * m),
                                       eigen.vectors.begin() + static_cast<std::ptrdiff_t>((k + 1) * m),
                                       chains_[current_].row.begin() + static_cast<std::ptrdiff_t>(locked_), 0.0));
  }
  bool block_is_settled() const {
    if (broken_down_) return true;
    const SymmetricEigen eigen = block();
    const std::size_t last = eigen.values.size() - 1;
    return (options_.largest == 0 || block_residual(eigen, last) <= goal()) &&
           (options_.smallest == 0 || block_residual(eigen, 0) <= goal());
  }

  // Rows of the eigenvectors of both ends, as many as may be kept.
  static std::vector<std::size_t> ends(std::size_t count, std::size_t low, std::size_t high) {
    std::vector<std::size_t> kept;
    for (std::size_t k = 0; k < count; ++k)
      if (k < low || k + high >= count) kept.push_back(k);
    return kept;
  }

  // The vectors from `first` on become those eigenvectors of their projection.
  void rotate(std::size_t first, const SymmetricEigen& eigen, const std::vector<std::size_t>& kept) {
    const std::size_t m = eigen.values.size();
    // Parts of a direction that lie in vectors that are given up are no residual of those that stay. Where some are
    // locked, it is otherwise: what of a direction lies in the block is all that these lead to there.
    if (first == 0)
      for (Chain& chain : chains_) keep_outside(chain);
    Vector factors;
    for (const std::size_t k : kept)
      factors.insert(factors.end(), eigen.vectors.begin() + static_cast<std::ptrdiff_t>(k * m),
                     eigen.vectors.begin() + static_cast<std::ptrdiff_t>((k + 1) * m));
    const auto rotated = [&](const Vector& row) {
      Vector result(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(first));
      for (std::size_t k = 0; k < kept.size(); ++k)
        result.push_back(std::inner_product(row.begin() + static_cast<std::ptrdiff_t>(first), row.end(),
                                            factors.begin() + static_cast<std::ptrdiff_t>(k * m), 0.0));
      return result;
    };
    for (Chain& chain : chains_) chain.row = rotated(chain.row);
    std::vector<Vector> projection;
    for (std::size_t i = 0; i < first; ++i) projection.push_back(rotated(projection_[i]));
    for (std::size_t k = 0; k < kept.size(); ++k) {
      Vector row(first + kept.size());
      for (std::size_t i = 0; i < first; ++i) row[i] = projection[i][first + k];
      row[first + k] = eigen.values[kept[k]];
      projection.push_back(std::move(row));
    }
    projection_ = std::move(projection);
    basis_.rotate(first, kept.size(), factors);
    restarted_ = true;
  }

  // The eigenvectors of both ends of the block stay, with the direction that they lead to.
  void restart() {
    const std::size_t room = limit_ - locked_, spare = room - std::min(room, wanted_);
    const auto low = static_cast<std::size_t>(options_.smallest), high = static_cast<std::size_t>(options_.largest);
    // Half of what is left over goes to both ends: the gap to the values that are dropped is what makes the next
    // vectors converge.
    const SymmetricEigen eigen = block();
    rotate(locked_, eigen,
           ends(eigen.values.size(), low + (low > 0 ? spare / 4 : 0), high + (high > 0 ? spare / 4 : 0)));
  }

  // The wanted pairs stay alone, and the search goes on in their complement.
  void lock() {
    rotate(0, ritz_,
           ends(ritz_.values.size(), static_cast<std::size_t>(options_.smallest),
                static_cast<std::size_t>(options_.largest)));
    locked_ = basis_.size();
    follow_random();
  }

  void collect(Extremes& result) const {
    const std::size_t m = ritz_.values.size();
    result.known = std::min(m, wanted_);
    const auto add = [&](std::size_t k, std::vector<Eigenvalue>& values, std::vector<Vector>& vectors) {
      values.push_back({ritz_.values[k], bounds_[k]});
      vectors.push_back(basis_.combine(std::span(ritz_.vectors).subspan(k * m, m)));
      scale(vectors.back(), 1 / norm(vectors.back()));
    };
    for (std::size_t k = 0; k < std::min(m, static_cast<std::size_t>(options_.smallest)); ++k)
      add(k, result.smallest, result.smallest_vectors);
    for (std::size_t k = 0; k < std::min(m, static_cast<std::size_t>(options_.largest)); ++k)
      add(m - 1 - k, result.largest, result.largest_vectors);
  }

  SymmetricOperator& a_;
  LanczosOptions options_;
  std::size_t n_, wanted_, limit_;
  Basis basis_;
  std::vector<Vector> projection_;  // T, both halves
  std::vector<Chain> chains_;
  std::size_t current_ = 0;
  double log_residual_ = 0;  // sum of the logarithms of what was left outside, of all products
  double size_ = 0;          // of A: the largest |A v| and |Ritz value| so far
  std::size_t locked_ = 0;
  std::uint64_t starts_ = 0;
  bool broken_down_ = false, restarted_ = false;
  SymmetricEigen ritz_;
  Vector bounds_;
};

}  // namespace

std::vector<Eigenvalue> Extremes::all() const {
  std::vector<Eigenvalue> values = smallest;
  const std::size_t more = std::min(largest.size(), known - std::min(known, smallest.size()));
  for (std::size_t k = more; k-- > 0;) values.push_back(largest[k]);
  return values;
}

SpectrumBound Extremes::unseen(double confidence) const {
  if (!by_chance && !whole) fail(Code::usage, "what was not seen is bounded for a start by chance alone");
  const double lowest = smallest.front().value - smallest.front().bound;
  const double highest = largest.front().value + largest.front().bound;
  if (invariant || whole) return spectrum_bound(lowest, highest, dimension, dimension, confidence);
  SpectrumBound bound = spectrum_bound(lowest, highest, dimension, first_products, (1 + confidence) / 2);
  const SpectrumBound other = spectrum_bound(first_ritz, first_log_residual, dimension, (1 + confidence) / 2);
  bound.low = std::max(bound.low, std::min(lowest, other.low));
  bound.high = std::min(bound.high, std::max(highest, other.high));
  bound.confidence = confidence;
  bound.share = std::min(bound.share, other.share);
  return bound;
}

Extremes lanczos_extremes(SymmetricOperator& a, LanczosOptions options) {
  const Index wanted = options.largest + options.smallest;
  if (options.largest < 0 || options.smallest < 0 || wanted < 1)
    fail(Code::usage, "{} largest and {} smallest eigenvalues cannot be asked for", options.largest, options.smallest);
  if (!(options.accuracy > 0)) fail(Code::usage, "the accuracy must be above 0, not {}", options.accuracy);
  if (!options.start.empty() &&
      (options.start.size() != static_cast<std::size_t>(a.dimension()) || !(norm(options.start) > 0)))
    fail(Code::usage, "a start has {} numbers, not all of them 0", a.dimension());
  if (options.most_products < 1)
    fail(Code::usage, "eigenvalues need at least 1 product, not {}", options.most_products);
  if (options.most_vectors > 0 && options.most_vectors < std::min(a.dimension(), 2 * wanted + 4))
    fail(Code::usage, "{} eigenvalues need a basis of at least {} vectors, not {}", wanted, 2 * wanted + 4,
         options.most_vectors);
  return Lanczos(a, std::move(options)).run();
}

}  // namespace fathom::curvature
