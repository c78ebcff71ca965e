#include "fathom/train/memory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>

#include "support/test_files.hpp"

namespace fathom {
namespace {

class MemoryTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file(root_ + "/" + path);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const TestFolder test_folder_;
  const std::string root_ = test_folder_.path();
};

TEST_F(MemoryTest, IsWhatTheMachineHas) {
  EXPECT_EQ(available_memory(root_), std::numeric_limits<std::size_t>::max());
  write("proc/meminfo", "MemTotal:       8000 kB\nMemFree:  10 kB\nMemAvailable:   5000 kB\n");
  EXPECT_EQ(available_memory(root_), 5000u * 1024);
  EXPECT_GT(available_memory(), 0u);
}

TEST_F(MemoryTest, IsWhatTheGroupsLeave) {
  write("proc/meminfo", "MemAvailable:   5000 kB\n");
  write("proc/self/cgroup", "1:name=systemd:/other\n0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "1000000\n");
  EXPECT_EQ(available_memory(root_), 5000u * 1024);
  write("sys/fs/cgroup/a/memory.max", "3000000\n");
  write("sys/fs/cgroup/a/memory.current", "2000000\n");
  EXPECT_EQ(available_memory(root_), 1000000u);
  write("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 300000\nactive_file 100000\n");
  EXPECT_EQ(available_memory(root_), 1400000u);
  write("sys/fs/cgroup/a/b/memory.max", "600000\n");  // less than is used
  EXPECT_EQ(available_memory(root_), 0u);
}

}  // namespace
}  // namespace fathom
