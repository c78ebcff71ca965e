#include "fathom/lab/batch_gradient.hpp"

#include <cstring>

#include "fathom/derive/derive.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/train/update_step.hpp"

namespace fathom {

BatchGradient::BatchGradient(const Objective& objective, const Parameters& parameters, const Source& source,
                             Index batch, std::set<std::string> frozen)
    : source_(source),
      batch_(batch),
      types_(source.inputs(batch)),
      tensors_(tensors_of(types_)),
      key_(Type{Dtype::i32, {4}}),
      gradient_(parameters) {
  program_ = std::make_unique<Program>(
      [&](Trace& trace) {
        trace.freeze(frozen);
        const Batch b(trace.graph(), types_);
        const Var data_loss = weighted_mean(objective.row_losses(b), b.row_weight());
        const Var loss = objective.penalty ? data_loss + objective.penalty() : data_loss;
        const Vars weights = trained_parameters(parameters, frozen);
        names_.clear();
        for (const Var& weight : weights) names_.push_back(weight.node().name);
        Request request{{data_loss}, {}, loss};
        for (const Var& gradient : grad(loss, weights)) request.outputs.push_back(gradient);
        return request;
      },
      Mode::training);
  for (auto& [name, tensor] : tensors_) program_->bind(name, tensor.view());
  program_->bind(Trace::random_key_name, key_.view());
}

const Flat& BatchGradient::at(const Flat& weights, std::span<const Index> rows, std::uint64_t seed, Index step) {
  if (static_cast<Index>(rows.size()) != batch_) fail(Code::usage, "a batch has {} rows, not {}", batch_, rows.size());
  source_.fill_step(rows, step, tensors_);
  set_random_key(key_, seed, step);
  bind_weights(*program_, weights);
  program_->run();
  for (std::size_t k = 0; k < names_.size(); ++k) {
    const TensorView from = program_->output(k + 1), to = gradient_.view(names_[k]);
    std::memcpy(to.data, from.data, from.type.bytes());
  }
  return gradient_;
}

}  // namespace fathom
