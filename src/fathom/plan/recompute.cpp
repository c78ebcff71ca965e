// Recompute: what the backward part of a program needs of the forward part is made again from a few values that are
// kept (Chen et al. 2016, "Training deep nets with sublinear memory cost").
//
// The forward part is cut into segments. What crosses a cut is kept; of the other values that the backward part reads,
// only those of the last segment are. A node is made again at most once, just before the first backward node that asks
// for it, so the price is at most one more forward part.
#include <algorithm>

#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// More cuts than this save nothing on networks that fit a machine: the saving goes with the root of the cuts.
constexpr int most_segments = 64;

bool is_view(const Node& node) {
  return node.op == &reshape_op || node.op == &stop_gradient_op || node.op == &broadcast_op;
}

class Recompute {
 public:
  explicit Recompute(const Owned& owned) : owned_(owned), from_(*owned.graph), turn_(owned.request.turn.id()) {
    Vars wanted = owned.request.outputs;
    for (const Update& update : owned.request.updates) {
      wanted.push_back(update.target);
      wanted.push_back(update.value);
    }
    nodes_ = reachable(from_, wanted);
    values_.resize(index(from_.size()));
    look();
  }

  // Chooses the cuts. Gives false when nothing is saved.
  bool cut() {
    std::size_t saved = 0;
    for (const NodeId id : nodes_)
      if (id <= turn_ && value(id).saved) saved += value(id).bytes;
    std::size_t best = saved;
    std::vector<NodeId> best_cuts;
    for (int segments = 2; segments <= most_segments; ++segments) {
      cuts_ = cuts_for(segments, saved);
      if (const std::size_t peak = peak_of_cuts(); peak < best) {
        best = peak;
        best_cuts = cuts_;
      }
    }
    cuts_ = best_cuts;
    return !cuts_.empty();
  }

  Recomputed rebuilt() {
    copies_.resize(index(from_.size()));
    again_.resize(index(from_.size()));
    to_ = std::make_shared<Graph>();
    for (const NodeId id : nodes_) {
      const Node& node = from_.node(id);
      Vars operands;
      for (const NodeId operand : node.operands) operands.push_back(id > turn_ ? use(operand) : copy(operand));
      copies_[index(id)] = is_input(node) ? to_->input(node.name, node.type, node.at)
                                          : to_->apply(*node.op, operands, node.attributes, node.at);
    }
    Request request;
    for (const Var& output : owned_.request.outputs) request.outputs.push_back(copy(output.id()));
    for (const Update& update : owned_.request.updates)
      request.updates.push_back({copy(update.target.id()), copy(update.value.id())});
    request.turn = copy(turn_);
    return {{to_, std::move(request)}, std::move(made_)};
  }

 private:
  // What is known of the value that a forward node holds in memory; nothing for inputs, constants and views.
  struct Value {
    std::size_t bytes = 0;
    NodeId last_forward = -1;  // the last forward node that reads it
    bool saved = false;        // a backward node reads it
    bool pinned = false;       // kept whatever the cuts are
  };

  Value& value(NodeId id) { return values_[index(id)]; }

  // Through views, to the node whose numbers these are.
  NodeId root_of(NodeId id) const {
    while (is_view(from_.node(id))) id = from_.node(id).operands[0];
    return id;
  }

  void look() {
    for (const NodeId id : nodes_) {
      const Node& node = from_.node(id);
      if (id <= turn_ && !is_input(node) && node.op != &constant_op && !is_view(node)) {
        value(id).bytes = node.type.bytes();
        // Nothing tells a node without operands from another.
        value(id).pinned = node.operands.empty();
      }
      if (is_view(node)) continue;
      for (const NodeId id_read : values_read(from_, node)) {
        Value& read = value(root_of(id_read));
        if (id <= turn_)
          read.last_forward = id;
        else
          read.saved = true;
      }
    }
    const auto pin = [&](const Var& var) { value(root_of(var.id())).pinned = true; };
    for (const Var& output : owned_.request.outputs) pin(output);
    for (const Update& update : owned_.request.updates) pin(update.value);
    for (Value& v : values_) {
      if (v.pinned) v.bytes = 0;
      v.saved = v.saved && v.bytes > 0;
    }
  }

  // About equal shares of what is saved between cuts, each cut where the fewest bytes cross it.
  std::vector<NodeId> cuts_for(int segments, std::size_t saved) {
    std::vector<NodeId> cuts;
    std::vector<std::size_t> ends(index(from_.size()), 0);  // bytes that are read by this node last
    std::size_t crossing = 0, before = 0, fewest = 0;
    NodeId best = -1;
    int next = 1;
    const double share = static_cast<double>(saved) / segments;
    for (const NodeId id : nodes_) {
      if (id >= turn_ || next >= segments) break;
      const Value& v = value(id);
      crossing -= ends[index(id)];
      if (v.last_forward > id) {
        crossing += v.bytes;
        ends[index(v.last_forward)] += v.bytes;
      }
      if (v.saved) before += v.bytes;
      if (static_cast<double>(before) < (next - 0.5) * share) continue;
      if (static_cast<double>(before) > (next + 0.5) * share) {
        if (best >= 0) cuts.push_back(best);
        best = -1;
        ++next;
      }
      if (best < 0 || crossing < fewest) {
        best = id;
        fewest = crossing;
      }
    }
    if (best >= 0 && next < segments) cuts.push_back(best);
    return cuts;
  }

  // The first cut that is not before the node; the end when there is none.
  auto cut_after(NodeId id) const { return std::lower_bound(cuts_.begin(), cuts_.end(), id); }
  bool is_kept(NodeId root) {
    const auto cut = cut_after(root);
    return cut == cuts_.end() || value(root).pinned || value(root).last_forward > *cut;
  }

  // The most bytes that are alive while the segments' backward parts run, from the last to the first.
  std::size_t peak_of_cuts() {
    std::vector<std::size_t> kept(cuts_.size() + 1, 0), own(cuts_.size() + 1, 0);
    for (const NodeId id : nodes_) {
      if (id > turn_) break;
      const auto segment = static_cast<std::size_t>(cut_after(id) - cuts_.begin());
      if (segment < cuts_.size() && is_kept(id))
        kept[segment] += value(id).bytes;
      else if (value(id).saved)
        own[segment] += value(id).bytes;
    }
    std::size_t peak = 0, before = 0;
    for (std::size_t segment = 0; segment < kept.size(); ++segment) {
      before += kept[segment];
      peak = std::max(peak, before + own[segment]);
    }
    return peak;
  }

  bool is_made_again(NodeId id) {
    const NodeId root = root_of(id);
    return root <= turn_ && value(root).bytes > 0 && !is_kept(root);
  }

  Var copy(NodeId id) const { return copies_[index(id)]; }
  // What a backward node reads.
  Var use(NodeId id) { return id <= turn_ && is_made_again(id) ? made_again(id) : copy(id); }

  // The node, made again. Equal nodes exist once in a graph, so what it reads comes by another name.
  Var made_again(NodeId id) {
    Var& result = again_[index(id)];
    if (result.defined()) return result;
    const Node& node = from_.node(id);
    Vars operands;
    for (const NodeId operand : node.operands) {
      const Node& root = from_.node(root_of(operand));
      if (is_made_again(operand))
        operands.push_back(made_again(operand));
      else if (root.op == &constant_op)
        operands.push_back(copy(operand));
      else
        operands.push_back(to_->apply(stop_gradient_op, {copy(operand)}));
    }
    result = to_->apply(*node.op, operands, node.attributes, node.at);
    if (!is_view(node)) made_.push_back(result.id());
    return result;
  }

  const Owned& owned_;
  const Graph& from_;
  const NodeId turn_;
  std::vector<NodeId> nodes_;
  std::vector<Value> values_;  // by node
  std::vector<NodeId> cuts_;   // ascending: a cut lies behind its node
  std::shared_ptr<Graph> to_;
  Vars copies_, again_;  // by node
  std::vector<NodeId> made_;
};

}  // namespace

Recomputed recompute(const Owned& owned) {
  if (!owned.request.turn.defined()) return {owned, {}};
  Recompute pass(owned);
  return pass.cut() ? pass.rebuilt() : Recomputed{owned, {}};
}

}  // namespace fathom::passes
