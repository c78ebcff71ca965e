// The laws of plans and kernels: the fast way gives what the obvious way gives, for any number of threads and any
// passes.
#include <cmath>

#include "fathom/cpu/executor.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/random.hpp"
#include "tests/laws/allocations.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {
namespace {

// The outputs of a request, then the new values of its updated inputs.
std::vector<Tensor> replay(const Request& request, Feed feed, const PlanOptions& options = {}, int threads = 1,
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

TEST(KernelLaw, TheFastKernelEqualsTheReference) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for_each_case(dtype, [&](Case& c, Random&) {
      const Tensor expected = evaluate(std::vector<Var>{c.out}, c.feed).front();
      EXPECT_TRUE(near(replay({{c.out}, {}}, c.feed).front(), expected, dtype == Dtype::f32 ? 3e-6 : 1e-13));
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

TEST(NumericLaw, SpecialValuesAreWhatTheReferenceMakesOfThem) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> special{0.0,    -0.0, 1.0,   -1.0,  inf,    -inf, nan,   1e-30,
                                    -1e-30, 88.8, -88.8, 104.0, -104.0, 1e30, -1e30, 0.5};
  for (Dtype dtype : {Dtype::f32, Dtype::f64})
    for_each_case(dtype, [&](Case& c, Random&) {
      if (c.op->kind != Kind::elementwise || c.in.empty() || c.out.shape().rank() != 2 || c.op->name == "cast") return;
      int k = 0;
      for (auto& [name, tensor] : c.feed) {
        for (Index i = 0; i < tensor.count(); ++i)
          tensor.set(i, special[static_cast<std::size_t>(i * (2 * k + 1) + k) % special.size()]);
        ++k;
      }
      EXPECT_TRUE(near(replay({{c.out}, {}}, c.feed).front(), evaluate(std::vector<Var>{c.out}, c.feed).front(), 1e-5));
    });
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
  Request request{{loss}, {}};
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
    const auto expected = evaluate(wanted, feed), actual = replay(request, feed);
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(near(actual[i], expected[i], 2e-4)) << "value " << i;
  });
}

TEST(PassLaw, APassOnEqualsThePassOff) {
  for_random_graphs([](const Request& request, const Feed& feed) {
    const auto on = replay(request, feed, {}, 1, 2);
    for (const PlanOptions& options : {PlanOptions{.group = false}, PlanOptions{.in_place = false},
                                       PlanOptions{.reuse = false}, PlanOptions{.simplify = false}}) {
      const auto off = replay(request, feed, options, 1, 2);
      for (std::size_t i = 0; i < on.size(); ++i)
        EXPECT_TRUE(same_bits(on[i], off[i])) << "value " << i << (options.simplify ? "" : " simplify");
    }
  });
}

TEST(ThreadsLaw, AnyNumberOfThreadsGivesTheSameBits) {
  for_random_graphs([](const Request& request, const Feed& feed) {
    const auto one = replay(request, feed);
    for (int threads : {2, 3, 7}) {
      const auto many = replay(request, feed, {}, threads);
      for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], many[i])) << "value " << i;
    }
  });
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
  const auto one = replay(request, feed);
  for (int threads : {2, 3, 7}) {
    const auto many = replay(request, feed, {}, threads);
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], many[i])) << "value " << i;
  }
}

TEST(Replay, AllocatesNothing) {
  for_random_graphs([](const Request& request, const Feed& original) {
    Feed feed = original;
    Pool pool(2);
    Executor executor(make_plan(request), pool);
    for (auto& [name, tensor] : feed)
      if (executor.needs(name)) executor.bind(name, tensor.view());
    executor.run();
    const long before = allocations();
    for (int i = 0; i < 3; ++i) executor.run();
    EXPECT_EQ(allocations() - before, 0);
  });
}

TEST(Plan, AnUpdateWritesIntoItsTargetAndReadersSeeTheOldValue) {
  Trace trace;
  const Var p = trace.graph().input("p", {Dtype::f32, {3}});
  // Both outputs read the old p, and so does the update.
  const Request request{{p * 2.0, sum(p)}, {{p, p + 1.0}}};
  const Plan plan = make_plan(request);
  for (const Step& step : plan.steps) EXPECT_NE(step.kind, Step::Kind::copy) << plan.explain();
  const auto results = replay(request, {{"p", Tensor({3}, {1.f, 2.f, 3.f})}});
  EXPECT_TRUE(same_bits(results[0], Tensor({3}, {2.f, 4.f, 6.f})));
  EXPECT_EQ(results[1].at(0), 6);
  EXPECT_TRUE(same_bits(results[2], Tensor({3}, {2.f, 3.f, 4.f})));
}

TEST(Plan, ASwapOfTwoInputsGoesThroughCopies) {
  Trace trace;
  const Var a = trace.graph().input("a", {Dtype::f32, {2}}), b = trace.graph().input("b", {Dtype::f32, {2}});
  const auto results =
      replay({{}, {{a, b + 0.5}, {b, a + 0.5}}}, {{"a", Tensor({2}, {1.f, 2.f})}, {"b", Tensor({2}, {3.f, 4.f})}});
  EXPECT_TRUE(same_bits(results[0], Tensor({2}, {3.5f, 4.5f})));
  EXPECT_TRUE(same_bits(results[1], Tensor({2}, {1.5f, 2.5f})));
}

TEST(Plan, AChainOfElementwiseOpsIsOneStep) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {64, 32}}), b = trace.graph().input("b", {Dtype::f32, {32}});
  const Plan plan = make_plan({{tanh(square(x + b) * 0.5 - sin(x))}, {}});
  EXPECT_EQ(plan.steps.size(), 1u) << plan.explain();
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
