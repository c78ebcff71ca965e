#include "fathom/data/image.hpp"

#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/data/image_files.hpp"
#include "fathom/data/jpeg_markers.hpp"
#include "support/image_bytes.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Image, ReadsEveryKindOfPng) {
  const Bytes rgb{255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90};
  const Image colour = decode_image(png_bytes(2, 3, PNG_FORMAT_RGB, rgb.data()), "a.png");
  EXPECT_EQ(std::tuple(colour.rows, colour.columns, colour.channels), std::tuple(2, 3, 3));
  EXPECT_EQ(colour.pixels, rgb);
  const Bytes grey{0, 7, 255, 128};
  const Image one = decode_image(png_bytes(1, 4, PNG_FORMAT_GRAY, grey.data()), "a.png");
  EXPECT_EQ(one.channels, 1);
  EXPECT_EQ(one.pixels, grey);
  const Bytes alpha{9, 9, 9, 0, 200, 100, 50, 255};
  const Image flat = decode_image(png_bytes(1, 2, PNG_FORMAT_RGBA, alpha.data()), "a.png");
  EXPECT_EQ(flat.pixels, (Bytes{255, 255, 255, 200, 100, 50}));
  const Bytes palette{1, 2, 3, 250, 240, 230}, places{1, 0, 1};
  const Image mapped =
      decode_image(png_bytes(1, 3, PNG_FORMAT_RGB_COLORMAP, places.data(), palette.data(), 2), "a.png");
  EXPECT_EQ(mapped.pixels, (Bytes{250, 240, 230, 1, 2, 3, 250, 240, 230}));
}

// The bytes of one chunk of a PNG.
std::string chunk(const std::string& name, const std::string& data) {
  const auto number = [](std::uint32_t n) {
    return std::string{static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
                       static_cast<char>(n)};
  };
  const std::string body = name + data;
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return number(static_cast<std::uint32_t>(data.size())) + body + number(static_cast<std::uint32_t>(sum));
}
std::string png_header(std::uint32_t columns, std::uint32_t rows, char bits, char kind) {
  std::string data;
  for (const std::uint32_t n : {columns, rows})
    data += {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", data + std::string{bits, kind, 0, 0, 0});
}
std::string zlib_bytes(const std::string& text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(size);
  return out;
}

TEST(Image, Takes16BitsAsTheSameBrightnessIn8) {
  const std::string row("\0\x00\x00\x80\x80\xFF\xFF", 7);  // no filter, then three values
  const std::string file = png_header(3, 1, 16, 0) + chunk("IDAT", zlib_bytes(row)) + chunk("IEND", "");
  const Image image = decode_image(file, "deep.png");
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.pixels, (Bytes{0, 128, 255}));
}

// A picture with its rows and columns all different: 8 x 16 blocks of 8 x 8 pixels, which JPEG keeps nearly as they
// are.
Bytes blocks(Index rows, Index columns, Index channels) {
  Bytes pixels;
  for (Index row = 0; row < rows; ++row)
    for (Index column = 0; column < columns; ++column)
      for (Index c = 0; c < channels; ++c)
        pixels.push_back(
            static_cast<std::uint8_t>(20 + 90 * (row / 8) + 60 * (column / 8) + (channels == 3 ? 15 * c : 0)));
  return pixels;
}

void expect_near(const Bytes& a, const Bytes& b, int furthest) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_LE(std::abs(a[i] - b[i]), furthest) << i;
}

TEST(Image, ReadsJpegInColourAndGrey) {
  const Bytes colour = blocks(16, 24, 3), grey = blocks(16, 24, 1);
  const Image a = decode_image(jpeg_bytes(16, 24, TJPF_RGB, colour.data()), "a.jpg");
  EXPECT_EQ(std::tuple(a.rows, a.columns, a.channels), std::tuple(16, 24, 3));
  expect_near(a.pixels, colour, 4);
  const Image b = decode_image(jpeg_bytes(16, 24, TJPF_GRAY, grey.data()), "b.jpg");
  EXPECT_EQ(b.channels, 1);
  expect_near(b.pixels, grey, 4);
}

TEST(Image, TurnsCmykIntoLight) {
  // Free paper of cyan, magenta, yellow and black: red paper at full light, and white at half light.
  Bytes inks;
  for (int p = 0; p < 128; ++p)
    for (const int value : p % 16 < 8 ? std::vector<int>{255, 0, 0, 255} : std::vector<int>{255, 255, 255, 128})
      inks.push_back(static_cast<std::uint8_t>(value));
  const Image image = decode_image(jpeg_bytes(8, 16, TJPF_CMYK, inks.data()), "inks.jpg");
  EXPECT_EQ(image.channels, 3);
  expect_near({image.pixels[0], image.pixels[1], image.pixels[2]}, {255, 0, 0}, 4);
  expect_near({image.pixels[45], image.pixels[46], image.pixels[47]}, {128, 128, 128}, 4);
}

// What each orientation stores, seen from what is meant: the pixel of `stored` that is shown at (row, column).
TEST(Image, AppliesEveryExifOrientation) {
  const Index rows = 16, columns = 24;
  const Bytes stored = blocks(rows, columns, 1);
  const std::string file = jpeg_bytes(16, 24, TJPF_GRAY, stored.data());
  const auto at = [&](Index row, Index column) {
    return static_cast<int>(stored[static_cast<std::size_t>(row * columns + column)]);
  };
  using Place = std::pair<Index, Index>;
  const std::vector<std::function<Place(Index, Index)>> from{[&](Index r, Index c) {
                                                               return Place{r, c};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{r, columns - 1 - c};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{rows - 1 - r, columns - 1 - c};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{rows - 1 - r, c};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{c, r};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{rows - 1 - c, r};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{rows - 1 - c, columns - 1 - r};
                                                             },
                                                             [&](Index r, Index c) {
                                                               return Place{c, columns - 1 - r};
                                                             }};
  for (std::size_t orientation = 1; orientation <= 8; ++orientation) {
    const std::string turned = with_orientation(file, static_cast<char>(orientation));
    ASSERT_EQ(jpeg_markers(turned).orientation, static_cast<int>(orientation));
    const Image image = decode_image(turned, "turned.jpg");
    ASSERT_EQ(image.rows, orientation < 5 ? rows : columns);
    for (Index row = 0; row < image.rows; row += 5)
      for (Index column = 0; column < image.columns; column += 5) {
        const auto [r, c] = from[orientation - 1](row, column);
        EXPECT_NEAR(image.pixels[static_cast<std::size_t>(row * image.columns + column)], at(r, c), 4) << orientation;
      }
  }
}

TEST(Image, HasTheFormThatItsHeaderSays) {
  const Bytes pixels(64 * 4, 100), places(64, 1), palette{1, 2, 3, 250, 240, 230};
  const std::vector<std::uint16_t> deep(64, 30000);
  const std::string jpeg = jpeg_bytes(4, 16, TJPF_RGB, pixels.data());
  for (const std::string& file :
       {png_bytes(4, 16, PNG_FORMAT_GRAY, pixels.data()), png_bytes(4, 16, PNG_FORMAT_GA, pixels.data()),
        png_bytes(4, 16, PNG_FORMAT_RGBA, pixels.data()), png_bytes(4, 16, PNG_FORMAT_LINEAR_Y, deep.data()),
        png_bytes(4, 16, PNG_FORMAT_RGB_COLORMAP, places.data(), palette.data(), 2), jpeg, with_orientation(jpeg, 3),
        with_orientation(jpeg, 6), jpeg_bytes(4, 16, TJPF_GRAY, pixels.data()),
        jpeg_bytes(4, 16, TJPF_CMYK, pixels.data())}) {
    const Image image = decode_image(file, "x");
    EXPECT_EQ(image_form(file, "x"), (ImageForm{image.rows, image.columns, image.channels}));
  }
  // The pixels need not be there.
  EXPECT_EQ(image_form(jpeg.substr(0, jpeg.find("\xFF\xDA") + 14), "x"), (ImageForm{4, 16, 3}));
}

TEST(Image, RefusesWhatIsNoImageWithOneSentence) {
  const auto refused = [](const std::string& bytes, const std::string& words) {
    const Error error = error_from([&] { decode_image(bytes, "x.jpg"); });
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  };
  refused("this is a text", "x.jpg is neither a PNG nor a JPEG");
  refused("", "x.jpg is empty");
  refused("RIFFS", "x.jpg is neither a PNG nor a JPEG");
  EXPECT_EQ(error_from([] { decode_image("RIFF1234WEBPVP8 ", "x.png"); }).hint(),
            "it looks like a WebP: convert it to PNG or JPEG");
  const Bytes pixels = blocks(64, 64, 3);
  const std::string png = png_bytes(64, 64, PNG_FORMAT_RGB, pixels.data()),
                    jpeg = jpeg_bytes(64, 64, TJPF_RGB, pixels.data());
  for (const std::size_t left : {9u, 40u, 100u}) refused(png.substr(0, left), "damaged or truncated PNG");
  refused(png.substr(0, png.size() - 30), "damaged or truncated PNG");
  for (const std::size_t left : {4u, 30u, 400u}) refused(jpeg.substr(0, left), "damaged or truncated JPEG");
  refused(jpeg.substr(0, jpeg.size() - 60), "damaged or truncated JPEG");
  // A bomb: a few bytes that ask for 30 GB.
  for (const auto& [side, words] : {std::pair{100000u, "100000 x 100000"}, {16384u, "67108864 in all"}}) {
    const std::string bomb = png_header(side, side, 8, 2) + chunk("IDAT", zlib_bytes("x")) + chunk("IEND", "");
    refused(bomb, words);
    EXPECT_NE(std::string(error_from([&] { image_form(bomb, "x.png"); }).what()).find(words), std::string::npos);
  }
  EXPECT_EQ(error_from([] { decode_image("GIF89a...", "x.png"); }).hint(),
            "it looks like a GIF: convert it to PNG or JPEG");
}

// Scaling one side first makes 256 TB of these small pictures: the threads that do it must not end the process.
TEST(Image, SaysWhenThereIsNoMemoryToResizeIn) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FATHOM_MEMORY_IS_WATCHED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FATHOM_MEMORY_IS_WATCHED
#endif
#endif
#ifdef FATHOM_MEMORY_IS_WATCHED
  GTEST_SKIP() << "a sanitizer ends the process instead of throwing";
#endif
  const int threads = Pool::shared().threads();
  Pool::resize_shared(2);
  const Index side = 1 << 20, channels = 64;
  ImageBlock block{{side, 1, channels}, Bytes(static_cast<std::size_t>(2 * side * channels))};
  const Error error = error_from([&] { with_size(std::move(block), 1, side); });
  EXPECT_EQ(error.code(), Code::resource);
  EXPECT_STREQ(error.what(), "no memory is left to resize images");
  const Error whole = error_from([&] { with_size({{1, 1, 1}, Bytes(4)}, side * side, side); });
  EXPECT_EQ(whole.code(), Code::resource);
  EXPECT_NE(std::string(whole.what()).find("4 images of 1099511627776 x 1048576 x 1 need"), std::string::npos);
  Pool::resize_shared(threads);
}

// A pattern of single bright columns has no place in half the columns: it becomes its mean.
TEST(Image, ResizesWithoutFalsePatterns) {
  Image stripes{8, 64, 1, {}};
  for (Index p = 0; p < 8 * 64; ++p) stripes.pixels.push_back(p % 2 == 0 ? 0 : 200);
  const Image small = resized(stripes, 4, 16);
  ASSERT_EQ(small.pixels.size(), 64u);
  for (Index row = 0; row < 4; ++row)
    for (Index column = 1; column < 15; ++column)
      EXPECT_NEAR(small.pixels[static_cast<std::size_t>(row * 16 + column)], 100, 1);
  const Image plain = resized({5, 7, 3, Bytes(105, 77)}, 11, 3);
  EXPECT_EQ(plain.pixels, Bytes(99, 77));
  // A ramp stays one where it grows: the values of bilinear interpolation.
  const Image ramp = resized({1, 4, 1, {0, 40, 80, 120}}, 1, 8);
  EXPECT_EQ(ramp.pixels, (Bytes{0, 10, 30, 50, 70, 90, 110, 120}));
}

// Values of torch.nn.functional.interpolate(x, (2, 3), mode="bilinear", antialias=True).
TEST(Image, ResizesAsOtherProgramsDo) {
  Image image{4, 6, 1, {}};
  for (int p = 0; p < 24; ++p) image.pixels.push_back(static_cast<std::uint8_t>(p * p % 251));
  const Image small = resized(image, 2, 3);
  const Bytes expected{43, 60, 61, 119, 160, 96};
  expect_near(small.pixels, expected, 1);
}

TEST(ImageFiles, AreTheSameBlockOnAnyNumberOfThreads) {
  const TestFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 50; ++i)
    paths.push_back(folder.write(fmt::format("{}.png", i), plain_png(3, 4, {static_cast<std::uint8_t>(i), 9, 250})));
  const int threads = Pool::shared().threads();
  Pool::resize_shared(1);
  const ImageBlock one = look_at_images(paths, {}).decoded();
  Pool::resize_shared(3);
  const ImageBlock three = look_at_images(paths, {}).decoded();
  EXPECT_EQ(one.pixels, three.pixels);
  EXPECT_EQ(one.pixels.size(), 50u * 36);
  EXPECT_EQ(one.pixels[36 * 17], 17);
  // The first file in order is the one that is named.
  folder.write("31.png", "text");
  folder.write("12.png", plain_png(3, 5, {1, 2, 3}));
  EXPECT_EQ(std::string(error_from([&] { look_at_images(paths, {}); }).what()),
            fmt::format("{} has 3 x 4 pixels, but {} has 3 x 5", paths[0], paths[12]));
  EXPECT_NE(std::string(error_from([&] {
                          look_at_images(paths, {2, 2, 0});
                        }).what())
                .find("31.png is neither"),
            std::string::npos);
  Pool::resize_shared(threads);
}

TEST(ImageFiles, AreGreyWhereAllAre) {
  const TestFolder folder;
  std::vector<std::string> paths;
  for (int i = 0; i < 20; ++i) paths.push_back(folder.write(fmt::format("{}.png", i), plain_png(2, 2, {60})));
  EXPECT_EQ(look_at_images(paths, {}).form.channels, 1);
  folder.write("19.png", plain_png(2, 2, {10, 20, 30}));
  const ImageBlock mixed = look_at_images(paths, {}).decoded();
  EXPECT_EQ(mixed.form.channels, 3);
  EXPECT_EQ(mixed.pixels[0], 60);
  EXPECT_EQ(mixed.pixels[19 * 12 + 1], 20);
  EXPECT_EQ(look_at_images(paths, {.channels = 1}).form.channels, 1);
}

TEST(ImageFiles, MayHaveLongHeaders) {
  const TestFolder folder;
  std::string jpeg = jpeg_bytes(8, 8, TJPF_RGB, blocks(8, 8, 3).data());
  const std::string comment = std::string("\xFF\xFE\xFF\xFF", 4) + std::string(65533, 'c');
  jpeg = jpeg.substr(0, 2) + comment + comment + jpeg.substr(2);
  const ImageFiles files = look_at_images({folder.write("a.jpg", jpeg)}, {});
  EXPECT_EQ(files.form, (ImageForm{8, 8, 3}));
  EXPECT_EQ(files.file_bytes, jpeg.size());
}

TEST(ImageFiles, ThatAreAbsentAreNamedAndCounted) {
  const TestFolder folder;
  const std::string here = folder.write("a.png", plain_png(1, 1, {0}));
  const Error error = error_from([&] { look_at_images({"p.png", here, "q.png", "r.png", "s.png"}, {}); });
  EXPECT_EQ(error.code(), Code::data);
  EXPECT_EQ(std::string(error.what()), "4 of 5 image files are not there: p.png, q.png, r.png, ...");
}

}  // namespace
}  // namespace fathom
