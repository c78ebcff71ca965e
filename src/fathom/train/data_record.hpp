// What a run keeps about its data: what each column was taken for, and which part each row went to.
#pragma once

#include "fathom/train/prepare.hpp"

namespace fathom {

// data.json: file, size, hash; each column with its kind, the reason, and what its encoder learnt; the parts; warnings.
std::string data_json(const Prepared& prepared);

// split.u8: one byte for each row of the file: 0 training, 1 validation, 2 test, 255 left out.
std::string split_bytes(const Prepared& prepared);

}  // namespace fathom
