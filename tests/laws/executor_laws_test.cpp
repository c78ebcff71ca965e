// The laws of plans and kernels: the fast way gives what the obvious way gives, for any number of threads, any passes
// and any instruction set.
#include <cmath>
#include <set>

#include "fathom/cpu/executor.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/constant.hpp"
#include "fathom/graph/ops/conv.hpp"
#include "fathom/graph/ops/random.hpp"
#include "tests/laws/allocations.hpp"
#include "tests/laws/sample.hpp"
#include "tests/laws/targets.hpp"

namespace fathom::laws {
namespace {

// The outputs of a request, then the new values of its updated inputs.
std::vector<Tensor> replay_on_cpu(const Request& request, Feed feed, const PlanOptions& options = {}, int threads = 1,
                                  int runs = 1) {
  Pool pool(threads);
  Executor executor(make_plan(request, options), pool);
  for (auto& [name, tensor] : feed)
    if (executor.needs(name)) executor.bind(name, tensor.view());
  for (int i = 0; i < runs; ++i) executor.run();
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < request.outputs.size(); ++i) {
    Tensor tensor(executor.output(i).type);
    if (tensor.bytes() > 0) std::memcpy(tensor.view().data, executor.output(i).data, tensor.bytes());
    results.push_back(std::move(tensor));
  }
  for (const Update& update : request.updates) results.push_back(feed.at(update.target.node().name));
  return results;
}

// What one kernel of an op's list makes of a case.
Tensor run_kernel(const Kernel& kernel, Case& c) {
  const Graph& graph = c.out.graph();
  const auto job = kernel.make(graph, c.out.id());
  std::vector<void*> values(static_cast<std::size_t>(graph.size()), nullptr);
  for (const Var& in : c.in) values[static_cast<std::size_t>(in.id())] = c.feed.at(in.node().name).view().data;
  Tensor out(c.out.type());
  values[static_cast<std::size_t>(c.out.id())] = out.view().data;
  const AlignedBytes scratch = aligned_bytes(job->scratch_bytes), workers = aligned_bytes(job->worker_bytes);
  Pool pool(1);
  job->run({pool, values.data(), scratch.get(), workers.get(), job->worker_bytes});
  return out;
}

double kernel_tolerance(Dtype dtype) { return dtype == Dtype::f32 ? 3e-6 : dtype == Dtype::f64 ? 1e-13 : 0; }

TEST(KernelLaw, EveryKernelThatDoesNotRefuseEqualsTheReference) {
  for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32})
      for_each_case(dtype, [&](Case& c, Random&) {
        const Tensor expected = evaluate(std::vector<Var>{c.out}, c.feed).front();
        for (const Kernel& kernel : kernels_for(*c.op)) {
          if (!kernel.refuse(c.out.graph(), c.out.node()).empty()) continue;
          EXPECT_TRUE(near(run_kernel(kernel, c), expected, kernel_tolerance(dtype))) << kernel.name;
        }
      });
  });
}

TEST(KernelLaw, ThePlanOfOneOpEqualsTheReference) {
  for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32})
      for_each_case(dtype, [&](Case& c, Random&) {
        const Tensor expected = evaluate(std::vector<Var>{c.out}, c.feed).front();
        EXPECT_TRUE(near(replay_on_cpu({{c.out}, {}}, c.feed).front(), expected, kernel_tolerance(dtype)));
      });
  });
}

TEST(KernelLaw, EveryOpThatComputesHasAFastKernel) {
  for_each_case(Dtype::f32, [](Case& c, Random&) {
    if (c.op->kind == Kind::elementwise && c.op->name != "cast") return;
    if (c.op->name == "constant" || c.op->name == "reshape") return;
    const Choice choice = choose_kernel(c.out.graph(), c.out.node());
    EXPECT_NE(choice.kernel.name, "reference") << choice.refusals;
  });
}

void expect_reference_values(const Case& c, double tolerance) {
  EXPECT_TRUE(
      near(replay_on_cpu({{c.out}, {}}, c.feed).front(), evaluate(std::vector<Var>{c.out}, c.feed).front(), tolerance));
}

TEST(NumericLaw, SpecialValuesAreWhatTheReferenceMakesOfThem) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> special{0.0,    -0.0, 1.0,   -1.0,  inf,    -inf, nan,   1e-30,
                                    -1e-30, 88.8, -88.8, 104.0, -104.0, 1e30, -1e30, 0.5};
  for_each_target([&] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for_each_case(dtype, [&](Case& c, Random&) {
        if (c.op->kind != Kind::elementwise || c.in.empty() || c.op->name == "cast") return;
        for (std::size_t first = 0; first < special.size(); first += 5) {
          std::size_t step = 1;
          for (auto& [name, tensor] : c.feed) {
            for (Index i = 0; i < tensor.count(); ++i)
              tensor.set(i, special[(first + step * (static_cast<std::size_t>(i) + 1)) % special.size()]);
            step += 2;
          }
          expect_reference_values(c, 1e-5);
        }
      });
  });
}

TEST(NumericLaw, NanAndInfinitiesGoThroughEveryOpAsThroughItsReference) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for_each_target([&] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const std::vector<double>& special : {std::vector{inf}, {-inf}, {inf, -inf}, {nan}, {nan, inf}})
        for (double share : {0.15, 0.5, 1.0})
          for_each_case(dtype, [&](Case& c, Random& random) {
            if (c.op->kind != Kind::whole) return;
            // The zeros around an image may meet an infinite weight or not: convolutions do not say.
            if (c.op->name.starts_with("conv")) return;
            for (auto& [name, tensor] : c.feed)
              for (Index i = 0; i < tensor.count(); ++i)
                if (is_float(tensor.dtype()) && random.uniform() < share)
                  tensor.set(i, special[random.below(special.size())]);
            expect_reference_values(c, 1e-5);
          });
  });
}

TEST(NumericLaw, EqualsShareTheGradientOfALargestAndOfASmallest) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {5}}), y = trace.graph().input("y", {Dtype::f32, {5}});
  const Feed feed{{"x", Tensor({5}, {1.f, 3.f, 3.f, -2.f, 3.f})}, {"y", Tensor({5}, {1.f, 2.f, 4.f, -2.f, 3.f})}};
  const Tensor thirds({5}, {0.f, 1 / 3.f, 1 / 3.f, 0.f, 1 / 3.f}), upper({5}, {0.5f, 1.f, 0.f, 0.5f, 0.5f}),
      lower({5}, {0.5f, 0.f, 1.f, 0.5f, 0.5f});
  const Request request{{grad(max(x, 0), {x})[0], grad(sum(maximum(x, y)), {x})[0], grad(sum(minimum(x, y)), {x})[0]},
                        {}};
  const auto actual = replay_on_cpu(request, feed);
  EXPECT_TRUE(near(actual[0], thirds, 1e-7));
  EXPECT_TRUE(near(actual[1], upper, 0));
  EXPECT_TRUE(near(actual[2], lower, 0));
}

// --- random graphs ---------------------------------------------------------------------------------------------

// A graph of random ops over four inputs, its gradients, and updates of two of the inputs.
Request random_request(Trace& trace, Random& random, Feed& feed) {
  Graph& graph = trace.graph();
  Vars pool;
  int number = 0;
  for (const Shape& shape : {Shape{6, 5}, Shape{5}, Shape{6, 1}, Shape{}, Shape{5, 7}}) {
    const std::string name = fmt::format("x{}", number++);
    pool.push_back(graph.input(name, {Dtype::f32, shape}));
    feed.emplace(name, noise({Dtype::f32, shape}, random));
  }
  const Vars inputs = pool;
  const auto any = [&] { return pool[random.below(pool.size())]; };
  while (pool.size() < 30) {
    const Var x = any(), y = any();
    const int rank = x.shape().rank();
    try {
      switch (random.below(14)) {
        case 0:
          pool.push_back(tanh(x));
          break;
        case 1:
          pool.push_back(x + y);
          break;
        case 2:
          pool.push_back(x * y);
          break;
        case 3:
          pool.push_back(sigmoid(x) - sin(y));
          break;
        case 4:
          pool.push_back(maximum(x, y));
          break;
        case 5:
          pool.push_back(select(less(0.0, x), x, 0.1 * x));
          break;
        case 6:
          if (rank > 0) pool.push_back(sum(x, {static_cast<Index>(random.below(static_cast<std::uint64_t>(rank)))}));
          break;
        case 7:
          if (rank > 0) pool.push_back(logsumexp(x, -1));
          break;
        case 8:
          if (rank == 2 && y.shape().rank() == 2)
            pool.push_back(matmul(x, y, {.a = random.below(2) == 1, .b = random.below(2) == 1}));
          break;
        case 9:
          if (rank == 2) pool.push_back(transpose(x));
          break;
        case 10:
          if (rank > 0) pool.push_back(concat({x, x * 0.5}, -1));
          break;
        case 11:
          if (rank > 0 && x.columns() > 1) pool.push_back(slice(x, -1, {.start = 1, .length = x.columns() - 1}));
          break;
        case 12:
          pool.push_back(expand(x, 0) + 1.0);
          break;
        default:
          if (rank > 0) pool.push_back(reshape(x, {-1}));
          break;
      }
    } catch (const Error&) {  // these shapes do not fit; draw again
    }
    if (pool.back().shape().count() > 5000 || pool.back().shape().rank() > 4) pool.pop_back();
  }
  Var loss = mean(square(tanh(pool.back())));
  for (std::size_t k = 10; k < pool.size(); k += 5) loss = loss + mean(sin(pool[k]));
  const Vars gradients = grad(loss, inputs);
  Request request{{loss}, {}, loss};
  for (const Var& gradient : gradients) request.outputs.push_back(gradient);
  request.updates.push_back({inputs[0], inputs[0] - 0.1 * gradients[0]});
  request.updates.push_back({inputs[1], inputs[1] * 0.9 + gradients[1]});
  request.updates.push_back({inputs[4], inputs[4] - broadcast_to(reshape(inputs[1], {5, 1}), {5, 7}) * gradients[4]});
  return request;
}

void for_random_graphs(const std::function<void(const Request&, const Feed&)>& law) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Trace trace;
    Random random(seed, "random graphs");
    Feed feed;
    const Request request = random_request(trace, random, feed);
    law(request, feed);
  }
}

TEST(RandomGraphs, ThePlanGivesWhatTheReferenceExecutorGives) {
  for_random_graphs([](const Request& request, const Feed& feed) {
    Vars wanted = request.outputs;
    for (const Update& update : request.updates) wanted.push_back(update.value);
    const auto expected = evaluate(wanted, feed), actual = replay_on_cpu(request, feed);
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(near(actual[i], expected[i], 2e-4)) << "value " << i;
  });
}

TEST(PassLaw, APassOnEqualsThePassOff) {
  int made_again = 0;
  for_random_graphs([&](const Request& request, const Feed& feed) {
    const auto on = replay_on_cpu(request, feed, {}, 1, 2);
    made_again += make_plan(request, {.recompute = true}).again.empty() ? 0 : 1;
    for (const PlanOptions& options :
         {PlanOptions{.group = false}, PlanOptions{.carry = false}, PlanOptions{.sums = false},
          PlanOptions{.join = false}, PlanOptions{.rows = false}, PlanOptions{.defer = false},
          PlanOptions{.defer = false, .carry = false}, PlanOptions{.in_place = false}, PlanOptions{.reuse = false},
          PlanOptions{.simplify = false}, PlanOptions{.recompute = true},
          PlanOptions{.simplify = false, .recompute = true}}) {
      const auto off = replay_on_cpu(request, feed, options, 1, 2);
      for (std::size_t i = 0; i < on.size(); ++i)
        EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i << (options.simplify ? "" : " simplify");
    }
  });
  EXPECT_GT(made_again, 5);  // of 60 graphs
}

TEST(ThreadsLaw, AnyNumberOfThreadsGivesTheSameBits) {
  for_random_graphs([](const Request& request, const Feed& feed) {
    const auto one = replay_on_cpu(request, feed);
    for (int threads : {2, 3, 7}) {
      const auto many = replay_on_cpu(request, feed, {}, threads);
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], many[i])) << "value " << i;
    }
  });
}

TEST(ThreadsLaw, HoldsForEveryOpOverManyChunks) {
  constexpr Index many_chunks = 70000;  // elements: four chunks or more of any kernel
  std::set<std::string_view> ran;
  for (const Op* op : all_ops())
    for (const Example& example : examples_of(*op)) {
      if (op->kind == Kind::elementwise && ran.contains(op->name)) break;  // to these, all shapes are lists
      for (const Example& large : scaled(*op, example, many_chunks, Dtype::f32)) {
        Trace trace;
        Random random(7, op->name);
        const Case c = make_case(*op, large, Dtype::f32, random);
        SCOPED_TRACE(c.text());
        const auto one = replay_on_cpu({{c.out}, {}}, c.feed);
        for (int threads : {2, 3, 7})
          EXPECT_TRUE(same_bits(replay_on_cpu({{c.out}, {}}, c.feed, {}, threads)[0], one[0]));
        ran.insert(op->name);
      }
    }
  // A constant is one number, and a reshape moves none: there is nothing to cut.
  const std::set<std::string_view> one_piece{"constant", "reshape"};
  for (const Op* op : all_ops()) EXPECT_NE(ran.contains(op->name), one_piece.contains(op->name)) << op->name;
}

TEST(ThreadsLaw, HoldsForWorkOfManyChunks) {
  Trace trace;
  Random random(3, "chunks");
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f32, {300, 257}}), w = graph.input("w", {Dtype::f32, {257, 190}}),
            table = graph.input("table", {Dtype::f32, {5000, 33}}), rows = graph.input("rows", {Dtype::i32, {3000}});
  Feed feed{{"x", noise(x.type(), random)},
            {"w", noise(w.type(), random)},
            {"table", noise(table.type(), random)},
            {"rows", sample(rows.type(), {.low = -1, .high = 5000, .index = true}, random)}};
  const Var loss = mean(logsumexp(tanh(matmul(x, w)), 1)) + mean(square(sin(gather(table, rows))));
  const Vars gradients = grad(loss, {x, w, table});
  const Request request{{loss, gradients[0], gradients[1], gradients[2]}, {{w, w - 0.1 * gradients[1]}}};
  const auto one = replay_on_cpu(request, feed);
  for (int threads : {2, 3, 7}) {
    const auto many = replay_on_cpu(request, feed, {}, threads);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], many[i])) << "value " << i;
  }
}

// All passes on, for one thread and several, give the bits that these options give.
void expect_the_bits_of(const PlanOptions& options, const Request& request, const Feed& feed) {
  const auto off = replay_on_cpu(request, feed, options);
  for (int threads : {1, 3}) {
    const auto on = replay_on_cpu(request, feed, {}, threads);
    for (std::size_t i = 0; i < on.size(); ++i) EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i;
  }
}

// What reads the result of an op element by element: a bias, an activation, a residual that is updated.
Request followed_request(const Case& c, Feed& feed, Random& random) {
  Graph& graph = c.out.graph();
  const Type& type = c.out.type();
  const int r = type.shape.rank();
  const Var bias = graph.input("bias", {type.dtype, r > 0 ? Shape{type.shape[r - 1]} : Shape{}}),
            residual = graph.input("residual", type);
  feed.emplace("bias", noise(bias.type(), random));
  feed.emplace("residual", noise(residual.type(), random));
  const Var step = tanh(c.out + broadcast_to(bias, type.shape)) * 0.5 + residual;
  return {{step, c.out, square(c.out)}, {{residual, residual - 0.1 * c.out}}};
}

TEST(PassLaw, WhatAnOpCarriesEqualsWhatRunsAfterIt) {
  for_each_target([] {
    for (const Op* op : all_ops())
      for (const Example& small : examples_of(*op)) {
        std::vector<Example> examples = scaled(*op, small, 20000, Dtype::f32);
        examples.push_back(small);
        if (op->kind != Kind::whole) break;
        for (const Example& example : examples) {
          Trace trace;
          Random random(11, op->name);
          const Case c = make_case(*op, example, Dtype::f32, random);
          if (c.out.dtype() != Dtype::f32) continue;
          SCOPED_TRACE(c.text());
          Feed feed = c.feed;
          const Request request = followed_request(c, feed, random);
          expect_the_bits_of({.carry = false}, request, feed);
        }
      }
  });
}

// A chain of elementwise ops with three of its results summed over the rows: one is kept, one is read by nothing else,
// and one is what the chain writes over its operand.
Request summed_request(Graph& graph, Dtype dtype, const Shape& shape) {
  const Var x = graph.input("x", {dtype, shape}), scale = graph.input("scale", {dtype, {shape[shape.rank() - 1]}});
  const Var kept = tanh(x * scale), squares = square(kept), after = x - 0.1 * kept;
  Shape leading;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) leading.push_back(axis);
  return {{kept, sum(kept, leading), sum(squares, leading), sum(after, leading)}, {{x, after}}};
}

TEST(PassLaw, SumsInAGroupEqualSumsAfterIt) {
  for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const Shape& shape : {Shape{2, 3}, Shape{7, 5, 16}, Shape{900, 33}, Shape{40, 256}, Shape{20000, 2},
                                 Shape{11, 9, 8, 64}, Shape{513, 257}, Shape{300, 512}, Shape{9, 600}}) {
        Trace trace;
        Random random(3, "sums");
        const Request request = summed_request(trace.graph(), dtype, shape);
        SCOPED_TRACE(to_string(request.outputs[0].type()));
        Feed feed{{"x", noise({dtype, shape}, random)}, {"scale", noise({dtype, {shape[shape.rank() - 1]}}, random)}};
        expect_the_bits_of({.sums = false}, request, feed);
      }
  });
}

// Bags of rows, summed, and the table after an update by their gradient. `written`: what is gathered and what is
// repeated for the gradient lies in memory, as something other than a sum or a scatter reads it first.
Request bags_request(Graph& graph, Dtype dtype, const Shape& bags, Index rows, Index width, bool written) {
  const int axis = bags.rank() - 1;
  Shape sums, every = bags;
  for (int i = 0; i < axis; ++i) sums.push_back(bags[i]);
  sums.push_back(width);
  every.push_back(width);
  const Var table = graph.input("table", {dtype, {rows, width}}), indices = graph.input("indices", {Dtype::i32, bags}),
            scale = graph.input("scale", {dtype, {}}), slope = graph.input("slope", {dtype, sums});
  const auto in_memory = [&](const Var& value) { return written ? value * scale : value; };  // scale is 1
  const Var total = sum(in_memory(gather(table, indices)), {axis});
  const Var repeated = in_memory(broadcast_to(expand(tanh(total) * slope, axis), every));
  const Var zeros = broadcast_to(constant(graph, 0, dtype), {rows, width});
  return {{total, scatter_add(zeros, indices, repeated)}, {{table, scatter_add(table, indices, repeated)}}};
}

TEST(Plan, BagsThatAreSummedAsTheyAreFoundEqualWrittenOnes) {
  for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const Shape& bags : {Shape{2, 1}, Shape{3, 7}, Shape{40, 127}, Shape{5, 128}, Shape{4, 129}, Shape{2, 700},
                                Shape{6, 5, 30}, Shape{900, 12}, Shape{1, 4}, Shape{1, 1, 300}})
        for (const Index width : {1, 2, 16, 33, 600}) {
          constexpr Index rows = 50;
          Random random(3, "bags");
          const Type indices{Dtype::i32, bags};
          Feed feed{{"table", noise({dtype, {rows, width}}, random)},
                    {"indices", sample(indices, {.low = -3, .high = rows + 3, .index = true}, random)}};
          Trace direct, through;
          const Request fused = bags_request(direct.graph(), dtype, bags, rows, width, false);
          const Request plain = bags_request(through.graph(), dtype, bags, rows, width, true);
          SCOPED_TRACE(fmt::format("{} rows of {}", to_string(indices), width));
          // Half of the bags end with padding.
          const auto numbers = feed.at("indices").span<std::int32_t>();
          const Index length = bags[bags.rank() - 1];
          for (Index bag = 0; bag < bags.count() / length; bag += 2)
            for (Index i = random.below(static_cast<std::uint64_t>(length)); i < length; ++i)
              numbers[static_cast<std::size_t>(bag * length + i)] = -1;
          feed.emplace("slope", noise(fused.outputs[0].type(), random));
          feed.emplace("scale", Tensor(Shape{}, std::vector<float>{1}));
          if (dtype == Dtype::f64) feed.at("scale") = Tensor(Shape{}, std::vector<double>{1});
          const auto expected = replay_on_cpu(plain, feed);
          for (const int threads : {1, 3}) {
            const auto found = replay_on_cpu(fused, feed, {}, threads);
            for (std::size_t i = 0; i < found.size(); ++i)
              EXPECT_TRUE(same_bits(found[i], expected[i])) << "value " << i;
          }
        }
  });
}

// The same gathered rows, read by a sum and by something else: they are written out and summed from there.
TEST(Plan, GatheredRowsThatAnotherReadsAreWrittenOut) {
  Trace trace;
  Random random(5, "both");
  Graph& graph = trace.graph();
  const Var table = graph.input("table", {Dtype::f32, {20, 16}}),
            indices = graph.input("indices", {Dtype::i32, {6, 5}});
  const Var rows = gather(table, indices), total = sum(rows, {1}), largest = max(rows, 1);
  const Feed feed{{"table", noise(table.type(), random)},
                  {"indices", sample(indices.type(), {.low = -1, .high = 21, .index = true}, random)}};
  const auto gathers = [](const Plan& plan) {
    return std::count_if(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
      return step.kind == Step::Kind::op && plan.graph->node(step.node).op->name == "gather";
    });
  };
  EXPECT_EQ(gathers(make_plan({{total}, {}})), 0);
  const Request request{{total, largest}, {}};
  EXPECT_EQ(gathers(make_plan(request)), 1);
  const auto expected = evaluate(request.outputs, feed), found = replay_on_cpu(request, feed);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(near(found[i], expected[i], 1e-5)) << "value " << i;
}

// A bag's rows as the largest memory of a worker, of no whole number of cache lines, beside kernels that keep lists and
// tiles in theirs.
TEST(Plan, EachWorkersMemoryIsAligned) {
  Trace trace;
  Random random(5, "aligned");
  Graph& graph = trace.graph();
  const Var table = graph.input("table", {Dtype::f32, {50, 33}}),
            indices = graph.input("indices", {Dtype::i32, {90, 127}}),
            image = graph.input("image", {Dtype::f32, {9, 12, 12, 3}}),
            kernel = graph.input("kernel", {Dtype::f32, {3, 3, 3, 5}});
  const Feed feed{{"table", noise(table.type(), random)},
                  {"indices", sample(indices.type(), {.low = 0, .high = 50, .index = true}, random)},
                  {"image", noise(image.type(), random)},
                  {"kernel", noise(kernel.type(), random)}};
  const Request request{{sum(gather(table, indices), {1}), conv2d(image, kernel), matmul(transpose(table), table)}, {}};
  const auto one = replay_on_cpu(request, feed), three = replay_on_cpu(request, feed, {}, 3);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], three[i])) << "value " << i;
}

TEST(Plan, AChainSumsItsResults) {
  Trace trace;
  const Request request = summed_request(trace.graph(), Dtype::f32, {300, 64});
  const Plan plan = make_plan(request);
  ASSERT_EQ(plan.steps.size(), 1u) << plan.explain();
  EXPECT_EQ(plan.steps[0].group.sums.size(), 3u);
  EXPECT_EQ(plan.steps[0].group.stores.size(), 2u) << "the squares need no memory";
  EXPECT_EQ(make_plan(request, {.sums = false}).steps.size(), 4u);
  // Longer rows than a tile are summed after it.
  Trace wide;
  EXPECT_EQ(make_plan(summed_request(wide.graph(), Dtype::f32, {300, 640})).steps.size(), 4u);
}

// What one op makes of its rows, and what goes on from there: a chain on the rows' values, one on all elements that
// reads both, sums of the columns, and a second reduction. Where it picks an element of each row, that is marked too.
Request rows_request(Graph& graph, Dtype dtype, const Shape& shape, int reduction) {
  const int last = shape.rank() - 1;
  Shape lines;
  for (int axis = 0; axis < last; ++axis) lines.push_back(shape[axis]);
  const Var x = graph.input("x", {dtype, shape}), scale = graph.input("scale", {dtype, {shape[last]}}),
            weight = graph.input("weight", {dtype, lines}), places = graph.input("places", {Dtype::i32, lines});
  const auto reduced = [&](Var v) {
    return reduction == 0   ? sum(v, {last})
           : reduction == 1 ? max(v, last)
           : reduction == 2 ? logsumexp(v, last)
                            : pick(v, places);
  };
  const Var first = reduced(tanh(x)), on_rows = first * 0.25 * weight + 0.5, centred = x - expand(on_rows, last),
            second = reduced(square(centred)), scaled = centred * expand(rsqrt(second + 9.0), last) * scale,
            y = reduction == 3 ? scaled - one_hot(places, shape[last], dtype) : scaled;
  Shape leading;
  for (int axis = 0; axis < last; ++axis) leading.push_back(axis);
  return {{y, first, second, sum(y * centred, leading)}, {{x, x - 0.1 * y}, {weight, weight - 0.1 * second}}};
}

TEST(PassLaw, RowsReducedInAGroupEqualRowsReducedAfterIt) {
  for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const Shape& shape : {Shape{2, 2}, Shape{3, 3}, Shape{7, 5, 16}, Shape{900, 33}, Shape{12000, 2},
                                 Shape{64, 10}, Shape{11, 1, 64}, Shape{53, 257}, Shape{30, 512}, Shape{9, 600}})
        for (int reduction : {0, 1, 2, 3}) {
          Trace trace;
          Random random(3, "rows");
          const Request request = rows_request(trace.graph(), dtype, shape, reduction);
          SCOPED_TRACE(fmt::format("{} {}", to_string(request.outputs[0].type()), reduction));
          const Feed feed{
              {"x", noise({dtype, shape}, random)},
              {"scale", noise({dtype, {shape[shape.rank() - 1]}}, random)},
              {"weight", noise(request.outputs[1].type(), random)},
              {"places",
               sample({Dtype::i32, request.outputs[1].type().shape},
                      {.low = -1, .high = static_cast<double>(shape[shape.rank() - 1]), .index = true}, random)}};
          expect_the_bits_of({.rows = false}, request, feed);
        }
  });
}

TEST(Plan, AChainReducesItsRowsAndGoesOn) {
  Trace trace;
  const Plan plan = make_plan({rows_request(trace.graph(), Dtype::f32, {300, 64}, 0).outputs, {}});
  ASSERT_EQ(plan.steps.size(), 1u) << plan.explain();
  EXPECT_EQ(plan.steps[0].group.columns, 64);
  EXPECT_EQ(plan.steps[0].group.sums.size(), 1u);
  const Plan picks = make_plan({rows_request(trace.graph(), Dtype::f32, {300, 64}, 3).outputs, {}});
  EXPECT_EQ(picks.steps.size(), 1u) << picks.explain();
  // Square: the value of a row is not that of a column.
  Trace square_trace;
  const Var x = square_trace.graph().input("x", {Dtype::f32, {8, 8}});
  const Plan crossed = make_plan({{x - sum(x, {1})}, {}});
  EXPECT_EQ(crossed.steps.size(), 2u) << crossed.explain();
  // Longer rows than a tile are reduced by themselves.
  Trace wide;
  EXPECT_GT(make_plan({rows_request(wide.graph(), Dtype::f32, {300, 640}, 0).outputs, {}}).steps.size(), 3u);
}

// A chain cannot pick by numbers that are found from its own results, nor mark rows that something else reads
// unwritten.
TEST(PassLaw, RowNumbersThatWaitForAChainAreNotReadInIt) {
  Trace trace;
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f32, {40, 12}}), w = graph.input("w", {Dtype::f32, {12, 9}});
  const Var y = tanh(x), best = argmax(y, 1), marks = one_hot(best, 12, Dtype::f32);
  const Request request{{pick(y, best) * 2.0, y * marks - expand(pick(square(y), best), 1), matmul(marks, w)},
                        {{x, x - marks}}};
  Random random(7, "row numbers");
  const Feed feed{{"x", noise(x.type(), random)}, {"w", noise(w.type(), random)}};
  expect_the_bits_of({.rows = false}, request, feed);
  const auto expected = evaluate(request.outputs, feed), actual = replay_on_cpu(request, feed);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(near(actual[i], expected[i], 1e-5)) << "value " << i;
}

TEST(Plan, AMaskIsMadeWhereItIsRead) {
  Trace trace;
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f32, {64, 32}}), w = graph.input("w", {Dtype::f32, {32, 48}}),
            v = graph.input("v", {Dtype::f32, {48, 16}});
  const Var hidden = relu(matmul(x, w)), loss = sum(square(matmul(hidden, v)));
  const Request request{{loss, grad(loss, {w, v})[0], grad(loss, {w, v})[1]}, {}};
  const auto written = [](const Plan& plan) {
    std::size_t masks = 0;
    for (const Step& step : plan.steps)
      for (NodeId value : step.writes) masks += plan.graph->node(value).op == &less_equal_op ? 1 : 0;
    return masks;
  };
  EXPECT_EQ(written(make_plan(request)), 0u) << make_plan(request).explain();
  EXPECT_EQ(written(make_plan(request, {.defer = false})), 1u);
}

// Allocations of three replays after the first.
long allocations_of_replays(const Request& request, Feed feed) {
  Pool pool(2);
  Executor executor(make_plan(request), pool);
  for (auto& [name, tensor] : feed)
    if (executor.needs(name)) executor.bind(name, tensor.view());
  executor.run();
  const long before = allocations();
  for (int i = 0; i < 3; ++i) executor.run();
  return allocations() - before;
}

TEST(Replay, AllocationsOfTensorsAndListsAreCounted) {
  const long before = allocations();
  const Tensor tensor({Dtype::f32, {3}});
  const long between = allocations();
  const std::vector<int> list(3);
  EXPECT_GT(between, before);
  EXPECT_GT(allocations(), between);
}

TEST(Replay, AllocatesNothing) {
  for_random_graphs(
      [](const Request& request, const Feed& feed) { EXPECT_EQ(allocations_of_replays(request, feed), 0); });
}

TEST(Replay, AllocatesNothingInAnyOp) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32})
    for_each_case(dtype, [](Case& c, Random&) { EXPECT_EQ(allocations_of_replays({{c.out}, {}}, c.feed), 0); });
}

TEST(Plan, AnUpdateWritesIntoItsTargetAndReadersSeeTheOldValue) {
  Trace trace;
  const Var p = trace.graph().input("p", {Dtype::f32, {3}});
  // Both outputs read the old p, and so does the update.
  const Request request{{p * 2.0, sum(p)}, {{p, p + 1.0}}};
  const Plan plan = make_plan(request);
  for (const Step& step : plan.steps) EXPECT_NE(step.kind, Step::Kind::copy) << plan.explain();
  const auto results = replay_on_cpu(request, {{"p", Tensor({3}, {1.f, 2.f, 3.f})}});
  EXPECT_TRUE(same_bits(results[0], Tensor({3}, {2.f, 4.f, 6.f})));
  EXPECT_EQ(results[1].at(0), 6);
  EXPECT_TRUE(same_bits(results[2], Tensor({3}, {2.f, 3.f, 4.f})));
}

TEST(Plan, ASwapOfTwoInputsGoesThroughCopies) {
  Trace trace;
  const Var a = trace.graph().input("a", {Dtype::f32, {2}}), b = trace.graph().input("b", {Dtype::f32, {2}});
  const auto results = replay_on_cpu({{}, {{a, b + 0.5}, {b, a + 0.5}}},
                                     {{"a", Tensor({2}, {1.f, 2.f})}, {"b", Tensor({2}, {3.f, 4.f})}});
  EXPECT_TRUE(same_bits(results[0], Tensor({2}, {3.5f, 4.5f})));
  EXPECT_TRUE(same_bits(results[1], Tensor({2}, {1.5f, 2.5f})));
}

TEST(Plan, AChainOfElementwiseOpsIsOneStep) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {64, 32}}), b = trace.graph().input("b", {Dtype::f32, {32}});
  const Plan plan = make_plan({{tanh(square(x + b) * 0.5 - sin(x))}, {}});
  EXPECT_EQ(plan.steps.size(), 1u) << plan.explain();
}

TEST(Plan, AProductCarriesWhatReadsItsResult) {
  Trace trace;
  Graph& graph = trace.graph();
  const Var x = graph.input("x", {Dtype::f32, {64, 32}}), w = graph.input("w", {Dtype::f32, {32, 48}}),
            b = graph.input("b", {Dtype::f32, {48}}), m = graph.input("m", {Dtype::f32, {32, 48}});
  const Var y = tanh(matmul(x, w) + b);
  const Plan forward = make_plan({{y}, {}});
  EXPECT_EQ(forward.steps.size(), 1u) << forward.explain();
  // Every element of the product is written over by its tanh.
  EXPECT_EQ(forward.arena_bytes, y.type().bytes()) << forward.explain();
  // The gradient and the weight that is updated by it; the product of the step before reads w, so this one may write
  // it.
  const Var gradient = matmul(x, y, {.a = true}), momentum = m * 0.9 + gradient;
  const Plan training = make_plan({{}, {{w, w - 0.1 * gradient}}});
  EXPECT_EQ(training.steps.size(), 2u) << training.explain();
  // More memory than that is fetched better by a pass of its own.
  const Plan heavy = make_plan({{}, {{m, momentum}, {w, w - 0.1 * momentum}}});
  EXPECT_EQ(heavy.steps.size(), 3u) << heavy.explain();
}

TEST(Plan, AProductsOperandIsNotWrittenOverByWhatItCarries) {
  Trace trace;
  Graph& graph = trace.graph();
  const Var w = graph.input("w", {Dtype::f32, {96, 96}}), x = tanh(w);
  // Both the residual and the target of the update are operands of the product.
  const Request request{{matmul(x, x) + x}, {{w, w - 0.5 * matmul(w, x)}}};
  Random random(5, "operands");
  const Feed feed{{"w", noise(w.type(), random)}};
  const auto on = replay_on_cpu(request, feed), off = replay_on_cpu(request, feed, {.carry = false, .in_place = false});
  for (std::size_t i = 0; i < on.size(); ++i) EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i;
}

TEST(Plan, RowsOfALargeTableAreUpdatedInPlace) {
  Trace trace;
  const Var table = trace.graph().input("table", {Dtype::f32, {100000, 4}}),
            rows = trace.graph().input("rows", {Dtype::i32, {3}});
  const Plan plan = make_plan({{}, {{table, scatter_set(table, rows, gather(table, rows) * 0.5)}}});
  EXPECT_LT(plan.arena_bytes, 1024u) << plan.explain();
}

}  // namespace
}  // namespace fathom::laws
