// Elementwise groups: every instruction runs over one tile that stays in the first-level cache, then the next tile.
// Values that repeat from row to row are read once for all tiles of whole rows. Where a group reduces its rows, a tile
// is whole rows, and what has one value a row is as long as the tile has rows.
#include <algorithm>
#include <array>
#include <cstring>

#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/reduce.hpp"
#include "fathom/cpu/strided.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/index.hpp"

namespace fathom {

namespace {

constexpr int most_slots = 4 * 32;  // a group has at most 32 ops, of at most three operands and one result each

// One op of a group, or a sum with the products in it.
struct Pair {
  TileKernel kernel = nullptr;  // none: the op has only its reference
  NodeId node = -1;             // that it computes
  std::vector<Instruction::Argument> arguments = {};
  Instruction::Over over = Instruction::Over::elements;
};

// The group's instructions, products joined with sums where nothing else reads the product. Gives, beside the list, the
// place in it of each instruction's result (-1 for a product that is not kept).
std::vector<Pair> paired(const Plan& plan, const Group& group, std::vector<int>& place) {
  const std::size_t count = group.instructions.size();
  std::vector<int> readers(count, 0);
  for (const Instruction& instruction : group.instructions)
    for (const auto& argument : instruction.arguments)
      if (!argument.from_memory) ++readers[static_cast<std::size_t>(argument.index)];
  for (const Store& store : group.stores) ++readers[static_cast<std::size_t>(store.instruction)];
  for (const GroupSum& sum : group.sums) ++readers[static_cast<std::size_t>(sum.instruction)];
  const auto op_of = [&](std::size_t i) { return plan.graph->node(group.instructions[i].node).op; };
  // The product that an argument is, if nobody else reads it; -1: none.
  const auto product = [&](const Instruction::Argument& argument, Instruction::Over over) {
    if (argument.from_memory) return -1;
    const auto i = static_cast<std::size_t>(argument.index);
    return op_of(i) == &mul_op && readers[i] == 1 && group.instructions[i].over == over ? argument.index : -1;
  };
  std::vector<bool> joined(count, false);
  std::vector<Pair> pairs(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Instruction& instruction = group.instructions[i];
    Pair& pair = pairs[i];
    pair = {tile_kernel(*op_of(i), group.dtype), instruction.node, instruction.arguments, instruction.over};
    const bool sum = op_of(i) == &add_op;
    if (!sum && op_of(i) != &sub_op) continue;
    const int left = product(instruction.arguments[0], instruction.over),
              right = product(instruction.arguments[1], instruction.over);
    if (left < 0 && right < 0) continue;
    const TileStep step = left >= 0 && right >= 0 ? (sum ? TileStep::mul_mul_add : TileStep::mul_mul_sub)
                          : sum                   ? TileStep::mul_add
                          : left >= 0             ? TileStep::mul_sub
                                                  : TileStep::sub_mul;
    pair.kernel = tile_kernel(step, group.dtype);
    pair.arguments.clear();
    for (const int factors : {left, right}) {
      if (factors < 0) continue;
      joined[static_cast<std::size_t>(factors)] = true;
      const auto& arguments = group.instructions[static_cast<std::size_t>(factors)].arguments;
      pair.arguments.insert(pair.arguments.end(), arguments.begin(), arguments.end());
    }
    if (left < 0 || right < 0) pair.arguments.push_back(instruction.arguments[left < 0 ? 0 : 1]);
  }
  place.assign(count, -1);
  std::vector<Pair> kept;
  for (std::size_t i = 0; i < count; ++i) {
    if (joined[i]) continue;
    place[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(pairs[i]));
  }
  for (Pair& pair : kept)
    for (auto& argument : pair.arguments)
      if (!argument.from_memory) argument.index = place[static_cast<std::size_t>(argument.index)];
  return kept;
}

// Where an instruction reads or writes: a tile on the stack, or a value in memory at the tile's position.
struct Location {
  bool memory;
  int index;         // slot or node
  bool row = false;  // a value a row
  bool i32 = false;  // whole numbers, whatever the group's type
};

struct Prepared {
  TileKernel kernel = nullptr;  // none: the op's reference, a tile at a time
  RowKernel of_rows = nullptr;  // instead of it: reduces rows, marks them, or spreads values over them
  const Node* node = nullptr;
  Location to = {};
  int arity = 0;
  std::array<Location, 4> from = {};
  int sum = -1;  // that takes the result
};

// to, of rows x columns: the value of its row in every element.
template <class T>
void spread_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  for (Index row = 0; row < rows; ++row)
    std::fill_n(static_cast<T*>(to) + row * columns, columns, static_cast<const T*>(from[0])[row]);
}

// Fills a slot before the instructions run.
struct Load {
  NodeId value;
  int slot;
  Walk walk;
};

// The length of the row that a strided read repeats; 0: it repeats none.
Index period_of(const Walk& walk) {
  return walk.shape.rank() > 1 && walk.strides[0] == 0 ? walk.shape.count(1, walk.shape.rank()) : 0;
}

class GroupJob final : public Job {
 public:
  GroupJob(const Plan& plan, const Group& group);
  void run(const Replay& replay) const noexcept override;
  void run_piece(const Replay& replay, const Piece& piece) const noexcept { run_piece(replay, piece, nullptr); }
  Index count() const { return count_; }
  Index chunk() const { return tile_ * tiles_per_chunk; }  // elements that a thread claims

 private:
  // `totals`: what is added to, one row of `sums_` for each of `sum_values_`.
  void run_piece(const Replay& replay, const Piece& piece, std::byte* totals) const noexcept;
  template <class T>
  void run_sums(const Replay& replay) const noexcept;
  void add_rows(std::byte* totals, int sum, const void* tile, Index n) const noexcept;
  void run_reference(const Prepared& instruction, void* to, const void* const* from, Index n) const noexcept;

  Dtype dtype_;
  std::size_t element_;
  Index count_, columns_, tile_;
  Index period_ = 0;  // of the loads in `repeated_`
  TileKernel copy_, fill_;
  std::vector<Load> numbers_, repeated_, strided_;  // read once a chunk; once for tiles of whole rows; for every tile
  std::vector<Prepared> instructions_;
  RowSums sums_{};
  std::vector<NodeId> sum_values_;
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
  const Place &x = plan.places[static_cast<std::size_t>(plan.homes[static_cast<std::size_t>(a)])],
              &y = plan.places[static_cast<std::size_t>(plan.homes[static_cast<std::size_t>(b)])];
  return x.kind == y.kind && x.kind != Place::Kind::constant && x.offset == y.offset && x.input == y.input;
}

GroupJob::GroupJob(const Plan& plan, const Group& group)
    : dtype_(group.dtype),
      element_(size_of(group.dtype)),
      count_(group.count),
      columns_(group.columns),
      tile_(static_cast<Index>(tile_bytes / size_of(group.dtype))),
      copy_(tile_kernel(TileStep::copy, group.dtype)),
      fill_(tile_kernel(TileStep::fill, group.dtype)) {
  std::vector<int> place;
  const std::vector<Pair> pairs = paired(plan, group, place);
  std::vector<Store> stores = group.stores;
  for (Store& store : stores) store.instruction = place[static_cast<std::size_t>(store.instruction)];
  const int count = static_cast<int>(pairs.size());
  // The last instruction that reads each source and each result.
  std::vector<int> source_last(group.sources.size(), -1), result_last(pairs.size(), -1);
  for (int i = 0; i < count; ++i)
    for (const auto& argument : pairs[static_cast<std::size_t>(i)].arguments)
      (argument.from_memory ? source_last : result_last)[static_cast<std::size_t>(argument.index)] = i;

  Slots slots;
  std::vector<Location> sources;
  for (const GroupRead& source : group.sources) {
    if (source.pattern == GroupRead::Pattern::full || source.pattern == GroupRead::Pattern::row) {
      sources.push_back({true, source.value, source.pattern == GroupRead::Pattern::row,
                         plan.graph->node(source.value).type.dtype == Dtype::i32});
      continue;
    }
    const int slot = slots.take();
    sources.push_back({false, slot});
    const Load load{source.value, slot, collapsed({source.shape, source.strides})};
    const Index period = period_of(load.walk);
    if (source.pattern == GroupRead::Pattern::scalar)
      numbers_.push_back(load);
    else if (period > 0 && period <= tile_ && (columns_ == 0 || period == columns_) &&
             (period_ == 0 || period == period_)) {
      repeated_.push_back(load);
      period_ = period;
    } else {
      strided_.push_back(load);
    }
  }
  if (!group.sums.empty()) {
    const Index columns = plan.graph->node(group.sums.front().value).type.shape.count();
    const auto sums = row_sums(count_ / columns, columns, element_);
    FATHOM_ASSERT(sums.has_value());
    sums_ = *sums;
    tile_ = sums_.block * columns;
    scratch_bytes = group.sums.size() * static_cast<std::size_t>(sums_.chunks() * columns) * element_;
  } else if (columns_ > 0 || period_ > 0) {
    const Index row = std::max(columns_, period_);
    tile_ = tile_ / row * row;
  }
  // Memory may be written once no later instruction reads it through a source.
  const auto safe_to_write = [&](NodeId value, int now) {
    for (std::size_t k = 0; k < group.sources.size(); ++k)
      if (sources[k].memory && source_last[k] > now && same_memory(plan, group.sources[k].value, value)) return false;
    return true;
  };
  // A value a row as an op on elements reads it: spread over a slot, once for all that do.
  std::vector<Location> results;
  std::vector<int> spread(pairs.size(), -1);
  const RowKernel spreads = dtype_ == Dtype::f32 ? spread_rows<float> : spread_rows<double>;
  const auto over_elements = [&](int result) {
    int& slot = spread[static_cast<std::size_t>(result)];
    if (slot < 0) {
      slot = slots.take();
      Prepared prepared{.of_rows = spreads, .to = {false, slot}, .arity = 1};
      prepared.from[0] = results[static_cast<std::size_t>(result)];
      instructions_.push_back(prepared);
    }
    return Location{false, slot};
  };
  std::vector<Prepared> late;
  for (int i = 0; i < count; ++i) {
    const Pair& instruction = pairs[static_cast<std::size_t>(i)];
    const Node& node = plan.graph->node(instruction.node);
    const bool on_rows = instruction.over != Instruction::Over::elements;
    Prepared prepared{
        .kernel = instruction.kernel, .node = &node, .arity = static_cast<int>(instruction.arguments.size())};
    if (instruction.over == Instruction::Over::reduces || node.op == &one_hot_op)
      prepared.of_rows = row_kernel(*node.op, dtype_);
    for (std::size_t a = 0; a < instruction.arguments.size(); ++a) {
      const auto& argument = instruction.arguments[a];
      if (argument.from_memory)
        prepared.from[a] = sources[static_cast<std::size_t>(argument.index)];
      else if (results[static_cast<std::size_t>(argument.index)].row && !on_rows)
        prepared.from[a] = over_elements(argument.index);
      else
        prepared.from[a] = results[static_cast<std::size_t>(argument.index)];
    }
    const auto store = std::find_if(stores.begin(), stores.end(), [&](const Store& s) { return s.instruction == i; });
    // A result that is stored is written to memory directly and read from there by later instructions, unless that
    // memory still holds an operand that is needed: then it waits in a slot until the end of the tile.
    bool direct = store != stores.end() && safe_to_write(store->value, i);
    for (const Store& other : stores)
      if (direct && other.instruction > i && same_memory(plan, other.value, store->value))
        direct = result_last[static_cast<std::size_t>(i)] <= other.instruction;
    for (std::size_t a = 0; a < instruction.arguments.size(); ++a) {
      const auto& argument = instruction.arguments[a];
      if (!argument.from_memory && result_last[static_cast<std::size_t>(argument.index)] == i &&
          !results[static_cast<std::size_t>(argument.index)].memory) {
        const int slot = results[static_cast<std::size_t>(argument.index)].index;
        const bool waits =
            std::any_of(late.begin(), late.end(), [&](const Prepared& p) { return p.from[0].index == slot; });
        bool repeated = false;
        for (std::size_t b = 0; b < a; ++b)
          repeated =
              repeated || (!instruction.arguments[b].from_memory && instruction.arguments[b].index == argument.index);
        if (!waits && !repeated) slots.give_back(slot);
      }
    }
    prepared.to = direct ? Location{true, store->value, on_rows} : Location{false, slots.take(), on_rows};
    for (const GroupSum& sum : group.sums)
      if (place[static_cast<std::size_t>(sum.instruction)] == i) {
        prepared.sum = static_cast<int>(sum_values_.size());
        sum_values_.push_back(sum.value);
      }
    results.push_back(prepared.to);
    instructions_.push_back(prepared);
    if (store != stores.end() && !direct) {
      late.push_back({.kernel = copy_, .node = &node, .to = {true, store->value, on_rows}, .arity = 1});
      late.back().from[0] = prepared.to;
    }
  }
  instructions_.insert(instructions_.end(), late.begin(), late.end());
  FATHOM_ASSERT(slots.used() <= most_slots);
}

void GroupJob::run(const Replay& replay) const noexcept {
  if (!sum_values_.empty()) {
    visit_float(dtype_, [&](auto zero) { run_sums<decltype(zero)>(replay); });
    return;
  }
  replay.pool.run((count_ + chunk() - 1) / chunk(), [&](std::int64_t number) {
    run_piece(replay, {number * chunk(), 1, std::min(count_ - number * chunk(), chunk()), 0});
  });
}

// Every chunk has a row of its own for each sum; these are summed at the end.
template <class T>
void GroupJob::run_sums(const Replay& replay) const noexcept {
  const Index columns = sums_.columns, chunks = sums_.chunks(), chunk = sums_.chunk * columns;
  T* totals = reinterpret_cast<T*>(replay.scratch);
  const Index row = static_cast<Index>(sum_values_.size()) * columns;
  replay.pool.run(chunks, [&](std::int64_t number) {
    std::fill_n(totals + number * row, row, T(0));
    run_piece(replay, {number * chunk, 1, std::min(count_ - number * chunk, chunk), 0},
              reinterpret_cast<std::byte*>(totals + number * row));
  });
  const auto kernels = reduce_kernels_of<T>();
  for (std::size_t sum = 0; sum < sum_values_.size(); ++sum)
    sum_blocks(kernels, replay.at<T>(sum_values_[sum]), totals + static_cast<Index>(sum) * columns, row, chunks,
               columns, sums_.block);
}

void GroupJob::add_rows(std::byte* totals, int sum, const void* tile, Index n) const noexcept {
  visit_float(dtype_, [&](auto zero) {
    using T = decltype(zero);
    reduce_kernels_of<T>().add_columns(reinterpret_cast<T*>(totals) + sum * sums_.columns, static_cast<const T*>(tile),
                                       sums_.columns, n / sums_.columns, sums_.columns);
  });
}

void GroupJob::run_reference(const Prepared& instruction, void* to, const void* const* from, Index n) const noexcept {
  const Type type{dtype_, {n}};
  TensorView in[3];
  for (int a = 0; a < instruction.arity; ++a) in[a] = {type, const_cast<void*>(from[a])};
  instruction.node->op->reference({std::span<const TensorView>(in, static_cast<std::size_t>(instruction.arity)),
                                   {type, to},
                                   instruction.node->attributes});
}

void GroupJob::run_piece(const Replay& replay, const Piece& piece, std::byte* totals) const noexcept {
  // One row is taken as rows of a tile each.
  const bool one_row = piece.rows == 1 || piece.columns == piece.row_step;
  const Index elements = piece.rows * piece.columns;
  const Index rows = one_row ? (elements + tile_ - 1) / tile_ : piece.rows, row_step = one_row ? tile_ : piece.row_step,
              columns = one_row ? std::min(tile_, elements) : piece.columns;
  alignas(64) std::byte slots[most_slots][tile_bytes];
  for (const Load& load : numbers_) {
    const double number =
        dtype_ == Dtype::f32 ? static_cast<double>(*replay.at<float>(load.value)) : *replay.at<double>(load.value);
    fill_(slots[load.slot], nullptr, &number, static_cast<std::size_t>(std::min(tile_, columns)));
  }
  const auto read = [&](const std::vector<Load>& loads, Index at, Index n) {
    for (const Load& load : loads)
      read_strided(slots[load.slot], replay.values[load.value], load.walk, at, n, element_);
  };
  const auto run_tile = [&](Index at, Index n) {
    const Index row = columns_ > 0 ? at / columns_ : 0, rows_here = columns_ > 0 ? n / columns_ : 0;
    const auto resolve = [&](Location location) -> void* {
      if (!location.memory) return slots[location.index];
      return replay.at<std::byte>(location.index) +
             static_cast<std::size_t>(location.row ? row : at) * (location.i32 ? sizeof(std::int32_t) : element_);
    };
    for (const Prepared& instruction : instructions_) {
      const void* from[4];
      for (int a = 0; a < instruction.arity; ++a) from[a] = resolve(instruction.from[static_cast<std::size_t>(a)]);
      void* to = resolve(instruction.to);
      const Index length = instruction.to.row ? rows_here : n;
      if (instruction.of_rows != nullptr)
        instruction.of_rows(to, from, rows_here, columns_);
      else if (instruction.kernel != nullptr)
        instruction.kernel(to, from, instruction.node->attributes.reals.data(), static_cast<std::size_t>(length));
      else
        run_reference(instruction, to, from, length);
      if (instruction.sum >= 0) add_rows(totals, instruction.sum, to, n);
    }
  };
  const bool steady = period_ > 0 && row_step % period_ == 0;
  for (Index column = 0; column < columns; column += tile_) {
    const Index n = std::min(tile_, columns - column);
    if (steady) read(repeated_, piece.begin + column, n);
    for (Index row = 0; row < rows; ++row) {
      const Index at = piece.begin + row * row_step + column, here = one_row ? std::min(n, elements - row * tile_) : n;
      if (!steady) read(repeated_, at, here);
      read(strided_, at, here);
      run_tile(at, here);
    }
  }
}

// Groups in one run: short ones share what a thread claims.
class JoinedJob final : public Job {
 public:
  JoinedJob(const Plan& plan, const Step& step) {
    groups_.push_back(std::make_unique<GroupJob>(plan, step.group));
    for (const Group& group : step.beside) groups_.push_back(std::make_unique<GroupJob>(plan, group));
    double claimed = 1;  // of a chunk: a full one, so that the first piece begins another
    for (const auto& group : groups_) {
      FATHOM_ASSERT(group->scratch_bytes == 0);
      for (Index begin = 0; begin < group->count(); begin += group->chunk()) {
        const Index elements = std::min(group->count() - begin, group->chunk());
        const double share = static_cast<double>(elements) / static_cast<double>(group->chunk());
        if (claimed + share > 1) {
          claims_.push_back(pieces_.size());
          claimed = 0;
        }
        claimed += share;
        pieces_.push_back({group.get(), {begin, 1, elements, 0}});
      }
    }
    claims_.push_back(pieces_.size());
  }
  void run(const Replay& replay) const noexcept override {
    replay.pool.run(static_cast<std::int64_t>(claims_.size()) - 1, [&](std::int64_t claim) {
      const auto number = static_cast<std::size_t>(claim);
      for (std::size_t k = claims_[number]; k < claims_[number + 1]; ++k)
        pieces_[k].group->run_piece(replay, pieces_[k].piece);
    });
  }

 private:
  struct Part {
    const GroupJob* group;
    Piece piece;
  };
  std::vector<std::unique_ptr<GroupJob>> groups_;
  std::vector<Part> pieces_;
  std::vector<std::size_t> claims_;  // where each begins among the pieces, and the end
};

class CarryingJob final : public Job {
 public:
  CarryingJob(std::unique_ptr<Job> op, const Plan& plan, const Group& group) : op_(std::move(op)), group_(plan, group) {
    FATHOM_ASSERT(group.sums.empty());
    scratch_bytes = op_->scratch_bytes;
    worker_bytes = op_->worker_bytes;
  }
  void run(const Replay& replay) const noexcept override {
    if (!op_->finishes()) {
      op_->run(replay);
      group_.run(replay);
      return;
    }
    struct Context {
      const GroupJob& group;
      const Replay& replay;
    } const context{group_, replay};
    Replay with_group = replay;
    with_group.finish = {[](const void* from, const Piece& piece) noexcept {
                           const auto& c = *static_cast<const Context*>(from);
                           c.group.run_piece(c.replay, piece);
                         },
                         &context};
    op_->run(with_group);
  }

 private:
  std::unique_ptr<Job> op_;
  GroupJob group_;
};

}  // namespace

std::unique_ptr<Job> make_group_job(const Plan& plan, const Step& step) {
  if (step.beside.empty()) return std::make_unique<GroupJob>(plan, step.group);
  return std::make_unique<JoinedJob>(plan, step);
}

std::unique_ptr<Job> make_carrying_job(std::unique_ptr<Job> op, const Plan& plan, const Group& group) {
  return std::make_unique<CarryingJob>(std::move(op), plan, group);
}

}  // namespace fathom
