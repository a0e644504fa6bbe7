// SPDX-License-Identifier: Apache-2.0
//
// Three passes. Edits are gathered into drafts, one per prim that any edit names (`drafts`), and what composition does
// not allow is turned down (`arc_check`). Then the stage's rows are written anew in pre-order, each from its old row or
// its draft (`row_writer`, `follow_reference`). Last come the prototypes: each is identified by its key (the source it
// refers to, or its old row), takes the path of its first instance, and is written as a mirror of its source, or as a
// copy of its old rows (`write_prototypes`).
#include "usdtune/edit/preview.h"

#include "usdtune/edit/arc_check.h"
#include "usdtune/edit/drafts.h"
#include "usdtune/edit/row_writer.h"

namespace usdtune {

namespace {

void dropDefaultPrim(SceneTables& tables) {
    tables.stage.defaultPrim.clear();
    for (Layer& layer : tables.layers) {
        if (!layer.own) continue;  // the root layer is the first own one, and only its word counts
        const auto begin = static_cast<uint32_t>(tables.metadata.size());
        for (uint32_t row = layer.metadata.begin; row < layer.metadata.end; ++row) {
            const Metadatum datum = tables.metadata[row];
            if (tables.tokens->text(datum.key) != "defaultPrim") tables.metadata.push_back(datum);
        }
        layer.metadata = {begin, static_cast<uint32_t>(tables.metadata.size())};
        return;
    }
}

}  // namespace

Result<ScenePtr> preview(const Scene& scene, const EditList& edits) {
    Drafts drafts(scene);
    for (const Edit& edit : edits.edits)
        if (auto problem = drafts.take(edit)) return Error{std::move(*problem)};
    if (auto problem = checkArcs(scene, drafts)) return Error{std::move(*problem)};

    RowWriter writer(scene, drafts);
    writer.writeStage();
    writer.writePrototypes();
    writer.writeTables();
    Result<SceneTables> tables = writer.take();
    if (!tables) return Error{tables.error()};
    if (drafts.losesDefaultPrim()) dropDefaultPrim(tables.value());
    return Scene::freeze(std::move(tables.value()));
}

}  // namespace usdtune
