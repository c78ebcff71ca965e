#include "fathom/nn/pools.hpp"

#include "fathom/graph/ops/reduce.hpp"

namespace fathom {

namespace {

Attributes attributes_of(const Shape& window, const PoolOptions& o, std::string_view who, SourceLocation at) {
  Attributes result;
  for (const Shape* pair : {&window, o.stride.rank() == 0 ? &window : &o.stride, &o.padding}) {
    if (pair->rank() != 2)
      fail(Code::usage, "{}: window, stride and padding are two numbers each, for rows and columns ({})", who,
           to_string(at));
    result.ints.insert(result.ints.end(), pair->begin(), pair->end());
  }
  return result;
}

// The pool of an op; a refusal speaks as `who`.
Var pooled(std::string_view who, const Op& op, Operand images, const Attributes& attributes) {
  const Type x = images.var().type();
  in_op(who, images.at(), [&] { return op.infer(std::vector<Type>{x}, attributes); });
  return images.var().graph().apply(op, {images.var()}, attributes, images.at());
}

template <class Pool>
Var of_sequences(std::string_view who, Operand sequences, PoolOptions options, Pool pool) {
  const Var x = sequences.var();
  const SourceLocation at = sequences.at();
  if (x.shape().rank() != 3)
    fail(Code::usage, "{}: sequences are {}, but must be [n, length, channels] ({})", who, to_string(x.shape()),
         to_string(at));
  // The images have one row.
  if (options.stride.rank() > 0) options.stride[0] = 1;
  options.padding[0] = 0;
  const Var y = pool(Operand(expand(sequences, 1), at), options);
  return reshape({y, at}, {y.shape()[0], y.shape()[2], y.shape()[3]});
}

}  // namespace

Var max_pool(Operand images, Shape window, const PoolOptions& options) {
  return pooled("max_pool", pool_max_op, images, attributes_of(window, options, "max_pool", images.at()));
}

Var mean_pool(Operand images, Shape window, const PoolOptions& options) {
  const SourceLocation at = images.at();
  const Attributes attributes = attributes_of(window, options, "mean_pool", at);
  const Var total = pooled("mean_pool", pool_sum_op, images, attributes);
  if (options.count_padding || options.padding == Shape{0, 0})
    return mul({total, at}, 1 / static_cast<double>(window.count()));
  // [1, h, w, 1] -> [1, i, j, 1]: the pixels of each window.
  const Shape& shape = images.var().shape();
  const Var ones = full(total.graph(), {total.dtype(), {1, shape[1], shape[2], 1}}, 1);
  return div({total, at}, {total.graph().apply(pool_sum_op, {ones}, attributes, at), at});
}

Var max_pool1d(Operand sequences, Index window, const PoolOptions& options) {
  return of_sequences("max_pool1d", sequences, options, [&](const Operand& images, const PoolOptions& o) {
    return max_pool(images, {1, window}, o);
  });
}

Var mean_pool1d(Operand sequences, Index window, const PoolOptions& options) {
  return of_sequences("mean_pool1d", sequences, options, [&](const Operand& images, const PoolOptions& o) {
    return mean_pool(images, {1, window}, o);
  });
}

Var global_mean_pool(Operand images) {
  if (images.var().shape().rank() != 4)
    fail(Code::usage, "global_mean_pool: images are {}, but must be [n, rows, columns, channels] ({})",
         to_string(images.var().type()), to_string(images.at()));
  return mean(images, {1, 2});
}

}  // namespace fathom
