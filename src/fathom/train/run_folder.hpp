// The folder of one run: runs/0042-name, its record, its metrics and its log.
//
// 1. Numbers rise and are never used twice, not even after a folder was deleted; two processes never get the same.
// 2. One writer: a second process that opens the folder gets Error(try_again) naming the first.
// 3. run.json is replaced as a whole; metrics.csv and log.txt grow line by line.
// 4. A run whose process is gone is shown as stopped, never as running.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "fathom/base/clock.hpp"
#include "fathom/train/run_folder_info.hpp"
#include "fathom/train/run_folder_lock.hpp"
#include "fathom/train/run_folder_metrics.hpp"

namespace fathom {

// Destroying it gives up the lock and writes nothing: without finish(), the run is shown as stopped.
class RunFolder {
 public:
  // Makes runs_dir (with its parents) and in it the folder of a new run, status running. `start` gives what the
  // caller knows (seed, threads, command, data hash, facts); number, name, host, pid and times are filled in here.
  static RunFolder create(const std::string& runs_dir, std::string_view name, RunInfo start = {});
  // An existing run, locked, with its record as the last writer left it: a mistake that is found now changes nothing.
  static RunFolder open_for_writing(const std::string& path);

  // Says that this process goes on with the run.
  void go_on();

  const RunInfo& info() const { return info_; }
  const std::string& path() const { return info_.path; }
  // The path of a file in the folder: file("checkpoints/last.safetensors"). Makes the folders above it.
  std::string file(std::string_view relative) const;

  // Changes the record and writes it.
  void update(const std::function<void(RunInfo&)>& change);
  // Appends one row; the first row decides the columns. Throws Error(data) when a later row has others.
  void append_metrics(std::span<const Metric> row);
  // Keeps the first `rows` rows: what a resumed run was given by its checkpoint.
  void keep_metrics(std::size_t rows);
  // Appends a line to log.txt, without terminal escapes.
  void log(std::string_view line);
  // Says that the run is alive. Cheap: call it every step; it touches the disk every 5 s.
  void beat();
  // Writes how the run ended. The folder stays locked until it is destroyed.
  void finish(RunStatus status, int exit_code, std::vector<ResultMetric> results = {}, Message problem = {});

 private:
  RunFolder(RunInfo info, RunLock lock);
  void save() const;

  RunInfo info_;
  RunLock lock_;
  Stopwatch session_, since_beat_;
  double seconds_before_ = 0;
};

// The folder's part of a name: lower case, words joined by dashes; Chinese and other scripts are kept.
// "My Shop (v2)" -> "my-shop-v2"; "房价 预测" -> "房价-预测"; "" -> "run".
std::string slug(std::string_view name);

// The text without terminal escapes and without control characters other than tab and newline.
std::string without_escapes(std::string_view text);

}  // namespace fathom
