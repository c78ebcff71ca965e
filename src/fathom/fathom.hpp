// The umbrella: everything that a program which builds, trains and uses a network needs.
#pragma once

#include "fathom/base/tensor.hpp"
