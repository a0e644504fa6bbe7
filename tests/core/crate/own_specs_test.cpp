// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/own_specs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace usdtune {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class OwnSpecsOfInstances : public testing::Test {
protected:
    OwnSpecsOfInstances()
        : layer(
              CrateLayer::open(std::filesystem::path(USDTUNE_SOURCE_DIR) / "fuzz/corpus/crate/instances.usdc").value()),
          own(layer, rows, rows.addLayer({})) {}

    TokenId token(std::string_view text) { return rows.tokens().intern(text); }
    std::vector<std::string> texts(const std::vector<TokenId>& ids) {
        std::vector<std::string> out;
        for (const TokenId id : ids) out.emplace_back(rows.tokens().text(id));
        return out;
    }
    /// Names of the properties that prims in the tables have.
    static std::vector<std::string> names(const SceneTables& tables) {
        std::vector<std::string> out;
        for (const Property& row : tables.properties) out.emplace_back(tables.tokens->text(row.name));
        return out;
    }

    RowCollector rows;
    std::shared_ptr<const CrateLayer> layer;
    OwnSpecs own;
};

TEST_F(OwnSpecsOfInstances, primsAreFoundByTheirPaths) {
    EXPECT_NE(layer->findPrim("/T/C"), crate::kNoNode);
    EXPECT_EQ(layer->findPrim("/T/D"), crate::kNoNode);
    EXPECT_EQ(layer->findPrim("/C"), crate::kNoNode);
    EXPECT_EQ(layer->findPrim("/"), crate::kNoNode);
    EXPECT_EQ(layer->findPrim(""), crate::kNoNode);
}

TEST_F(OwnSpecsOfInstances, aPrimHasItsPlainPropertiesWithValuesAndMetadata) {
    Prim parent;
    parent.path = token("/T");
    parent.flags.active = true;
    rows.addPrim(parent);
    const auto left = own.addPrim(token("/T/C"), false);
    ASSERT_TRUE(left);
    EXPECT_TRUE(left->empty());
    EXPECT_FALSE(own.finish({}));
    const SceneTables tables = rows.finish();
    ASSERT_EQ(tables.prims.size(), 2u);
    EXPECT_EQ(tables.tokens->text(tables.prims[1].path), "/T/C");
    EXPECT_FALSE(tables.prims[1].flags.loaded);
    EXPECT_THAT(names(tables), ElementsAre("l", "t"));
    EXPECT_THAT(tables.properties[0].value.as<int32_t>(Element::Int, 1), ElementsAre(1, 2, 3));
    EXPECT_TRUE(tables.properties[1].flags.editable);
    ASSERT_EQ(tables.properties[1].metadata.size(), 1u);
    EXPECT_EQ(tables.tokens->text(tables.metadata[tables.properties[1].metadata.begin].key), "interpolation");
}

TEST_F(OwnSpecsOfInstances, whatAStageReadsDifferentlyIsLeftToIt) {
    const auto left = own.addPrim(token("/S"), true);
    ASSERT_TRUE(left);
    EXPECT_THAT(texts(*left), UnorderedElementsAre("picture", "wave"));
    EXPECT_FALSE(own.finish({}));
    const SceneTables tables = rows.finish();
    ASSERT_EQ(tables.prims.size(), 1u);
    EXPECT_TRUE(tables.prims[0].flags.editable);
    EXPECT_EQ(tables.prims[0].apiSchemas.size(), 1u);
    EXPECT_THAT(names(tables), ElementsAre("material:binding", "size"));
}

TEST_F(OwnSpecsOfInstances, propertiesThatOthersSpeakAboutAreLeftOut) {
    Prim prim;
    prim.path = token("/S");
    prim.flags.active = true;
    rows.addPrim(prim);
    const std::vector<TokenId> elsewhere = {token("size"), token("picture")};
    const auto left = own.addProperties(prim.path, elsewhere);
    ASSERT_TRUE(left);
    EXPECT_THAT(texts(*left), ElementsAre("wave"));
    EXPECT_FALSE(own.finish({}));
    EXPECT_THAT(names(rows.finish()), ElementsAre("material:binding"));
}

TEST_F(OwnSpecsOfInstances, composedAndMissingPrimsAreLeftAlone) {
    EXPECT_FALSE(own.addPrim(token("/I"), true));
    EXPECT_FALSE(own.addPrim(token("/T"), true));
    EXPECT_FALSE(own.addPrim(token("/Nothing"), true));
    EXPECT_FALSE(own.addProperties(token("/Nothing"), {}));
    EXPECT_TRUE(rows.finish().prims.empty());
}

}  // namespace
}  // namespace usdtune
