// Kernels of the convolutions.
#include "fathom/cpu/conv.hpp"
#include "fathom/cpu/kernels.hpp"

namespace fathom {

namespace {

template <class T>
using ConvFunction = void (*)(Pool&, const ConvGeometry&, const T*, const T*, T*, const ConvContext&) noexcept;

ConvGeometry geometry_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const Type in[] = {graph.node(node.operands[0]).type, graph.node(node.operands[1]).type};
  return conv_geometry(*node.op, in, node.attributes);
}

class ConvJob final : public Job {
 public:
  ConvJob(const Graph& graph, NodeId id)
      : geometry_(geometry_of(graph, id)),
        dtype_(graph.node(id).type.dtype),
        a_(graph.node(id).operands[0]),
        b_(graph.node(id).operands[1]),
        to_(id) {
    const Op* op = graph.node(id).op;
    const auto choose = [&](auto workspace, ConvFunction<float> f32, ConvFunction<double> f64) {
      const ConvWorkspace bytes = workspace(dtype_, geometry_);
      scratch_bytes = bytes.shared;
      worker_bytes = bytes.worker;
      f32_ = f32;
      f64_ = f64;
    };
    if (op == &conv_op)
      choose(conv_workspace, conv<float>, conv<double>);
    else if (op == &conv_input_op)
      choose(conv_input_workspace, conv_input<float>, conv_input<double>);
    else
      choose(conv_weight_workspace, conv_weight<float>, conv_weight<double>);
  }
  bool finishes() const override { return true; }
  void run(const Replay& replay) const noexcept override {
    if (dtype_ == Dtype::f32)
      run_as(f32_, replay);
    else
      run_as(f64_, replay);
  }

 private:
  template <class T>
  void run_as(ConvFunction<T> function, const Replay& replay) const noexcept {
    function(replay.pool, geometry_, replay.at<const T>(a_), replay.at<const T>(b_), replay.at<T>(to_),
             {replay.scratch, replay.workers, replay.worker_bytes, replay.finish});
  }

  ConvGeometry geometry_;
  Dtype dtype_;
  NodeId a_, b_, to_;
  ConvFunction<float> f32_ = nullptr;
  ConvFunction<double> f64_ = nullptr;
};

}  // namespace

std::vector<Kernel> conv_kernels(const Op& op) {
  if (&op == &conv_op || &op == &conv_input_op || &op == &conv_weight_op)
    return {{"register blocks over images", never_refuse, make_job<ConvJob>}};
  return {};
}

}  // namespace fathom
