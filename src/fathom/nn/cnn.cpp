#include "fathom/nn/cnn.hpp"

#include <algorithm>

namespace fathom {

namespace {

Index padding_of(const CnnOptions& o) { return o.padding == Padding::same ? (o.kernel - 1) / 2 : 0; }

void need(bool holds, const Message& what, const Message& hint) {
  if (!holds) throw Error(Code::config, what, {}, hint);
}

}  // namespace

std::vector<CnnStage> cnn_stages(const CnnOptions& o) {
  need(o.stride >= 1, message("the stride of a convolution is at least 1, not {}", o.stride), "");
  need(o.kernel >= 1 && o.pool_size >= 1 && o.groups >= 1 && o.convolutions >= 1 && !o.widths.empty(),
       "a cnn needs at least one stage, and a kernel, a pool, groups and convolutions of at least 1", "");
  std::vector<CnnStage> stages;
  CnnStage now{o.rows, o.columns, o.channels};
  for (std::size_t stage = 0; stage < o.widths.size(); ++stage) {
    for (Index k = 0; k < o.convolutions; ++k) {
      need(o.kernel <= std::min(now.rows, now.columns),
           message("stage {} of the cnn has a kernel of {} x {}, but what it reads is only {} x {}", stage + 1,
                   o.kernel, o.kernel, now.rows, now.columns),
           "use a smaller kernel, fewer stages, or less pooling before it");
      const bool is_first = stage == 0 && k == 0;
      need(is_first || (now.channels % o.groups == 0 && o.widths[stage] % o.groups == 0),
           message("stage {} of the cnn has {} groups, which do not divide its {} and {} channels", stage + 1, o.groups,
                   now.channels, o.widths[stage]),
           "choose channels that are multiples of the groups");
      const Index stride = k == 0 ? o.stride : 1;
      now.rows = (now.rows + 2 * padding_of(o) - o.kernel) / stride + 1;
      now.columns = (now.columns + 2 * padding_of(o) - o.kernel) / stride + 1;
      now.channels = o.widths[stage];
    }
    if (o.pool != PoolKind::none) {
      need(o.pool_size <= std::min(now.rows, now.columns),
           message("stage {} of the cnn pools {} x {}, but its convolutions leave only {} x {}", stage + 1, o.pool_size,
                   o.pool_size, now.rows, now.columns),
           "use a smaller pool, fewer stages, or a smaller stride");
      now.rows /= o.pool_size;
      now.columns /= o.pool_size;
    }
    stages.push_back(now);
  }
  return stages;
}

Cnn::Cnn(Module& parent, std::string_view name, const CnnOptions& options)
    : Module(parent, name), options_(options), activation_(activation(options.activation)) {
  const CnnStage last = cnn_stages(options).back();
  width_ = last.rows * last.columns * last.channels;
  const Index padding = padding_of(options);
  Index in = options.channels;
  for (std::size_t stage = 0; stage < options.widths.size(); ++stage)
    for (Index k = 0; k < options.convolutions; ++k) {
      const Index out = options.widths[stage], stride = k == 0 ? options.stride : 1;
      convolutions_.emplace_back(*this, fmt::format("stage{}.conv{}", stage + 1, k + 1),
                                 Conv2dOptions{.in = in,
                                               .out = out,
                                               .kernel = {options.kernel, options.kernel},
                                               .conv = {.stride = {stride, stride},
                                                        .padding = {padding, padding},
                                                        .groups = convolutions_.empty() ? 1 : options.groups},
                                               .bias = !options.batch_norm});
      if (options.batch_norm)
        norms_.emplace_back(*this, fmt::format("stage{}.norm{}", stage + 1, k + 1), BatchNormOptions{.width = out});
      in = out;
    }
}

Var Cnn::features(Operand images) const {
  Var x = images.var();
  const Shape window{options_.pool_size, options_.pool_size};
  for (std::size_t k = 0; k < convolutions_.size(); ++k) {
    x = convolutions_[k](x);
    if (!norms_.empty()) x = norms_[k](x);
    const bool ends_stage = (static_cast<Index>(k) + 1) % options_.convolutions == 0;
    // A rising function of the largest is the largest of the function, and there are fewer of them.
    const bool pool_first = ends_stage && options_.pool == PoolKind::max && options_.activation == "relu";
    if (pool_first) x = max_pool(x, window);
    x = activation_(x);
    if (!ends_stage || pool_first || options_.pool == PoolKind::none) continue;
    x = options_.pool == PoolKind::max ? max_pool(x, window) : mean_pool(x, window);
  }
  return reshape(x, {x.rows(), width_});
}

}  // namespace fathom
