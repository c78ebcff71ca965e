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

const GroupNormOptions& checked(const GroupNormOptions& o, const Module& parent, std::string_view name) {
  if (o.width < 1 || o.groups < 1)
    fail(Code::usage, "the layer \"{}\" needs a width and groups of at least 1", parent.path_of(name));
  if (o.width % o.groups != 0)
    fail(Code::usage, "the layer \"{}\" has {} groups, which do not divide its {} columns", parent.path_of(name),
         o.groups, o.width);
  return o;
}

Var need_image_width(const Operand& x, Index width, const Module& layer) {
  if (x.var().shape().rank() < 2 || x.var().columns() != width)
    fail(Code::usage, "the layer \"{}\" reads {} columns, but its input is {} ({})", layer.path(), width,
         to_string(x.var().type()), to_string(x.at()));
  return x.var();
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
  const Index width = weight_.type().shape[0];
  const Var x = need_image_width(operand, width, *this);
  const SourceLocation at = operand.at();
  Trace& trace = Trace::current();
  const Var old_mean = running_mean_(at), old_variance = running_variance_(at);
  // Statistics that stand still are those of the features that were learned with them.
  if (trace.mode() != Mode::training || trace.is_frozen(running_mean_.name())) {
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

GroupNorm::GroupNorm(Module& parent, std::string_view name, const GroupNormOptions& options)
    : Module(parent, name),
      groups_(checked(options, parent, name).groups),
      epsilon_(options.epsilon),
      weight_(*this, "weight", {.shape = {options.width}, .init = Init::constant(1)}),
      bias_(*this, "bias", {.shape = {options.width}}) {}

Var GroupNorm::operator()(Operand operand) const {
  const Index width = weight_.type().shape[0];
  const Var x = need_image_width(operand, width, *this);
  const SourceLocation at = operand.at();
  const int last = x.shape().rank() - 1;
  // [n, ..., width] -> [n, places, groups, width / groups]
  const Var parts = reshape(operand, {x.rows(), x.shape().count(1, last), groups_, width / groups_});
  const Shape each{x.rows(), 1, groups_, 1};
  const Var centred = sub({parts, at}, {reshape({mean({parts, at}, {1, 3}), at}, each), at});
  const Var variance = mean({square({centred, at}), at}, {1, 3});
  const Var scale = reshape({rsqrt(add({variance, at}, epsilon_)), at}, each);
  const Var standard = reshape({mul({centred, at}, {scale, at}), at}, x.shape());
  return add({mul({standard, at}, {weight_(at), at}), at}, {bias_(at), at});
}

}  // namespace fathom
