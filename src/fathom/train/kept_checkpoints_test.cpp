#include "fathom/train/kept_checkpoints.hpp"

#include <gtest/gtest.h>

#include "support/test_files.hpp"

namespace fathom {
namespace {

TEST(KeptCheckpoints, AreFoundByRisingEpoch) {
  const TestFolder folder;
  EXPECT_TRUE(kept_checkpoints(folder.path()).empty());
  std::filesystem::create_directory(folder.path() + "/checkpoints");
  for (const char* other : {"best.safetensors", "epoch-.safetensors", "epoch-3x.safetensors", "epoch-0003.json",
                            ".epoch-0003.safetensors.partial"})
    folder.write(std::string("checkpoints/") + other, "");
  for (const Index epoch : {12345, 0, 12, 2}) folder.write(kept_checkpoint_file(epoch), "");
  const auto kept = kept_checkpoints(folder.path());
  ASSERT_EQ(kept.size(), 4u);
  const Index epochs[] = {0, 2, 12, 12345};
  for (std::size_t k = 0; k < kept.size(); ++k) {
    EXPECT_EQ(kept[k].epoch, epochs[k]);
    EXPECT_EQ(kept[k].file, folder.path() + "/" + kept_checkpoint_file(epochs[k]));
  }
}

}  // namespace
}  // namespace fathom
