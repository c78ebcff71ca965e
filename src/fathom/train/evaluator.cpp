#include "fathom/train/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/graph/ops/elementwise.hpp"

namespace fathom {

Var Batch::operator[](const std::string& name) const {
  if (const auto it = made_.find(name); it != made_.end()) return it->second;
  const auto it = types_.find(name);
  if (it == types_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, type] : types_) names.push_back(known);
    fail(Code::usage, "the batch has no \"{}\"; it has {}", name, fmt::join(names, ", "));
  }
  return graph_.input(name, it->second);
}

BatchTensors tensors_of(const std::map<std::string, Type>& types) {
  BatchTensors tensors;
  for (const auto& [name, type] : types) tensors.emplace(name, Tensor(type));
  return tensors;
}

std::size_t bytes_of(const BatchTensors& tensors) {
  return std::accumulate(tensors.begin(), tensors.end(), std::size_t{0},
                         [](std::size_t sum, const auto& entry) { return sum + entry.second.bytes(); });
}

void bind_weights(Program& program, const Flat& weights) {
  for (std::size_t k = 0; k < weights.layout().size(); ++k) program.bind(weights.layout()[k].name, weights.view(k));
}

Index Evaluator::good_batch(const Source& source) {
  constexpr std::size_t most_bytes = std::size_t{1} << 27;
  std::size_t row_bytes = 0;
  for (const auto& [name, type] : source.inputs(1)) row_bytes += type.bytes();
  return std::clamp<Index>(static_cast<Index>(most_bytes / std::max<std::size_t>(1, row_bytes)), 1, 512);
}

Evaluator::Evaluator(const Objective& objective, const Source& source, Index batch)
    : types_(source.inputs(batch)), batch_(tensors_of(types_)) {
  program_ = std::make_unique<Program>(
      [&](Trace& trace) {
        const Batch b(trace.graph(), types_);
        return Request{{objective.row_losses(b) * b.row_weight(), objective.outputs(b)}, {}};
      },
      Mode::inference);
  for (auto& [name, tensor] : batch_) program_->bind(name, tensor.view());
}

void Evaluator::for_each_batch(const Flat& weights, Part part, const Source& source,
                               const std::function<bool(Index first, Index rows)>& look) {
  bind_weights(*program_, weights);
  const Index rows = source.rows(part), size = batch_.at(Source::row_weight_name).count();
  std::vector<Index> numbers;
  for (Index first = 0; first < rows; first += size) {
    numbers.resize(static_cast<std::size_t>(std::min(size, rows - first)));
    std::iota(numbers.begin(), numbers.end(), first);
    source.fill(part, numbers, batch_);
    program_->run();
    if (!look(first, static_cast<Index>(numbers.size()))) return;
  }
}

Evaluation Evaluator::run(const Flat& weights, Part part, const Source& source) {
  const Type type = program_->output(1).type;
  Evaluation result{.part = part, .outputs = Tensor({type.dtype, type.shape.with(0, source.rows(part))})};
  const std::size_t row_bytes = type.bytes() / static_cast<std::size_t>(type.shape[0]);
  double loss = 0;
  for_each_batch(weights, part, source, [&](Index first, Index rows) {
    for (const float row_loss : program_->output(0).span<float>()) loss += static_cast<double>(row_loss);
    for (const float row_weight : batch_.at(Source::row_weight_name).span<float>())
      result.weight += static_cast<double>(row_weight);
    std::memcpy(static_cast<std::byte*>(result.outputs.view().data) + static_cast<std::size_t>(first) * row_bytes,
                program_->output(1).data, static_cast<std::size_t>(rows) * row_bytes);
    return true;
  });
  if (result.weight > 0) result.loss = loss / result.weight;
  return result;
}

Message Evaluator::first_bad_value(const Flat& weights, Part part, const Source& source) {
  Message bad;
  for_each_batch(weights, part, source, [&](Index, Index) {
    for (const float row_loss : program_->output(0).span<float>())
      if (!std::isfinite(row_loss)) {
        bad = program_->first_bad_value();
        return false;
      }
    return true;
  });
  return bad;
}

std::size_t Evaluator::bytes() const { return program_->bytes() + bytes_of(batch_); }

}  // namespace fathom
