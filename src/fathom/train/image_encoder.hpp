// ImageEncoder: the part of a network that turns the pixels of a row into features, as model.encoder says.
#pragma once

#include <memory>

#include "fathom/data/pipeline.hpp"
#include "fathom/nn/cnn.hpp"
#include "fathom/nn/networks.hpp"
#include "fathom/train/safetensors.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

// With the choice made that "auto" leaves: of a cnn or none.
EncoderSettings resolved_encoder(const Settings& settings, const Pipeline& pipeline);
// The hidden layers that "auto" stands for: one behind a cnn, none behind a ready network, else two.
std::vector<Index> automatic_hidden(const EncoderSettings& encoder);

// As text beside saved weights, and back. A file that says nothing has no encoder. Throws Error(data) for what no
// encoder can be; `source` names the file.
void add_metadata(const EncoderSettings& encoder, Metadata& metadata);
EncoderSettings encoder_settings(const Metadata& metadata, const std::string& source);

// Throws Error(config) for an encoder that the settings ask for and the data or its images do not fit.
void check_encoder(const Settings& settings, const Pipeline& pipeline, const std::string& path);

class ImageEncoder : public Module {
 public:
  // Needs: images in the pipeline, and a type that is resolved and not "none". `activation`: of a cnn.
  // Throws Error(config) for images too small for the network.
  ImageEncoder(Module& parent, std::string_view name, const EncoderSettings& settings, const Pipeline& pipeline,
               const std::string& activation);

  // [batch, rows * columns * channels] -> [batch, width]
  Var features(Operand pixels) const;
  Index width() const;

 private:
  Shape image_;  // rows, columns, channels
  std::optional<Cnn> cnn_;
  std::optional<LeNetTrunk> lenet_;
  std::optional<ResNetTrunk> resnet_;
};

}  // namespace fathom
