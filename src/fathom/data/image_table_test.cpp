#include "fathom/data/image_table.hpp"

#include "fathom/data/cifar.hpp"
#include "fathom/data/schema.hpp"
#include "support/image_bytes.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

namespace files = std::filesystem;

// Writes plain images, and the folders above them.
class Pictures {
 public:
  void add(const std::string& name, std::uint8_t brightness = 100) const {
    files::create_directories(files::path(folder_.path() + "/" + name).parent_path());
    folder_.write(name, plain_png(2, 3, {brightness}));
  }
  void text(const std::string& name, const std::string& content) const { folder_.write(name, content); }
  std::string path(const std::string& name = {}) const { return folder_.path() + (name.empty() ? "" : "/" + name); }

 private:
  TestFolder folder_;
};

std::vector<std::string> texts(const Table& table, const std::string& name) {
  std::vector<std::string> result;
  for (Index row = 0; row < table.rows; ++row) result.push_back(table.find(name)->text(row));
  return result;
}

TEST(ImageTable, TakesFoldersForClassesInTheOrderOfNames) {
  const Pictures place;
  for (const char* name : {"狗/2.png", "狗/10.png", "猫/a/b.PNG", "bird/x.jpeg", "猫/.hidden.png", "猫/notes.txt"})
    place.add(name);
  files::create_directories(place.path(".git"));
  const Table table = read_image_folder(place.path());
  EXPECT_EQ(texts(table, "image"), (std::vector<std::string>{"bird/x.jpeg", "狗/10.png", "狗/2.png", "猫/a/b.PNG"}));
  EXPECT_EQ(texts(table, "label"), (std::vector<std::string>{"bird", "狗", "狗", "猫"}));
  EXPECT_EQ(table.find("part"), nullptr);
  ASSERT_EQ(table.notes.size(), 1u);
  EXPECT_NE(table.notes[0].text.find("1 files that are not"), std::string::npos);
  EXPECT_EQ(official_test(place.path()), "");
}

TEST(ImageTable, PassesOverWhatProgramsLeaveAndFollowsLinksToClasses) {
  const Pictures place;
  for (const char* name :
       {"all/cat/1.png", "all/cat/.ipynb_checkpoints/1-checkpoint.png", "all/__MACOSX/cat/1.png", "all/dog/2.png"})
    place.add(name);
  files::create_symlink("loop.png", place.path("all/cat/loop.png"));
  files::create_directories(place.path("some"));
  for (const char* name : {"cat", "dog"})
    files::create_directory_symlink(place.path(std::string("all/") + name), place.path(std::string("some/") + name));
  for (const char* folder : {"all", "some"}) {
    EXPECT_TRUE(is_image_folder(place.path(folder)));
    EXPECT_EQ(texts(read_image_folder(place.path(folder)), "image"),
              (std::vector<std::string>{"cat/1.png", "dog/2.png"}));
  }
  files::create_directories(place.path("none/.cache"));
  place.add("none/.cache/1.png");
  EXPECT_FALSE(is_image_folder(place.path("none")));
}

TEST(ImageTable, HonoursOfficialParts) {
  const Pictures place;
  for (const char* name : {"train/a/1.png", "train/b/1.png", "val/b/9.png", "test/a/5.png"}) place.add(name);
  const Table table = read_image_folder(place.path());
  EXPECT_EQ(texts(table, "image"), (std::vector<std::string>{"train/a/1.png", "train/b/1.png", "val/b/9.png"}));
  EXPECT_EQ(texts(table, "part"), (std::vector<std::string>{"train", "train", "valid"}));
  EXPECT_EQ(official_test(place.path()), place.path("test"));
  const Table test = read_images_to_judge(place.path("test"), true, {"a", "b"});
  EXPECT_EQ(texts(test, "label"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(image_paths(test, *test.find("image")), (std::vector<std::string>{place.path("test/a/5.png")}));
}

// Such as archives whose table says what each image shows.
TEST(ImageTable, RefusesOfficialPartsWithoutClasses) {
  for (const char* other : {"test", "valid", "val", "validation"}) {
    const Pictures place;
    for (const std::string name : {"iconic/1.png", "train/1.png"}) place.add(name);
    EXPECT_EQ(read_image_folder(place.path()).find("label")->vocabulary,
              (std::vector<std::string>{"iconic", "train"}));  // trains are a class like any other
    place.add(std::string(other) + "/2.png");
    for (const Error& error :
         {error_from([&] { read_image_folder(place.path()); }), error_from([&] { official_test(place.path()); })}) {
      EXPECT_EQ(error.code(), Code::data);
      EXPECT_EQ(std::string(error.what()), place.path("train") + " holds no folders of classes");
    }
  }
}

TEST(ImageTable, RefusesWhatCannotBeLearned) {
  const Pictures place;
  const auto refused = [&](const std::string& words) {
    const Error error = error_from([&] { read_image_folder(place.path()); });
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  };
  place.add("loose.png");
  refused("has no folders of images");
  place.add("cat/1.png");
  refused("holds one class only, \"cat\"");
  files::create_directories(place.path("dog"));
  refused("the class folder " + place.path("dog") + " holds no images");
  EXPECT_EQ(error_from([&] {
              read_images_to_judge(place.path(), true, {"cat", "cow"});
            }).what(),
            place.path() + ": the class \"dog\" was not seen in training");
}

TEST(ImageTable, ReadsImagesWithoutClassesForAModel) {
  const Pictures place;
  for (const char* name : {"b.png", "a.png", "more/c.png"}) place.add(name);
  for (const char* known : {"x", "more"})  // a class or not: all are predicted
    EXPECT_EQ(texts(read_images_to_judge(place.path(), false, {known, "y"}), "image"),
              (std::vector<std::string>{"a.png", "b.png", "more/c.png"}));
  EXPECT_EQ(texts(table_of_image(place.path("a.png")), "image"), (std::vector<std::string>{"a.png"}));
}

TEST(ImageTable, FindsTheColumnThatNamesFiles) {
  const Pictures place;
  std::string text = "photo,price,other,y\n";
  for (int i = 0; i < 60; ++i) {
    place.add(fmt::format("p/{}.png", i % 50), static_cast<std::uint8_t>(i % 50));
    text += fmt::format("p/{}.png,{},gone{}.jpg,{}.5\n", i % 50, i % 7, i, i);
  }
  place.text("t.csv", text);
  const Table table = read_table(place.path("t.csv"));
  const Schema schema = infer_schema(table, {.target = "y"});
  EXPECT_EQ(schema.inputs[0].kind, ColumnKind::image);
  EXPECT_EQ(schema.inputs[0].reason.text, "50 files");
  EXPECT_EQ(schema.inputs[1].kind, ColumnKind::number);
  EXPECT_EQ(schema.inputs[2].kind, ColumnKind::ignored);
  EXPECT_EQ(schema.inputs[2].reason.text, "names of image files, none of which is there");
  const ImageStore images = images_of_rows(table, *table.find("photo"), {});
  EXPECT_EQ(images.files().paths.size(), 50u);
  EXPECT_EQ(images.image(49).pixels[0], 49);
  EXPECT_EQ(images.image(55).pixels[0], 5);  // named twice
  // The user's word counts, and must fit.
  SchemaOptions options{.target = "y"};
  options.columns["photo"].kind = ColumnKind::ignored;
  EXPECT_EQ(infer_schema(table, options).inputs[0].kind, ColumnKind::ignored);
  options.columns["photo"].kind = ColumnKind::image;
  options.columns["other"].kind = ColumnKind::image;
  EXPECT_EQ(error_from([&] { infer_schema(table, options); }).code(), Code::config);
  options.columns.erase("other");
  options.columns["price"].kind = ColumnKind::image;
  options.columns.erase("photo");
  const Error error = error_from([&] { infer_schema(table, options); });
  EXPECT_NE(std::string(error.what()).find("column \"price\" names images, but 60 of 60 values"), std::string::npos)
      << error.what();
}

std::string cifar_record(char label) {
  std::string record(1, label);
  for (int plane = 0; plane < 3; ++plane)
    for (int p = 0; p < 1024; ++p) record += static_cast<char>(plane * 50 + p % 32);
  return record;
}

TEST(Cifar, ReadsPlanesAsPixels) {
  const TestFolder folder;
  const std::string text = cifar_record(3) + cifar_record(9);
  for (const auto& path : {folder.write("x.bin", text), folder.write("y.bin.gz", gzipped(text))}) {
    EXPECT_TRUE(looks_like_cifar(path));
    const CifarImages images = read_cifar(path);
    EXPECT_EQ(images.labels, (std::vector<std::uint8_t>{3, 9}));
    ASSERT_EQ(images.block.pixels.size(), 2u * 3072);
    const std::size_t pixel = 3072 + (5 * 32 + 7) * 3;
    EXPECT_EQ(images.block.pixels[pixel], 7);
    EXPECT_EQ(images.block.pixels[pixel + 1], 57);
    EXPECT_EQ(images.block.pixels[pixel + 2], 107);
    EXPECT_EQ(texts(table_of(images, path), "label"), (std::vector<std::string>{"cat", "truck"}));
  }
  EXPECT_FALSE(looks_like_cifar(folder.write("z.bin", "\x63")));
  const auto refused = [&](const std::string& content, const std::string& words) {
    const Error error = error_from([&] { read_cifar(*bytes_of(content), "x.bin"); });
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_EQ(std::string(error.what()), words);
  };
  refused(text.substr(0, 4000), "x.bin is cut off: its last record has 927 of 3073 bytes");
  refused(cifar_record(10), "x.bin is not a CIFAR-10 file: the label of record 1 is 10");
  refused("", "x.bin holds no images");
}

TEST(Cifar, ReadsItsFolderInOrder) {
  const TestFolder folder;
  folder.write("data_batch_2.bin", cifar_record(2));
  folder.write("data_batch_1.bin", cifar_record(1));
  folder.write("batches.meta.txt", "airplane");
  EXPECT_EQ(cifar_test(folder.path()), "");
  folder.write("test_batch.bin", cifar_record(5));
  EXPECT_EQ(read_cifar(folder.path()).labels, (std::vector<std::uint8_t>{1, 2}));
  EXPECT_EQ(read_cifar(cifar_test(folder.path())).labels, (std::vector<std::uint8_t>{5}));
}

TEST(Cifar, ReadsTheRealFile) {
  NEEDS_REAL_DATA("cifar10_jpeg/lossless_first2000.bin.gz");
  const CifarImages images = read_cifar(real_data() + "/cifar10_jpeg/lossless_first2000.bin.gz");
  EXPECT_EQ(images.labels.size(), 2000u);
  EXPECT_EQ((std::vector<std::uint8_t>(images.labels.begin(), images.labels.begin() + 10)),
            (std::vector<std::uint8_t>{6, 9, 9, 4, 1, 1, 2, 7, 8, 3}));
}

}  // namespace
}  // namespace fathom
