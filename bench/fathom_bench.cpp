// One problem of bench/problems in Fathom: times as one JSON line.
//
// usage: fathom_bench PROBLEM.toml SECONDS [THREADS] [--explain]
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <string>

#include "bench/machine.hpp"
#include "bench/networks.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/conv.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/optim/update.hpp"
#include "fathom/train/program.hpp"

using namespace fathom;
using namespace fathom::bench;

namespace {

// Multiplications and additions of the products and convolutions that a plan does, in GFlop.
double gflop(const Plan& plan) {
  double total = 0;
  for (const Step& step : plan.steps) {
    if (step.kind != Step::Kind::op) continue;
    const Node& node = plan.graph->node(step.node);
    if (node.op == &matmul_op) {
      const Shape& a = plan.graph->node(node.operands[0]).type.shape;
      const Index k = node.attributes.ints[0] != 0 ? a[a.rank() - 2] : a[a.rank() - 1];
      total += 2e-9 * static_cast<double>(node.type.shape.count() * k);
    } else if (node.op == &conv_op || node.op == &conv_input_op || node.op == &conv_weight_op) {
      const Type in[] = {plan.graph->node(node.operands[0]).type, plan.graph->node(node.operands[1]).type};
      const ConvGeometry g = conv_geometry(*node.op, in, node.attributes);
      total += 2e-9 * static_cast<double>(g.n * g.i * g.j * g.p * g.q * (g.c / g.groups) * g.o);
    }
  }
  return total;
}

// Eight batches made beforehand, as the peer has them.
struct Batches {
  explicit Batches(const Problem& problem) {
    Random random(1, "batches");
    const Type x_type = input_type(problem), y_type = target_type(problem);
    const auto classes = static_cast<std::uint64_t>(std::max<Index>(2, classes_of(problem)));
    for (int b = 0; b < (problem.task == "hvp" ? 1 : 8); ++b) {
      auto& [x, y] = all.emplace_back(Tensor(x_type), Tensor(y_type));
      for (Index i = 0; i < x.count(); ++i)
        x.set(i, problem.fields > 0
                     ? static_cast<double>(i % problem.fields * problem.levels +
                                           static_cast<Index>(random.below(static_cast<std::uint64_t>(problem.levels))))
                     : random.normal());
      for (Index i = 0; i < y.count(); ++i) y.set(i, static_cast<double>(random.below(classes)));
    }
  }
  void bind(Program& program, std::size_t i) {
    auto& [x, y] = all[i % all.size()];
    program.bind("x", x.view());
    program.bind("y", y.view());
  }
  std::deque<std::pair<Tensor, Tensor>> all;
};

// What one program of a problem took, and the lines of its plan.
struct Timed {
  double median_ms = 0, gflop = 0;
  std::size_t steps = 0;
  std::string plan;
};

// The median time of one(i) over `seconds`, from at least three calls and of the last 10,000, after two that do not
// count.
template <class F>
Timed timed(const Program& program, double seconds, F&& one) {
  Timed result{.gflop = gflop(program.plan()), .plan = program.explain()};
  one(0);
  one(1);
  constexpr std::size_t kept = 10'000;  // few, so that they do not count as memory of the problem
  std::vector<double> times;
  for (Stopwatch total; total.seconds() < seconds || result.steps < 3; ++result.steps) {
    const Stopwatch watch;
    one(result.steps);
    const double taken = watch.seconds();
    if (times.size() < kept)
      times.push_back(taken);
    else
      times[result.steps % kept] = taken;
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  result.median_ms = times[times.size() / 2] * 1e3;
  return result;
}

void bind_each(Program& program, const std::string& prefix, const Flat& values) {
  for (std::size_t k = 0; k < values.layout().size(); ++k)
    program.bind(prefix + values.layout()[k].name, values.view(k));
}

Var loss_in(Trace& trace, const Problem& problem, const Network& network) {
  const Var scores = network(trace.graph().input("x", input_type(problem)));
  return loss_of(problem, scores, trace.graph().input("y", target_type(problem)));
}

// Loss, gradient and update: one program.
Timed train(const Problem& problem, const Network& network, const Flat& weights, Batches& batches, double seconds) {
  std::vector<StateVar> states;
  Program program(
      [&](Trace& trace) {
        const Var loss = loss_in(trace, problem, network);
        const Vars vars = network.parameters().vars();
        const Updates updates = update(optimizer(problem.optimizer), vars, grad(loss, vars));
        Request request{{loss}, {}};
        for (std::size_t k = 0; k < vars.size(); ++k) request.updates.push_back({vars[k], updates.parameters[k]});
        for (const StateVar& state : updates.states) request.updates.push_back({state.value, state.next});
        for (const auto& [target, value] : trace.assigned()) request.updates.push_back({target, value});
        states = updates.states;
        return request;
      },
      Mode::training);
  bind_each(program, "", weights);
  std::deque<Tensor> buffers;
  for (const StateVar& state : states) program.bind(state.name, buffers.emplace_back(state.type).view());
  Tensor rate({}, {static_cast<float>(problem.learning_rate)}), step({}, {1.f});
  program.bind(rate_input, rate.view());
  program.bind(step_input, step.view());
  double count = 0;
  return timed(program, seconds, [&](std::size_t i) {
    batches.bind(program, i);
    step.set(0, ++count);
    program.run();
  });
}

// One gradient, or the Hessian times a random direction.
Timed differentiate(const Problem& problem, const Network& network, const Flat& weights, Batches& batches,
                    double seconds, int order) {
  Program program(
      [&](Trace& trace) {
        const Var loss = loss_in(trace, problem, network);
        const Vars vars = network.parameters().vars();
        if (order == 1) return Request{grad(loss, vars), {}};
        Vars direction;
        for (const Var& var : vars)
          direction.push_back(trace.graph().input("direction/" + var.node().name, var.type()));
        return Request{hvp(loss, vars, direction), {}};
      },
      Mode::training);
  bind_each(program, "", weights);
  const Flat direction = random_like(weights, 2);
  bind_each(program, "direction/", direction);
  return timed(program, seconds, [&](std::size_t i) {
    batches.bind(program, i);
    program.run();
  });
}

Timed predict(const Problem& problem, const Network& network, const Flat& weights, Batches& batches, double seconds) {
  Program program([&](Trace& trace) { return Request{{network(trace.graph().input("x", input_type(problem)))}, {}}; });
  bind_each(program, "", weights);
  return timed(program, seconds, [&](std::size_t i) {
    batches.bind(program, i);
    program.run();
  });
}

int run(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: fathom_bench PROBLEM.toml SECONDS [THREADS] [--explain]\n");
    return 2;
  }
  const double start_mb = peak_memory_mb();
  const Problem problem = read_problem(argv[1]);
  const double seconds = std::atof(argv[2]);
  Pool::resize_shared(argc > 3 ? std::max(1, std::atoi(argv[3])) : 1);
  const bool explain = argc > 4 && std::string(argv[4]) == "--explain";

  const auto network = make_network(problem);
  const Flat weights = network->parameters().initialise(1);
  Batches batches(problem);
  std::string more;
  Timed result;
  if (problem.task == "train") {
    result = train(problem, *network, weights, batches, seconds);
  } else if (problem.task == "predict") {
    result = predict(problem, *network, weights, batches, seconds);
  } else if (problem.task == "hvp") {
    const Timed gradient = differentiate(problem, *network, weights, batches, seconds, 1);
    more = fmt::format(", \"gradient_ms\": {:.6f}", gradient.median_ms);
    result = differentiate(problem, *network, weights, batches, seconds, 2);
  } else {
    fmt::print(stderr, "fathom_bench: {} has the task \"{}\", not train, hvp or predict\n", argv[1], problem.task);
    return 2;
  }
  if (explain) fmt::print(stderr, "{}", result.plan);
  const double memory_mb = peak_memory_mb();  // before the copy below takes memory of its own
  fmt::print(
      "{{\"median_ms\": {:.6f}{}, \"steps\": {}, \"plan_gflop\": {:.6g}, \"memory_mb\": {:.1f}, \"start_mb\": {:.1f}, "
      "\"target\": \"{}\", \"peak_gflops\": {:.2f}, \"copy_gb_s\": {:.2f}}}\n",
      result.median_ms, more, result.steps, result.gflop, memory_mb, start_mb, simd_target(), fma_peak_gflops(),
      copy_gb_per_second());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fathom_bench: {}\n", error.what());
    return 1;
  }
}
