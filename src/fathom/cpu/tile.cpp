#include "fathom/cpu/tile.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "fathom/graph/ops/elementwise.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tile.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/math-inl.hpp"
#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

// Runs f over whole vectors, then over the rest in part of one: every number goes through the same instructions.
template <class T, int Arity, class F>
HWY_INLINE void over(void* to, const void* const* from, std::size_t n, F&& f) {
  const hn::ScalableTag<T> d;
  const std::size_t width = hn::Lanes(d);
  T* out = static_cast<T*>(to);
  const T* a = static_cast<const T*>(from[0]);
  const T* b = Arity > 1 ? static_cast<const T*>(from[1]) : a;
  const T* c = Arity > 2 ? static_cast<const T*>(from[2]) : a;
  const T* e = Arity > 3 ? static_cast<const T*>(from[3]) : a;
  std::size_t i = 0;
  for (; i + width <= n; i += width) {
    if constexpr (Arity == 1) hn::StoreU(f(d, hn::LoadU(d, a + i)), d, out + i);
    if constexpr (Arity == 2) hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i)), d, out + i);
    if constexpr (Arity == 3)
      hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i)), d, out + i);
    if constexpr (Arity == 4)
      hn::StoreU(f(d, hn::LoadU(d, a + i), hn::LoadU(d, b + i), hn::LoadU(d, c + i), hn::LoadU(d, e + i)), d, out + i);
  }
  if (i == n) return;
  const std::size_t left = n - i;
  const auto load = [&](const T* operand) HWY_ATTR { return load_first(d, operand + i, left); };
  if constexpr (Arity == 1) store_first(f(d, load(a)), d, out + i, left);
  if constexpr (Arity == 2) store_first(f(d, load(a), load(b)), d, out + i, left);
  if constexpr (Arity == 3) store_first(f(d, load(a), load(b), load(c)), d, out + i, left);
  if constexpr (Arity == 4) store_first(f(d, load(a), load(b), load(c), load(e)), d, out + i, left);
}

template <class T, class F>
void scalars(void* to, const void* const* from, std::size_t n, F&& f) {
  for (std::size_t i = 0; i < n; ++i) static_cast<T*>(to)[i] = f(static_cast<const T*>(from[0])[i]);
}

template <class D, class M>
HWY_INLINE auto ones(D d, M mask) {
  return hn::IfThenElseZero(mask, hn::Set(d, hn::TFromD<D>(1)));
}

#define FATHOM_TILE(name, arity, ...)                                                          \
  template <class T>                                                                           \
  void name##_tile(void* to, const void* const* from, const double*, std::size_t n) noexcept { \
    over<T, arity>(to, from, n, __VA_ARGS__);                                                  \
  }

FATHOM_TILE(add, 2, [](auto, auto a, auto b) HWY_ATTR { return hn::Add(a, b); })
FATHOM_TILE(sub, 2, [](auto, auto a, auto b) HWY_ATTR { return hn::Sub(a, b); })
FATHOM_TILE(mul, 2, [](auto, auto a, auto b) HWY_ATTR { return hn::Mul(a, b); })
FATHOM_TILE(div, 2, [](auto, auto a, auto b) HWY_ATTR { return hn::Div(a, b); })
FATHOM_TILE(maximum, 2, [](auto d, auto a, auto b) HWY_ATTR { return maximum(d, a, b); })
FATHOM_TILE(minimum, 2, [](auto d, auto a, auto b) HWY_ATTR { return minimum(d, a, b); })
FATHOM_TILE(less, 2, [](auto d, auto a, auto b) HWY_ATTR { return ones(d, hn::Lt(a, b)); })
FATHOM_TILE(less_equal, 2, [](auto d, auto a, auto b) HWY_ATTR { return ones(d, hn::Le(a, b)); })
FATHOM_TILE(equal, 2, [](auto d, auto a, auto b) HWY_ATTR { return ones(d, hn::Eq(a, b)); })
FATHOM_TILE(not_equal, 2, [](auto d, auto a, auto b) HWY_ATTR { return ones(d, hn::Not(hn::Eq(a, b))); })
FATHOM_TILE(select, 3,
            [](auto d, auto m, auto a, auto b) HWY_ATTR { return hn::IfThenElse(hn::Eq(m, hn::Zero(d)), b, a); })
FATHOM_TILE(mul_add, 3, [](auto, auto a, auto b, auto c) HWY_ATTR { return hn::Add(hn::Mul(a, b), c); })
FATHOM_TILE(mul_sub, 3, [](auto, auto a, auto b, auto c) HWY_ATTR { return hn::Sub(hn::Mul(a, b), c); })
FATHOM_TILE(sub_mul, 3, [](auto, auto a, auto b, auto c) HWY_ATTR { return hn::Sub(c, hn::Mul(a, b)); })
FATHOM_TILE(mul_mul_add, 4,
            [](auto, auto a, auto b, auto c, auto e) HWY_ATTR { return hn::Add(hn::Mul(a, b), hn::Mul(c, e)); })
FATHOM_TILE(mul_mul_sub, 4,
            [](auto, auto a, auto b, auto c, auto e) HWY_ATTR { return hn::Sub(hn::Mul(a, b), hn::Mul(c, e)); })
FATHOM_TILE(neg, 1, [](auto, auto x) HWY_ATTR { return hn::Neg(x); })
FATHOM_TILE(exp, 1, [](auto d, auto x) HWY_ATTR { return exp(d, x); })
FATHOM_TILE(log, 1, [](auto d, auto x) HWY_ATTR { return log(d, x); })
FATHOM_TILE(expm1, 1, [](auto d, auto x) HWY_ATTR { return expm1(d, x); })
FATHOM_TILE(log1p, 1, [](auto d, auto x) HWY_ATTR { return log1p(d, x); })
FATHOM_TILE(sqrt, 1, [](auto, auto x) HWY_ATTR { return hn::Sqrt(x); })
FATHOM_TILE(rsqrt, 1,
            [](auto d, auto x) HWY_ATTR { return hn::Div(hn::Set(d, hn::TFromD<decltype(d)>(1)), hn::Sqrt(x)); })
FATHOM_TILE(tanh, 1, [](auto d, auto x) HWY_ATTR { return tanh(d, x); })
FATHOM_TILE(sigmoid, 1, [](auto d, auto x) HWY_ATTR { return sigmoid(d, x); })
FATHOM_TILE(relu, 1, [](auto d, auto x) HWY_ATTR { return hn::IfThenZeroElse(hn::Le(x, hn::Zero(d)), x); })
FATHOM_TILE(erf, 1, [](auto d, auto x) HWY_ATTR { return erf(d, x); })
FATHOM_TILE(sin, 1, [](auto d, auto x) HWY_ATTR { return sin(d, x); })
FATHOM_TILE(cos, 1, [](auto d, auto x) HWY_ATTR { return cos(d, x); })
FATHOM_TILE(abs, 1, [](auto, auto x) HWY_ATTR { return hn::Abs(x); })
FATHOM_TILE(sign, 1, [](auto d, auto x) HWY_ATTR { return sign(d, x); })
#undef FATHOM_TILE

template <class T>
void pow_tile(void* to, const void* const* from, const double* attributes, std::size_t n) noexcept {
  const T exponent = static_cast<T>(attributes[0]);
  if (exponent == T(1))
    over<T, 1>(to, from, n, [](auto, auto x) HWY_ATTR { return x; });
  else if (exponent == T(2))
    over<T, 1>(to, from, n, [](auto, auto x) HWY_ATTR { return hn::Mul(x, x); });
  else if (exponent == T(3))
    over<T, 1>(to, from, n, [](auto, auto x) HWY_ATTR { return hn::Mul(hn::Mul(x, x), x); });
  else if (exponent == T(-1))
    over<T, 1>(to, from, n, [](auto d, auto x) HWY_ATTR { return hn::Div(hn::Set(d, T(1)), x); });
  else
    scalars<T>(to, from, n, [exponent](T x) { return std::pow(x, exponent); });
}
template <class T>
void copy_tile(void* to, const void* const* from, const double*, std::size_t n) noexcept {
  if (n > 0) std::memmove(to, from[0], n * sizeof(T));  // no numbers may have no address
}
template <class T>
void fill_tile(void* to, const void* const*, const double* attributes, std::size_t n) noexcept {
  std::fill_n(static_cast<T*>(to), n, static_cast<T>(attributes[0]));
}

template <class T>
TileKernel of_op(const Op& op) {
  struct Entry {
    const Op* op;
    TileKernel kernel;
  };
  static constexpr std::array entries{
      Entry{&add_op, add_tile<T>},         Entry{&sub_op, sub_tile<T>},
      Entry{&mul_op, mul_tile<T>},         Entry{&div_op, div_tile<T>},
      Entry{&maximum_op, maximum_tile<T>}, Entry{&minimum_op, minimum_tile<T>},
      Entry{&less_op, less_tile<T>},       Entry{&less_equal_op, less_equal_tile<T>},
      Entry{&equal_op, equal_tile<T>},     Entry{&not_equal_op, not_equal_tile<T>},
      Entry{&select_op, select_tile<T>},   Entry{&neg_op, neg_tile<T>},
      Entry{&exp_op, exp_tile<T>},         Entry{&log_op, log_tile<T>},
      Entry{&expm1_op, expm1_tile<T>},     Entry{&log1p_op, log1p_tile<T>},
      Entry{&sqrt_op, sqrt_tile<T>},       Entry{&rsqrt_op, rsqrt_tile<T>},
      Entry{&tanh_op, tanh_tile<T>},       Entry{&sigmoid_op, sigmoid_tile<T>},
      Entry{&relu_op, relu_tile<T>},       Entry{&erf_op, erf_tile<T>},
      Entry{&sin_op, sin_tile<T>},         Entry{&cos_op, cos_tile<T>},
      Entry{&pow_op, pow_tile<T>},         Entry{&abs_op, abs_tile<T>},
      Entry{&sign_op, sign_tile<T>},
  };
  for (const Entry& entry : entries)
    if (entry.op == &op) return entry.kernel;
  return nullptr;
}

template <class T>
TileKernel of_step(TileStep step) {
  switch (step) {
    case TileStep::copy:
      return copy_tile<T>;
    case TileStep::fill:
      return fill_tile<T>;
    case TileStep::mul_add:
      return mul_add_tile<T>;
    case TileStep::mul_sub:
      return mul_sub_tile<T>;
    case TileStep::sub_mul:
      return sub_mul_tile<T>;
    case TileStep::mul_mul_add:
      return mul_mul_add_tile<T>;
    case TileStep::mul_mul_sub:
      return mul_mul_sub_tile<T>;
  }
  return nullptr;
}

TileKernel of_op_f32(const Op& op) { return of_op<float>(op); }
TileKernel of_op_f64(const Op& op) { return of_op<double>(op); }
TileKernel of_step_f32(TileStep step) { return of_step<float>(step); }
TileKernel of_step_f64(TileStep step) { return of_step<double>(step); }
std::string_view target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(of_op_f32);
HWY_EXPORT(of_op_f64);
HWY_EXPORT(of_step_f32);
HWY_EXPORT(of_step_f64);
HWY_EXPORT(target);

TileKernel tile_kernel(const Op& op, Dtype dtype) {
  return dtype == Dtype::f32   ? HWY_DYNAMIC_DISPATCH(of_op_f32)(op)
         : dtype == Dtype::f64 ? HWY_DYNAMIC_DISPATCH(of_op_f64)(op)
                               : nullptr;
}

TileKernel tile_kernel(TileStep step, Dtype dtype) {
  return dtype == Dtype::f32 ? HWY_DYNAMIC_DISPATCH(of_step_f32)(step) : HWY_DYNAMIC_DISPATCH(of_step_f64)(step);
}

std::string_view simd_target() { return HWY_DYNAMIC_DISPATCH(target)(); }

}  // namespace fathom
#endif
