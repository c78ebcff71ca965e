// Augmentation: training images as they might as well have been taken.
//
// Every random number is a pure function of (seed, step, place in the batch): any thread, and a resumed run, make the
// same pictures.
#pragma once

#include <cstdint>
#include <span>

#include "fathom/data/dataset.hpp"

namespace fathom {

struct Augmentation {
  bool flip = false;      // half of the images, left for right
  Index shift = 0;        // pixels, at most, along each side
  double rotate = 0;      // degrees, at most, in either direction
  double brightness = 0;  // of full brightness, at most, added or taken away
  double contrast = 0;    // distances from the image's mean grow or shrink by this share, at most
  Index cutout = 0;       // pixels: the side of a square that takes the mean of all training images
  double mixup = 0;       // both parameters of the beta distribution of shares (Zhang et al. 2018); 0: none

  bool any() const {
    return flip || shift > 0 || rotate > 0 || brightness > 0 || contrast > 0 || cutout > 0 || mixup > 0;
  }
  bool operator==(const Augmentation&) const = default;
};

// One image: [rows, columns, channels] of the pipeline's size, to the numbers that a network reads. What a shift or a
// turn brings in from outside repeats the nearest pixel of the border. `draw` names the random numbers.
void augment_image(const std::uint8_t* from, const Pipeline& pipeline, const Normaliser& normaliser,
                   const Augmentation& how, std::uint64_t seed, std::uint64_t draw, float* to);

// The share of its own that each image of step `step` keeps when two are mixed: beta(mixup, mixup), the larger of share
// and rest. Needs: 0 < mixup <= 1.
double mix_share(double mixup, std::uint64_t seed, std::uint64_t step);

}  // namespace fathom
