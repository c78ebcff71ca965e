// The pictures of some rows of a run's data, to be shown beside what was predicted for them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fathom/data/image.hpp"
#include "fathom/lab/run_record.hpp"

namespace fathom {

// One for each row, no side longer than `longest` pixels, from where the test part lies: a folder or table of files,
// idx, CIFAR-10. Nothing when the run has no images, when one cannot be read, or when a row's class is not the one that
// was judged: the data is another one then.
std::vector<Image> row_images(const RunRecord& record, std::span<const JudgedRow> rows, Index longest = 64);

// As the bytes of a PNG file.
std::string png_bytes(const Image& image);

}  // namespace fathom
