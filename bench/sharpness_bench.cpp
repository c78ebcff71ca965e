// The largest eigenvalue of a loss's Hessian until its bound is within 1 % of it, by Lanczos' method begun on a sample
// of the rows, and by power iteration. As one JSON line.
//
// usage: sharpness_bench PROBLEM.toml THREADS POINT.safetensors UPDATES
//
// POINT gets the weights after so many updates and the rows, for the peer, and what the eigenvalue is. A point that is
// there already is read and not made again, and only Lanczos' method is timed then: what the rounds of
// bench/sharpness.py need. A few updates show how much memory training takes.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "bench/machine.hpp"
#include "bench/networks.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/chunk_length.hpp"
#include "fathom/inspect/largest_eigenvalue.hpp"
#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/train/safetensors.hpp"
#include "fathom/train/trainer.hpp"

using namespace fathom;
using namespace fathom::bench;

namespace {

constexpr double wanted = 0.01;
constexpr Index training_batch = 64, few_updates = 3;

// Rows in clusters, one a class, with a tenth of the labels drawn by chance: something to learn, and not all of it.
std::pair<Tensor, Tensor> rows_of(const Problem& problem) {
  Tensor x(input_type(problem)), y(target_type(problem));
  const Index rows = problem.batch, width = x.count() / rows;
  const auto classes = static_cast<std::uint64_t>(classes_of(problem));
  Random random(1, "rows");
  std::vector<double> centres(classes * static_cast<std::size_t>(width));
  for (double& centre : centres) centre = 0.3 * random.normal();
  for (Index i = 0; i < rows; ++i) {
    const std::uint64_t cluster = random.below(classes);
    y.set(i, static_cast<double>(random.below(10) == 0 ? random.below(classes) : cluster));
    for (Index j = 0; j < width; ++j)
      x.set(i * width + j,
            centres[cluster * static_cast<std::size_t>(width) + static_cast<std::size_t>(j)] + random.normal());
  }
  return {std::move(x), std::move(y)};
}

// Power iteration until its residual bounds the error by 1 %, as Lanczos' method does; at most 1,000 products. The
// value after each.
std::vector<double> power_iteration(curvature::SymmetricOperator& a) {
  std::vector<double> values;
  curvature::Vector v = curvature::random_normal(a.dimension(), 2, "power iteration");
  curvature::scale(v, 1 / curvature::norm(v));
  while (values.size() < 1000) {
    const curvature::Vector image = a * v;
    values.push_back(curvature::dot(v, image));
    curvature::Vector residual = image;
    curvature::axpy(-values.back(), v, residual);
    if (curvature::norm(residual) <= wanted * values.back()) break;
    v = image;
    curvature::scale(v, 1 / curvature::norm(v));
  }
  return values;
}

int run(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: sharpness_bench PROBLEM.toml THREADS POINT.safetensors UPDATES\n");
    return 2;
  }
  const Problem problem = read_problem(argv[1]);
  Pool::resize_shared(std::max(1, std::atoi(argv[2])));
  const std::string point = argv[3];
  const auto network = make_network(problem);
  auto [x, y] = rows_of(problem);
  const TensorSource source({{"x", x}, {"y", y}}, {.train = problem.batch, .valid = 0, .test = 0});
  const Objective objective{
      .row_losses = [&](const Batch& b) { return softmax_cross_entropy((*network)(b["x"]), b["y"]); },
      .outputs = [&](const Batch& b) { return (*network)(b["x"]); }};
  std::vector<Index> all(static_cast<std::size_t>(problem.batch));
  std::iota(all.begin(), all.end(), Index{0});
  double training_mb = 0;
  const auto weights_after = [&](Index updates) {
    forget_peak_memory();
    Trainer trainer(objective, network->parameters(), source,
                    {.batch = training_batch,
                     .epochs = 1000,
                     .max_steps = updates,
                     .optimizer = optimizer(problem.optimizer),
                     .schedule = {.base = problem.learning_rate}});
    // Of the updates alone: weights are judged by batches of their own.
    trainer.on_step = [&](const StepReport&) { training_mb = peak_memory_mb(); };
    trainer.run();
    return trainer.state().weights;
  };
  const bool is_first = !std::filesystem::exists(point);
  Flat weights = is_first ? weights_after(std::atoll(argv[4])) : network->parameters().initialise(1);
  curvature::LossRows rows{objective, source, all};
  rows.chunk = curvature::chunk_within_training(rows, weights, {.batch = training_batch});
  double known = 0;
  std::string more;
  if (is_first) {
    curvature::LossCurvature hessian(rows, weights);
    const std::vector<double> power = power_iteration(hessian);
    // Two starts by chance, that both would have to miss it.
    known =
        std::max(power.back(), curvature::lanczos_extremes(
                                   hessian, {.largest = 1, .smallest = 0, .accuracy = 1e-4, .copies = false, .seed = 3})
                                   .largest[0]
                                   .value);
    const auto right = std::find_if(power.begin(), power.end(),
                                    [&](double value) { return std::abs(value - known) <= wanted * known; });
    curvature::LossAt loss(rows, weights);
    more = fmt::format(", \"power_to_bound\": {}, \"power_to_value\": {}, \"loss\": {:.9g}", power.size(),
                       right - power.begin() + 1, loss());
    std::vector<StoredView> tensors{stored_view("x", x), stored_view("y", y)};
    for (std::size_t k = 0; k < weights.layout().size(); ++k)
      tensors.push_back(stored_view(weights.layout()[k].name, weights.view(k)));
    write_safetensors(point, tensors, {{"known", fmt::format("{:.17g}", known)}});
  } else {
    const Safetensors file = read_safetensors(point);
    known = std::atof(file.metadata().at("known").c_str());
    for (std::size_t k = 0; k < weights.layout().size(); ++k) file.copy_to(weights.layout()[k].name, weights.view(k));
  }

  weights_after(few_updates);
  forget_peak_memory();
  const Stopwatch watch;
  const curvature::LargestEigenvalue largest = curvature::largest_eigenvalue(rows, weights, {.accuracy = wanted});
  const double seconds = watch.seconds(), memory_mb = peak_memory_mb() - training_mb;
  if (!largest.converged || std::abs(largest.found.value - known) > wanted * known)
    fail(Code::data, "the largest eigenvalue is {}, and {} within {} was found", known, largest.found.value,
         largest.found.bound);
  fmt::print(
      "{{\"known\": {:.9g}, \"value\": {:.9g}, \"bound\": {:.3g}, \"products\": {}, \"sample_products\": {:.2f}, "
      "\"seconds\": {:.6f}{}, \"rows_at_a_time\": {}, \"training_mb\": {:.1f}, \"memory_mb\": {:.1f}, \"vector_mb\": "
      "{:.3f}, \"peak_gflops\": {:.2f}}}\n",
      known, largest.found.value, largest.found.bound, largest.products, largest.sample_products, seconds, more,
      rows.chunk, training_mb, memory_mb, 4e-6 * static_cast<double>(largest.direction.size()), fma_peak_gflops());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "sharpness_bench: {}\n", error.what());
    return 1;
  }
}
