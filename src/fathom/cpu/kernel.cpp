#include "fathom/cpu/kernel.hpp"

#include "fathom/cpu/kernels.hpp"
#include "fathom/plan/reads.hpp"

namespace fathom {

namespace {

// Any op, by the loops that define it.
class ReferenceJob final : public Job {
 public:
  ReferenceJob(const Graph& graph, NodeId id)
      : op_(*graph.node(id).op), to_(id), operands_(graph.node(id).operands), attributes_(graph.node(id).attributes) {
    for (NodeId operand : operands_) types_.push_back(graph.node(operand).type);
    type_ = graph.node(id).type;
    for (std::size_t i = 0; i < operands_.size(); ++i)
      if (!reads_operand(graph, graph.node(id), static_cast<int>(i))) zeros_ = Tensor(types_[i]);
    in_.resize(operands_.size());
  }
  void run(const Replay& replay) const noexcept override {
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      void* data = replay.values[operands_[i]];
      in_[i] = {types_[i], data != nullptr || types_[i].bytes() == 0 ? data : zeros_.view().data};
    }
    op_.reference({in_, {type_, replay.values[to_]}, attributes_});
  }

 private:
  const Op& op_;
  NodeId to_;
  std::vector<NodeId> operands_;
  Attributes attributes_;
  std::vector<Type> types_;
  Type type_;
  Tensor zeros_;
  mutable std::vector<TensorView> in_;
};

}  // namespace

std::vector<Kernel> kernels_for(const Op& op) {
  std::vector<Kernel> kernels;
  for (const auto& list : {shape_kernels(op), product_kernels(op), conv_kernels(op), pool_kernels(op), row_kernels(op),
                           reduce_kernels(op), random_kernels(op)})
    kernels.insert(kernels.end(), list.begin(), list.end());
  kernels.push_back({"reference", never_refuse, make_job<ReferenceJob>});
  return kernels;
}

Choice choose_kernel(const Graph& graph, const Node& node) {
  Choice choice;
  for (const Kernel& kernel : kernels_for(*node.op)) {
    const std::string reason = kernel.refuse(graph, node);
    if (reason.empty()) {
      choice.kernel = kernel;
      break;
    }
    choice.refusals += fmt::format("; not {}: {}", kernel.name, reason);
  }
  return choice;
}

}  // namespace fathom
