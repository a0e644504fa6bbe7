// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/occurrences.h"

#include <algorithm>

namespace usdtune {

namespace {

class Walker {
public:
    Walker(const Scene& scene, const std::function<void(const Occurrence&)>& visit) : scene_(scene), visit_(visit) {}

    void roots() {
        for (uint32_t row = 0; row < scene_.stagePrimCount(); row = scene_.prim(PrimId(row)).subtreeEnd)
            prim(PrimId(row), Matrix4d{}, true, Purpose::Default, false);
    }

private:
    void prim(PrimId id, const Matrix4d& parentWorld, bool parentVisible, Purpose parentPurpose, bool parentAnimated) {
        const Prim& row = scene_.prim(id);
        if (!row.flags.active || !row.flags.defined || row.flags.abstract || !row.flags.loaded) return;
        const size_t pathEnd = path_.size();
        path_ += '/';
        path_ += scene_.text(row.name);

        Occurrence here;
        here.prim = id;
        const Xforms& xforms = scene_.xforms();
        const bool resets = xforms.resets[id.index] != 0;
        here.world = resets ? xforms.local[id.index] : xforms.local[id.index] * parentWorld;
        here.animated = (!resets && parentAnimated) || xforms.animated[id.index] != 0;
        here.visible = parentVisible && ownVisible(id);
        here.purpose = ownPurpose(id, parentPurpose);
        here.path = path_;
        std::vector<PrimId> innermostFirst(ancestors_.rbegin(), ancestors_.rend());
        here.ancestors = innermostFirst;
        visit_(here);

        ancestors_.push_back(id);
        const Matrix4d world = here.world;
        const bool visible = here.visible, animated = here.animated;
        const Purpose purpose = here.purpose;
        if (row.prototype.valid()) {
            children(row.prototype, world, visible, purpose, animated);
        } else {
            children(id, world, visible, purpose, animated);
        }
        ancestors_.pop_back();
        path_.resize(pathEnd);
    }

    void children(PrimId parent, const Matrix4d& world, bool visible, Purpose purpose, bool animated) {
        const uint32_t end = scene_.prim(parent).subtreeEnd;
        for (uint32_t child = parent.index + 1; child < end; child = scene_.prim(PrimId(child)).subtreeEnd)
            prim(PrimId(child), world, visible, purpose, animated);
    }

    bool ownVisible(PrimId id) const {
        const PropertyId property = scene_.findProperty(id, "visibility");
        return !property.valid() || scene_.textOf(scene_.property(property).value) != "invisible";
    }
    /// An authored purpose holds from here downwards.
    Purpose ownPurpose(PrimId id, Purpose inherited) const {
        const PropertyId property = scene_.findProperty(id, "purpose");
        if (!property.valid()) return inherited;
        const std::string_view text = scene_.textOf(scene_.property(property).value);
        if (text == "render") return Purpose::Render;
        if (text == "proxy") return Purpose::Proxy;
        if (text == "guide") return Purpose::Guide;
        return text == "default" ? Purpose::Default : inherited;
    }

    const Scene& scene_;
    const std::function<void(const Occurrence&)>& visit_;
    std::string path_;
    std::vector<PrimId> ancestors_;
};

}  // namespace

void walkOccurrences(const Scene& scene, const std::function<void(const Occurrence&)>& visit) {
    Walker(scene, visit).roots();
}

std::vector<PrimId> aboveThePrototype(const Scene& scene, PrimId prim, std::span<const PrimId> ancestors) {
    if (!scene.prim(prim).flags.inPrototype) return {};
    size_t inside = 0;
    for (PrimId p = scene.prim(prim).parent; p.valid() && !scene.prim(p).flags.prototypeRoot; p = scene.prim(p).parent)
        ++inside;
    return {ancestors.begin() + static_cast<ptrdiff_t>(std::min(inside, ancestors.size())), ancestors.end()};
}

}  // namespace usdtune
