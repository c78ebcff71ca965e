// Reads tensors that the scripts beside it have recorded from PyTorch.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "fathom/base/tensor.hpp"

namespace fathom::golden {

class Recorded {
 public:
  // A file of this folder.
  explicit Recorded(const std::string& name) {
    std::ifstream file(std::string(FATHOM_GOLDEN_DIR) + "/" + name);
    std::string head, numbers;
    while (std::getline(file, head)) {
      if (head.starts_with("#") || !std::getline(file, numbers)) continue;
      std::string key, shape_text;
      std::istringstream(head) >> key >> shape_text;
      std::istringstream text(numbers);
      Entry entry;
      if (shape_text != "scalar") {
        std::istringstream lengths(shape_text);
        for (std::string length; std::getline(lengths, length, 'x');) entry.shape.push_back(std::stoll(length));
      }
      for (std::string number; text >> number;) entry.numbers.push_back(std::stod(number));
      entries_.emplace(key, std::move(entry));
    }
  }

  bool has(const std::string& name) const { return entries_.contains(name); }
  Tensor get(const std::string& name, Dtype dtype) const {
    const Entry& entry = entries_.at(name);
    Tensor tensor(Type{dtype, entry.shape});
    EXPECT_EQ(static_cast<std::size_t>(tensor.count()), entry.numbers.size()) << name;
    for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, entry.numbers[static_cast<std::size_t>(i)]);
    return tensor;
  }

 private:
  struct Entry {
    Shape shape;
    std::vector<double> numbers;
  };
  std::map<std::string, Entry> entries_;
};

// Every element within `tolerance` times the larger of 1 and its size.
inline void expect_near(const Tensor& actual, const Tensor& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  for (Index i = 0; i < actual.count(); ++i)
    EXPECT_NEAR(actual.at(i), expected.at(i), tolerance * std::max(1.0, std::abs(expected.at(i))))
        << what << " at " << i;
}

}  // namespace fathom::golden
