#include "fathom/graph/ops/random.hpp"

#include <numbers>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

Type random_type(std::span<const Type> in, const Attributes& a) {
  if (in[0] != Type{Dtype::i32, {4}}) refuse("the key is {}, but must be i32[4]", to_string(in[0]));
  const auto dtype = static_cast<Dtype>(a.ints[0]);
  if (!is_float(dtype)) refuse("{} has no fractions to draw; draw f32 and cast it", name_of(dtype));
  return {dtype, Shape(std::span(a.ints).subspan(2))};
}

std::array<std::uint32_t, 4> block_of(const ReferenceCall& call, Index block) {
  const auto* key = call.in[0].as<std::int32_t>();
  const auto word = [&](int i) { return static_cast<std::uint32_t>(key[i]); };
  return philox({word(0), word(1)}, {static_cast<std::uint32_t>(block), word(2),
                                     static_cast<std::uint32_t>(call.attributes.ints[1]), word(3)});
}

// Element i as a uniform number: f32 takes word i % 4 of block i / 4,
// f64 takes word 2 (i % 2) and the next of block i / 2.
double uniform_at(const ReferenceCall& call, Index i) {
  if (call.out.type.dtype == Dtype::f32) return unit_f32(block_of(call, i / 4)[static_cast<std::size_t>(i % 4)]);
  const auto words = block_of(call, i / 2);
  const auto first = static_cast<std::size_t>(i % 2 * 2);
  return unit_f64(words[first], words[first + 1]);
}

std::vector<Example> random_examples() {
  std::vector<Example> examples;
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for (const Shape& shape : {Shape{3, 5}, Shape{1}, Shape{0}, Shape{130}}) {
      Attributes attributes{{static_cast<Index>(dtype), 7}, {}};
      attributes.ints.insert(attributes.ints.end(), shape.begin(), shape.end());
      examples.push_back(
          {.shapes = {{4}}, .attributes = attributes, .domains = {{.low = 0, .high = 1000000, .index = true}}});
    }
  return examples;
}

Var draw(const Op& op, const Operand& key, Index stream, const Type& type) {
  Attributes attributes{{static_cast<Index>(type.dtype), stream}, {}};
  attributes.ints.insert(attributes.ints.end(), type.shape.begin(), type.shape.end());
  return key.var().graph().apply(op, {key.var()}, std::move(attributes), key.at());
}

}  // namespace

const Op uniform_op{.name = "uniform",
                    .infer = random_type,
                    .rules = {fixed()},
                    .reference =
                        [](const ReferenceCall& call) {
                          visit(call.out.type.dtype, [&](auto zero) {
                            using T = decltype(zero);
                            for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i)
                              call.out.as<T>()[i] = static_cast<T>(uniform_at(call, i));
                          });
                        },
                    .examples = random_examples(),
                    .about = "uniform in [0, 1); ints {dtype, stream, shape}"};

// Box and Muller 1958: neighbours u, v make sqrt(-2 log(1 - u)) cos(2 pi v) and the same with sin.
const Op normal_op{.name = "normal",
                   .infer = random_type,
                   .rules = {fixed()},
                   .reference =
                       [](const ReferenceCall& call) {
                         visit(call.out.type.dtype, [&](auto zero) {
                           using T = decltype(zero);
                           for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i) {
                             const double radius = std::sqrt(-2 * std::log1p(-uniform_at(call, i / 2 * 2)));
                             const double angle = 2 * std::numbers::pi * uniform_at(call, i / 2 * 2 + 1);
                             call.out.as<T>()[i] =
                                 static_cast<T>(radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)));
                           }
                         });
                       },
                   .examples = random_examples(),
                   .about = "normal with mean 0 and deviation 1; ints {dtype, stream, shape}"};

Var uniform(Operand key, Index stream, Type type) { return draw(uniform_op, key, stream, type); }
Var normal(Operand key, Index stream, Type type) { return draw(normal_op, key, stream, type); }

}  // namespace fathom
