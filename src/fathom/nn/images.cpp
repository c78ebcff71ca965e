#include "fathom/nn/images.hpp"

#include "fathom/graph/trace.hpp"

namespace fathom {

namespace {

const Conv2dOptions& checked(const Conv2dOptions& o, const Module& parent, std::string_view name) {
  if (o.in < 1 || o.out < 1 || o.kernel.rank() != 2 || o.kernel[0] < 1 || o.kernel[1] < 1 || o.conv.groups < 1)
    fail(Code::usage, "the layer \"{}\" needs channels, a kernel of two numbers and groups of at least 1",
         parent.path_of(name));
  if (o.in % o.conv.groups != 0 || o.out % o.conv.groups != 0)
    fail(Code::usage, "the layer \"{}\" has {} groups, which do not divide its {} and {} channels",
         parent.path_of(name), o.conv.groups, o.in, o.out);
  return o;
}

// [n, h, w, c] -> [n, i, rows, j, columns, c].
Var windows(Operand images, Shape window, std::string_view who) {
  const Var x = images.var();
  const SourceLocation at = images.at();
  if (x.shape().rank() != 4 || window.rank() != 2 || window[0] < 1 || window[1] < 1 || window[0] > x.shape()[1] ||
      window[1] > x.shape()[2])
    fail(Code::usage, "{}: a window of {} does not fit into images of {} ({})", who, to_string(window),
         to_string(x.shape()), to_string(at));
  const Index i = x.shape()[1] / window[0], j = x.shape()[2] / window[1];
  const Var rows = slice(images, 1, {.start = 0, .length = i * window[0]});
  const Var whole = slice({rows, at}, 2, {.start = 0, .length = j * window[1]});
  return reshape({whole, at}, {x.shape()[0], i, window[0], j, window[1], x.shape()[3]});
}

}  // namespace

Conv2d::Conv2d(Module& parent, std::string_view name, const Conv2dOptions& options)
    : Module(parent, name),
      conv_(checked(options, parent, name).conv),
      weight_(*this, "weight",
              {.shape = {options.kernel[0], options.kernel[1], options.in / options.conv.groups, options.out},
               .init = options.init,
               .fans = {.in = options.kernel.count() * options.in / options.conv.groups,
                        .out = options.kernel.count() * options.out / options.conv.groups}}) {
  if (options.bias) bias_.emplace(*this, "bias", WeightOptions{.shape = {options.out}});
}

Var Conv2d::operator()(Operand images) const {
  const Var y = conv2d(images, {weight_(images.at()), images.at()}, conv_);
  return bias_ ? add({y, images.at()}, {(*bias_)(images.at()), images.at()}) : y;
}

BatchNorm::BatchNorm(Module& parent, std::string_view name, const BatchNormOptions& options)
    : Module(parent, name),
      momentum_(options.momentum),
      epsilon_(options.epsilon),
      weight_(*this, "weight", {.shape = {options.width}, .init = Init::constant(1)}),
      bias_(*this, "bias", {.shape = {options.width}}),
      running_mean_(*this, "running_mean", {.shape = {options.width}, .learned = false}),
      running_variance_(*this, "running_variance",
                        {.shape = {options.width}, .init = Init::constant(1), .learned = false}) {}

Var BatchNorm::operator()(Operand operand) const {
  const Var x = operand.var();
  const SourceLocation at = operand.at();
  const Index width = weight_.type().shape[0];
  if (x.shape().rank() < 2 || x.columns() != width)
    fail(Code::usage, "the layer \"{}\" reads {} columns, but its input is {} ({})", path(), width, to_string(x.type()),
         to_string(at));
  Trace& trace = Trace::current();
  const Var old_mean = running_mean_(at), old_variance = running_variance_(at);
  if (trace.mode() != Mode::training) {
    const Var scale = mul({weight_(at), at}, rsqrt(add({old_variance, at}, epsilon_)));
    return add({mul({x, at}, scale), at}, sub({bias_(at), at}, mul({old_mean, at}, scale)));
  }
  const Index n = x.shape().count() / width;
  const Var rows = reshape({x, at}, {n, width});
  const Var average = mean({rows, at}, {0});
  const Var centred = sub({rows, at}, {average, at});
  const Var variance = mean({square({centred, at}), at}, {0});
  const double unbiased = n > 1 ? static_cast<double>(n) / static_cast<double>(n - 1) : 1;
  const auto follow = [&](Var old, Var now, double factor) {
    trace.assign(old, add(mul({old, at}, 1 - momentum_), mul({stop_gradient(now), at}, momentum_ * factor)));
  };
  follow(old_mean, average, 1);
  follow(old_variance, variance, unbiased);
  const Var scale = mul({weight_(at), at}, rsqrt(add({variance, at}, epsilon_)));
  return reshape({add({mul({centred, at}, {scale, at}), at}, {bias_(at), at}), at}, x.shape());
}

Var max_pool(Operand images, Shape window) {
  const Var w = windows(images, window, "max_pool");
  return max({max({w, images.at()}, 4), images.at()}, 2);
}

Var mean_pool(Operand images, Shape window) {
  return mean({windows(images, window, "mean_pool"), images.at()}, {2, 4});
}

Var global_mean_pool(Operand images) {
  if (images.var().shape().rank() != 4)
    fail(Code::usage, "global_mean_pool: images are {}, but must be [n, rows, columns, channels] ({})",
         to_string(images.var().type()), to_string(images.at()));
  return mean(images, {1, 2});
}

}  // namespace fathom
