#include "fathom/base/message.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fathom/base/error.hpp"

namespace fathom {
namespace {

TEST(Message, KeepsItsPatternAndWhatWasPutIn) {
  const Message plain("as it is, {} too");
  EXPECT_EQ(plain.text, plain.pattern);
  EXPECT_TRUE(plain.arguments.empty());
  const std::vector<std::string> names{"a", "b"};
  const Message whole = message("{} has {{{:.1f}}} of {}", "file", 2.25, fmt::join(names, ", "));
  EXPECT_EQ(whole.text, "file has {2.2} of a, b");
  EXPECT_EQ(whole.pattern, "{} has {{{:.1f}}} of {}");
  ASSERT_EQ(whole.arguments.size(), 3u);
  EXPECT_EQ(whole.arguments[1].text, "2.2");
  EXPECT_EQ(whole.arguments[2].text, "a, b");
  EXPECT_EQ(whole.arguments[0].pattern, "") << "what was put in is not to be said otherwise";
}

TEST(Message, HoldsOthers) {
  const Message outer = message("{} line {}: {}", "f.csv", 3, message("\"{}\" is no number", "x"));
  EXPECT_EQ(outer.text, "f.csv line 3: \"x\" is no number");
  EXPECT_EQ(outer.arguments.at(2).pattern, "\"{}\" is no number");
  EXPECT_EQ(outer.arguments.at(2).arguments.at(0).text, "x");
}

TEST(Message, IsWhatErrorsAreMadeOf) {
  try {
    fail(Code::data, "{} is empty", "f.csv");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "f.csv is empty");
    EXPECT_EQ(error.what_message().pattern, "{} is empty");
  }
}

}  // namespace
}  // namespace fathom
