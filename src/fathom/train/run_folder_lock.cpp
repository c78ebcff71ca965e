#include "fathom/train/run_folder_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/error.hpp"

namespace fathom {

namespace {

constexpr double stale_seconds = 120;

// Locks of an open file description belong to no process number, so that two runs of one program exclude each other
// too.
int set_lock(int file, int command) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  int result;
  do result = ::fcntl(file, command, &lock);
  while (result != 0 && errno == EINTR);
  return result;
}

int open_lock(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) {
    const int error = errno;
    throw Error(error == ENOSPC || error == EMFILE || error == ENFILE ? Code::resource : Code::data,
                message("cannot write {}: {}", path, Message(std::generic_category().message(error))), path);
  }
  return file;
}

std::string lock_path(const std::string& folder) { return folder + "/.lock"; }

std::string text_at_start(int file) {
  std::array<char, 256> text{};
  const ssize_t size = ::pread(file, text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
}

void replace_text(int file, const std::string& text, const std::string& path) {
  if (::ftruncate(file, 0) != 0 || ::lseek(file, 0, SEEK_SET) != 0)
    fail(Code::resource, "cannot write {}: {}", path, Message(std::generic_category().message(errno)));
  write_all(file, std::as_bytes(std::span(text)), path);
}

// Who says so in a lock file: "process 123 on host".
Message holder_of(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  const std::size_t on = line.find(" on ");
  if (!line.starts_with("process ") || on == std::string::npos) return "another process";
  return message("process {} on {}", line.substr(8, on - 8), line.substr(on + 4));
}

}  // namespace

RunLock::RunLock(const std::string& folder) {
  const std::string path = lock_path(folder);
  file_ = open_lock(path);
  try {
    if (set_lock(file_, F_OFD_SETLK) != 0) {
      if (errno != EAGAIN && errno != EACCES)
        fail(Code::resource, "cannot lock {}: {}", path, Message(std::generic_category().message(errno)));
      throw Error(Code::try_again, message("{} is being written by {}", folder, holder_of(text_at_start(file_))),
                  folder, "wait until it has ended, or stop it");
    }
    replace_text(file_, message("process {} on {}", ::getpid(), host_name()).text + "\n", path);
  } catch (...) {
    ::close(file_);
    throw;
  }
}

RunLock::~RunLock() {
  if (file_ >= 0) ::close(file_);
}

RunLock::RunLock(RunLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

void RunLock::beat() noexcept { static_cast<void>(::futimens(file_, nullptr)); }

FileLock::FileLock(const std::string& path) : path_(path), file_(open_lock(path)) {
  if (set_lock(file_, F_OFD_SETLKW) == 0) return;
  const int error = errno;
  ::close(file_);
  fail(Code::resource, "cannot lock {}: {}", path, Message(std::generic_category().message(error)));
}

FileLock::~FileLock() { ::close(file_); }

std::int64_t FileLock::number() const {
  const std::string text = text_at_start(file_);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void FileLock::set_number(std::int64_t number) { replace_text(file_, fmt::format("{}\n", number), path_); }

bool is_being_written(const std::string& folder, const std::string& host) {
  const int file = ::open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool held = ::fcntl(file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  struct stat facts {};
  const bool fresh = ::fstat(file, &facts) == 0 && std::difftime(std::time(nullptr), facts.st_mtime) < stale_seconds;
  ::close(file);
  return held || (host != host_name() && fresh);
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace fathom
