#include "fathom/train/run_folder_info.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.hpp"

namespace fathom {
namespace {

TEST(RunInfo, GivesBackWhatWasWritten) {
  const RunInfo info{.number = 42,
                     .name = "房价",
                     .status = RunStatus::diverged,
                     .started = "2026-01-31T12:00:00Z",
                     .ended = "2026-01-31T12:01:00Z",
                     .seconds = 0.1,
                     .host = "h",
                     .pid = 812,
                     .threads = 2,
                     .exit_code = 5,
                     .seed = std::numeric_limits<std::uint64_t>::max(),
                     .data_hash = "abc",
                     .command = {"fathom", "train", "a \"b\""},
                     .versions = {{"z", "1"}, {"a", "2"}},
                     .facts = {{"target", "price"}},
                     .results = {{.name = "test/auc", .value = 0.9, .low = 0.8, .high = 0.95, .better = Better::higher},
                                 {.name = "test/loss", .value = std::nan("")}},
                     .problem = message("the loss became NaN at step {}: {}", 7, Message("the disk is full"))};
  const RunInfo read = run_info_from_json(to_json(info), "run.json");
  EXPECT_EQ(to_json(read), to_json(info));
  EXPECT_EQ(read.seed, info.seed);
  EXPECT_EQ(read.problem.text, "the loss became NaN at step 7: the disk is full");
  EXPECT_EQ(read.problem.pattern, info.problem.pattern);
  ASSERT_EQ(read.problem.arguments.size(), 2U);
  EXPECT_EQ(read.problem.arguments[0].text, "7");
  EXPECT_EQ(read.problem.arguments[1].pattern, "the disk is full");
  EXPECT_EQ(read.command, info.command);
  EXPECT_EQ(read.versions, info.versions);
  EXPECT_EQ(read.status, RunStatus::diverged);
  ASSERT_EQ(read.results.size(), 2U);
  EXPECT_EQ(read.results[0].low, 0.8);
  EXPECT_EQ(read.results[0].better, Better::higher);
  EXPECT_TRUE(std::isnan(read.results[1].value));
  EXPECT_TRUE(std::isnan(read.results[1].low));
}

TEST(RunInfo, SurvivesEveryMutation) {
  const std::string text = to_json({.number = 1, .name = "a", .started = "s", .results = {{.name = "m", .value = 1}}});
  for (std::size_t size = 0; size + 1 < text.size(); ++size)
    EXPECT_THROW(run_info_from_json(text.substr(0, size), "f"), Error) << size;
  for (std::size_t place = 0; place < text.size(); ++place)
    for (char byte : {'\0', '"', '{', '[', '9', '\xff'}) {
      std::string mutant = text;
      mutant[place] = byte;
      try {
        run_info_from_json(mutant, "f");
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::data);
      }
    }
}

}  // namespace
}  // namespace fathom
