// Who writes a run folder: a lock that the kernel drops when its process ends, however it ends.
//
// 1. At most one RunLock per folder exists, over all processes of the machine.
// 2. Asking who holds it disturbs nobody: no lock is taken, nothing is written.
#pragma once

#include <cstdint>
#include <string>

namespace fathom {

class RunLock {
 public:
  // Throws Error(try_again) naming the process and the host that hold it.
  explicit RunLock(const std::string& folder);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;

  // Sets the heartbeat to now. Failing to is no reason to stop a run, and is passed over.
  void beat() noexcept;

 private:
  int file_ = -1;
};

// A lock on any file, made if absent, waited for; held until destroyed.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // The whole number that the file holds, or 0; and its replacement.
  std::int64_t number() const;
  void set_number(std::int64_t number);

 private:
  std::string path_;
  int file_ = -1;
};

// Whether a process writes the folder. `host` is where the run was started: a lock of another machine may not be
// visible here, and then a heartbeat in the last two minutes counts.
bool is_being_written(const std::string& folder, const std::string& host);

std::string host_name();

}  // namespace fathom
