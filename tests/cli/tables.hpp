// Small tables with something to learn in them, the same in every run of the tests.
#pragma once

#include <string>

namespace fathom {

// a,b,color,price: price depends on the others, with noise.
std::string price_table(int rows);
// length,width,kind with the kinds round, flat and long.
std::string kind_table(int rows);
// Chinese column names and a text column 评论; the target 情感 is 好 or 差.
std::string chinese_table(int rows);
// idx files of square images and their labels: in each image one of `classes` bands of rows is bright, with noise.
std::string band_images(int count, int size, int classes);
std::string band_labels(int count, int classes);
// Without its last column.
std::string without_target(const std::string& table);

}  // namespace fathom
