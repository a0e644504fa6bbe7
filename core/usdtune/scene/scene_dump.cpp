// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/scene_dump.h"

#include <charconv>
#include <cstring>

namespace usdtune {

namespace {

template <class T>
void appendNumber(std::string& out, const void* data) {
    T number;
    std::memcpy(&number, data, sizeof number);
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

void appendComponent(std::string& out, const Scene& scene, Element element, const char* data) {
    TokenId token;
    switch (element) {
        case Element::Bool:
        case Element::UChar:
            out += std::to_string(static_cast<unsigned>(static_cast<unsigned char>(*data)));
            break;
        case Element::Int:
            appendNumber<int32_t>(out, data);
            break;
        case Element::UInt:
            appendNumber<uint32_t>(out, data);
            break;
        case Element::Int64:
            appendNumber<int64_t>(out, data);
            break;
        case Element::UInt64:
            appendNumber<uint64_t>(out, data);
            break;
        case Element::Half: {
            uint16_t bits;
            std::memcpy(&bits, data, 2);
            out += "half:" + std::to_string(bits);
            break;
        }
        case Element::Float:
            appendNumber<float>(out, data);
            break;
        case Element::Double:
            appendNumber<double>(out, data);
            break;
        case Element::Text:
        case Element::Opaque:
            std::memcpy(&token, data, sizeof token);
            out += '"';
            out += scene.text(token);
            out += '"';
            break;
        case Element::Asset:
            std::memcpy(&token, data, sizeof token);
            out += '@';
            out += scene.text(token);
            std::memcpy(&token, data + sizeof token, sizeof token);
            out += "@->";
            out += scene.text(token);
            break;
        case Element::None:
            out += "none";
            break;
    }
}

void metadataLines(std::string& out, const Scene& scene, RowRange range, const char* indent) {
    for (const Metadatum& datum : scene.metadata(range)) {
        out += indent;
        out += scene.text(datum.key);
        out += ": ";
        out += valueText(scene, datum.value);
        out += '\n';
    }
}

void flag(std::string& out, bool set, const char* name) {
    if (set) {
        out += ' ';
        out += name;
    }
}

void propertyLines(std::string& out, const Scene& scene, const Property& p) {
    out += "  .";
    out += scene.text(p.name);
    out += p.flags.relationship ? " rel" : " ";
    out += scene.text(p.typeName);
    flag(out, p.flags.custom, "custom");
    flag(out, p.flags.uniform, "uniform");
    flag(out, p.flags.blocked, "blocked");
    flag(out, p.flags.animated, "animated");
    flag(out, p.flags.editable, "editable");
    flag(out, p.flags.opaque, "opaque");
    flag(out, p.flags.mismatched, "mismatched");
    out += " opinions=" + std::to_string(p.opinionCount);
    if (!p.value.empty()) out += " = " + valueText(scene, p.value);
    out += '\n';
    if (p.hasTargets) {
        out += "    ->";
        for (const TokenId target : scene.tokenList(p.targets)) {
            out += ' ';
            out += scene.text(target);
        }
        out += '\n';
    }
    for (const TimeSample& sample : scene.samples(p)) {
        out += "    @";
        appendNumber<double>(out, &sample.time);
        out += ": " + (sample.blocked ? std::string("blocked") : valueText(scene, sample.value)) + "\n";
    }
    metadataLines(out, scene, p.metadata, "    ");
}

}  // namespace

std::string valueText(const Scene& scene, const Value& value) {
    std::string out;
    const bool summarized =
        value.type.isArray && (value.type.element != Element::Text && value.type.element != Element::Asset);
    if (summarized) {
        out = std::to_string(static_cast<int>(value.type.element)) + "x" + std::to_string(value.type.components) + "[" +
              std::to_string(value.count) + "]#";
        return out + toHex(hashBytes(value.data, value.byteSize()));
    }
    const size_t components = value.count * value.type.components;
    if (components != 1 || value.type.isArray) out += '(';
    for (size_t i = 0; i < components; ++i) {
        if (i != 0) out += ", ";
        appendComponent(out, scene, value.type.element,
                        static_cast<const char*>(value.data) + i * componentSize(value.type.element));
    }
    if (components != 1 || value.type.isArray) out += ')';
    return out;
}

std::string sceneDump(const Scene& scene) {
    std::string out;
    const StageInfo& stage = scene.stage();
    out += "stage upAxis=" + std::string(1, stage.upAxis) + " defaultPrim=" + stage.defaultPrim + " metersPerUnit=";
    appendNumber<double>(out, &stage.metersPerUnit);
    out += '\n';
    for (size_t row = 0; row < scene.prims().size(); ++row) {
        const PrimId id(row);
        const Prim& prim = scene.prim(id);
        out += prim.flags.prototypeRoot ? "prototype of " : "";
        out += scene.path(id);
        out += ' ';
        static constexpr const char* kSpecifiers[] = {"def", "over", "class"};
        out += kSpecifiers[static_cast<size_t>(prim.specifier)];
        out += ' ';
        out += scene.text(prim.typeName);
        flag(out, !prim.flags.active, "inactive");
        flag(out, !prim.flags.defined, "undefined");
        flag(out, prim.flags.abstract, "abstract");
        flag(out, !prim.flags.loaded, "unloaded");
        flag(out, prim.flags.instanceable, "instanceable");
        flag(out, prim.flags.instance, "instance");
        flag(out, prim.flags.editable, "editable");
        flag(out, prim.flags.hasArcs, "arcs");
        flag(out, prim.flags.latentOpinions, "latent");
        flag(out, prim.flags.opaque, "opaque");
        out += " opinions=" + std::to_string(prim.opinionCount);
        if (prim.prototype.valid()) out += " prototype=" + std::string(scene.path(prim.prototype));
        out += '\n';
        for (const TokenId schema : scene.tokenList(prim.apiSchemas))
            out += "  +" + std::string(scene.text(schema)) + "\n";
        metadataLines(out, scene, prim.metadata, "  ");
        for (const Property& property : scene.properties(id)) propertyLines(out, scene, property);
    }
    for (const Arc& arc : scene.tables().arcs)
        out += "arc " + (arc.prim.valid() ? std::string(scene.path(arc.prim)) : std::string("/")) +
               " kind=" + std::to_string(static_cast<int>(arc.kind)) + " @" + std::string(scene.text(arc.asset)) +
               "@<" + std::string(scene.text(arc.target)) + ">" + (arc.internal ? " internal" : "") +
               (arc.broken ? " broken" : "") + "\n";
    for (const VariantSet& set : scene.tables().variantSets) {
        out += "variants " + std::string(scene.path(set.prim)) + " " + std::string(scene.text(set.name)) + "=" +
               std::string(scene.text(set.selection)) + " of";
        for (const TokenId variant : scene.tokenList(set.variants)) out += " " + std::string(scene.text(variant));
        out += '\n';
    }
    for (const TokenId target : scene.tables().latentTargets) out += "latent " + std::string(scene.text(target)) + "\n";
    for (const ContentProblem& problem : scene.problems())
        out += "problem " + problem.code + " " + std::string(scene.text(problem.path)) + ": " + problem.message + "\n";
    return out;
}

}  // namespace usdtune
