// A model in twenty lines: eight words of a review in, one to five stars out. Then a Hessian-vector product of the same
// loss, planned like any other program.
#include <fmt/format.h>

#include <algorithm>

#include "fathom/base/rng.hpp"
#include "fathom/fathom.hpp"

using namespace fathom;

struct Reviews : Module {  // members register under their names
  Embedding words{*this, "words", {.rows = 2'000, .width = 32}};
  Linear hidden{*this, "hidden", {.in = 8 * 32, .out = 64}};
  Linear scores{*this, "scores", {.in = 64, .out = 5}};
  Var operator()(Var tokens) const {  // [batch, 8] -> [batch, 5]
    return scores(tanh(hidden(reshape(words(tokens), {tokens.rows(), 8 * 32}))));
  }
};

// Reviews that have something to learn: each word is worth -1, 0 or 1, and the sum of a review's words makes its stars.
TensorSource simulated_reviews(Index rows) {
  Random random(7, "reviews");
  std::vector<std::int32_t> tokens, stars;
  for (Index row = 0; row < rows; ++row) {
    int sum = 0;
    for (int k = 0; k < 8; ++k) {
      tokens.push_back(static_cast<std::int32_t>(random.below(2'000)));
      sum += tokens.back() % 3 - 1;
    }
    stars.push_back(std::clamp(sum, -2, 2) + 2);
  }
  return TensorSource({{"tokens", Tensor({rows, 8}, tokens)}, {"stars", Tensor({rows}, stars)}},
                      {.train = rows - 4'000, .valid = 2'000, .test = 2'000});
}

int main() {
  const Reviews model;
  const TensorSource reviews = simulated_reviews(44'000);
  const Objective objective{
      .row_losses = [&](const Batch& b) { return softmax_cross_entropy(model(b["tokens"]), b["stars"]); },
      .outputs = [&](const Batch& b) { return model(b["tokens"]); }};
  Trainer trainer(objective, model.parameters(), reviews,
                  {.batch = 64, .epochs = 5, .optimizer = Adam{}, .schedule = {.base = 1e-3}});
  trainer.on_epoch = [](const EpochReport& epoch) {
    fmt::print("epoch {}   training loss {:.4f}   validation loss {:.4f}\n", epoch.epoch, epoch.train_loss,
               epoch.valid->loss);
  };
  trainer.run();
  const double loss = trainer.evaluate(Part::test).loss;
  fmt::print("test loss {:.4f}; without looking at the words it is {:.4f}\n", loss, 1.53);

  // The Hessian of the loss times a direction. Everything that the program reads is an input: the batch, the weights
  // and the direction.
  Program curvature([&](Trace& trace) {
    const auto types = reviews.inputs(64);
    const Batch b(trace.graph(), types);
    Vars direction;
    for (const Parameter& p : model.parameters()) direction.push_back(trace.graph().input("v/" + p.name, p.type));
    return Request{.outputs = hvp(mean(objective.row_losses(b)), model.parameters().vars(), direction)};
  });
  fmt::print("{}", curvature.explain());  // steps, kernels and why, arena, source lines
  return loss < 0.8 ? 0 : 1;
}
