#include "fathom/nn/layers.hpp"

#include "fathom/graph/ops/random.hpp"

namespace fathom {

namespace {

// Gives the length. Throws when it is below 1.
Index need_length(Index length, std::string_view what, const Module& parent, std::string_view name) {
  if (length < 1)
    fail(Code::usage, "the layer \"{}\" needs {} of at least 1, not {}", parent.path_of(name), what, length);
  return length;
}

Var need_width(const Operand& x, Index width, const Module& layer) {
  if (x.is_number() || x.var().shape().rank() < 1 || x.var().columns() != width)
    fail(Code::usage, "the layer \"{}\" reads {} columns, but its input is {} ({})", layer.path(), width,
         x.is_number() ? "a number" : to_string(x.var().type()), to_string(x.at()));
  return x.var();
}

WeightOptions table(Index rows, Index width, const Init& init) {
  return {.shape = {rows, width}, .init = init, .fans = {.in = 1, .out = width}};
}

}  // namespace

Linear::Linear(Module& parent, std::string_view name, const LinearOptions& options)
    : Module(parent, name),
      in_(need_length(options.in, "`in`", parent, name)),
      weight_(*this, "weight",
              {.shape = {options.in, need_length(options.out, "`out`", parent, name)},
               .init = options.init,
               .fans = {.in = options.in, .out = options.out}}) {
  if (options.bias)
    bias_.emplace(
        *this, "bias",
        WeightOptions{
            .shape = {options.out}, .init = options.bias_init, .fans = {.in = options.in, .out = options.out}});
}

Var Linear::operator()(Operand x) const {
  Var input = need_width(x, in_, *this);
  // A vector is a matrix of one row for the product.
  const bool vector = input.shape().rank() == 1;
  if (vector) input = reshape({input, x.at()}, {1, in_});
  Var y = matmul({input, x.at()}, {weight_(x.at()), x.at()});  // [..., in] x [in, out] -> [..., out]
  if (vector) y = reshape({y, x.at()}, {y.columns()});
  return bias_ ? add({y, x.at()}, {(*bias_)(x.at()), x.at()}) : y;
}

Embedding::Embedding(Module& parent, std::string_view name, const EmbeddingOptions& options)
    : Module(parent, name),
      weight_(*this, "weight",
              table(need_length(options.rows, "`rows`", parent, name),
                    need_length(options.width, "`width`", parent, name), options.init)) {}

Var Embedding::operator()(Operand indices) const { return gather({weight_(indices.at()), indices.at()}, indices); }

EmbeddingBag::EmbeddingBag(Module& parent, std::string_view name, const EmbeddingBagOptions& options)
    : Module(parent, name),
      pooling_(options.pooling),
      weight_(*this, "weight",
              table(need_length(options.rows, "`rows`", parent, name),
                    need_length(options.width, "`width`", parent, name), options.init)) {}

// 1 where an index is inside the table, else 0: [batch, length].
Var EmbeddingBag::inside(Var indices) const {
  const Var number = cast(indices, Dtype::f64);  // exact for every i32
  const double rows = static_cast<double>(weight_.type().shape[0]);
  return cast(mul(less_equal(0.0, number), less(number, rows)), dtype());
}

// The sum or mean of rows [batch, length, width] with shares [batch, length], 0 for padding.
Var EmbeddingBag::pool(Var rows, Var shares, SourceLocation at) const {
  const Var total = sum({rows, at}, {1});  // [batch, width]
  if (pooling_ == Pooling::sum) return total;
  const Var count = sum({shares, at}, {1});  // [batch]
  return div({total, at}, {expand(select(equal(count, 0.0), 1.0, count), 1), at});
}

Var EmbeddingBag::operator()(Operand indices) const {
  const Var rows = gather({weight_(indices.at()), indices.at()}, indices);
  return pool(rows, pooling_ == Pooling::sum ? Var{} : inside(indices.var()), indices.at());
}

Var EmbeddingBag::operator()(Operand indices, Operand weights) const {
  const Var rows = gather({weight_(indices.at()), indices.at()}, indices);
  return pool(mul({rows, indices.at()}, expand(weights, 2)),
              pooling_ == Pooling::sum ? Var{} : mul(weights, inside(indices.var())), indices.at());
}

Var dropout(Operand x, double rate) {
  if (!(rate >= 0 && rate < 1))
    fail(Code::config, "dropout needs a rate of at least 0 and below 1, not {} ({})", rate, to_string(x.at()));
  Trace& trace = Trace::current();
  if (rate == 0 || trace.mode() != Mode::training) return x.var();
  const Var drawn = uniform({trace.random_key(), x.at()}, trace.next_stream(), x.var().type());
  return select({less(drawn, rate), x.at()}, 0.0, mul(x, 1 / (1 - rate)));
}

Var gaussian_noise(Operand x, double deviation) {
  if (!(deviation >= 0 && std::isfinite(deviation)))
    fail(Code::config, "noise needs a deviation of at least 0, not {} ({})", deviation, to_string(x.at()));
  Trace& trace = Trace::current();
  if (deviation == 0 || trace.mode() != Mode::training) return x.var();
  const Var drawn = normal({trace.random_key(), x.at()}, trace.next_stream(), x.var().type());
  return add(x, mul({drawn, x.at()}, deviation));
}

Var standardise(Operand x, double epsilon) {
  const int last = x.var().shape().rank() - 1;
  if (last < 0) fail(Code::usage, "standardise: a scalar has no last axis ({})", to_string(x.at()));
  const Var centred = sub(x, {expand(mean(x, {last}), last), x.at()});
  const Var variance = mean({square({centred, x.at()}), x.at()}, {last});
  return mul({centred, x.at()}, {expand(rsqrt(add({variance, x.at()}, epsilon)), last), x.at()});
}

LayerNorm::LayerNorm(Module& parent, std::string_view name, const LayerNormOptions& options)
    : Module(parent, name),
      epsilon_(options.epsilon),
      weight_(*this, "weight",
              {.shape = {need_length(options.width, "`width`", parent, name)}, .init = Init::constant(1)}),
      bias_(*this, "bias", {.shape = {options.width}}) {}

Var LayerNorm::operator()(Operand x) const {
  need_width(x, weight_.type().shape[0], *this);
  return add({mul({standardise(x, epsilon_), x.at()}, weight_(x.at())), x.at()}, bias_(x.at()));
}

}  // namespace fathom
