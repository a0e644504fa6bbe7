// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <nlohmann/json.hpp>

#include "usdtune/base/parallel.h"
#include "usdtune/rules/rule.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/prototype_sources.h"
#include "usdtune/scene/reasons.h"

namespace usdtune {

namespace {

RuleDescriptor page() {
    return {
        .name = "extents_zero",
        .title = "Zero-extent meshes",
        .tier = 1,
        .costClass = "cheap",
        .scopePolicy = "whole_stage",
        .repairedBy = "computeExtents",
        .finds = R"(
Meshes without any size: all finite points at one place, or no points at all (`zero_size`); and meshes that have a
size but whose authored extent has none (`stale_extent`).
)",
        .costs = R"(
The former are prims that draw nothing; the latter are culled though they would draw.
)",
        .example = R"(
A mesh of a converter that found no faces for a part; an extent of zeros that was never computed.
)",
        .repair = "computeExtents for a stale extent; removing a mesh is a person's decision.",
        .fine = "Meshes whose points come with time samples only are not looked at.",
    };
}

enum class Size : uint8_t { Fine, Zero, Stale };

bool isFlatEverywhere(const Bounds& bounds) { return bounds.empty() || bounds.diagonal() == 0; }

Size sizeOf(const Mesh& mesh) {
    if (mesh.flags.animatedPoints) return Size::Fine;
    if (isFlatEverywhere(mesh.localBounds)) return Size::Zero;
    return mesh.extent.size() == 2 && mesh.extent[0] == mesh.extent[1] ? Size::Stale : Size::Fine;
}

void extentsZero(const Scene& scene, const Selection& selection, FindingSink& sink, const Context&) {
    const PrototypeSources sources(scene);
    for (const Mesh& mesh : scene.meshes()) {
        if (!selection.contains(mesh.prim) || !scene.prim(mesh.prim).flags.active || sources.follows(mesh.prim))
            continue;
        const Size size = sizeOf(mesh);
        if (size == Size::Fine) continue;
        Finding finding;
        finding.concept_name = "extents_zero";
        finding.prim = scene.prim(mesh.prim).path;
        if (size == Size::Zero) {
            finding.code = "zero_size";
            const size_t points = mesh.points.size();
            finding.message = points == 0   ? "The mesh has no points."
                              : points == 1 ? "The mesh has a single point."
                                            : "All " + std::to_string(points) + " points stand at one place.";
            finding.wasted = 1;
            finding.unit = "prims";
        } else {
            finding.code = "stale_extent";
            const std::string_view reason = whyNotEditable(scene, mesh.prim);
            finding.message = "The authored extent has no size, but the points span " +
                              nlohmann::json(mesh.localBounds.diagonal()).dump() + " units" +
                              (reason.empty() ? "." : "; it stays because " + std::string(inWords(reason)) + ".");
            if (reason.empty()) {
                finding.operation = "computeExtents";
                finding.arguments = nlohmann::json{{"paths", {scene.path(mesh.prim)}}}.dump();
            }
        }
        sink.add(std::move(finding));
    }
}

}  // namespace

Rule extentsZeroRule() { return {page(), extentsZero}; }

}  // namespace usdtune
