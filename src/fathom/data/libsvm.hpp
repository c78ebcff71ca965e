// libsvm (svmlight): "label index:value index:value ... # comment", one row a line; what is not written is 0.
#pragma once

#include "fathom/data/table.hpp"

namespace fathom {

// Whether the first line looks like libsvm.
bool looks_like_libsvm(std::string_view beginning);

// A table with the columns "label" and "f<index>". Throws Error(data) with the line for anything else, for indices that
// do not rise, and for more than `most_columns` of them.
Table read_libsvm(const std::string& path, Index most_columns = 4096);
Table read_libsvm(std::unique_ptr<ByteSource> source, const std::string& path, Index most_columns = 4096);

}  // namespace fathom
