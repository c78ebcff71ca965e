#include "fathom/base/atomic_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "fathom/base/error.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  const TestFolder test_folder_;
  const fs::path folder_ = test_folder_.path();
};

Code code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return Code::bug;
}

// What a full disk does to a process: writes past `bytes` of a file fail.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST_F(AtomicFileTest, GivesBackWhatWasWritten) {
  for (const std::string& content : {std::string(), std::string("a\0b\n", 4), std::string(3'000'000, 'x')}) {
    write_file(path("f"), content);
    EXPECT_EQ(read_file(path("f")), content);
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, ShowsNothingBeforeCommit) {
  write_file(path("f"), "old");
  {
    AtomicFile file(path("f"));
    file.write("new, but dropped");
    EXPECT_EQ(read_file(path("f")), "old");
  }
  EXPECT_EQ(read_file(path("f")), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, KeepsTheOldContentWhenTheDiskIsFull) {
  write_file(path("f"), "old");
  {
    const FileSizeLimit limit(4096);
    EXPECT_EQ(code_of([&] { write_file(path("f"), std::string(100'000, 'x')); }), Code::resource);
  }
  EXPECT_EQ(read_file(path("f")), "old");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AtomicFileTest, SaysThatTheDiskIsFull) {
  try {
    write_file("/dev/full", "x");
    FAIL() << "a full device took a byte";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::resource);
    EXPECT_STREQ(error.what(), "cannot write /dev/full: the disk is full");
  }
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(AtomicFileTest, RefusesWhatCannotBeWritten) {
  EXPECT_EQ(code_of([&] { write_file(path("absent/f"), "x"); }), Code::data);
  EXPECT_EQ(code_of([&] { write_file(folder_.string(), "x"); }), Code::data);
  EXPECT_EQ(code_of([&] { read_file(path("absent")); }), Code::data);
  EXPECT_EQ(code_of([&] { read_file(folder_.string()); }), Code::data);
}

TEST_F(AtomicFileTest, AdmitsOneWriterAtATime) {
  AtomicFile first(path("f"));
  first.write("first");
  EXPECT_EQ(code_of([&] { write_file(path("f"), "second"); }), Code::try_again);
  first.commit();
  EXPECT_EQ(read_file(path("f")), "first");
  write_file(path("f"), "second");
  EXPECT_EQ(read_file(path("f")), "second");
}

TEST_F(AtomicFileTest, KeepsThePermissionsOfTheFileThatItReplaces) {
  write_file(path("f"), "old");
  ASSERT_EQ(::chmod(path("f").c_str(), 0600), 0);
  write_file(path("f"), "new");
  struct stat facts {};
  ASSERT_EQ(::stat(path("f").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

// Kills writers at random moments: a reader sees one whole content or the other, and the next writer goes on.
TEST_F(AtomicFileTest, SurvivesBeingKilled) {
  const std::string a(400'000, 'a'), b(500'000, 'b');
  write_file(path("f"), a);
  for (int trial = 0; trial < 20; ++trial) {
    const pid_t child = ::fork();
    if (child == 0) {
      while (true) {
        write_file(path("f"), b);
        write_file(path("f"), a);
      }
    }
    ::usleep(static_cast<useconds_t>(500 + trial * 700));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string content = read_file(path("f"));
    EXPECT_TRUE(content == a || content == b) << "trial " << trial << " left " << content.size() << " bytes";
  }
  write_file(path("f"), "end");
  EXPECT_EQ(read_file(path("f")), "end");
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace fathom
