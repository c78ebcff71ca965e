#include "fathom/train/table_model.hpp"

#include "fathom/data/dataset.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/optim/update.hpp"
#include "fathom/train/number_list.hpp"

namespace fathom {

namespace {

Init init_of(const std::string& name) {
  static const std::map<std::string, Init> inits{{"glorot_uniform", Init::glorot_uniform()},
                                                 {"glorot_normal", Init::glorot_normal()},
                                                 {"he_uniform", Init::he_uniform()},
                                                 {"he_normal", Init::he_normal()},
                                                 {"lecun_uniform", Init::lecun_uniform()},
                                                 {"lecun_normal", Init::lecun_normal()},
                                                 {"zeros", Init::zeros()},
                                                 {"constant", Init::constant(0.1)}};
  const auto it = inits.find(name);
  if (it == inits.end()) fail(Code::config, "there is no initialisation \"{}\"", name);
  return it->second;
}

// Of the last layer: units that are to begin alike must also be weighed alike.
Init output_init(const std::string& name) {
  return name == "zeros" || name == "constant" ? init_of(name) : Init::glorot_uniform();
}

Index outputs_of(const TargetEncoder& target) {
  return target.task == Task::multiclass ? static_cast<Index>(target.classes.size()) : 1;
}

}  // namespace

TableModelOptions model_options(const Settings& settings, const Pipeline& pipeline) {
  const EncoderSettings encoder = resolved_encoder(settings, pipeline);
  return {settings.model.hidden.value_or(automatic_hidden(encoder)),
          settings.model.activation,
          settings.model.norm,
          settings.model.init,
          settings.model.dropout,
          settings.model.input_noise,
          encoder,
          Dtype::f32};
}

Metadata model_metadata(const TableModelOptions& options) {
  Metadata metadata{{"model.hidden", number_list(options.hidden)},
                    {"model.activation", options.activation},
                    {"model.norm", options.norm}};
  add_metadata(options.encoder, metadata);
  return metadata;
}

TableModelOptions model_options(const Metadata& metadata, const std::string& source) {
  const auto need = [&](const std::string& key) -> const std::string& {
    const auto it = metadata.find(key);
    if (it == metadata.end())
      fail(Code::data, "{} does not say what network its weights belong to ({} is missing)", source, key);
    return it->second;
  };
  TableModelOptions options;
  options.activation = need("model.activation");
  options.norm = need("model.norm");
  options.hidden = whole_numbers(need("model.hidden"), "model.hidden", source);
  options.encoder = encoder_settings(metadata, source);
  return options;
}

TableModel::TableModel(const Pipeline& pipeline, const TableModelOptions& options)
    : Module(options.dtype),
      pipeline_(pipeline),
      dropout_(options.dropout),
      input_noise_(options.input_noise),
      is_linear_(options.hidden.empty() && options.encoder.type == "none"),
      activation_(activation(options.activation)),
      outputs_(outputs_of(pipeline.target)) {
  Index width = pipeline.dense_width();
  if (pipeline.pixels() > 0 && options.encoder.type != "none")
    encoder_.emplace(*this, "encoder", options.encoder, pipeline, options.activation);
  width += encoder_ ? encoder_->width() : pipeline.pixels();
  for (const CategoryEncoder& encoder : pipeline.categories) {
    const Index columns = is_linear_ ? outputs_ : encoder.width;
    categories_.emplace_back(
        *this, "category." + encoder.name,
        EmbeddingOptions{
            .rows = encoder.levels(), .width = columns, .init = is_linear_ ? Init::zeros() : Init::normal(0.1)});
    width += is_linear_ ? 0 : columns;
  }
  for (const TextEncoder& encoder : pipeline.texts) {
    const Index columns = is_linear_ ? outputs_ : encoder.width;
    texts_.emplace_back(*this, "text." + encoder.name,
                        EmbeddingBagOptions{.rows = encoder.buckets,
                                            .width = columns,
                                            .pooling = Pooling::mean,
                                            .init = is_linear_ ? Init::zeros() : Init::normal(0.1)});
    width += is_linear_ ? 0 : columns;
  }
  for (std::size_t i = 0; i < options.hidden.size(); ++i) {
    layers_.emplace_back(*this, fmt::format("hidden{}", i + 1),
                         LinearOptions{.in = width, .out = options.hidden[i], .init = init_of(options.init)});
    width = options.hidden[i];
    if (options.norm == "layer")
      norms_.emplace_back(*this, fmt::format("norm{}", i + 1), LayerNormOptions{.width = width});
  }
  if (width > 0)
    layers_.emplace_back(
        *this, "output",
        LinearOptions{.in = width, .out = outputs_, .init = is_linear_ ? Init::zeros() : output_init(options.init)});
}

Var TableModel::linear(const Batch& batch) const {
  Var total;
  const auto join = [&](Var part) { total = total.defined() ? total + part : part; };
  Vars direct;
  if (pipeline_.dense_width() > 0) direct.push_back(batch[inputs::dense]);
  if (pipeline_.pixels() > 0) direct.push_back(batch[inputs::image]);
  if (!direct.empty()) join(layers_.front()(concat(direct, 1)));
  for (std::size_t k = 0; k < categories_.size(); ++k)
    join(categories_[k](batch[inputs::category(pipeline_.categories[k].name)]));
  for (std::size_t k = 0; k < texts_.size(); ++k) join(texts_[k](batch[inputs::text(pipeline_.texts[k].name)]));
  return total;
}

Var TableModel::joined(const Batch& batch) const {
  Vars parts;
  if (pipeline_.dense_width() > 0) parts.push_back(gaussian_noise(batch[inputs::dense], input_noise_));
  if (pipeline_.pixels() > 0)
    parts.push_back(encoder_ ? encoder_->features(batch[inputs::image]) : batch[inputs::image]);
  for (std::size_t k = 0; k < categories_.size(); ++k)
    parts.push_back(categories_[k](batch[inputs::category(pipeline_.categories[k].name)]));
  for (std::size_t k = 0; k < texts_.size(); ++k)
    parts.push_back(texts_[k](batch[inputs::text(pipeline_.texts[k].name)]));
  Var x = concat(parts, 1);
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
    x = layers_[i](x);
    if (!norms_.empty()) x = norms_[i](x);
    x = activation_(x);
    if (dropout_ > 0) x = dropout(x, dropout_);
  }
  return layers_.back()(x);
}

Var TableModel::operator()(const Batch& batch) const {
  const Var out = is_linear_ ? linear(batch) : joined(batch);
  return outputs_ == 1 ? reshape(out, {out.rows()}) : out;
}

Objective make_objective(const TableModel& model, const Pipeline& pipeline, const Settings& settings) {
  Objective objective;
  const Task task = pipeline.target.task;
  const std::string loss = settings.output.loss;
  const bool classes = task != Task::regression;
  if (loss == "cross_entropy" && !classes)
    throw Error(Code::config, "cross_entropy needs classes, but the target is a number", {}, "use mse, mae or huber");
  if (loss == "huber" && classes)
    throw Error(Code::config, "huber needs a number, but the target is a class", {}, "use cross_entropy or mse");
  const double smoothing = settings.output.label_smoothing, delta = settings.output.huber_delta;
  objective.outputs = [&model](const Batch& batch) { return model(batch); };
  const auto loss_of = [task, loss, smoothing, delta](const Var& out, const Var& target) {
    if (task == Task::multiclass) {
      // Squared errors of the probabilities, for comparison with cross-entropy.
      if (loss == "mse") return mse(softmax(out), one_hot(target, out.columns(), out.dtype()));
      if (loss == "mae") return mae(softmax(out), one_hot(target, out.columns(), out.dtype()));
      return softmax_cross_entropy(out, target, {.label_smoothing = smoothing});
    }
    if (task == Task::binary) {
      if (loss == "mse") return mse(sigmoid(out), target);
      if (loss == "mae") return mae(sigmoid(out), target);
      return binary_cross_entropy(out, smoothing > 0 ? target * (1 - smoothing) + 0.5 * smoothing : target);
    }
    return loss == "mae" ? mae(out, target) : loss == "huber" ? huber(out, target, {.delta = delta}) : mse(out, target);
  };
  objective.row_losses = [&model, loss_of](const Batch& batch) {
    const Var out = model(batch), own = loss_of(out, batch[inputs::target]);
    if (!batch.has(inputs::mixed_target)) return own;
    // Two images in one: the loss of each target by its share (Zhang et al. 2018, mixup).
    const Var share = batch[inputs::own_share];
    return share * own + (1 - share) * loss_of(out, batch[inputs::mixed_target]);
  };
  const double l1 = settings.trainer.l1, l2 = settings.trainer.l2;
  if (l1 > 0 || l2 > 0)
    objective.penalty = [&model, l1, l2] {
      Vars matrices;
      for (const Var& parameter : model.parameters().vars())
        if (is_matrix(parameter)) matrices.push_back(parameter);
      return l1_penalty(matrices) * l1 + l2_penalty(matrices) * l2;
    };
  return objective;
}

}  // namespace fathom
