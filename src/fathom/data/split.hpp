// Splits: which part each row belongs to.
//
// 1. A split is a pure function of its options and the key: the same rows go to the same parts on every machine.
// 2. Parts that are asked for are not empty, or an Error(data) says so; the training part never is.
#pragma once

#include <string>
#include <vector>

#include "fathom/data/table.hpp"

namespace fathom {

enum class SplitBy : std::uint8_t { random, stratified, group, time, hash, column };
// Throws Error(config) with the names when there is no such way.
SplitBy split_by(const std::string& name);
std::string_view name_of(SplitBy by);

struct SplitOptions {
  SplitBy by = SplitBy::random;
  std::string key = {};  // group, time, hash, column: the column that decides
  double train = 0.8, valid = 0.1, test = 0.1;
  double use = 1;  // share of the training part that is kept, at least a row; the rest is left out
  std::uint64_t seed = 42;
};

// For each row 0 (train), 1 (valid), 2 (test), or `left_out`.
struct Split {
  static constexpr std::uint8_t left_out = 3;
  std::vector<std::uint8_t> part;
  Index sizes[3] = {0, 0, 0};

  // The rows of a part, in order.
  std::vector<Index> rows(std::uint8_t of) const;
};

// `strata` gives each row's class for a stratified split (may be empty otherwise); rows with keep[row] = 0 are left
// out. random: exact sizes of a shuffled order. stratified: the same within each class to a row, and over all classes
// together; the first of a class trains. group: whole groups, by a
// shuffled order of groups. time: the earliest rows train, the latest test. hash: by the hash of the key's text, so
// that a row keeps its part when others come and go. column: the key says train, valid or test. Whatever the way, what a
// smaller `use` keeps is among what a larger one keeps.
Split make_split(const Table& table, const SplitOptions& options, const std::vector<std::int32_t>& strata,
                 const std::vector<std::uint8_t>& keep);

}  // namespace fathom
