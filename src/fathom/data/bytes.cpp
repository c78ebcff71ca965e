#include "fathom/data/bytes.hpp"

#include <fmt/format.h>
#include <iconv.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <vector>

namespace fathom {

namespace {

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path) : path_(path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0)
      throw Error(Code::data,
                  errno == ENOENT ? message("there is no file {}", path)
                                  : message("{} cannot be read: {}", path, Message(std::strerror(errno))),
                  {}, "check the path and the folder you are in");
    if (S_ISDIR(info.st_mode)) throw Error(Code::data, message("{} is a folder, not a file", path));
    file_ = gzopen(path.c_str(), "rb");
    if (file_ == nullptr) fail(Code::data, "{} cannot be read: {}", path, Message(std::strerror(errno)));
    gzbuffer(file_, 1 << 18);
  }
  ~FileSource() override { gzclose(file_); }
  std::size_t read(char* to, std::size_t size) override {
    const int count = gzread(file_, to, static_cast<unsigned>(std::min<std::size_t>(size, 1 << 30)));
    int code = Z_OK;
    static_cast<void>(gzerror(file_, &code));
    if (count < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      if (code == Z_BUF_ERROR)
        throw Error(Code::data, message("{} is cut off: the gzip stream ends too early", path_), {},
                    "copy or download the file again");
      if (code == Z_ERRNO) fail(Code::data, "{} cannot be read: {}", path_, Message(std::strerror(errno)));
      throw Error(Code::data, message("{} is damaged: its gzip stream cannot be unpacked", path_), {},
                  "copy or download the file again");
    }
    return static_cast<std::size_t>(count);
  }

 private:
  std::string path_;
  gzFile file_ = nullptr;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, text_->size() - at_);
    std::memcpy(to, text_->data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::size_t at_ = 0;
};

// What a stream held: it can be read once, but is opened several times, first to see what it is.
std::shared_ptr<const std::string> content_of_stream(const std::string& path) {
  static std::map<std::string, std::shared_ptr<const std::string>> contents;
  auto& content = contents[path];
  if (content == nullptr) {
    FileSource source(path == "-" ? "/dev/stdin" : path);
    std::string text;
    std::vector<char> buffer(1 << 18);
    while (const std::size_t count = source.read(buffer.data(), buffer.size())) text.append(buffer.data(), count);
    content = std::make_shared<const std::string>(std::move(text));
  }
  return content;
}

class ConvertingSource final : public ByteSource {
 public:
  ConvertingSource(std::unique_ptr<ByteSource> from, Encoding encoding, std::string path)
      : from_(std::move(from)),
        path_(std::move(path)),
        encoding_(encoding),
        converter_(iconv_open("UTF-8", std::string(name_of(encoding)).c_str())) {
    if (converter_ == reinterpret_cast<iconv_t>(-1))
      fail(Code::missing_part, "this system cannot convert {}", name_of(encoding));
  }
  ~ConvertingSource() override { iconv_close(converter_); }
  std::size_t read(char* to, std::size_t size) override {
    while (given_ == converted_.size())
      if (!convert()) return 0;
    const std::size_t count = std::min(size, converted_.size() - given_);
    std::memcpy(to, converted_.data() + given_, count);
    given_ += count;
    return count;
  }

 private:
  // What is in the buffer, as far as whole characters go; false at the end.
  bool convert() {
    if (begin_ == end_ && !ended_) fill();
    if (begin_ == end_) return false;
    given_ = 0;
    converted_.resize(4 * (end_ - begin_));  // no character takes more in UTF-8 than four times its bytes here
    char *in = buffer_.data() + begin_, *out = converted_.data();
    std::size_t left = end_ - begin_, room = converted_.size();
    const std::size_t result = iconv(converter_, &in, &left, &out, &room);
    const int error = errno;
    converted_.resize(converted_.size() - room);
    lines_ += static_cast<std::size_t>(std::count(buffer_.data() + begin_, in, '\n'));
    begin_ = end_ - left;
    if (result != static_cast<std::size_t>(-1)) return true;
    if (!converted_.empty()) return true;  // what stopped it is met again, first
    if (error == EINVAL && !ended_) {      // a character is cut by the end of the buffer
      std::memmove(buffer_.data(), buffer_.data() + begin_, left);
      begin_ = 0;
      end_ = left;
      fill();
      return true;
    }
    throw Error(Code::data,
                message("{} is not {} (byte 0x{:02X} in line {})", path_, name_of(encoding_),
                        static_cast<unsigned char>(buffer_[begin_]), lines_ + 1),
                {}, "set the encoding: data.encoding = \"utf-8\", \"gb18030\" or \"latin-1\"");
  }
  void fill() {
    if (begin_ == end_) begin_ = end_ = 0;
    const std::size_t count = from_->read(buffer_.data() + end_, buffer_.size() - end_);
    end_ += count;
    ended_ = count == 0;
  }

  std::unique_ptr<ByteSource> from_;
  std::string path_;
  Encoding encoding_;
  iconv_t converter_;
  std::vector<char> buffer_ = std::vector<char>(1 << 16);
  std::string converted_;
  std::size_t begin_ = 0, end_ = 0, lines_ = 0, given_ = 0;
  bool ended_ = false;
};

}  // namespace

std::size_t read_up_to(ByteSource& source, char* to, std::size_t size) {
  std::size_t had = 0;
  while (had < size) {
    const std::size_t count = source.read(to + had, size - had);
    if (count == 0) break;
    had += count;
  }
  return had;
}

bool is_stream(const std::string& path) {
  struct stat info {};
  return path == "-" || (stat(path.c_str(), &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)));
}

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  if (is_stream(path)) return std::make_unique<TextSource>(content_of_stream(path));
  return std::make_unique<FileSource>(path);
}
std::unique_ptr<ByteSource> bytes_of(std::string text) {
  return std::make_unique<TextSource>(std::make_shared<const std::string>(std::move(text)));
}

std::string read_all(const std::string& path, std::size_t limit) {
  const auto source = open_bytes(path);
  std::string content;
  std::vector<char> buffer(1 << 18);
  while (const std::size_t count = source->read(buffer.data(), buffer.size())) {
    if (content.size() + count > limit) fail(Code::data, "{} holds more than {} MB", path, limit >> 20);
    content.append(buffer.data(), count);
  }
  return content;
}

Encoding encoding(const std::string& name) {
  if (name == "auto") return Encoding::automatic;
  if (name == "utf-8" || name == "utf8") return Encoding::utf8;
  if (name == "gb18030" || name == "gbk" || name == "gb2312") return Encoding::gb18030;
  if (name == "latin-1" || name == "latin1") return Encoding::latin1;
  fail(Code::config, "there is no encoding \"{}\"; choose auto, utf-8, gb18030 or latin-1", name);
}

std::string_view name_of(Encoding encoding) {
  switch (encoding) {
    case Encoding::gb18030:
      return "GB18030";
    case Encoding::latin1:
      return "LATIN1";
    default:
      return "UTF-8";
  }
}

std::size_t first_bad_utf8(std::string_view text, bool cut) {
  std::size_t i = 0;
  const auto at = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  while (i < text.size()) {
    const unsigned char lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                               : lead >= 0xE0 && lead < 0xF0 ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    if (length == 0) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if (i + k >= text.size()) return cut ? std::string_view::npos : i;
      const unsigned char next = at(i + k);
      const unsigned char low = k == 1 && lead == 0xE0 ? 0xA0 : k == 1 && lead == 0xF0 ? 0x90 : 0x80;
      const unsigned char high = k == 1 && lead == 0xED ? 0x9F : k == 1 && lead == 0xF4 ? 0x8F : 0xBF;
      if (next < low || next > high) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

namespace {

// Chinese text in GB18030 is mostly pairs of bytes from 0xA1 on; Latin-1 has its accents one by one, before a letter.
bool pairs_like_gb18030(std::string_view text) {
  std::size_t pairs = 0, others = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) < 0x80) continue;
    const auto next = static_cast<unsigned char>(text[++i]);
    ++(next >= 0xA1 ? pairs : others);
  }
  return pairs > 0 && pairs * 4 >= others;
}

}  // namespace

Encoding detect_encoding(std::string_view beginning) {
  if (first_bad_utf8(beginning, true) == std::string_view::npos) return Encoding::utf8;
  const iconv_t converter = iconv_open("UTF-8", "GB18030");
  if (converter == reinterpret_cast<iconv_t>(-1)) return Encoding::latin1;
  std::string in(beginning), out(beginning.size() * 4 + 16, '\0');
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  const bool bad = iconv(converter, &from, &left, &to, &room) == static_cast<std::size_t>(-1) && errno == EILSEQ;
  iconv_close(converter);
  return !bad && pairs_like_gb18030(beginning) ? Encoding::gb18030 : Encoding::latin1;
}

std::unique_ptr<ByteSource> as_utf8(std::unique_ptr<ByteSource> from, Encoding encoding, const std::string& path) {
  if (encoding == Encoding::utf8 || encoding == Encoding::automatic) return from;
  return std::make_unique<ConvertingSource>(std::move(from), encoding, path);
}

}  // namespace fathom
