#include "fathom/nn/losses.hpp"

#include "fathom/nn/activations.hpp"

namespace fathom {

namespace {

// Throws unless both are values of one float type and shape with a batch axis.
void need_same(std::string_view loss, const Operand& prediction, const Operand& target) {
  if (prediction.is_number() || target.is_number())
    fail(Code::usage, "{}: both operands must be values ({})", loss, to_string(prediction.at()));
  const Type& a = prediction.var().type();
  const Type& b = target.var().type();
  if (a == b && a.shape.rank() > 0 && is_float(a.dtype)) return;
  throw Error(Code::usage,
              message("{}: the prediction is {} and the target {} ({})", loss, to_string(a), to_string(b),
                      to_string(prediction.at())),
              {}, "give both the same float type and shape, the batch first");
}

// [batch, ...] -> [batch]
Var row_mean(Var x, SourceLocation at) {
  Shape axes;
  for (int axis = 1; axis < x.shape().rank(); ++axis) axes.push_back(axis);
  return axes.rank() == 0 ? x : mean({x, at}, axes);
}

}  // namespace

Var mse(Operand prediction, Operand target) {
  need_same("mse", prediction, target);
  return row_mean(square({sub(prediction, target), prediction.at()}), prediction.at());
}

Var mae(Operand prediction, Operand target) {
  need_same("mae", prediction, target);
  return row_mean(abs({sub(prediction, target), prediction.at()}), prediction.at());
}

Var huber(Operand prediction, Operand target, HuberOptions options) {
  need_same("huber", prediction, target);
  if (!(options.delta > 0)) fail(Code::config, "huber needs a delta above 0, not {}", options.delta);
  const SourceLocation at = prediction.at();
  const Var error = sub(prediction, target);
  const Var mask = less_equal({abs({error, at}), at}, options.delta);
  const Var near = select({mask, at}, error, 0.0);  // so that the branch not taken does not overflow
  const Var far = mul({sub({abs({error, at}), at}, options.delta / 2), at}, options.delta);
  return row_mean(select({mask, at}, mul(square({near, at}), 0.5), far), at);
}

Var binary_cross_entropy(Operand logits, Operand target) {
  need_same("binary_cross_entropy", logits, target);
  return row_mean(sub({softplus(logits), logits.at()}, mul(logits, target)), logits.at());
}

Var softmax_cross_entropy(Operand logits, Operand classes, CrossEntropyOptions options) {
  if (logits.is_number() || classes.is_number() || logits.var().shape().rank() != 2 ||
      !is_float(logits.var().dtype()) || classes.var().type() != Type{Dtype::i32, {logits.var().rows()}})
    throw Error(Code::usage,
                message("softmax_cross_entropy: the logits are {} and the classes {} ({})",
                        logits.is_number() ? "a number" : to_string(logits.var().type()),
                        classes.is_number() ? "a number" : to_string(classes.var().type()), to_string(logits.at())),
                {}, "give float logits [batch, classes] and i32 classes [batch]");
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0 && smoothing <= 1))
    fail(Code::config, "label_smoothing must lie between 0 and 1, not {}", smoothing);
  const SourceLocation at = logits.at();
  // -sum_k target_k log softmax_k = logsumexp - sum_k target_k logits_k, since the targets add up to 1.
  Var aim = pick(logits, classes);
  if (smoothing > 0) aim = add({mul({aim, at}, 1 - smoothing), at}, mul({mean(logits, {1}), at}, smoothing));
  return sub({logsumexp(logits, 1), at}, aim);
}

Var weighted_mean(Operand losses, Operand weights) {
  need_same("weighted_mean", losses, weights);
  const SourceLocation at = losses.at();
  const Var total = sum(weights);
  // Where no row counts, every product is 0 and so are the mean and its gradient.
  return div({sum({mul(losses, weights), at}), at}, select({equal({total, at}, 0.0), at}, 1.0, total));
}

namespace {

template <class Term>
Var penalty(std::string_view name, const Vars& parameters, Term&& term) {
  if (parameters.empty()) fail(Code::usage, "{}: there are no parameters", name);
  Var total = sum(term(parameters.front()));
  for (std::size_t i = 1; i < parameters.size(); ++i) total = add(total, sum(term(parameters[i])));
  return total;
}

}  // namespace

Var l1_penalty(const Vars& parameters) {
  return penalty("l1_penalty", parameters, [](Var w) { return abs(w); });
}

Var l2_penalty(const Vars& parameters) {
  return mul(penalty("l2_penalty", parameters, [](Var w) { return square(w); }), 0.5);
}

}  // namespace fathom
