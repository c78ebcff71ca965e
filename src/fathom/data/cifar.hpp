// CIFAR-10's binary files, plain or gzip: records of a label and an image of 32 x 32 pixels, red, green and blue one
// after another (Krizhevsky 2009, cs.toronto.edu/~kriz/cifar.html, "binary version").
#pragma once

#include <string>
#include <vector>

#include "fathom/data/bytes.hpp"
#include "fathom/data/image_files.hpp"
#include "fathom/data/table.hpp"

namespace fathom {

struct CifarImages {
  ImageBlock block;  // 32 x 32 x 3
  std::vector<std::uint8_t> labels;
};

// The files of a folder as it is distributed, data_batch_1.bin and so on, in order; or the one file that it is.
std::vector<std::string> cifar_files(const std::string& path);
// Its test_batch.bin, or nothing.
std::string cifar_test(const std::string& folder);

// Whether a path is such a folder; or a name ends in .bin or .bin.gz, and the file begins with a label of CIFAR-10.
bool looks_like_cifar(const std::string& path);

// All files of a path. Throws Error(data) for a label above 9, and for a file that is cut off within a record or has
// none.
CifarImages read_cifar(const std::string& path);
// The same from a stream; `path` names it in errors.
CifarImages read_cifar(ByteSource& source, const std::string& path);

// The labels as a table with the one column "label", in the words of CIFAR-10's classes.
Table table_of(const CifarImages& images, const std::string& path);

}  // namespace fathom
