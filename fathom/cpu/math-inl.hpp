// Elementary functions in SIMD, once for each instruction set. Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_MATH_INL
#undef FATHOM_CPU_MATH_INL
#else
#define FATHOM_CPU_MATH_INL
#endif

#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D, class V>
HWY_INLINE V infinity(D d, V) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity());
}

// value where x is a number; x where it is NaN.
template <class D, class V>
HWY_INLINE V keep_nan(D, V x, V value) {
  return hn::IfThenElse(hn::IsNaN(x), x, value);
}

template <class D, class V>
HWY_INLINE V exp(D d, V x) {
  using T = hn::TFromD<D>;
  const T top = sizeof(T) == 4 ? T(88.7228394) : T(709.782712893384), bottom = sizeof(T) == 4 ? T(-104) : T(-746);
  const V inside = hn::Exp(d, hn::Min(hn::Max(x, hn::Set(d, bottom)), hn::Set(d, top)));
  return keep_nan(d, x, hn::IfThenElse(hn::Gt(x, hn::Set(d, top)), infinity(d, x), hn::IfThenElse(hn::Lt(x, hn::Set(d, bottom)), hn::Zero(d), inside)));
}

template <class D, class V>
HWY_INLINE V log(D d, V x) {
  using T = hn::TFromD<D>;
  const V zero = hn::Zero(d), nan = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
  V value = hn::Log(d, x);
  value = hn::IfThenElse(hn::Eq(x, infinity(d, x)), x, value);
  value = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity(d, x)), value);
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(x, zero), nan, value));
}

template <class D, class V>
HWY_INLINE V expm1(D d, V x) {
  using T = hn::TFromD<D>;
  const T top = sizeof(T) == 4 ? T(88.7228394) : T(709.782712893384), bottom = sizeof(T) == 4 ? T(-30) : T(-60);
  const V inside = hn::Expm1(d, hn::Min(hn::Max(x, hn::Set(d, bottom)), hn::Set(d, top)));
  V value = hn::IfThenElse(hn::Gt(x, hn::Set(d, top)), infinity(d, x), hn::IfThenElse(hn::Lt(x, hn::Set(d, bottom)), hn::Set(d, T(-1)), inside));
  value = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, value);
  return keep_nan(d, x, value);
}

template <class D, class V>
HWY_INLINE V log1p(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, T(1)), nan = hn::Set(d, std::numeric_limits<T>::quiet_NaN());
  // log(1 + x) x / ((1 + x) - 1): the rounding of 1 + x cancels (Goldberg 1991, theorem 4).
  const V y = hn::Add(one, x), rounded = hn::Sub(y, one);
  V value = hn::IfThenElse(hn::Eq(rounded, hn::Zero(d)), x, hn::Mul(hn::Log(d, y), hn::Div(x, rounded)));
  value = hn::IfThenElse(hn::Eq(x, infinity(d, x)), x, value);
  value = hn::IfThenElse(hn::Eq(y, hn::Zero(d)), hn::Neg(infinity(d, x)), value);
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(y, hn::Zero(d)), nan, value));
}

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>(1));
  const V e = exp(d, hn::Neg(hn::Abs(x)));  // in (0, 1]
  const V small = hn::Div(e, hn::Add(one, e)), large = hn::Div(one, hn::Add(one, e));
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), small, large));
}

template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  using T = hn::TFromD<D>;
  const T limit = sizeof(T) == 4 ? T(10) : T(20);
  const V size = hn::Min(hn::Abs(x), hn::Set(d, limit));
  // tanh |x| = t / (t + 2) with t = e^2|x| - 1.
  const V t = hn::Expm1(d, hn::Add(size, size));
  const V value = hn::IfThenElse(hn::Gt(hn::Abs(x), hn::Set(d, limit)), hn::Set(d, T(1)), hn::Div(t, hn::Add(t, hn::Set(d, T(2)))));
  return keep_nan(d, x, hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, hn::CopySign(value, x)));
}

template <class D, class V>
HWY_INLINE V maximum(D d, V a, V b) {
  return keep_nan(d, a, keep_nan(d, b, hn::IfThenElse(hn::Gt(a, b), a, b)));
}

template <class D, class V>
HWY_INLINE V minimum(D d, V a, V b) {
  return keep_nan(d, a, keep_nan(d, b, hn::IfThenElse(hn::Lt(a, b), a, b)));
}

template <class D, class V>
HWY_INLINE V sign(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>(1)), zero = hn::Zero(d);
  return keep_nan(d, x, hn::IfThenElse(hn::Gt(x, zero), one, hn::IfThenElse(hn::Lt(x, zero), hn::Neg(one), zero)));
}

}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
