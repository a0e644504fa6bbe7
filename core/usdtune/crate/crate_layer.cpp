// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/crate_layer.h"

#include <new>
#include <utility>

namespace usdtune {

namespace {

uint64_t childKey(uint32_t parent, uint32_t token) { return uint64_t{parent} << 32 | token; }

}  // namespace

Result<std::shared_ptr<const CrateLayer>> CrateLayer::open(const std::filesystem::path& file) {
    auto mapped = crate::mapFile(file);
    if (!mapped) return Error{mapped.error()};
    return open(mapped.value().bytes, mapped.value().keeper);
}

Result<std::shared_ptr<const CrateLayer>> CrateLayer::open(std::span<const std::byte> bytes, Keeper keeper) {
    try {
        auto file = crate::decodeStructure(bytes);
        if (!file) return Error{file.error()};
        return std::shared_ptr<const CrateLayer>(new CrateLayer(std::move(file.value()), std::move(keeper)));
    } catch (const std::bad_alloc&) {
        return Error{"not supported: the file needs more memory than there is"};
    }
}

CrateLayer::CrateLayer(std::unique_ptr<crate::CrateFile> file, Keeper keeper)
    : file_(std::move(file)), keeper_(std::move(keeper)) {}

void CrateLayer::index() const {
    for (uint32_t i = 0; i < file_->nodes.size(); ++i) {
        const crate::PathNode& node = file_->nodes[i];
        if (node.spec != crate::SpecType::Prim) continue;
        tokenOf_.try_emplace(file_->tokens[node.element], node.element);
        childOf_.try_emplace(childKey(node.parent, node.element), i);
    }
}

uint32_t CrateLayer::findPrim(std::string_view path) const {
    std::call_once(indexed_, [this] { index(); });
    uint32_t node = file_->root;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view name = path.substr(0, path.find('/'));
        const auto token = tokenOf_.find(name);
        if (token == tokenOf_.end()) return crate::kNoNode;
        const auto child = childOf_.find(childKey(node, token->second));
        if (child == childOf_.end()) return crate::kNoNode;
        node = child->second;
        path.remove_prefix(name.size());
    }
    return node == file_->root ? crate::kNoNode : node;
}

uint64_t CrateLayer::memoryBudget(uint64_t wanted) const {
    return wanted != 0 ? wanted : (uint64_t{1} << 30) + 64 * file_->bytes.size();
}

}  // namespace usdtune
