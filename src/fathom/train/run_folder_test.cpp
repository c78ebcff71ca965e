#include "fathom/train/run_folder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/error.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

namespace fs = std::filesystem;

class RunFolderTest : public testing::Test {
 protected:
  std::string finished(const std::string& name, std::vector<ResultMetric> results = {},
                       const std::string& data_hash = "d") {
    RunFolder run = RunFolder::create(runs_, name, {.data_hash = data_hash});
    run.finish(RunStatus::finished, 0, std::move(results));
    return run.path();
  }
  // The error that looking for a run gives: what it says and its hint.
  std::string complaint(const std::string& spec) const {
    try {
      return "found " + find_run(runs_, spec).path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::data);
      return fmt::format("{} | {}", error.what(), error.hint());
    }
  }

  const TestFolder test_folder_;
  const std::string root_ = test_folder_.path(), runs_ = root_ + "/runs";
};

std::string folder_of(const RunFolder& run) { return fs::path(run.path()).filename().string(); }

TEST(Slug, KeepsWordsOfEveryScript) {
  EXPECT_EQ(slug("listing-price"), "listing-price");
  EXPECT_EQ(slug("  My Shop (v2)! "), "my-shop-v2");
  EXPECT_EQ(slug("房价 预测"), "房价-预测");
  EXPECT_EQ(slug("房价　（预测）"), "房价-预测");
  EXPECT_EQ(slug("../../etc/passwd"), "etc-passwd");
  EXPECT_EQ(slug(".."), "run");
  EXPECT_EQ(slug(""), "run");
  EXPECT_EQ(slug("a\xff\xfe b\n"), "a-b");
  EXPECT_EQ(slug("Über"), "Über");
  EXPECT_EQ(slug(std::string(300, 'x')).size(), 59U);
  const std::string chinese = slug("数据数据数据数据数据数据数据数据数据数据数据数据数据数据数据数据");
  EXPECT_LE(chinese.size(), 60U);
  EXPECT_EQ(chinese.size() % 3, 0U) << "a character was cut";
}

TEST(WithoutEscapes, LeavesTheText) {
  EXPECT_EQ(without_escapes("\x1b[1;32mbest\x1b[0m\r\n"), "best\n");
  EXPECT_EQ(without_escapes("\x1b]8;;http://x\x1b\\link\x1b]8;;\a."), "link.");
  EXPECT_EQ(without_escapes("损失 0.5\t\x1b[K"), "损失 0.5\t");
  EXPECT_EQ(without_escapes("\x1b["), "");
  EXPECT_EQ(without_escapes("\x1b"), "");
}

TEST_F(RunFolderTest, NumbersRiseAndAreNeverUsedTwice) {
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "First")), "0001-first");
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "first")), "0002-first");
  fs::remove_all(runs_ + "/0002-first");
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "第三")), "0003-第三");
  fs::create_directory(runs_ + "/0041-copied");
  fs::remove(runs_ + "/.last_number");
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "x")), "0042-x");
  write_file(runs_ + "/.last_number", "9999");
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "x")), "10000-x");
  write_file(runs_ + "/.last_number", "nonsense");
  EXPECT_EQ(folder_of(RunFolder::create(runs_, "x")), "10001-x");
  EXPECT_EQ(fs::read_symlink(runs_ + "/latest"), "10001-x");
}

TEST_F(RunFolderTest, TwoProcessesNeverGetTheSameNumber) {
  constexpr int processes = 4, each = 10;
  for (int p = 0; p < processes; ++p) {
    if (::fork() != 0) continue;
    for (int i = 0; i < each; ++i) RunFolder::create(runs_, fmt::format("p{}", p));
    ::_exit(0);
  }
  for (int p = 0; p < processes; ++p) ::wait(nullptr);
  std::set<int> numbers;
  for (const RunInfo& run : list_runs(runs_)) numbers.insert(run.number);
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(processes * each));
  EXPECT_EQ(*numbers.rbegin(), processes * each);
}

TEST_F(RunFolderTest, KeepsItsRecord) {
  std::string path;
  {
    RunFolder run = RunFolder::create(
        runs_, "shop", {.threads = 2, .seed = 7, .command = {"fathom", "train"}, .facts = {{"target", "click"}}});
    path = run.path();
    EXPECT_EQ(read_run(path).status, RunStatus::running);
    EXPECT_EQ(read_run(path).pid, ::getpid());
    run.update([](RunInfo& info) { info.data_hash = "abc"; });
    run.beat();
    run.finish(RunStatus::finished, 0,
               {{.name = "test/auc", .value = 0.75, .low = 0.74, .high = 0.76, .better = Better::higher}});
  }
  const RunInfo info = read_run(path);
  EXPECT_EQ(info.status, RunStatus::finished);
  EXPECT_EQ(info.seed, 7U);
  EXPECT_EQ(info.data_hash, "abc");
  EXPECT_EQ(info.facts, (Facts{{"target", "click"}}));
  ASSERT_EQ(info.results.size(), 1U);
  EXPECT_EQ(info.results[0].value, 0.75);
  EXPECT_FALSE(info.started.empty());
  EXPECT_FALSE(info.ended.empty());
}

TEST_F(RunFolderTest, AdmitsOneWriter) {
  {
    const RunFolder run = RunFolder::create(runs_, "shop");
    try {
      RunFolder::open_for_writing(run.path());
      FAIL() << "two writers";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::try_again);
      EXPECT_NE(std::string(error.what()).find(fmt::format("process {} on", ::getpid())), std::string::npos)
          << error.what();
    }
    EXPECT_EQ(read_run(run.path()).status, RunStatus::running);
  }
  EXPECT_EQ(read_run(runs_ + "/0001-shop").status, RunStatus::stopped);
  const std::string record = read_file(runs_ + "/0001-shop/run.json");
  RunFolder again = RunFolder::open_for_writing(runs_ + "/0001-shop");
  EXPECT_EQ(read_file(again.path() + "/run.json"), record);
  again.go_on();
  EXPECT_EQ(read_run(again.path()).status, RunStatus::running);
  again.finish(RunStatus::interrupted, 130);
  EXPECT_EQ(read_run(again.path()).status, RunStatus::interrupted);
}

TEST_F(RunFolderTest, ShowsAKilledRunAsStopped) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder run = RunFolder::create(runs_, "victim");
    static_cast<void>(!::write(ready[1], "x", 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(find_run(runs_, "1").status, RunStatus::running);
  EXPECT_THROW(RunFolder::open_for_writing(runs_ + "/0001-victim"), Error);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(find_run(runs_, "1").status, RunStatus::stopped);
  RunFolder again = RunFolder::open_for_writing(runs_ + "/0001-victim");
  again.go_on();
  EXPECT_EQ(again.info().pid, ::getpid());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(RunFolderTest, TrustsTheHeartbeatOfAnotherMachine) {
  const std::string path = RunFolder::create(runs_, "far").path();
  RunInfo info = read_run(path);
  info.status = RunStatus::running;
  info.host = "another-machine";
  write_file(path + "/run.json", to_json(info));
  EXPECT_EQ(read_run(path).status, RunStatus::running);
  fs::last_write_time(path + "/.lock", fs::file_time_type::clock::now() - std::chrono::minutes(3));
  EXPECT_EQ(read_run(path).status, RunStatus::stopped);
}

TEST_F(RunFolderTest, MetricsGrowAndAreCutBack) {
  RunFolder run = RunFolder::create(runs_, "shop");
  const std::string path = run.path() + "/metrics.csv";
  EXPECT_TRUE(read_metrics(path).rows.empty());
  for (int epoch = 1; epoch <= 5; ++epoch)
    run.append_metrics(std::vector<Metric>{
        {"epoch", epoch}, {"valid/loss", 1.0 / 3 / epoch}, {"odd", epoch == 2 ? std::nan("") : -1.0 / 0.0}});
  const MetricsTable table = read_metrics(path);
  EXPECT_EQ(table.columns, (std::vector<std::string>{"epoch", "valid/loss", "odd"}));
  ASSERT_EQ(table.rows.size(), 5U);
  EXPECT_EQ(table.rows[2][1], 1.0 / 3 / 3);
  EXPECT_TRUE(std::isnan(table.rows[1][2]));
  EXPECT_TRUE(std::isinf(table.rows[0][2]));
  EXPECT_EQ(table.column("valid/loss"), 1);
  EXPECT_EQ(table.column("absent"), -1);
  EXPECT_THROW(run.append_metrics(std::vector<Metric>{{"epoch", 6}}), Error);
  run.keep_metrics(3);
  EXPECT_EQ(read_metrics(path).rows.size(), 3U);
  run.keep_metrics(9);
  EXPECT_EQ(read_metrics(path).rows.size(), 3U);
}

TEST_F(RunFolderTest, EveryTornTailIsCutOff) {
  RunFolder run = RunFolder::create(runs_, "shop");
  const std::string path = run.path() + "/metrics.csv";
  const auto row = [](double epoch) { return std::vector<Metric>{{"epoch", epoch}, {"loss", 0.25}}; };
  for (int epoch = 1; epoch <= 3; ++epoch) run.append_metrics(row(epoch));
  const std::string content = read_file(path);
  for (std::size_t size = 0; size <= content.size(); ++size) {
    write_file(path, content.substr(0, size));
    const auto whole = static_cast<std::size_t>(
        std::count(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    const std::size_t rows = whole == 0 ? 0 : whole - 1;
    EXPECT_EQ(read_metrics(path).rows.size(), rows) << size;
    run.append_metrics(row(9));
    const MetricsTable table = read_metrics(path);
    ASSERT_EQ(table.rows.size(), rows + 1) << size;
    EXPECT_EQ(table.rows.back(), (std::vector<double>{9, 0.25}));
  }
  write_file(path, "epoch,loss\n1,x\n");
  try {
    read_metrics(path);
    FAIL() << "a damaged row was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), path + ":2");
  }
}

TEST_F(RunFolderTest, TheLogHasNoColour) {
  RunFolder run = RunFolder::create(runs_, "shop");
  run.log("\x1b[32mbest\x1b[0m");
  run.log("第 2 轮");
  EXPECT_EQ(read_file(run.path() + "/log.txt"), "best\n第 2 轮\n");
}

TEST_F(RunFolderTest, FindsTheRunThatIsMeant) {
  const std::string shop = finished("shop"), houses = finished("houses-big"), chinese = finished("房价");
  EXPECT_EQ(find_run(runs_, "1").path, shop);
  EXPECT_EQ(find_run(runs_, "0002").path, houses);
  EXPECT_EQ(find_run(runs_, "shop").path, shop);
  EXPECT_EQ(find_run(runs_, "0002-houses-big").path, houses);
  EXPECT_EQ(find_run(runs_, "0002-h").path, houses);
  EXPECT_EQ(find_run(runs_, "hou").path, houses);
  EXPECT_EQ(find_run(runs_, "房").path, chinese);
  EXPECT_EQ(find_run(runs_, "latest").path, chinese);
  EXPECT_EQ(find_run(runs_, shop).path, shop);
  EXPECT_EQ(find_run(runs_, shop + "/").path, shop);
  EXPECT_EQ(find_run(root_, runs_ + "/latest").number, 3);
}

TEST_F(RunFolderTest, SaysWhichRunsThereAre) {
  EXPECT_NE(complaint("latest").find("there are no runs in"), std::string::npos);
  for (int i = 0; i < 12; ++i) finished("shop");
  EXPECT_NE(complaint("shop").find("\"shop\" names 12 runs in"), std::string::npos) << complaint("shop");
  EXPECT_NE(complaint("shop").find("0012-shop and 4 older ones"), std::string::npos) << complaint("shop");
  EXPECT_NE(complaint("sh").find("give the number, for example 12"), std::string::npos) << complaint("sh");
  EXPECT_NE(complaint("house").find("there is no run \"house\""), std::string::npos);
  EXPECT_NE(complaint("99").find("there is no run \"99\""), std::string::npos);
  EXPECT_NE(complaint("").find("there is no run \"\""), std::string::npos);
  EXPECT_NE(complaint("best").find("has a result"), std::string::npos);
  EXPECT_NE(complaint(root_).find("is not a run"), std::string::npos);
}

TEST_F(RunFolderTest, TheBestIsBestByTheMetricOfTheNewest) {
  const auto auc = [](double value) {
    return std::vector<ResultMetric>{{.name = "test/auc", .value = value, .better = Better::higher}};
  };
  const auto loss = [](double value) { return std::vector<ResultMetric>{{.name = "test/loss", .value = value}}; };
  finished("a", auc(0.7));
  const std::string best = finished("b", auc(0.9));
  finished("other-data", auc(0.99), "e");
  finished("diverged", auc(std::nan("")));
  finished("c", auc(0.8));
  finished("unfinished");
  EXPECT_EQ(find_run(runs_, "best").path, best);
  finished("d", loss(0.5));
  const std::string least = finished("e", loss(0.4));
  finished("f", loss(0.6));
  EXPECT_EQ(find_run(runs_, "best").path, least);
}

TEST_F(RunFolderTest, ListsAroundForeignAndDamagedFolders) {
  EXPECT_TRUE(list_runs(runs_).empty());
  finished("good");
  const std::string damaged = finished("bad");
  write_file(damaged + "/run.json", "{\"schema\":\"fath");
  fs::create_directory(runs_ + "/0007-foreign");
  fs::create_directory(runs_ + "/notes");
  fs::create_directory_symlink("/nowhere", runs_ + "/0008-dangling");
  write_file(runs_ + "/0009-file", "x");
  const auto runs = list_runs(runs_);
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].status, RunStatus::finished);
  EXPECT_EQ(runs[1].status, RunStatus::damaged);
  EXPECT_EQ(runs[1].name, "bad");
  EXPECT_NE(runs[1].problem.text.find("damaged"), std::string::npos);
  EXPECT_THROW(RunFolder::open_for_writing(damaged), Error);
  EXPECT_THROW(RunFolder::open_for_writing(runs_ + "/0007-foreign"), Error);
  EXPECT_FALSE(fs::exists(runs_ + "/0007-foreign/.lock"));
}

TEST_F(RunFolderTest, ListsAThousandRunsWithinASecond) {
  const RunInfo info = read_run(finished("first", {{.name = "test/auc", .value = 0.5}}));
  for (int i = 2; i <= 1000; ++i) {
    const std::string folder = fmt::format("{}/{:04}-copy", runs_, i);
    fs::create_directory(folder);
    std::ofstream(folder + "/run.json") << to_json(info);
  }
  const Stopwatch watch;
  EXPECT_EQ(list_runs(runs_).size(), 1000U);
#ifdef NDEBUG
  EXPECT_LT(watch.seconds(), 1.0);
#endif
}

TEST_F(RunFolderTest, AFullDiskLeavesTheRecordAlone) {
  RunFolder run = RunFolder::create(runs_, "shop");
  const std::string before = read_file(run.path() + "/run.json");
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const sighandler_t handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit nothing{16, old.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &nothing);
  std::vector<Code> codes;
  for (const std::function<void()>& action : std::vector<std::function<void()>>{
           [&] {
             run.append_metrics(std::vector<Metric>{{"epoch", 1}, {"loss", 0.123456789}});
           },
           [&] { run.log(std::string(100, 'x')); },
           [&] { run.update([](RunInfo& info) { info.data_hash = "changed"; }); },
           [&] { RunFolder::create(runs_, "second"); }})
    try {
      action();
    } catch (const Error& error) {
      codes.push_back(error.code());
    }
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(codes, (std::vector<Code>(4, Code::resource)));
  EXPECT_EQ(list_runs(runs_).size(), 1U);
  EXPECT_FALSE(fs::exists(runs_ + "/0002-second"));
  EXPECT_EQ(read_file(run.path() + "/run.json"), before);
  EXPECT_TRUE(read_metrics(run.path() + "/metrics.csv").rows.empty());
}

}  // namespace
}  // namespace fathom
