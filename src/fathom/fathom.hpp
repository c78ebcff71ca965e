// The umbrella: everything that a program which builds, trains and uses a network needs.
#pragma once

#include "fathom/derive/derive.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/index.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/ops/random.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/graph/ops/shape.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/metrics.hpp"
#include "fathom/train/safetensors.hpp"
#include "fathom/train/trainer.hpp"
