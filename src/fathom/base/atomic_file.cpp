#include "fathom/base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "fathom/base/error.hpp"

namespace fathom {

namespace {

[[noreturn]] void fail_with_errno(std::string_view doing, const std::string& path) {
  const int error = errno;
  if (error == ENOSPC || error == EDQUOT)
    throw Error(Code::resource, message("cannot {} {}: the disk is full", Message(doing), path), path,
                "free some space and try again");
  const bool machine = error == EFBIG || error == EIO || error == ENOMEM || error == EMFILE || error == ENFILE;
  throw Error(machine ? Code::resource : Code::data,
              message("cannot {} {}: {}", Message(doing), path, Message(std::generic_category().message(error))), path);
}

// Renames within a folder last through a power cut only when the folder itself is synced.
void sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int file = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

bool same_file(int file, const std::string& path) {
  struct stat open_one {
  }, named{};
  return ::fstat(file, &open_one) == 0 && ::stat(path.c_str(), &named) == 0 && open_one.st_dev == named.st_dev &&
         open_one.st_ino == named.st_ino;
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat existing {};
  const bool exists = ::stat(path_.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) fail(Code::data, "cannot write {}: it is a folder", path_);
  if (exists && !S_ISREG(existing.st_mode)) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) fail_with_errno("write", path_);
    return;
  }
  const std::filesystem::path target(path_);
  partial_ = (target.parent_path() / fmt::format(".{}.partial", target.filename().string())).string();
  while (file_ < 0) {
    file_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) fail_with_errno("write", path_);
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(file_);
      throw Error(Code::try_again, message("another process is writing {}", path_), path_,
                  "try again when it has ended");
    }
    if (!same_file(file_, partial_)) {  // its last writer has just put it in place
      ::close(file_);
      file_ = -1;
    }
  }
  if (::ftruncate(file_, 0) != 0) give_up("write");
  if (exists) static_cast<void>(::fchmod(file_, existing.st_mode & 07777));
}

AtomicFile::~AtomicFile() { close_and_remove(); }

void AtomicFile::close_and_remove() noexcept {
  if (file_ < 0) return;
  if (!partial_.empty()) ::unlink(partial_.c_str());
  ::close(file_);
  file_ = -1;
}

void AtomicFile::give_up(std::string_view doing) {
  const int error = errno;
  close_and_remove();
  errno = error;
  fail_with_errno(doing, path_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  FATHOM_ASSERT(file_ >= 0);
  write_all(file_, bytes, path_);
}

void AtomicFile::commit() {
  FATHOM_ASSERT(file_ >= 0);
  if (::fsync(file_) != 0 && !partial_.empty()) give_up("save");
  if (!partial_.empty()) {
    if (::rename(partial_.c_str(), path_.c_str()) != 0) give_up("save");
    sync_folder(path_);
  }
  ::close(file_);
  file_ = -1;
}

void write_file(const std::string& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

std::string read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) throw Error(Code::data, message("there is no file {}", path), path);
    fail_with_errno("read", path);
  }
  struct stat existing {};
  std::string content;
  if (::fstat(file, &existing) == 0 && S_ISREG(existing.st_mode))
    content.reserve(static_cast<std::size_t>(existing.st_size) + 1);
  std::size_t size = 0;
  while (true) {
    content.resize(std::max(content.capacity(), size + 4096));
    const ssize_t got = ::read(file, content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int error = errno;
      ::close(file);
      errno = error;
      fail_with_errno("read", path);
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(file);
  content.resize(size);
  return content;
}

void write_all(int file, std::span<const std::byte> bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_with_errno("write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

}  // namespace fathom
