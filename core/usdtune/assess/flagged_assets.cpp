// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "usdtune/assess/facts.h"

namespace usdtune {

using nlohmann::json;

namespace {

bool isTextureCoordinate(const Scene& scene, const Primvar& primvar) {
    const std::string_view type = scene.text(scene.property(primvar.attribute).typeName);
    return type.starts_with("texCoord2") || (type == "float2[]" && (scene.text(primvar.name).starts_with("st") ||
                                                                    scene.text(primvar.name).starts_with("uv")));
}

/// What about a mesh asks for a look at its primvars, in words; empty when nothing does.
std::string primvarReason(const Scene& scene, const Mesh& mesh) {
    size_t coordinateSets = 0;
    for (const Primvar& primvar : mesh.primvars) {
        if (primvar.interpolation == Interpolation::FaceVarying && !primvar.indexed && primvar.values.count > 1)
            return "face-varying primvar without indices";
        coordinateSets += isTextureCoordinate(scene, primvar) ? 1 : 0;
    }
    if (coordinateSets > 1) return "more than one set of texture coordinates";
    if (coordinateSets == 1) {
        const TokenId path = resolveBinding(scene, mesh.prim, BindingPurpose::AllPurpose);
        const PrimId target = path.valid() ? scene.find(path) : PrimId();
        const MaterialId material = target.valid() ? scene.materials().ofPrim[target.index] : MaterialId();
        const bool reads = material.valid() && (scene.materials().rows[material.index].usesTextures ||
                                                scene.materials().rows[material.index].readsUnknownPrimvars ||
                                                !scene.materials().rows[material.index].readPrimvars.empty());
        if (!reads && mesh.subsets.empty()) return "texture coordinates that no bound material reads";
    }
    return {};
}

/// Face-varying data or points that coincide are what a converter leaves behind.
std::string hygieneReason(const Scene& scene, const Mesh& mesh) {
    if (!mesh.flags.validTopology) return "malformed topology";
    const bool hasNormals =
        !mesh.normals.empty() || std::any_of(mesh.primvars.begin(), mesh.primvars.end(),
                                             [&](const Primvar& p) { return scene.text(p.name) == "normals"; });
    if (!hasNormals && !mesh.flags.subdivided) return "no normals, and not a subdivision surface";
    if (mesh.extent.size() != 2) return "no extent";
    // More points than a closed surface of so many corners needs: by Euler's formula about half as many points as
    // triangles; unwelded soup has as many points as corners.
    if (mesh.cornerCount() >= 6 && mesh.points.size() * 10 >= mesh.cornerCount() * 9)
        return "about as many points as face corners";
    return {};
}

}  // namespace

PrimId assetOf(const Scene& scene, PrimId prim) {
    PrimId top = prim, second = prim;
    for (PrimId p = prim; p.valid(); p = scene.prim(p).parent) {
        const std::string_view kind = scene.textOf(scene.metadatum(scene.prim(p).metadata, "kind"));
        if (kind == "component") return p;
        second = top;
        top = p;
    }
    return second;
}

json flaggedAssets(const Scene& scene) {
    struct Flag {
        size_t meshes = 0;
        std::string example;
    };
    std::map<std::pair<std::string, std::string>, Flag> flags;  // (asset, reason): sorted, so that output is
    for (const Mesh& mesh : scene.meshes()) {
        if (scene.prim(mesh.prim).flags.inPrototype) continue;
        const std::pair<const char*, std::string> reasons[] = {{"primvar_uv", primvarReason(scene, mesh)},
                                                               {"mesh_hygiene", hygieneReason(scene, mesh)}};
        for (const auto& [reason, text] : reasons) {
            if (text.empty()) continue;
            Flag& flag = flags[{std::string(scene.path(assetOf(scene, mesh.prim))), reason}];
            if (flag.meshes++ == 0) flag.example = std::string(scene.path(mesh.prim)) + ": " + text;
        }
    }
    json out = json::array();
    for (const auto& [key, flag] : flags)
        out.push_back({{"asset", key.first},
                       {"reason", key.second},
                       {"details", std::to_string(flag.meshes) +
                                       (flag.meshes == 1 ? " mesh, " : " meshes, for example ") + flag.example}});
    return out;
}

}  // namespace usdtune
