// Overloaded: several functions as one, each for its own type: std::visit(Overloaded{...}, variant).
#pragma once

namespace fathom {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace fathom
