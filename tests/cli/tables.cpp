#include "tables.hpp"

#include <fmt/core.h>

#include <random>
#include <sstream>
#include <vector>

namespace fathom {

namespace {

// Standard distributions differ between libraries; these do not.
class Chance {
 public:
  double uniform() { return static_cast<double>(engine_() >> 11) / 9007199254740992.0; }
  int below(int limit) { return static_cast<int>(uniform() * limit); }

 private:
  std::mt19937_64 engine_{7};
};

}  // namespace

std::string price_table(int rows) {
  Chance chance;
  std::string text = "a,b,color,price\n";
  const char* colors[] = {"red", "green", "blue"};
  for (int row = 0; row < rows; ++row) {
    const double a = chance.uniform() * 10, b = chance.uniform() * 4 - 2;
    const int color = chance.below(3);
    text +=
        fmt::format("{:.3f},{:.3f},{},{:.3f}\n", a, b, colors[color], 3 * a - 2 * b * b + 5 * color + chance.uniform());
  }
  return text;
}

std::string kind_table(int rows) {
  Chance chance;
  std::string text = "length,width,kind\n";
  for (int row = 0; row < rows; ++row) {
    const double length = chance.uniform() * 10, width = chance.uniform() * 10;
    const char* kind = length > width * 1.5 ? "long" : width > length * 1.5 ? "flat" : "round";
    text += fmt::format("{:.3f},{:.3f},{}\n", length, width, kind);
  }
  return text;
}

std::string chinese_table(int rows) {
  Chance chance;
  std::string text = "价格,城市,评论,情感\n";
  const char* cities[] = {"北京", "上海", "广州"};
  const char* good[] = {"质量很好，非常满意", "物流很快，推荐购买", "味道不错，下次再来", "服务热情，五星好评"};
  const char* bad[] = {"质量太差，不会再买", "等了很久，非常失望", "味道一般，还很贵", "态度恶劣，要求退款"};
  for (int row = 0; row < rows; ++row) {
    const bool liked = chance.uniform() < 0.5;
    // The number makes each text its own, so that the column is no category.
    text += fmt::format("{:.2f},{},\"{}，第{}次\",{}\n", chance.uniform() * 100, cities[chance.below(3)],
                        (liked ? good : bad)[chance.below(4)], row, liked ? "好" : "差");
  }
  return text;
}

namespace {

std::string idx_head(int magic, const std::vector<int>& lengths) {
  std::string bytes;
  const auto add = [&](int number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 255);
  };
  add(magic);
  for (int length : lengths) add(length);
  return bytes;
}

}  // namespace

std::string band_images(int count, int size, int classes) {
  Chance chance;
  std::string bytes = idx_head(0x803, {count, size, size});
  for (int image = 0; image < count; ++image)
    for (int row = 0; row < size; ++row)
      for (int column = 0; column < size; ++column)
        bytes += static_cast<char>(chance.below(60) + (row * classes / size == image % classes ? 150 : 0));
  return bytes;
}

std::string band_labels(int count, int classes) {
  std::string bytes = idx_head(0x801, {count});
  for (int image = 0; image < count; ++image) bytes += static_cast<char>(image % classes);
  return bytes;
}

std::string without_target(const std::string& table) {
  std::string text;
  std::istringstream stream(table);
  for (std::string line; std::getline(stream, line);) text += line.substr(0, line.rfind(',')) + "\n";
  return text;
}

}  // namespace fathom
