// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/tokens.h"

namespace usdtune {
namespace {

using testing::ElementsAre;

/// Says edits about paths and reads a list back as short texts.
struct Sayings {
    TokenTable tokens;
    EditList list;

    Edit& say(EditKind kind, std::string_view path, std::string_view name = "") {
        Edit edit;
        edit.kind = kind;
        edit.path = tokens.intern(path);
        edit.name = tokens.intern(name);
        list.edits.push_back(edit);
        return list.edits.back();
    }
    void set(std::string_view path, std::string_view name, int number) {
        say(EditKind::SetAttribute, path, name).value = OwnedValue::scalar(ValueType{Element::Int, 1, false}, number);
    }
    void move(std::string_view from, std::string_view to, PathFate fate) {
        list.moves.push_back({tokens.intern(from), to.empty() ? TokenId() : tokens.intern(to), fate, "", ""});
    }
    std::vector<std::string> compacted() const {
        std::vector<std::string> out;
        for (const Edit& edit : compact(list, tokens).edits) {
            std::string line = std::string(editKindName(edit.kind)) + " " + std::string(tokens.text(edit.path));
            if (!tokens.text(edit.name).empty()) line += "." + std::string(tokens.text(edit.name));
            if (!edit.value.value.empty())
                line += "=" + std::to_string(*static_cast<const int*>(edit.value.value.data));
            out.push_back(line);
        }
        return out;
    }
    std::vector<std::string> compactedMoves() const {
        std::vector<std::string> out;
        for (const PathMove& move : compact(list, tokens).moves)
            out.push_back(std::string(tokens.text(move.from)) + " " + std::string(pathFateName(move.fate)) + " " +
                          std::string(tokens.text(move.to)));
        return out;
    }
};

TEST(Compact, whatIsSaidFirstAboutANewAttributeNamesItsType) {
    for (const EditKind later : {EditKind::BlockAttribute, EditKind::SetTargets}) {
        Sayings s;
        Edit& first = s.say(EditKind::SetTargets, "/A", "new");
        first.connection = first.custom = true;
        first.typeName = s.tokens.intern("bool");
        Edit& second = s.say(later, "/A", "new");
        second.connection = true;
        second.typeName = s.tokens.intern("int");
        const EditList shorter = compact(s.list, s.tokens);
        EXPECT_EQ(shorter.edits.size(), later == EditKind::SetTargets ? 1u : 2u);
        EXPECT_EQ(s.tokens.text(shorter.edits[0].typeName), "bool");
        EXPECT_TRUE(shorter.edits[0].custom);
    }
}

TEST(Compact, lastOfSeveralValuesStays) {
    Sayings s;
    s.set("/A", "x", 1);
    s.set("/B", "x", 2);
    s.set("/A", "x", 3);
    EXPECT_THAT(s.compacted(), ElementsAre("setAttribute /A.x=3", "setAttribute /B.x=2"));
}

TEST(Compact, metadataOfAnEarlierSentenceIsKept) {
    Sayings s;
    s.set("/A", "x", 1);
    const auto text = OwnedValue::scalar(ValueType{Element::Text, 1, false}, s.tokens.intern("vertex"));
    s.list.edits.back().metadata.emplace_back(s.tokens.intern("interpolation"), text);
    s.set("/A", "x", 2);
    const EditList out = compact(s.list, s.tokens);
    ASSERT_EQ(out.edits.size(), 1u);
    EXPECT_EQ(out.edits[0].metadata.size(), 1u);
}

TEST(Compact, nothingIsSaidAboutWhatGoes) {
    Sayings s;
    s.set("/A/B", "x", 1);
    s.say(EditKind::DefinePrim, "/A/C");
    s.say(EditKind::RemovePrim, "/A/D");
    s.set("/AB", "x", 2);
    s.say(EditKind::RemovePrim, "/A");
    EXPECT_THAT(s.compacted(), ElementsAre("setAttribute /AB.x=2", "removePrim /A"));
}

TEST(Compact, whatTheListDefinedAndRemovedLeavesNoTrace) {
    Sayings s;
    s.say(EditKind::DefinePrim, "/A");
    s.set("/A", "x", 1);
    s.say(EditKind::RemovePrim, "/A");
    EXPECT_THAT(s.compacted(), ElementsAre());
}

TEST(Compact, removedAndDefinedAnewKeepsBoth) {
    Sayings s;
    s.say(EditKind::RemovePrim, "/A");
    s.say(EditKind::DefinePrim, "/A");
    s.say(EditKind::RemovePrim, "/A");
    s.say(EditKind::DefinePrim, "/A");
    EXPECT_THAT(s.compacted(), ElementsAre("removePrim /A", "definePrim /A"));
}

TEST(Compact, newSiblingsKeepTheOrderOfTheirDefinitions) {
    Sayings s;
    s.say(EditKind::RemovePrim, "/W/B");
    s.say(EditKind::DefinePrim, "/W/Z");
    s.say(EditKind::DefinePrim, "/W/A");
    s.say(EditKind::DefinePrim, "/W/B");
    s.set("/W/Z", "x", 1);
    EXPECT_THAT(s.compacted(), ElementsAre("definePrim /W/Z", "setAttribute /W/Z.x=1", "definePrim /W/A",
                                           "removePrim /W/B", "definePrim /W/B"));
}

TEST(Compact, removalComesBeforeAValueOfAnotherType) {
    Sayings s;
    s.set("/A", "x", 1);
    s.say(EditKind::RemoveProperty, "/A", "x");
    s.set("/A", "x", 2);
    EXPECT_THAT(s.compacted(), ElementsAre("removeProperty /A.x", "setAttribute /A.x=2"));
}

TEST(Compact, blockTakesTheValueBack) {
    Sayings s;
    s.set("/A", "x", 1);
    s.say(EditKind::BlockAttribute, "/A", "x");
    EXPECT_THAT(s.compacted(), ElementsAre("setAttribute /A.x", "blockAttribute /A.x"));
}

TEST(Compact, twiceEqualsOnce) {
    Sayings s;
    s.set("/A/B", "x", 1);
    s.say(EditKind::DefinePrim, "/C");
    s.say(EditKind::RemovePrim, "/A/D");
    s.set("/A", "y", 2);
    const std::vector<std::string> once = s.compacted();
    s.list = compact(s.list, s.tokens);
    EXPECT_EQ(s.compacted(), once);
}

TEST(Compact, movesGoThroughToTheEnd) {
    Sayings s;
    s.move("/A", "/B", PathFate::Moved);
    s.move("/B", "/C", PathFate::Moved);
    EXPECT_THAT(s.compactedMoves(), ElementsAre("/A moved /C"));
}

TEST(Compact, mergedIntoALivingPathKeepsThatPathsOwnRow) {
    Sayings s;
    s.move("/A", "/B", PathFate::Merged);
    s.move("/B", "/C", PathFate::Moved);
    EXPECT_THAT(s.compactedMoves(), ElementsAre("/A merged /C", "/B moved /C"));
}

TEST(Compact, pathsThatNeverWereInTheSourceGetNoRow) {
    Sayings s;
    s.say(EditKind::DefinePrim, "/New");
    s.move("/A", "/New", PathFate::Merged);
    s.move("/New", "/Newer", PathFate::Moved);
    EXPECT_THAT(s.compactedMoves(), ElementsAre("/A merged /Newer"));
}

TEST(Compact, thereAndBackIsKept) {
    Sayings s;
    s.move("/A", "/B", PathFate::Moved);
    s.move("/B", "/A", PathFate::Moved);
    EXPECT_THAT(s.compactedMoves(), ElementsAre("/A kept /A"));
}

}  // namespace
}  // namespace usdtune
