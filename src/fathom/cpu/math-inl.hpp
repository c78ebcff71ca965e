// Elementary functions in SIMD, once for each instruction set.
// Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_MATH_INL
#undef FATHOM_CPU_MATH_INL
#else
#define FATHOM_CPU_MATH_INL
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

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
  return keep_nan(d, x,
                  hn::IfThenElse(hn::Gt(x, hn::Set(d, top)), infinity(d, x),
                                 hn::IfThenElse(hn::Lt(x, hn::Set(d, bottom)), hn::Zero(d), inside)));
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
  V value = hn::IfThenElse(hn::Gt(x, hn::Set(d, top)), infinity(d, x),
                           hn::IfThenElse(hn::Lt(x, hn::Set(d, bottom)), hn::Set(d, T(-1)), inside));
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
  const V value =
      hn::IfThenElse(hn::Gt(hn::Abs(x), hn::Set(d, limit)), hn::Set(d, T(1)), hn::Div(t, hn::Add(t, hn::Set(d, T(2)))));
  return keep_nan(d, x, hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, hn::CopySign(value, x)));
}

// c[0] + c[1] x + c[2] x^2 + ...
template <class D, class V, std::size_t N>
HWY_INLINE V polynomial(D d, V x, const hn::TFromD<D> (&c)[N]) {
  V sum = hn::Set(d, c[N - 1]);
  for (std::size_t i = N - 1; i-- > 0;) sum = hn::MulAdd(sum, x, hn::Set(d, c[i]));
  return sum;
}

// The polynomials of this file are weighted minimax fits (Lawson's iteration on Chebyshev nodes, 40 digits).

// Up to 1: x + x P(x^2). From 1 on: 1 - e^-Q(|x| - 1), where e^-Q is 1 - erf.
template <class D, class V>
HWY_INLINE V erf(D d, V x) {
  using T = hn::TFromD<D>;
  const V one = hn::Set(d, T(1)), size = hn::Abs(x), inner = hn::Min(size, one), square = hn::Mul(inner, inner);
  const V limit = hn::Set(d, sizeof(T) == 4 ? T(4) : T(6)), outer = hn::Sub(hn::Min(hn::Max(size, one), limit), one);
  V near, far;
  if constexpr (sizeof(T) == 4) {
    near = polynomial(d, square,
                      {0.1283791659f, -0.3761262706f, 0.1128359934f, -0.02685440981f, 0.005189469823f,
                       -0.0008020269897f, 7.887244724e-5f});
    far = polynomial(d, outer,
                     {1.849605518f, 2.638966779f, 0.8431185558f, 0.04150021408f, -0.009890365319f, 0.001825804177f,
                      -0.0001854533988f});
  } else {
    near =
        polynomial(d, square,
                   {0.12837916709551257377, -0.37612638903183748158, 0.11283791670954883543, -0.026866170645077704685,
                    0.005223977624826813261, -0.00085483269813348359503, 0.00012055331129726339427,
                    -0.000014925595696397045367, 1.6461007290214863866e-6, -1.6350383919389160628e-7,
                    1.4660247824463595241e-8, -1.1374649948888847113e-9, 5.9601793350844459019e-11});
    far = polynomial(
        d, outer,
        {1.8496055099332482573, 2.6389675142347881724, 0.84310725635867970359, 0.041561098041755825033,
         -0.010033825373849629045, 0.0019779025641292639456, -0.0002373224643779955091, -0.000026277928430522292486,
         0.000027159230768765078769, -9.6090917041597814625e-6, 2.0599994021767130171e-6, -1.4307559526013896546e-7,
         -9.7416591791250996586e-8, 5.19749104561495116e-8, -1.4889464215887273262e-8, 2.8586395968229044335e-9,
         -3.6736538149710630672e-10, 2.8729557831746046316e-11, -1.0353269609880836515e-12});
  }
  const V value =
      hn::IfThenElse(hn::Le(size, one), hn::MulAdd(inner, near, inner), hn::Sub(one, hn::Exp(d, hn::Neg(far))));
  // A denormal x P(x^2) must keep the sign and size of x: the formula does, and CopySign keeps the sign of zero.
  return keep_nan(d, x, hn::CopySign(value, x));
}

// An angle less the nearest quarter turn, in [-pi/4, pi/4], and the number of that quarter turn.
template <class V, class I>
struct Angle {
  V rest;
  I quarter;
};

// How far from 0 an angle may be for reduced(): k pi/2 is then exact in the leading parts of pi/2.
constexpr double largest_angle = 1e6;

#if HWY_TARGET != HWY_SCALAR
template <class D, class V>
requires(sizeof(hn::TFromD<D>) == 8) HWY_INLINE auto reduced(D d, V x) {
  const V k = hn::Round(hn::Mul(x, hn::Set(d, 0.63661977236758134308)));
  V rest =
      hn::NegMulAdd(k, hn::Set(d, 1.57079632673412561417e+00), x);  // pi/2 in three parts, the first two of 33 bits
  rest = hn::NegMulAdd(k, hn::Set(d, 6.07710050630396597660e-11), rest);
  rest = hn::NegMulAdd(k, hn::Set(d, 2.02226624879595063154e-21), rest);
  const hn::RebindToSigned<D> di;
  return Angle<V, hn::Vec<decltype(di)>>{rest, hn::ConvertTo(di, k)};
}
// In f64, so that the rest is exact.
template <class D, class V>
requires(sizeof(hn::TFromD<D>) == 4) HWY_INLINE auto reduced(D d, V x) {
  const hn::Half<D> half;
  const hn::Rebind<double, decltype(half)> wide;
  const hn::RebindToSigned<D> di;
  const hn::RebindToSigned<decltype(half)> di_half;
  const auto part = [&](auto y) HWY_ATTR {
    const auto k = hn::Round(hn::Mul(y, hn::Set(wide, 0.63661977236758134308)));
    return Angle<decltype(k), decltype(k)>{
        hn::NegMulAdd(k, hn::Set(wide, 6.07710050650619224932e-11),
                      hn::NegMulAdd(k, hn::Set(wide, 1.57079632673412561417e+00), y)),
        k};
  };
  const auto low = part(hn::PromoteTo(wide, hn::LowerHalf(half, x))),
             high = part(hn::PromoteTo(wide, hn::UpperHalf(half, x)));
  return Angle<V, hn::Vec<decltype(di)>>{
      hn::Combine(d, hn::DemoteTo(half, high.rest), hn::DemoteTo(half, low.rest)),
      hn::Combine(di, hn::DemoteTo(di_half, high.quarter), hn::DemoteTo(di_half, low.quarter))};
}

// The sine of a reduced angle; of its cosine with `quarter` one larger.
template <class D, class V, class I>
HWY_INLINE V sine_of(D d, Angle<V, I> angle) {
  using T = hn::TFromD<D>;
  const hn::RebindToSigned<D> di;
  using Integer = hn::TFromD<decltype(di)>;
  const V z = hn::Mul(angle.rest, angle.rest);
  V s, c;
  if constexpr (sizeof(T) == 4) {
    s = polynomial(d, z, {-0.1666666664f, 0.008333329368f, -0.0001983933108f, 2.718288643e-6f});
    c = polynomial(d, z, {0.04166664669f, -0.001388736074f, 2.443787441e-5f});
  } else {
    s = polynomial(d, z,
                   {-0.16666666666666631318, 0.0083333333333223057892, -0.000198412698297423954,
                    2.7557313672924848723e-6, -2.5050755465691082959e-8, 1.5896653047040013247e-10});
    c = polynomial(d, z,
                   {0.041666666666666599495, -0.0013888888888874155055, 0.000024801587289513475785,
                    -2.7557314363699822995e-7, 2.0875725030887652683e-9, -1.1359746002033578845e-11});
  }
  const V sine = hn::MulAdd(hn::Mul(angle.rest, z), s, angle.rest);
  // 1 - z/2 is rounded; what the rounding loses comes back with the small terms.
  const V one = hn::Set(d, T(1)), half_z = hn::Mul(z, hn::Set(d, T(0.5))), lead = hn::Sub(one, half_z);
  const V cosine = hn::Add(lead, hn::MulAdd(hn::Mul(z, z), c, hn::Sub(hn::Sub(one, lead), half_z)));
  const auto odd = hn::Eq(hn::And(angle.quarter, hn::Set(di, Integer{1})), hn::Set(di, Integer{1}));
  const auto sign = hn::ShiftLeft<8 * sizeof(T) - 2>(hn::And(angle.quarter, hn::Set(di, Integer{2})));
  return hn::Xor(hn::IfThenElse(hn::RebindMask(d, odd), cosine, sine), hn::BitCast(d, sign));
}

// The lanes that vector code leaves to libm: angles beyond largest_angle.
template <class D, class V, class F>
HWY_INLINE V with_large_angles(D d, V x, V value, F&& libm) {
  using T = hn::TFromD<D>;
  const auto large = hn::Gt(hn::Abs(x), hn::Set(d, T(largest_angle)));
  if (HWY_LIKELY(hn::AllFalse(d, large))) return value;
  HWY_ALIGN T in[hn::MaxLanes(d)], out[hn::MaxLanes(d)];
  hn::Store(x, d, in);
  hn::Store(value, d, out);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i)
    if (std::abs(in[i]) > T(largest_angle)) out[i] = libm(in[i]);
  return hn::Load(d, out);
}

template <class D, class V>
HWY_INLINE V sin(D d, V x) {
  const V value = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), x, sine_of(d, reduced(d, x)));
  return with_large_angles(d, x, keep_nan(d, x, value), [](auto y) { return std::sin(y); });
}

template <class D, class V>
HWY_INLINE V cos(D d, V x) {
  const hn::RebindToSigned<D> di;
  auto angle = reduced(d, x);
  angle.quarter = hn::Add(angle.quarter, hn::Set(di, hn::TFromD<decltype(di)>{1}));
  return with_large_angles(d, x, keep_nan(d, x, sine_of(d, angle)), [](auto y) { return std::cos(y); });
}
#else
template <class D, class V>
HWY_INLINE V sin(D d, V x) {
  return hn::Set(d, std::sin(hn::GetLane(x)));
}
template <class D, class V>
HWY_INLINE V cos(D d, V x) {
  return hn::Set(d, std::cos(hn::GetLane(x)));
}
#endif

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
