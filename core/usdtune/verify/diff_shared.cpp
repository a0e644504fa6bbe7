// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "usdtune/verify/asset_names.h"
#include "usdtune/verify/diff_sink.h"
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

DiffReport DiffSink::finish() {
    DiffReport report;
    std::sort(differences_.begin(), differences_.end(), [](const Difference& x, const Difference& y) {
        return std::tie(x.law, x.path, x.otherPath, x.message) < std::tie(y.law, y.path, y.otherPath, y.message);
    });
    report.differenceCount = differences_.size();
    report.same = differences_.empty();
    for (const Difference& d : differences_) report.largestDistance = std::max(report.largestDistance, d.distance);
    if (differences_.size() > options_.differenceLimit) differences_.resize(options_.differenceLimit);
    report.differences = std::move(differences_);
    report.checked.assign(checked_.begin(), checked_.end());
    return report;
}

namespace {

/// `/A/B.x` and `/A/B` are there when the prim is; a property need not be authored to be a target.
bool targetExists(const Scene& scene, std::string_view path) {
    const size_t dot = path.find('.');
    return scene.findThroughInstances(path.substr(0, dot)).valid();
}

void danglingTargets(const Scene& a, const Scene& b, const PathMapping& mapping, DiffSink& sink) {
    std::set<std::pair<std::string, std::string>> before;  // targets that led nowhere in A may go on doing so
    for (const Property& property : a.properties())
        for (const TokenId target : a.tokenList(property.targets))
            if (!targetExists(a, a.text(target))) {
                // What led nowhere keeps its text, unless it was retargeted with everything else.
                before.emplace(std::string(a.text(property.name)), std::string(a.text(target)));
                before.emplace(std::string(a.text(property.name)), mapping.map(a.text(target)).path);
            }
    for (const Property& property : b.properties()) {
        for (const TokenId target : b.tokenList(property.targets)) {
            sink.checked("dangling_target");
            const std::string text(b.text(target));
            if (targetExists(b, text) || before.contains({std::string(b.text(property.name)), text})) continue;
            sink.add("dangling_target", "",
                     std::string(b.path(property.prim)) + "." + std::string(b.text(property.name)),
                     "it points at " + text + ", and there is no such prim any more");
        }
    }
}

/// What only a variant that is not selected, or an inactive prim, points at has to go on leading somewhere.
void latentTargets(const Scene& a, const Scene& b, const PathMapping& mapping, DiffSink& sink) {
    for (const TokenId target : a.tables().latentTargets) {
        const std::string_view text = a.text(target);
        if (!targetExists(a, text)) continue;
        sink.checked("dangling_target");
        if (targetExists(b, text)) continue;
        sink.add("dangling_target", std::string(text.substr(0, text.find('.'))), mapping.map(text).path,
                 "a variant that is not selected, or an inactive prim, points at it, and it is gone");
    }
}

std::string assetText(const Scene& scene, const Value& value) {
    const auto pairs = value.as<std::array<TokenId, 2>>(Element::Asset, 1);
    std::string out;
    for (const auto& [authored, resolved] : pairs) {
        if (!out.empty()) out += ", ";
        const bool leads = !scene.text(resolved).empty();
        out += leads ? std::string(scene.text(resolved)) : "nothing (@" + std::string(scene.text(authored)) + "@)";
    }
    return out.empty() ? "nothing" : out;
}

/// What an asset path means has to stay, whatever it is spelled like: at the default time and at every sample.
void assetsKept(const Scene& a, const Scene& b, const PathMapping& mapping, const AssetNames& assets, DiffSink& sink) {
    for (const Property& mine : a.properties()) {
        const bool sampled = !mine.samples.empty() && a.text(mine.typeName).starts_with("asset");
        if (mine.value.type.element != Element::Asset && !sampled) continue;
        const PathMapping::Target to = mapping.map(std::string(a.path(mine.prim)));
        const PrimId prim = to.path.empty() ? PrimId() : b.findThroughInstances(to.path);
        const PropertyId other = prim.valid() ? b.findProperty(prim, a.text(mine.name)) : PropertyId();
        if (!other.valid()) continue;  // that it is gone is another law's concern
        const Property& theirs = b.property(other);
        const auto hold = [&](const Value& before, const Value& after) {
            sink.checked("asset", std::max<size_t>(before.count, 1));
            if (assets.agree(before, mine.layer, after, theirs.layer)) return;
            sink.add("asset", std::string(a.path(mine.prim)) + "." + std::string(a.text(mine.name)), to.path,
                     "it resolved to " + assetText(a, before) + ", and now to " + assetText(b, after));
        };
        hold(mine.value, theirs.value);
        const auto before = a.samples(mine), after = b.samples(theirs);
        for (size_t i = 0; i < before.size() && i < after.size(); ++i) hold(before[i].value, after[i].value);
    }
}

void variantSets(const Scene& a, const Scene& b, const PathMapping& mapping, DiffSink& sink) {
    for (const VariantSet& set : a.tables().variantSets) {
        const std::string path(a.path(set.prim));
        const PathMapping::Target to = mapping.map(path);
        if (to.path.empty()) continue;  // its removal has a row
        sink.checked("variants");
        const PrimId prim = b.findThroughInstances(to.path);
        const auto& others = b.tables().variantSets;
        const auto found = std::find_if(others.begin(), others.end(), [&](const VariantSet& other) {
            return other.prim == prim && b.text(other.name) == a.text(set.name);
        });
        if (!prim.valid() || found == others.end()) {
            sink.add("variants", path, to.path, "variant set " + std::string(a.text(set.name)) + " is gone");
            continue;
        }
        const auto mine = a.tokenList(set.variants), theirs = b.tokenList(found->variants);
        const bool sameNames = std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                                          [&](TokenId x, TokenId y) { return a.text(x) == b.text(y); });
        if (!sameNames || a.text(set.selection) != b.text(found->selection))
            sink.add("variants", path, to.path,
                     "variant set " + std::string(a.text(set.name)) + " has other variants or another selection");
    }
}

}  // namespace

void diffShared(const Scene& a, const Scene& b, const PathMapping& mapping, const AssetNames& assets, DiffSink& sink) {
    danglingTargets(a, b, mapping, sink);
    latentTargets(a, b, mapping, sink);
    assetsKept(a, b, mapping, assets, sink);
    variantSets(a, b, mapping, sink);
}

}  // namespace usdtune
