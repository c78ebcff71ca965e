#include "fathom/train/image_encoder.hpp"

#include <algorithm>

#include "fathom/train/number_list.hpp"

namespace fathom {

namespace {

// From so many rows and columns on, "auto" is a cnn.
constexpr Index least_for_cnn = 12;
// Rows times columns that its last stage gives at most, where the image can be cut so far.
constexpr Index most_places = 100;

// Of a cnn that is asked for by name alone.
const std::vector<Index> plain_channels{32, 64};

CnnOptions cnn_options(const EncoderSettings& s, const Pipeline& pipeline, const std::string& activation) {
  return {.rows = pipeline.image_rows,
          .columns = pipeline.image_columns,
          .channels = pipeline.image_channels,
          .widths = s.channels.value_or(plain_channels),
          .convolutions = s.convolutions,
          .kernel = s.kernel,
          .stride = s.stride,
          .groups = s.groups,
          .padding = s.padding == "same" ? Padding::same : Padding::none,
          .batch_norm = s.norm == "batch",
          .activation = activation,
          .pool = s.pool == "max"    ? PoolKind::max
                  : s.pool == "mean" ? PoolKind::mean
                                     : PoolKind::none,
          .pool_size = s.pool_size};
}

// The whole numbers of a cnn and its words, by the names of their keys.
template <class Settings, class Visit>
void for_each_number(Settings& s, Visit&& visit) {
  visit("convolutions", s.convolutions);
  visit("kernel", s.kernel);
  visit("stride", s.stride);
  visit("groups", s.groups);
  visit("pool_size", s.pool_size);
}
template <class Settings, class Visit>
void for_each_word(Settings& s, Visit&& visit) {
  visit("type", s.type);
  visit("padding", s.padding);
  visit("norm", s.norm);
  visit("pool", s.pool);
}

std::string key_of(const char* name) { return std::string("model.encoder.") + name; }

const std::vector<std::string>& choices_of(const std::string& path) {
  return std::find_if(settings_keys().begin(), settings_keys().end(), [&](const Key& key) { return key.path == path; })
      ->choices;
}

}  // namespace

EncoderSettings resolved_encoder(const Settings& settings, const Pipeline& pipeline) {
  EncoderSettings encoder = settings.model.encoder;
  const bool has_own_channels = encoder.channels.has_value();
  if (encoder.type == "cnn" && !has_own_channels) encoder.channels = plain_channels;
  if (encoder.type != "auto") return encoder;
  const bool is_linear = settings.model.hidden && settings.model.hidden->empty();
  Index rows = pipeline.image_rows, columns = pipeline.image_columns;
  encoder.type = std::min(rows, columns) >= least_for_cnn && !is_linear ? "cnn" : "none";
  if (encoder.type == "none" || has_own_channels) return encoder;
  // Narrow, for a first look costs little then.
  std::vector<Index> channels{16, 32};
  const EncoderSettings plain;
  const bool halves = encoder.stride == plain.stride && encoder.padding == plain.padding && encoder.pool != "none" &&
                      encoder.pool_size == plain.pool_size && encoder.kernel == plain.kernel;
  // Large images get more stages, so that the layer behind them stays small.
  rows /= 4;
  columns /= 4;
  for (; halves && rows * columns > most_places && std::min(rows, columns) >= encoder.kernel; rows /= 2, columns /= 2)
    channels.push_back(channels.back());
  encoder.channels = std::move(channels);
  return encoder;
}

std::vector<Index> automatic_hidden(const EncoderSettings& encoder) {
  if (encoder.type == "none") return {256, 128};
  return encoder.type == "cnn" ? std::vector<Index>{128} : std::vector<Index>{};
}

void add_metadata(const EncoderSettings& encoder, Metadata& metadata) {
  if (encoder.type != "cnn") {
    metadata[key_of("type")] = encoder.type;
    return;
  }
  for_each_word(encoder, [&](const char* name, const std::string& word) { metadata[key_of(name)] = word; });
  for_each_number(encoder, [&](const char* name, Index number) { metadata[key_of(name)] = fmt::format("{}", number); });
  metadata[key_of("channels")] = number_list(encoder.channels.value_or(plain_channels));
}

EncoderSettings encoder_settings(const Metadata& metadata, const std::string& source) {
  EncoderSettings encoder;
  encoder.type = "none";
  const auto value = [&](const std::string& key) -> const std::string* {
    const auto it = metadata.find(key);
    return it == metadata.end() ? nullptr : &it->second;
  };
  for_each_word(encoder, [&](const char* name, std::string& word) {
    const std::string* text = value(key_of(name));
    if (text == nullptr) return;
    const auto& choices = choices_of(key_of(name));
    if (std::find(choices.begin(), choices.end(), *text) == choices.end() || *text == "auto")
      fail(Code::data, "{} is damaged: {} is \"{}\"", source, key_of(name), *text);
    word = *text;
  });
  for_each_number(encoder, [&](const char* name, Index& number) {
    const std::string* text = value(key_of(name));
    if (text == nullptr) return;
    const std::vector<Index> numbers = whole_numbers(*text, key_of(name), source);
    if (numbers.size() != 1) fail(Code::data, "{} is damaged: {} is \"{}\"", source, key_of(name), *text);
    number = numbers.front();
  });
  if (const std::string* text = value(key_of("channels")))
    encoder.channels = whole_numbers(*text, key_of("channels"), source);
  return encoder;
}

void check_encoder(const Settings& settings, const Pipeline& pipeline, const std::string& path) {
  EncoderSettings asked = settings.model.encoder;
  const std::string type = asked.type;
  EncoderSettings plain;
  asked.type = plain.type;
  const bool has_images = pipeline.pixels() > 0;
  if (!has_images && type != "none" && (type != "auto" || asked != plain))
    throw Error(Code::config, message("model.encoder is of images, and {} has none", path), {}, "leave it out");
  const EncoderSettings encoder = resolved_encoder(settings, pipeline);
  if (encoder.type == "cnn") cnn_stages(cnn_options(encoder, pipeline, settings.model.activation));
}

ImageEncoder::ImageEncoder(Module& parent, std::string_view name, const EncoderSettings& settings,
                           const Pipeline& pipeline, const std::string& activation)
    : Module(parent, name), image_({pipeline.image_rows, pipeline.image_columns, pipeline.image_channels}) {
  // The parts register below this module's own name, without one of theirs.
  const ImageNetOptions images{
      .rows = pipeline.image_rows, .columns = pipeline.image_columns, .channels = pipeline.image_channels};
  if (settings.type == "cnn")
    cnn_.emplace(parent, name, cnn_options(settings, pipeline, activation));
  else if (settings.type == "lenet")
    lenet_.emplace(parent, name, images);
  else
    resnet_.emplace(parent, name, settings.type == "resnet20" ? resnet20(images) : resnet18(images));
}

Var ImageEncoder::features(Operand pixels) const {
  const Var x = pixels.var();
  const Var images = reshape(x, {x.rows(), image_[0], image_[1], image_[2]});
  return cnn_ ? cnn_->features(images) : lenet_ ? lenet_->features(images) : resnet_->features(images);
}

Index ImageEncoder::width() const { return cnn_ ? cnn_->width() : lenet_ ? lenet_->width() : resnet_->width(); }

}  // namespace fathom
