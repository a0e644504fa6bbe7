// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/scene_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/scene/every_kind_of_row.h"
#include "core/scene/scene_fixture.h"

namespace usdtune {
namespace {

using test::everyKindOfRow;
using test::SceneFixture;
using testing::HasSubstr;

class SceneFile : public testing::Test {
protected:
    std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::path path = folder / "scene.bin";
    void SetUp() override {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    static std::vector<char> bytesOf(const std::filesystem::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
};

/// Feeds changed bytes from memory that begins where the reader wants it.
Result<ScenePtr> readBytes(const std::vector<char>& bytes) {
    auto owner = std::make_shared<std::vector<char>>(bytes.size() + 16);
    char* begin = owner->data();
    while (reinterpret_cast<uintptr_t>(begin) % 16 != 0) ++begin;
    std::copy(bytes.begin(), bytes.end(), begin);
    return readSceneBytes({reinterpret_cast<const std::byte*>(begin), bytes.size()}, owner);
}

TEST_F(SceneFile, whatIsWrittenIsReadAgain) {
    const ScenePtr scene = everyKindOfRow();
    const Result<uint64_t> size = writeSceneFile(*scene, path);
    ASSERT_TRUE(size.ok()) << size.error();
    EXPECT_EQ(size.value(), std::filesystem::file_size(path));
    const Result<ScenePtr> result = readSceneFile(path);
    ASSERT_TRUE(result.ok()) << result.error();
    const Scene& read = *result.value();
    ASSERT_EQ(read.prims().size(), scene->prims().size());
    EXPECT_EQ(read.stage().identifier, "every.usda");
    EXPECT_EQ(read.stage().metersPerUnit, 0.5);
    EXPECT_EQ(read.stagePrimCount(), scene->stagePrimCount());
    for (size_t i = 0; i < read.prims().size(); ++i) {
        EXPECT_EQ(read.path(PrimId(i)), scene->path(PrimId(i)));
        EXPECT_EQ(read.visible(PrimId(i)), scene->visible(PrimId(i)));
        EXPECT_EQ(read.xforms().world[i], scene->xforms().world[i]);
    }
    ASSERT_EQ(read.meshes().size(), scene->meshes().size());
    EXPECT_EQ(read.meshes()[0].pointsHash, scene->meshes()[0].pointsHash);
    EXPECT_EQ(read.materials().rows[0].networkHash, scene->materials().rows[0].networkHash);
    EXPECT_EQ(read.materials().rows[0].authoredHash, scene->materials().rows[0].authoredHash);
    EXPECT_EQ(read.problems().size(), scene->problems().size());
    EXPECT_TRUE(read.isLatentTarget("/Rack/Tri"));
}

TEST_F(SceneFile, writingWhatWasReadGivesTheSameBytes) {
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    const std::vector<char> first = bytesOf(path);
    ASSERT_TRUE(writeSceneFile(*readSceneFile(path).value(), folder / "again.bin").ok());
    EXPECT_EQ(first, bytesOf(folder / "again.bin"));
}

TEST_F(SceneFile, bytesDoNotDependOnWhatElseTheTokenTableHolds) {
    auto crowded = std::make_shared<TokenTable>();
    for (int i = 0; i < 100; ++i) crowded->intern("other" + std::to_string(i));
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(crowded), folder / "crowded.bin").ok());
    EXPECT_EQ(bytesOf(path), bytesOf(folder / "crowded.bin"));
}

TEST_F(SceneFile, arraysAreMappedAndSharedOnesWrittenOnce) {
    const std::vector<double> points(3000, 1.5);
    SceneFixture one, two;
    one.prim("/A", "Mesh").attributeNumbers("points", "point3f[]", points);
    const Value shared = two.prim("/A", "Mesh").pack("point3f[]", points);
    two.prim("/A").attributeOf("points", "point3f[]", shared);
    two.prim("/B", "Mesh").attributeOf("points", "point3f[]", shared);
    const uint64_t oneSize = writeSceneFile(*one.freeze(), path).value(),
                   twoSize = writeSceneFile(*two.freeze(), path).value();
    EXPECT_LT(twoSize - oneSize, 1000u);
    const ScenePtr read = readSceneFile(path).value();
    EXPECT_EQ(read->meshes()[0].points.data(), read->meshes()[1].points.data());
}

TEST_F(SceneFile, aSceneOutlivesItsFilesName) {
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    const ScenePtr read = readSceneFile(path).value();
    std::filesystem::remove(path);
    EXPECT_EQ(read->meshes()[0].points[1], (Vec3f{{1, 0, 0}}));
}

TEST_F(SceneFile, failedRequestsAreSentencesAndLeaveNothingBehind) {
    EXPECT_THAT(readSceneFile(folder / "none").error(), HasSubstr("No such file"));
    EXPECT_THAT(readSceneFile(folder).error(), HasSubstr("regular file"));
    std::ofstream(path).close();
    EXPECT_THAT(readSceneFile(path).error(), HasSubstr("empty"));
    std::ofstream(path) << std::string(1000, 'x');
    EXPECT_THAT(readSceneFile(path).error(), HasSubstr("no scene file"));
    EXPECT_THAT(writeSceneFile(*everyKindOfRow(), folder / "gone" / "scene.bin").error(), HasSubstr("No such file"));
    // A folder stands where the file should go: the rename fails, and the temporary file goes away.
    std::filesystem::create_directories(folder / "taken" / "inside");
    EXPECT_FALSE(writeSceneFile(*everyKindOfRow(), folder / "taken").ok());
    size_t left = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++left;
    EXPECT_EQ(left, 2u);
}

TEST_F(SceneFile, truncatedFilesAreRefusedAtEveryLength) {
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    const std::vector<char> whole = bytesOf(path);
    for (size_t length = 0; length < whole.size(); length += length < 512 ? 1 : 97)
        EXPECT_FALSE(readBytes({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).ok()) << length;
    EXPECT_TRUE(readBytes(whole).ok());
}

TEST_F(SceneFile, noChangedByteEndsTheProcess) {
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    std::vector<char> bytes = bytesOf(path);
    size_t refused = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
        for (const char change : {char(0xFF), char(0x01), char(0x80)}) {
            bytes[i] = static_cast<char>(bytes[i] ^ change);
            refused += readBytes(bytes).ok() ? 0 : 1;
            bytes[i] = static_cast<char>(bytes[i] ^ change);
        }
    }
    EXPECT_GT(refused, bytes.size() / 2);
}

TEST_F(SceneFile, otherVersionsAreNamed) {
    ASSERT_TRUE(writeSceneFile(*everyKindOfRow(), path).ok());
    std::vector<char> bytes = bytesOf(path);
    bytes[8] = 77;
    EXPECT_THAT(readBytes(bytes).error(), HasSubstr("version 77"));
}

}  // namespace
}  // namespace usdtune
