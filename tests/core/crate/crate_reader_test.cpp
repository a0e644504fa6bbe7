// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/crate_reader.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace usdtune {
namespace {

const std::filesystem::path kSeeds = std::filesystem::path(USDTUNE_SOURCE_DIR) / "fuzz" / "corpus" / "crate";

std::shared_ptr<std::vector<std::byte>> bytesOf(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> chars{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto* begin = reinterpret_cast<const std::byte*>(chars.data());
    return std::make_shared<std::vector<std::byte>>(begin, begin + chars.size());
}

TEST(CrateReader, meshGivesItsRows) {
    RowCollector rows;
    const auto scan = readCrate(kSeeds / "mesh.usdc", rows);
    ASSERT_TRUE(scan) << scan.error();
    const SceneTables tables = rows.finish();
    ASSERT_EQ(tables.prims.size(), 2u);
    EXPECT_EQ(tables.tokens->text(tables.prims[1].path), "/W/M");
    EXPECT_EQ(tables.tokens->text(tables.prims[1].typeName), "Mesh");
    EXPECT_FALSE(tables.prims[0].flags.defined);  // an over
    const auto named = [&](std::string_view name) {
        for (const Property& row : tables.properties)
            if (tables.tokens->text(row.name) == name) return row.value;
        return Value{};
    };
    const auto indices = named("faceVertexIndices").as<int32_t>(Element::Int, 1);
    ASSERT_EQ(indices.size(), 24u);
    EXPECT_EQ(indices[23], 23);
    EXPECT_EQ(named("points").count, 8u);
    EXPECT_EQ(named("d").as<double>(Element::Double, 1)[0], 0.1);
}

TEST(CrateReader, composedSubtreesAreNamedAndTargetsOfTheirVariantsLatent) {
    RowCollector rows;
    const auto scan = readCrate(kSeeds / "arcs.usdc", rows);
    ASSERT_TRUE(scan) << scan.error();
    std::vector<std::string> roots, latent;
    for (const TokenId root : scan.value().composedRoots) roots.emplace_back(rows.tokens().text(root));
    const SceneTables tables = rows.finish();
    for (const TokenId path : tables.latentTargets) latent.emplace_back(tables.tokens->text(path));
    EXPECT_EQ(roots, (std::vector<std::string>{"/A/B", "/C", "/D"}));
    EXPECT_EQ(latent, (std::vector<std::string>{"/A/B", "/C"}));
}

TEST(CrateReader, instancesOfAPrimOfTheLayerHaveComposedRows) {
    RowCollector rows;
    const auto scan = readCrate(kSeeds / "instances.usdc", rows);
    ASSERT_TRUE(scan) << scan.error();
    ASSERT_EQ(scan.value().shown.size(), 1u);
    EXPECT_EQ(rows.tokens().text(scan.value().shown[0].source), "/S");
    EXPECT_EQ(rows.tokens().text(scan.value().shown[0].instance), "/I");
    ASSERT_EQ(scan.value().composedRoots.size(), 1u);
    EXPECT_EQ(rows.tokens().text(scan.value().composedRoots[0]), "/T");
    const SceneTables tables = rows.finish();
    const auto text = [&](TokenId id) { return std::string(tables.tokens->text(id)); };
    const Prim& instance = tables.prims[2];
    EXPECT_EQ(text(instance.path), "/I");
    EXPECT_EQ(text(instance.typeName), "Xform");
    EXPECT_TRUE(instance.flags.instance);
    EXPECT_FALSE(instance.flags.editable);
    EXPECT_EQ(instance.metadata.size(), 2u);
    ASSERT_EQ(instance.properties.size(), 5u);
    const Property& binding = tables.properties[instance.properties.begin];
    EXPECT_FALSE(binding.flags.editable);
    EXPECT_EQ(text(tables.tokenLists[binding.targets.begin]), "/I/B");  // what is inside of the source is inside here
    EXPECT_TRUE(tables.properties[instance.properties.end - 1].flags.editable);
    ASSERT_EQ(tables.arcs.size(), 2u);
    EXPECT_EQ(text(tables.arcs[0].target), "/S");
}

TEST(CrateReader, rowsAreTheSameAtAnyThreadCountInParallel) {
    for (const int threads : {1, 4}) {
        RowCollector rows;
        CrateOptions options;
        options.context.threadCount = threads;
        ASSERT_TRUE(readCrate(kSeeds / "mesh.usdc", rows, options));
        const SceneTables tables = rows.finish();
        for (const Property& row : tables.properties) {
            if (tables.tokens->text(row.name) != "l") continue;
            EXPECT_EQ(row.value.as<int64_t>(Element::Int64, 1)[16], int64_t{1} << 40);
        }
    }
}

TEST(CrateReader, everyCutAnswersWithASentence) {
    for (const char* name : {"mesh.usdc", "meta.usdc", "arcs.usdc", "instances.usdc"}) {
        const auto whole = bytesOf(kSeeds / name);
        for (size_t size = 0; size < whole->size(); ++size) {
            RowCollector rows;
            const auto scan = readCrate({whole->data(), size}, whole, rows, {});
            ASSERT_FALSE(scan) << name << " cut to " << size;
            EXPECT_FALSE(scan.error().empty());
        }
    }
}

TEST(CrateReader, memoryBudgetStopsTheReader) {
    RowCollector rows;
    CrateOptions options;
    options.memoryBudget = 100;
    const auto scan = readCrate(kSeeds / "mesh.usdc", rows, options);
    ASSERT_FALSE(scan);
    EXPECT_TRUE(scan.error().starts_with("not supported: ")) << scan.error();
}

TEST(CrateReader, missingFileIsNamed) {
    RowCollector rows;
    const auto scan = readCrate("/nowhere/at/all.usdc", rows);
    ASSERT_FALSE(scan);
    EXPECT_NE(scan.error().find("/nowhere/at/all.usdc"), std::string::npos);
}

}  // namespace
}  // namespace usdtune
