#include "fathom/train/checkpoint.hpp"

#include <charconv>

namespace fathom {

namespace {

constexpr const char* format_key = "fathom.format";
constexpr const char* state_format = "trainer/1";

// The numbers of a state by name: one list for writing and reading.
template <class State, class Visit>
void for_each_counter(State& state, Visit&& visit) {
  visit("step", state.step);
  visit("epoch", state.epoch);
  visit("batch_in_epoch", state.batch_in_epoch);
  visit("epoch_loss", state.epoch_loss);
  visit("epoch_weight", state.epoch_weight);
  visit("epoch_gradient", state.epoch_gradient);
  visit("best", state.best);
  visit("best_epoch", state.best_epoch);
  visit("plateau.scale", state.plateau.scale);
  visit("plateau.best", state.plateau.best);
  visit("plateau.bad_epochs", state.plateau.bad_epochs);
  visit("seconds", state.seconds);
}

// Those that a checkpoint may lack: patience then waits on the best.
template <class State, class Visit>
void for_each_awaited(State& state, Visit&& visit) {
  visit("awaited", state.awaited);
  visit("awaited_epoch", state.awaited_epoch);
}

void add_weights(std::vector<StoredView>& tensors, const Flat& weights, const std::string& prefix) {
  for (std::size_t k = 0; k < weights.layout().size(); ++k)
    tensors.push_back(stored_view(prefix + weights.layout()[k].name, weights.view(k)));
}

void read_weights(const Safetensors& file, Flat& weights, const std::string& prefix) {
  for (std::size_t k = 0; k < weights.layout().size(); ++k)
    file.copy_to(prefix + weights.layout()[k].name, weights.view(k));
}

bool same_values(const Flat& a, const Flat& b) {
  return a.values().bytes() == b.values().bytes() &&
         std::memcmp(a.values().view().data, b.values().view().data, a.values().bytes()) == 0;
}

template <class Number>
void parse(const std::string& path, const std::string& key, const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    fail(Code::data, "{} is damaged: {} is \"{}\"", path, key, text);
}

}  // namespace

void save_state(const std::string& path, const Trainer& trainer) {
  const TrainerState& state = trainer.state();
  std::vector<StoredView> tensors;
  add_weights(tensors, state.weights, "");
  if (!same_values(state.weights, state.best_weights)) add_weights(tensors, state.best_weights, "best/");
  const auto names = trainer.optimizer_names();
  for (std::size_t k = 0; k < names.size(); ++k) tensors.push_back(stored_view(names[k], state.optimizer[k]));
  Metadata metadata{{format_key, state_format}};
  const auto write = [&](const char* name, const auto& number) { metadata[name] = fmt::format("{}", number); };
  for_each_counter(state, write);
  for_each_awaited(state, write);
  write_safetensors(path, tensors, metadata);
}

TrainerState load_state(const std::string& path, const Trainer& trainer) {
  const Safetensors file = read_safetensors(path);
  if (const auto it = file.metadata().find(format_key); it == file.metadata().end() || it->second != state_format)
    throw Error(Code::data, message("{} is not a training checkpoint", path), {},
                "only checkpoints/last.safetensors of a run can be resumed");
  TrainerState state = trainer.state();
  read_weights(file, state.weights, "");
  const bool has_best = file.has("best/" + state.weights.layout()[0].name);
  read_weights(file, state.best_weights, has_best ? "best/" : "");
  const auto names = trainer.optimizer_names();
  for (std::size_t k = 0; k < names.size(); ++k) file.copy_to(names[k], state.optimizer[k].view());
  const auto read = [&](const char* name, auto& number) { parse(path, name, file.metadata(name), number); };
  for_each_counter(state, read);
  state.awaited = state.best;
  state.awaited_epoch = state.best_epoch;
  if (file.metadata().contains("awaited")) for_each_awaited(state, read);
  return state;
}

void save_weights(const std::string& path, const Flat& weights, const Metadata& metadata) {
  std::vector<StoredView> tensors;
  add_weights(tensors, weights, "");
  write_safetensors(path, tensors, metadata);
}

void load_weights(const std::string& path, Flat& weights) { read_weights(read_safetensors(path), weights, ""); }

}  // namespace fathom
