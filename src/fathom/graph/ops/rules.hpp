// What the op tables are written with.
#pragma once

#include <cmath>

#include "fathom/graph/graph.hpp"

namespace fathom::rules {

// Throws the reason that a shape rule refuses with.
template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> reason, Args&&... args) {
  throw Error(Code::usage, fmt::format(reason, std::forward<Args>(args)...));
}

inline OperandRule straight(Pull pull) { return {.role = Role::straight, .pull = std::move(pull), .push = {}}; }
inline OperandRule curved(Push push) { return {.role = Role::curved, .pull = {}, .push = std::move(push)}; }
inline OperandRule fixed() { return {}; }

// The function over the elements of a float op: f(x), f(a, b) or f(a, b, c).
template <class F>
Reference elementwise(F f) {
  return [f](const ReferenceCall& call) {
    visit(call.out.type.dtype, [&](auto zero) {
      using T = decltype(zero);
      T* out = call.out.as<T>();
      const auto in = [&](std::size_t k) { return call.in[k].as<T>(); };
      for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i) {
        if constexpr (std::is_invocable_v<F, T>) out[i] = static_cast<T>(f(in(0)[i]));
        if constexpr (std::is_invocable_v<F, T, T>) out[i] = static_cast<T>(f(in(0)[i], in(1)[i]));
        if constexpr (std::is_invocable_v<F, T, T, T>) out[i] = static_cast<T>(f(in(0)[i], in(1)[i], in(2)[i]));
      }
    });
  };
}

// Shape rule: one float type and one shape for all operands and the result.
Type same_float(std::span<const Type> in, const Attributes&);
// The same, with i32 allowed.
Type same_any(std::span<const Type> in, const Attributes&);

// An axis in [0, rank), from one that may count from the end.
int normal_axis(int axis, int rank);
// The same for an operand of an op; a refusal names the op and the user's line.
int normal_axis(std::string_view op, const Operand& x, int axis);

// Calls f(flat position, index) for every index of a shape, in row-major order.
template <class F>
void for_each_index(const Shape& shape, F&& f) {
  Shape index = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) index[axis] = 0;
  for (Index position = 0, n = shape.count(); position < n; ++position) {
    f(position, index);
    for (int axis = shape.rank() - 1; axis >= 0 && ++index[axis] == shape[axis]; --axis) index[axis] = 0;
  }
}

inline Index offset(const Shape& index, const Shape& strides) {
  Index result = 0;
  for (int axis = 0; axis < index.rank(); ++axis) result += index[axis] * strides[axis];
  return result;
}

// Copies elements of 4 or 8 bytes: out[position] = in[source(index)]; a negative source gives 0.
template <class Source>
void copy_elements(const ReferenceCall& call, Source&& source) {
  visit(call.out.type.dtype, [&](auto zero) {
    using T = decltype(zero);
    for_each_index(call.out.type.shape, [&](Index position, const Shape& index) {
      const Index from = source(index);
      call.out.as<T>()[position] = from < 0 ? T{} : call.in[0].as<T>()[from];
    });
  });
}

}  // namespace fathom::rules
