// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/assembler.h"

#include <algorithm>

namespace usdtune::example {

namespace {

constexpr uint32_t kPaintCount = 4;

/// Inputs of a UsdPreviewSurface. One row is one network; names never enter.
struct Surface {
    Vec3f diffuse;
    float roughness, metallic, opacity;
};

Surface surfaceOf(Role role, uint32_t paint) {
    static constexpr Surface paints[kPaintCount] = {{{{0.1f, 0.25f, 0.5f}}, 0.4f, 0, 1},
                                                    {{{0.15f, 0.4f, 0.2f}}, 0.4f, 0, 1},
                                                    {{{0.55f, 0.5f, 0.1f}}, 0.4f, 0, 1},
                                                    {{{0.35f, 0.35f, 0.4f}}, 0.4f, 0, 1}};
    switch (role) {
        case Role::Steel:
            return {{{0.42f, 0.43f, 0.45f}}, 0.35f, 1, 1};
        case Role::Galvanised:
            return {{{0.6f, 0.62f, 0.64f}}, 0.55f, 1, 1};
        case Role::Paint:
            return paints[paint];
        case Role::Rubber:
            return {{{0.05f, 0.05f, 0.05f}}, 0.9f, 0, 1};
        case Role::Plastic:
            return {{{0.7f, 0.7f, 0.66f}}, 0.5f, 0, 1};
        case Role::Copper:
            return {{{0.7f, 0.4f, 0.25f}}, 0.3f, 1, 1};
        case Role::Cloth:
            return {{{0.5f, 0.38f, 0.25f}}, 0.85f, 0, 1};
        case Role::Alarm:
            return {{{0.75f, 0.08f, 0.05f}}, 0.45f, 0, 1};
        case Role::Glass:
            return {{{0.8f, 0.9f, 0.9f}}, 0.05f, 0, 0.25f};
        default:
            return {{{1, 1, 1}}, 0.6f, 0, 1};
    }
}

uint32_t networkOf(Role role, uint32_t paint) {
    return static_cast<uint32_t>(role) * kPaintCount + (role == Role::Paint ? paint : 0);
}

}  // namespace

std::string numbered(std::string_view name, uint64_t number, size_t digits) {
    const std::string text = std::to_string(number);
    return std::string(name) + '_' + std::string(digits - std::min(digits, text.size()), '0') + text;
}

Assembler::Assembler(std::shared_ptr<TokenTable> tokens, uint64_t seed) : builder_(std::move(tokens)), random_(seed) {}

PrimId Assembler::begin(std::string_view name, std::string_view typeName, std::string_view kind, Specifier specifier) {
    parentLengths_.push_back(path_.size());
    path_ += '/';
    path_ += name;
    Prim prim;
    prim.path = pathToken();
    prim.name = token(name);
    prim.typeName = token(typeName);
    prim.specifier = specifier;
    prim.flags.editable = true;
    prim.flags.abstract = specifier == Specifier::Class;
    prim.layer = LayerId(0);
    const PrimId row = builder_.beginPrim(prim);
    if (!kind.empty()) builder_.primMetadata({token("kind"), token("token"), text(kind)});
    return row;
}

void Assembler::end() {
    builder_.endPrim();
    path_.resize(parentLengths_.back());
    parentLengths_.pop_back();
}

void Assembler::empty(std::string_view name, std::string_view typeName) {
    begin(name, typeName);
    end();
}

void Assembler::attribute(std::string_view name, std::string_view typeName, const Value& value,
                          std::string_view interpolation, int elementSize) {
    Property row;
    row.name = token(name);
    row.typeName = token(typeName);
    row.flags.editable = true;
    row.layer = LayerId(0);
    row.value = value;
    builder_.beginProperty(row);
    if (!interpolation.empty())
        builder_.propertyMetadata({token("interpolation"), token("token"), text(interpolation)});
    if (elementSize != 1)
        builder_.propertyMetadata({token("elementSize"), token("int"), scalar(Element::Int, 1, elementSize)});
}

void Assembler::uniform(std::string_view name, std::string_view typeName, const Value& value) {
    Property row;
    row.name = token(name);
    row.typeName = token(typeName);
    row.flags.editable = true;
    row.flags.uniform = true;
    row.layer = LayerId(0);
    row.value = value;
    builder_.beginProperty(row);
}

void Assembler::custom(std::string_view name, std::string_view content) {
    Property row;
    row.name = token(name);
    row.typeName = token("string");
    row.flags.editable = true;
    row.flags.custom = true;
    row.layer = LayerId(0);
    row.value = text(content);
    builder_.beginProperty(row);
}

void Assembler::declare(std::string_view name, std::string_view typeName) { attribute(name, typeName, {}); }

void Assembler::connect(std::string_view name, std::string_view typeName, const std::string& target) {
    Property row;
    row.name = token(name);
    row.typeName = token(typeName);
    row.flags.editable = true;
    row.layer = LayerId(0);
    row.hasTargets = true;
    builder_.beginProperty(row);
    builder_.target(token(target));
}

void Assembler::relationship(std::string_view name, const std::vector<TokenId>& targets, bool isCustom) {
    Property row;
    row.name = token(name);
    row.typeName = token("");
    row.flags.editable = true;
    row.flags.relationship = true;
    row.flags.uniform = true;
    row.flags.custom = isCustom;
    row.layer = LayerId(0);
    row.hasTargets = true;
    builder_.beginProperty(row);
    for (const TokenId target : targets) builder_.target(target);
}

void Assembler::animate(std::string_view name, std::string_view typeName, const Value& value,
                        const std::vector<TimeSample>& samples) {
    Property row;
    row.name = token(name);
    row.typeName = token(typeName);
    row.flags.editable = true;
    row.flags.animated = true;
    row.layer = LayerId(0);
    row.value = value;
    builder_.beginProperty(row);
    for (const TimeSample& sample : samples) builder_.sample(sample);
    if (planted_.animated.empty() || planted_.animated.back() != pathToken()) planted_.animated.push_back(pathToken());
}

void Assembler::xformOps(std::initializer_list<std::string_view> names) {
    uniform("xformOpOrder", "token[]", texts(names));
}

Value Assembler::text(std::string_view content) {
    const TokenId id = token(content);
    const auto [place, isNew] = texts_.try_emplace(id.index);
    if (isNew) place->second = builder_.text(id);
    return place->second;
}

Value Assembler::texts(const std::vector<std::string_view>& contents) {
    std::string key;
    std::vector<TokenId> ids;
    for (const std::string_view content : contents) {
        key.append(content).push_back(' ');
        ids.push_back(token(content));
    }
    const auto [place, isNew] = textLists_.try_emplace(key);
    if (isNew) place->second = array(Element::Text, 1, ids);
    return place->second;
}

PrimId Assembler::beginAssembly(const AssemblyKind& kind, const Place& place) {
    const std::string name(kind.name);
    if (serialsOf_ != path_) {
        serials_.clear();
        serialsOf_ = path_;
    }
    const bool oddNames = random_.oneIn(3);
    const PrimId row = begin(numbered(name, ++serials_[name], 2), "Xform", "component");
    custom("userProperties:tag", path_.substr(path_.rfind("Area_") + 5));
    attribute("xformOp:translate", "double3", scalar(Element::Double, 3, Vec3d{{place.x, place.y, place.z}}));
    if (place.turns == 0) {
        xformOps({"xformOp:translate"});
    } else {
        attribute("xformOp:rotateZ", "float", number(static_cast<float>(place.turns * 360)));
        xformOps({"xformOp:translate", "xformOp:rotateZ"});
    }
    std::string key = name + " " + kind.variant;
    if (std::ranges::find(kind.roles, Role::Paint) != kind.roles.end()) key += " paint " + std::to_string(paint_);
    if (oddNames || kind.unique) key += " only " + std::to_string(planted_.materials.size());
    planted_.assemblies[key].push_back(pathToken());
    materials(kind.roles, oddNames);
    return row;
}

void Assembler::materials(const std::vector<Role>& roles, bool oddNames) {
    looks_.fill(TokenId());
    if (roles.empty()) return;
    begin("Looks", "Scope");
    for (const Role role : roles) {
        if (oddNames) ++oddName_;
        const std::string number = std::to_string(oddName_);
        material(role, oddNames ? "mat_" + number : std::string(roleName(role)),
                 oddNames ? "Shader_" + number : "Preview");
    }
    end();
}

void Assembler::material(Role role, const std::string& name, const std::string& shaderName) {
    const Surface surface = surfaceOf(role, paint_);
    begin(name, "Material");
    looks_[static_cast<size_t>(role)] = pathToken();
    planted_.materials.push_back({pathToken(), networkOf(role, paint_)});
    const std::string base = path_;
    connect("outputs:surface", "token", base + "/" + shaderName + ".outputs:surface");
    begin(shaderName, "Shader");
    uniform("info:id", "token", text("UsdPreviewSurface"));
    if (role == Role::Signage)
        connect("inputs:diffuseColor", "color3f", base + "/Texture.outputs:rgb");
    else
        attribute("inputs:diffuseColor", "color3f", scalar(Element::Float, 3, surface.diffuse));
    attribute("inputs:roughness", "float", number(surface.roughness));
    attribute("inputs:metallic", "float", number(surface.metallic));
    if (surface.opacity != 1) attribute("inputs:opacity", "float", number(surface.opacity));
    declare("outputs:surface", "token");
    end();
    if (role == Role::Signage) {
        begin("Texture", "Shader");
        uniform("info:id", "token", text("UsdUVTexture"));
        const std::array<TokenId, 2> file = {token("./textures/plant_checker.png"), token("")};
        attribute("inputs:file", "asset", scalar(Element::Asset, 1, file));
        connect("inputs:st", "float2", base + "/Reader.outputs:result");
        attribute("inputs:wrapS", "token", text("repeat"));
        attribute("inputs:wrapT", "token", text("repeat"));
        declare("outputs:rgb", "float3");
        end();
        begin("Reader", "Shader");
        uniform("info:id", "token", text("UsdPrimvarReader_float2"));
        attribute("inputs:varname", "string", text("st"));
        declare("outputs:result", "float2");
        end();
    }
    end();
}

void Assembler::bind(TokenId material) {
    api("MaterialBindingAPI");
    relationship("material:binding", {material});
}

void Assembler::mesh(std::string_view name, const MeshUse& use) {
    beginMesh(name, use);
    end();
}

void Assembler::beginMesh(std::string_view name, const MeshUse& use) {
    const PartDescriptor& part = descriptorOf(use.recipe.part);
    if (use.bake) {
        baked_ = writeMesh(use.recipe, use.place, builder_);
        lastMesh_ = &baked_;
    } else {
        const auto [place, isNew] = library_.try_emplace(use.recipe.key());
        if (isNew) place->second = writeMesh(use.recipe, {}, builder_);
        lastMesh_ = &place->second;
    }
    const AuthoredMesh& mesh = *lastMesh_;
    MeshTraits traits = use.traits;
    traits.baked = use.bake;
    traits.bakedMirror = use.bake && use.place.determinant3() < 0;
    traits.mirroredTransform = use.mirrorX;
    traits.leftHanded = mesh.leftHanded;
    traits.nearDuplicate = use.recipe.near != 0;
    traits.subdivided = mesh.style.subdivided;
    traits.uvRead = part.role == Role::Signage;
    traits.tiny = use.recipe.part == Part::Screw;
    traits.zeroSize = use.recipe.part == Part::Collapsed;
    traits.extentMissing = use.extent == ExtentState::Missing;
    traits.extentStaleZero = use.extent == ExtentState::StaleZero;
    traits.extentWrong = use.extent == ExtentState::TooLarge || use.extent == ExtentState::StaleZero;

    begin(name, "Mesh");
    planted_.meshes.push_back({pathToken(), use.recipe, traits, mesh.facts});
    if (!use.callerWritesPoints) {
        attribute("points", "point3f[]", mesh.points);
        writeExtent(use, mesh);
    }
    attribute("faceVertexCounts", "int[]", mesh.counts);
    attribute("faceVertexIndices", "int[]", mesh.indices);
    uniform("subdivisionScheme", "token", text(mesh.style.subdivided ? "catmullClark" : "none"));
    if (mesh.leftHanded) uniform("orientation", "token", text("leftHanded"));
    if (mesh.style.doubleSided) uniform("doubleSided", "bool", scalar(Element::Bool, 1, true));
    if (mesh.style.normals == NormalsStyle::FaceVarying)
        attribute("normals", "normal3f[]", mesh.normals, "faceVarying");
    if (mesh.style.normals == NormalsStyle::VertexSplit) attribute("normals", "normal3f[]", mesh.normals, "vertex");
    if (mesh.style.normals == NormalsStyle::PrimvarFlat || mesh.style.normals == NormalsStyle::PrimvarIndexed)
        attribute("primvars:normals", "normal3f[]", mesh.normals, "faceVarying");
    if (!mesh.normalIndices.empty()) attribute("primvars:normals:indices", "int[]", mesh.normalIndices);
    for (uint8_t set = 0; set < mesh.style.uvSets; ++set) {
        const std::string uv = set == 0 ? "primvars:st" : "primvars:st" + std::to_string(set);
        attribute(uv, "texCoord2f[]", mesh.st, "faceVarying");
        if (!mesh.stIndices.empty()) attribute(uv + ":indices", "int[]", mesh.stIndices);
    }
    if (mesh.style.displayColor) {
        Value& color = displayColors_[static_cast<size_t>(part.role)];
        if (color.empty()) color = array(Element::Float, 3, std::vector{surfaceOf(part.role, 0).diffuse});
        attribute("primvars:displayColor", "color3f[]", color, "constant");
    }
    writePlacement(use);
    if (use.bind && material(part.role).valid()) bind(material(part.role));
}

void Assembler::writeExtent(const MeshUse& use, const AuthoredMesh& mesh) {
    if (use.extent == ExtentState::Missing) return;
    if (use.extent == ExtentState::Right) return attribute("extent", "float3[]", mesh.extent);
    std::vector<Vec3f> extent = extentOf(mesh.cage);
    for (Vec3f& corner : extent) corner = corner * (use.extent == ExtentState::TooLarge ? 1000.0f : 0.0f) + Vec3f{};
    attribute("extent", "float3[]", array(Element::Float, 3, extent));
}

void Assembler::writePlacement(const MeshUse& use) {
    const bool placed = !use.bake && !use.place.isIdentity();
    if (placed) attribute("xformOp:transform", "matrix4d", scalar(Element::Double, 16, use.place));
    if (use.mirrorX) attribute("xformOp:scale", "float3", scalar(Element::Float, 3, Vec3f{{-1, 1, 1}}));
    if (placed && use.mirrorX)
        xformOps({"xformOp:transform", "xformOp:scale"});
    else if (placed)
        xformOps({"xformOp:transform"});
    else if (use.mirrorX)
        xformOps({"xformOp:scale"});
}

}  // namespace usdtune::example
