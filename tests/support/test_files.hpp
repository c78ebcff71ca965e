// Files for tests: small ones that a test writes, and the real ones that may be there.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fathom/base/error.hpp"

namespace fathom {

// A folder that is gone after the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fathom_test_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

 private:
  std::string path_;
};

inline std::string gzipped(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// The folder of real files (FATHOM_DATA, or ../shared/data seen from a folder above), or an empty string.
inline std::string real_data() {
  if (const char* given = std::getenv("FATHOM_DATA")) return given;
  for (auto folder = std::filesystem::current_path(); folder.has_relative_path(); folder = folder.parent_path())
    if (const auto data = folder / "shared" / "data"; std::filesystem::is_directory(data)) return data.string();
  return {};
}

// The error that a call throws; one of Code::bug when it throws none.
template <class F>
Error error_from(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::bug, "nothing was refused");
}

}  // namespace fathom

// NOLINTNEXTLINE: a macro because GTEST_SKIP must return from the test
#define NEEDS_REAL_DATA(file) \
  if (!std::filesystem::exists(real_data() + "/" + (file))) GTEST_SKIP() << (file) << " is not there (FATHOM_DATA)"
