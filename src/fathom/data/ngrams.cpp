#include "fathom/data/ngrams.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

bool ideographic(std::int32_t c) {
  return (c >= 0x3040 && c <= 0x30FF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) ||
         (c >= 0xAC00 && c <= 0xD7AF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool part_of_word(std::int32_t c) {
  const auto category = utf8proc_category(c);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) || category == UTF8PROC_CATEGORY_ND ||
         category == UTF8PROC_CATEGORY_MN;
}

std::uint64_t hash_of(const std::int32_t* characters, std::size_t count, std::uint64_t kind) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ kind;
  for (std::size_t i = 0; i < count; ++i) hash = (hash ^ static_cast<std::uint64_t>(characters[i])) * 0x100000001b3;
  hash ^= hash >> 32;
  return hash * 0x9E3779B97F4A7C15;
}

class Bag {
 public:
  Bag(Index buckets, std::size_t limit) : buckets_(static_cast<std::uint64_t>(buckets)), limit_(limit) {}

  void word(const std::vector<std::int32_t>& word) {
    add(word.data(), word.size(), 'w');
    std::vector<std::int32_t> marked{'<'};
    marked.insert(marked.end(), word.begin(), word.end());
    marked.push_back('>');
    for (std::size_t start = 0; start < marked.size(); ++start)
      for (std::size_t length = 3; length <= 5 && start + length <= marked.size(); ++length)
        if (length < marked.size()) add(marked.data() + start, length, 'n');
  }
  void run(const std::vector<std::int32_t>& run) {
    for (std::size_t start = 0; start < run.size(); ++start)
      for (std::size_t length = 1; length <= 3 && start + length <= run.size(); ++length)
        add(run.data() + start, length, 'c');
  }
  bool full() const { return ids_.size() >= limit_; }
  std::vector<std::int32_t> take() { return std::move(ids_); }

 private:
  void add(const std::int32_t* characters, std::size_t count, std::uint64_t kind) {
    if (full()) return;
    __extension__ using Wide = unsigned __int128;
    ids_.push_back(static_cast<std::int32_t>((static_cast<Wide>(hash_of(characters, count, kind)) * buckets_) >> 64));
  }

  std::uint64_t buckets_;
  std::size_t limit_;
  std::vector<std::int32_t> ids_;
};

}  // namespace

std::vector<std::int32_t> hashed_ngrams(std::string_view text, Index buckets, std::size_t limit) {
  constexpr auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  if (size < 0) return {};
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  Bag bag(buckets, limit);
  std::vector<std::int32_t> current;
  bool current_ideographic = false;
  const auto flush = [&] {
    if (!current.empty()) current_ideographic ? bag.run(current) : bag.word(current);
    current.clear();
  };
  for (utf8proc_ssize_t at = 0; at < size && !bag.full();) {
    utf8proc_int32_t c = 0;
    const auto step = utf8proc_iterate(mapped + at, size - at, &c);
    if (step <= 0) break;
    at += step;
    const bool wide = ideographic(c);
    if (!wide && !part_of_word(c)) {
      flush();
      continue;
    }
    if (wide != current_ideographic) flush();
    current_ideographic = wide;
    current.push_back(c);
  }
  flush();
  return bag.take();
}

}  // namespace fathom
