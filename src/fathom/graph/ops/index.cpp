#include "fathom/graph/ops/index.hpp"

#include <unordered_map>

#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

void need_index(const Type& type) {
  if (type.dtype != Dtype::i32) refuse("indices are {}, but must be i32", to_string(type));
}

// indices... followed by the axes of a row.
Shape rows_shape(const Shape& indices, const Shape& table) {
  Shape shape = indices;
  for (int axis = 1; axis < table.rank(); ++axis) shape.push_back(table[axis]);
  return shape;
}

Type scatter_type(std::span<const Type> in, const Attributes&) {
  need_index(in[1]);
  if (in[0].shape.rank() < 1 || in[2].dtype != in[0].dtype || in[2].shape != rows_shape(in[1].shape, in[0].shape))
    refuse("rows of {} at {} need updates {}{}, not {}", to_string(in[0]), to_string(in[1]), name_of(in[0].dtype),
           to_string(rows_shape(in[1].shape, in[0].shape)), to_string(in[2]));
  return in[0];
}

// Calls f(table row, update row) for each index inside the table, in order.
template <class F>
void for_each_row(const TensorView& indices, Index rows, F&& f) {
  for (Index i = 0, n = indices.type.shape.count(); i < n; ++i)
    if (const Index row = indices.as<std::int32_t>()[i]; row >= 0 && row < rows) f(row, i);
}

template <class Combine>
Reference scatter(Combine combine) {
  return [combine](const ReferenceCall& call) {
    const Shape& table = call.out.type.shape;
    const Index width = table.count(1, table.rank());
    visit(call.out.type.dtype, [&](auto zero) {
      using T = decltype(zero);
      std::copy_n(call.in[0].as<T>(), table.count(), call.out.as<T>());
      for_each_row(call.in[1], table[0], [&](Index row, Index i) {
        for (Index j = 0; j < width; ++j) combine(call.out.as<T>()[row * width + j], call.in[2].as<T>()[i * width + j]);
      });
    });
  };
}

constexpr Domain rows_of(Index rows) { return {.low = -1, .high = static_cast<double>(rows), .index = true}; }
// No number twice.
constexpr Domain distinct_rows_of(Index rows) {
  return {.low = -1, .high = static_cast<double>(rows), .index = true, .distinct = true};
}

}  // namespace

const Op gather_op{
    .name = "gather",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes&) {
          need_index(in[1]);
          if (in[0].shape.rank() < 1) refuse("{} has no rows", to_string(in[0]));
          return Type{in[0].dtype, rows_shape(in[1].shape, in[0].shape)};
        },
    .rules = {straight([](const Applied& y, Var c) { return scatter_add(zeros_like(y.in(0)), y.in(1), c); }), fixed()},
    .reference =
        [](const ReferenceCall& call) {
          const Shape& table = call.in[0].type.shape;
          const std::size_t width =
              static_cast<std::size_t>(table.count(1, table.rank())) * size_of(call.out.type.dtype);
          std::memset(call.out.data, 0, call.out.type.bytes());
          for_each_row(call.in[1], table[0], [&](Index row, Index i) {
            std::memcpy(static_cast<std::byte*>(call.out.data) + static_cast<std::size_t>(i) * width,
                        static_cast<const std::byte*>(call.in[0].data) + static_cast<std::size_t>(row) * width, width);
          });
        },
    .examples = {{.shapes = {{5, 3}, {4}}, .domains = {{}, rows_of(5)}},
                 {.shapes = {{6, 2}, {3, 2}}, .domains = {{}, rows_of(6)}},
                 {.shapes = {{7}, {5}}, .domains = {{}, rows_of(7)}},
                 {.shapes = {{5, 3}, {0}}, .domains = {{}, rows_of(5)}}},
    .about = "rows of a table by number; outside of it: zeros"};

const Op scatter_add_op{.name = "scatter_add",
                        .arity = 3,
                        .infer = scatter_type,
                        .linearity = Linearity::joint,
                        .rules = {straight([](const Applied&, Var c) { return c; }), fixed(),
                                  straight([](const Applied& y, Var c) { return gather(c, y.in(1)); })},
                        .reference = scatter([](auto& to, auto update) { to += update; }),
                        .examples = {{.shapes = {{5, 3}, {8}, {8, 3}}, .domains = {{}, rows_of(5), {}}},
                                     {.shapes = {{6}, {3, 2}, {3, 2}}, .domains = {{}, rows_of(6), {}}},
                                     {.shapes = {{4, 2}, {0}, {0, 2}}, .domains = {{}, rows_of(4), {}}}},
                        .about = "rows added to a table by number; outside of it: nothing"};

const Op scatter_set_op{
    .name = "scatter_set",
    .arity = 3,
    .infer = scatter_type,
    .linearity = Linearity::joint,
    .rules = {straight([](const Applied& y, Var c) { return scatter_set(c, y.in(1), zeros_like(y.in(2))); }), fixed(),
              straight([](const Applied& y, Var c) { return gather(c, y.in(1)); })},
    .reference = scatter([](auto& to, auto update) { to = update; }),
    .examples = {{.shapes = {{5, 3}, {1}, {1, 3}}, .domains = {{}, rows_of(5), {}}},
                 {.shapes = {{7, 3}, {7}, {7, 3}}, .domains = {{}, distinct_rows_of(7), {}}},
                 {.shapes = {{9}, {2, 3}, {2, 3}}, .domains = {{}, distinct_rows_of(9), {}}},
                 {.shapes = {{4, 2}, {0}, {0, 2}}, .domains = {{}, rows_of(4), {}}}},
    .about = "rows of a table replaced by number; no number twice"};

const Op one_hot_op{
    .name = "one_hot",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_index(in[0]);
          Type out{static_cast<Dtype>(a.ints[1]), in[0].shape};
          out.shape.push_back(a.ints[0]);
          return out;
        },
    .rules = {fixed()},
    .reference =
        [](const ReferenceCall& call) {
          const Index depth = call.attributes.ints[0];
          visit(call.out.type.dtype, [&](auto zero) {
            using T = decltype(zero);
            for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i)
              call.out.as<T>()[i] = static_cast<T>(call.in[0].as<std::int32_t>()[i / depth] == i % depth ? 1 : 0);
          });
        },
    .examples = {{.shapes = {{6}}, .attributes = {{4, static_cast<Index>(Dtype::f32)}, {}}, .domains = {rows_of(4)}},
                 {.shapes = {{2, 3}},
                  .attributes = {{5, static_cast<Index>(Dtype::f64)}, {}},
                  .domains = {rows_of(5)}}},
    .about = "1 at the index; ints {depth, dtype}"};

const Op pick_op{.name = "pick",
                 .arity = 2,
                 .infer =
                     [](std::span<const Type> in, const Attributes&) {
                       need_index(in[1]);
                       const int rank = in[0].shape.rank();
                       if (rank < 1 || in[0].shape.without(rank - 1) != in[1].shape)
                         refuse("{} has no element for each index of {}", to_string(in[0]), to_string(in[1]));
                       return Type{in[0].dtype, in[1].shape};
                     },
                 .rules = {straight([](const Applied& y, Var c) {
                             const Var x = y.in(0);
                             return mul(one_hot(y.in(1), x.columns(), x.dtype()),
                                        broadcast_to(expand(c, -1), x.shape()));
                           }),
                           fixed()},
                 .reference =
                     [](const ReferenceCall& call) {
                       const Index width = call.in[0].type.shape[call.in[0].type.shape.rank() - 1];
                       visit(call.out.type.dtype, [&](auto zero) {
                         using T = decltype(zero);
                         for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i) {
                           const Index at = call.in[1].as<std::int32_t>()[i];
                           call.out.as<T>()[i] = at < 0 || at >= width ? T{} : call.in[0].as<T>()[i * width + at];
                         }
                       });
                     },
                 .examples = {{.shapes = {{6, 4}, {6}}, .domains = {{}, rows_of(4)}},
                              {.shapes = {{2, 3, 5}, {2, 3}}, .domains = {{}, rows_of(5)}},
                              {.shapes = {{0, 4}, {0}}, .domains = {{}, rows_of(4)}}},
                 .about = "one element of each last axis; outside of it: 0"};

const Op unique_rows_op{.name = "unique_rows",
                        .infer =
                            [](std::span<const Type> in, const Attributes&) {
                              need_index(in[0]);
                              if (in[0].shape.rank() != 1) refuse("{} is not a list", to_string(in[0]));
                              return in[0];
                            },
                        .rules = {fixed()},
                        .reference =
                            [](const ReferenceCall& call) {
                              const Index rows = call.attributes.ints[0];
                              auto* out = call.out.as<std::int32_t>();
                              std::fill_n(out, call.out.type.shape.count(), -1);
                              std::unordered_map<Index, Index> seen;
                              for_each_row(call.in[0], rows, [&](Index row, Index) {
                                if (seen.emplace(row, 0).second) *out++ = static_cast<std::int32_t>(row);
                              });
                            },
                        .examples = {{.shapes = {{9}}, .attributes = {{5}, {}}, .domains = {rows_of(5)}},
                                     {.shapes = {{0}}, .attributes = {{5}, {}}, .domains = {rows_of(5)}}},
                        .about = "each index once, in order of appearance, then -1; ints {rows}"};

const Op row_slots_op{.name = "row_slots",
                      .arity = 2,
                      .infer =
                          [](std::span<const Type> in, const Attributes&) {
                            need_index(in[0]);
                            need_index(in[1]);
                            if (in[0].shape != in[1].shape)
                              refuse("{} and {} differ in length", to_string(in[0]), to_string(in[1]));
                            return in[0];
                          },
                      .rules = {fixed(), fixed()},
                      .reference =
                          [](const ReferenceCall& call) {
                            const Index n = call.out.type.shape.count();
                            std::unordered_map<std::int32_t, std::int32_t> slots;
                            for (Index i = 0; i < n; ++i)
                              if (call.in[1].as<std::int32_t>()[i] >= 0)
                                slots.emplace(call.in[1].as<std::int32_t>()[i], static_cast<std::int32_t>(i));
                            for (Index i = 0; i < n; ++i) {
                              const auto it = slots.find(call.in[0].as<std::int32_t>()[i]);
                              call.out.as<std::int32_t>()[i] = it == slots.end() ? -1 : it->second;
                            }
                          },
                      .examples = {{.shapes = {{6}, {6}}, .domains = {rows_of(4), rows_of(4)}}},
                      .about = "where each index stands in the list of unique ones"};

Var gather(Operand table, Operand indices) {
  return table.var().graph().apply(gather_op, {table.var(), indices.var()}, {}, table.at());
}
Var scatter_add(Operand base, Operand indices, Operand updates) {
  return base.var().graph().apply(scatter_add_op, {base.var(), indices.var(), updates.var()}, {}, base.at());
}
Var scatter_set(Operand base, Operand indices, Operand updates) {
  return base.var().graph().apply(scatter_set_op, {base.var(), indices.var(), updates.var()}, {}, base.at());
}
Var one_hot(Operand indices, Index depth, Dtype dtype) {
  return indices.var().graph().apply(one_hot_op, {indices.var()}, {{depth, static_cast<Index>(dtype)}, {}},
                                     indices.at());
}
Var pick(Operand x, Operand indices) { return x.var().graph().apply(pick_op, {x.var(), indices.var()}, {}, x.at()); }
Var unique_rows(Operand indices, Index rows) {
  return indices.var().graph().apply(unique_rows_op, {indices.var()}, {{rows}, {}}, indices.at());
}
Var row_slots(Operand indices, Operand unique) {
  return indices.var().graph().apply(row_slots_op, {indices.var(), unique.var()}, {}, indices.at());
}

}  // namespace fathom
