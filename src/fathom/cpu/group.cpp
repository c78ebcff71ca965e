// Elementwise groups: every instruction runs over one tile that stays in the first-level cache, then the next tile.
#include <algorithm>
#include <array>
#include <cstring>

#include "fathom/cpu/kernel.hpp"
#include "fathom/cpu/strided.hpp"
#include "fathom/cpu/tile.hpp"

namespace fathom {

namespace {

constexpr std::size_t tile_bytes = 2048;
constexpr Index tiles_per_chunk = 32;
constexpr int most_slots = 4 * 32;  // a group has at most 32 instructions, of at most three operands and one result

// Where an instruction reads or writes: a tile on the stack, or a value in memory at the tile's position.
struct Location {
  bool memory;
  int index;  // slot or node
};

struct Prepared {
  TileKernel kernel;
  const double* attributes;
  Location to;
  int arity;
  std::array<Location, 3> from;
};

// Fills a slot before the instructions run: a spread number once a chunk, a strided read for every tile.
struct Load {
  NodeId value;
  int slot;
  Walk walk;
};

class GroupTask final : public Job {
 public:
  GroupTask(const Plan& plan, const Group& group);
  void run(const Replay& replay) const noexcept override;

 private:
  void run_chunk(const Replay& replay, Index begin, Index end) const noexcept;

  Dtype dtype_;
  std::size_t element_;
  Index count_, tile_;
  TileKernel copy_, fill_;
  std::vector<Load> numbers_, strided_;
  std::vector<Prepared> instructions_;
};

// Hands out slots and takes them back.
class Slots {
 public:
  int take() {
    if (free_.empty()) return used_++;
    const int slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(int slot) { free_.push_back(slot); }
  int used() const { return used_; }

 private:
  std::vector<int> free_;
  int used_ = 0;
};

bool same_memory(const Plan& plan, NodeId a, NodeId b) {
  const Place &x = plan.places[static_cast<std::size_t>(plan.homes[static_cast<std::size_t>(a)])], &y = plan.places[static_cast<std::size_t>(plan.homes[static_cast<std::size_t>(b)])];
  return x.kind == y.kind && x.kind != Place::Kind::constant && x.offset == y.offset && x.input == y.input;
}

GroupTask::GroupTask(const Plan& plan, const Group& group)
    : dtype_(group.dtype), element_(size_of(group.dtype)), count_(group.count), tile_(static_cast<Index>(tile_bytes / size_of(group.dtype))),
      copy_(tile_kernel("copy", group.dtype)), fill_(tile_kernel("fill", group.dtype)) {
  const int count = static_cast<int>(group.instructions.size());
  // The last instruction that reads each source and each result.
  std::vector<int> source_last(group.sources.size(), -1), result_last(group.instructions.size(), -1);
  for (int i = 0; i < count; ++i)
    for (const auto& argument : group.instructions[static_cast<std::size_t>(i)].arguments) (argument.from_memory ? source_last : result_last)[static_cast<std::size_t>(argument.index)] = i;

  Slots slots;
  std::vector<Location> sources;
  for (const GroupRead& source : group.sources) {
    if (source.pattern == GroupRead::Pattern::full) {
      sources.push_back({true, source.value});
      continue;
    }
    const int slot = slots.take();
    sources.push_back({false, slot});
    (source.pattern == GroupRead::Pattern::scalar ? numbers_ : strided_).push_back({source.value, slot, collapsed({source.shape, source.strides})});
  }
  // Memory may be written once no later instruction reads it through a source.
  const auto safe_to_write = [&](NodeId value, int now) {
    for (std::size_t k = 0; k < group.sources.size(); ++k)
      if (group.sources[k].pattern == GroupRead::Pattern::full && source_last[k] > now && same_memory(plan, group.sources[k].value, value)) return false;
    return true;
  };
  std::vector<Location> results;
  std::vector<Prepared> late;
  for (int i = 0; i < count; ++i) {
    const Instruction& instruction = group.instructions[static_cast<std::size_t>(i)];
    const Node& node = plan.graph->node(instruction.node);
    Prepared prepared{tile_kernel(node.op->name, dtype_), node.attributes.reals.data(), {}, static_cast<int>(instruction.arguments.size()), {}};
    FATHOM_ASSERT(prepared.kernel != nullptr);
    for (std::size_t a = 0; a < instruction.arguments.size(); ++a) {
      const auto& argument = instruction.arguments[a];
      prepared.from[a] = argument.from_memory ? sources[static_cast<std::size_t>(argument.index)] : results[static_cast<std::size_t>(argument.index)];
    }
    const auto store = std::find_if(group.stores.begin(), group.stores.end(), [&](const Store& s) { return s.instruction == i; });
    // A result that is stored is written to memory directly and read from there by later instructions, unless that
    // memory still holds an operand that is needed: then it waits in a slot until the end of the tile.
    bool direct = store != group.stores.end() && safe_to_write(store->value, i);
    for (const Store& other : group.stores)
      if (direct && other.instruction > i && same_memory(plan, other.value, store->value)) direct = result_last[static_cast<std::size_t>(i)] <= other.instruction;
    for (std::size_t a = 0; a < instruction.arguments.size(); ++a) {
      const auto& argument = instruction.arguments[a];
      if (!argument.from_memory && result_last[static_cast<std::size_t>(argument.index)] == i && !results[static_cast<std::size_t>(argument.index)].memory) {
        const int slot = results[static_cast<std::size_t>(argument.index)].index;
        const bool waits = std::any_of(late.begin(), late.end(), [&](const Prepared& p) { return p.from[0].index == slot; });
        bool repeated = false;
        for (std::size_t b = 0; b < a; ++b) repeated = repeated || (!instruction.arguments[b].from_memory && instruction.arguments[b].index == argument.index);
        if (!waits && !repeated) slots.give_back(slot);
      }
    }
    prepared.to = direct ? Location{true, store->value} : Location{false, slots.take()};
    results.push_back(prepared.to);
    instructions_.push_back(prepared);
    if (store != group.stores.end() && !direct) late.push_back({copy_, nullptr, {true, store->value}, 1, {prepared.to}});
  }
  instructions_.insert(instructions_.end(), late.begin(), late.end());
  FATHOM_ASSERT(slots.used() <= most_slots);
}

void GroupTask::run(const Replay& replay) const noexcept {
  const Index chunk = tile_ * tiles_per_chunk;
  replay.pool.run((count_ + chunk - 1) / chunk, [&](std::int64_t number) { run_chunk(replay, number * chunk, std::min(count_, (number + 1) * chunk)); });
}

void GroupTask::run_chunk(const Replay& replay, Index begin, Index end) const noexcept {
  alignas(64) std::byte slots[most_slots][tile_bytes];
  const Index widest = std::min(tile_, end - begin);
  for (const Load& load : numbers_) {
    const double number = dtype_ == Dtype::f32 ? static_cast<double>(*replay.at<float>(load.value)) : *replay.at<double>(load.value);
    fill_(slots[load.slot], nullptr, &number, static_cast<std::size_t>(widest));
  }
  for (Index at = begin; at < end; at += tile_) {
    const Index n = std::min(tile_, end - at);
    for (const Load& load : strided_) read_strided(slots[load.slot], replay.values[load.value], load.walk, at, n, element_);
    const auto resolve = [&](Location location) -> void* {
      return location.memory ? replay.at<std::byte>(location.index) + static_cast<std::size_t>(at) * element_ : slots[location.index];
    };
    for (const Prepared& instruction : instructions_) {
      const void* from[3];
      for (int a = 0; a < instruction.arity; ++a) from[a] = resolve(instruction.from[static_cast<std::size_t>(a)]);
      instruction.kernel(resolve(instruction.to), from, instruction.attributes, static_cast<std::size_t>(n));
    }
  }
}

}  // namespace

std::unique_ptr<Job> make_group_task(const Plan& plan, const Group& group) { return std::make_unique<GroupTask>(plan, group); }

}  // namespace fathom
