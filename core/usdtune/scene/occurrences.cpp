// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/occurrences.h"

#include <algorithm>

#include "usdtune/scene/point_instances.h"

namespace usdtune {

namespace {

class Walker {
public:
    Walker(const Scene& scene, const std::function<void(const Occurrence&)>& visit, TimeCode time)
        : scene_(scene), visit_(visit), time_(time) {}

    void roots() {
        for (uint32_t row = 0; row < scene_.stagePrimCount(); row = scene_.prim(PrimId(row)).subtreeEnd)
            prim(PrimId(row), Matrix4d{}, true, Purpose::Default, false);
    }

private:
    void prim(PrimId id, const Matrix4d& parentWorld, bool parentVisible, Purpose parentPurpose, bool parentAnimated) {
        const Prim& row = scene_.prim(id);
        if (!row.flags.active || !row.flags.defined || !row.flags.loaded) return;
        // A point instancer draws what it names, also out of a class.
        if (row.flags.abstract && instancers_.empty()) return;
        const size_t pathEnd = path_.size();
        path_ += '/';
        path_ += scene_.text(row.name);

        Occurrence here;
        here.prim = id;
        const Xforms& xforms = scene_.xforms();
        const bool resets = xforms.resets[id.index] != 0;
        const Matrix4d local =
            xforms.animated[id.index] != 0 ? localTransformAt(scene_, id, time_) : xforms.local[id.index];
        here.world = resets ? local : local * parentWorld;
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
        if (scene_.typeName(id) == "PointInstancer") {
            instances(id, world, visible, purpose, animated);
        } else if (row.prototype.valid()) {
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

    /// What stands below an instancer is drawn through its instances only. Where its arrays do not fit together nothing
    /// is; the prototypes are then visited where they stand, so that they are looked at all the same.
    void instances(PrimId instancer, const Matrix4d& world, bool visible, Purpose purpose, bool animated) {
        if (std::find(instancers_.begin(), instancers_.end(), instancer) != instancers_.end()) return;
        instancers_.push_back(instancer);
        const PointInstances all = pointInstances(scene_, instancer, time_);
        if (!all.wellFormed) children(instancer, world, visible, purpose, animated);
        for (const PointInstance& instance : all.rows)
            if (const PrimId root = all.prototypes[instance.prototype]; root.valid())
                prototype(instancer, root, instance.transform * world, visible, purpose, animated || all.animated);
        instancers_.pop_back();
    }

    /// A prototype takes its place from the instance, and everything else that is inherited from where it stands.
    void prototype(PrimId instancer, PrimId root, const Matrix4d& world, bool visible, Purpose purpose, bool animated) {
        const bool below = root.index > instancer.index && root.index < scene_.prim(instancer).subtreeEnd;
        std::vector<PrimId> chain;
        for (PrimId above = scene_.prim(root).parent; above.valid() && !(below && above == instancer);
             above = scene_.prim(above).parent)
            chain.push_back(above);
        const std::string path = path_;
        const std::vector<PrimId> ancestors = ancestors_;
        if (!below) {
            path_.clear();
            ancestors_.clear();
            purpose = Purpose::Default;
        }
        for (auto above = chain.rbegin(); above != chain.rend(); ++above) {
            ((path_ += '/') += scene_.text(scene_.prim(*above).name));
            visible = visible && ownVisible(*above);
            purpose = ownPurpose(*above, purpose);
            ancestors_.push_back(*above);
        }
        prim(root, world, visible, purpose, animated);
        path_ = path;
        ancestors_ = ancestors;
    }

    bool ownVisible(PrimId id) const {
        const PropertyId property = scene_.findProperty(id, "visibility");
        if (!property.valid()) return true;
        const Property& row = scene_.property(property);
        return scene_.textOf(row.flags.animated ? valueAt(scene_, row, time_).value : row.value) != "invisible";
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
    TimeCode time_;
    std::string path_;
    std::vector<PrimId> ancestors_;
    std::vector<PrimId> instancers_;  ///< those whose instances are being walked, outermost first
};

}  // namespace

void walkOccurrences(const Scene& scene, const std::function<void(const Occurrence&)>& visit, TimeCode time) {
    Walker(scene, visit, time).roots();
}

std::vector<PrimId> aboveThePrototype(const Scene& scene, PrimId prim, std::span<const PrimId> ancestors) {
    if (!scene.prim(prim).flags.inPrototype) return {};
    size_t inside = 0;
    for (PrimId p = scene.prim(prim).parent; p.valid() && !scene.prim(p).flags.prototypeRoot; p = scene.prim(p).parent)
        ++inside;
    return {ancestors.begin() + static_cast<ptrdiff_t>(std::min(inside, ancestors.size())), ancestors.end()};
}

}  // namespace usdtune
