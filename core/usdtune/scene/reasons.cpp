// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/reasons.h"

#include <algorithm>
#include <utility>

namespace usdtune {

namespace {

constexpr std::pair<std::string_view, std::string_view> kReasons[] = {
    {"abstract", "it is a class, drawn only through what inherits from it"},
    {"alone_in_its_group", "no other material would share the new one"},
    {"animated", "it changes over time"},
    {"animated_primvar", "a primvar changes over time"},
    {"animated_transform", "it moves over time"},
    {"another_binding_above", "another material is bound above it"},
    {"another_purpose", "another purpose has a material of its own"},
    {"api_schema", "an applied schema gives it a meaning of its own"},
    {"arc_source", "it is composed in another place, too"},
    {"asset_in_another_layer", "an asset path in it is written in another file, where it may mean another asset"},
    {"attribute_type", "an attribute has another type than its schema says"},
    {"bound_by_uneditable", "it is bound by a prim that may not be edited here"},
    {"broken_transform", "its transform cannot be computed"},
    {"carries_api_schema", "an applied schema gives it a meaning"},
    {"carries_metadata", "it carries metadata"},
    {"carries_properties", "it carries properties"},
    {"collection_expression", "a collection that is given by an expression may hold it"},
    {"color_not_constant", "its colour is not one constant value"},
    {"composed_elsewhere", "it is composed in another place, too"},
    {"composition_incomplete", "what it speaks about may be missing here: a file or a payload that is not loaded"},
    {"connected", "an attribute takes its value from a connection"},
    {"default_prim", "it is the default prim"},
    {"deformable", "it is deformable"},
    {"drawn_with_several", "it is drawn with several materials"},
    {"element_size", "its values come several for each element"},
    {"empty", "it holds no values"},
    {"explicit_collection", "a collection names it"},
    {"has_arcs", "it brings in other content"},
    {"has_children", "it has children"},
    {"has_holes", "it has holes"},
    {"has_subsets", "it has subsets of faces"},
    {"holds_camera", "a camera below it sees, hidden or not"},
    {"holds_other_prims", "it holds prims that are not part of its network"},
    {"in_prototype", "it lies inside a prototype that instances share"},
    {"index_tied_attribute", "an attribute is tied to its point or face numbers"},
    {"inherited_from", "other materials build on it"},
    {"inside_variant", "it is written inside a variant"},
    {"invalid_primvar", "the primvar does not fit its mesh"},
    {"invalid_topology", "its topology is not valid"},
    {"is_target", "a relationship, connection or collection points at it"},
    {"latent_opinions", "a variant that is not selected speaks about it, too"},
    {"latent_target", "a variant that is not selected points at it"},
    {"light", "it is a light"},
    {"malformed_normals", "its normals do not fit its topology"},
    {"malformed_primvar", "a primvar does not fit its topology"},
    {"malformed_subset", "a subset of its faces is not valid"},
    {"materials_path_in_material", "the given place for materials lies inside a material"},
    {"materials_path_not_editable", "the given place for materials may not be edited"},
    {"materials_path_outside_default_prim",
     "the given place for materials lies outside the default prim, where a scene that references this one loses them"},
    {"named_by_others", "something besides its bindings names it"},
    {"no_color", "it has no colour of its own"},
    {"no_points", "it has no points"},
    {"no_such_prim", "there is no such prim"},
    {"no_such_primvar", "there is no such primvar"},
    {"no_trs_map", "translation, rotation and scale do not bring the shared shape into its place"},
    {"normals_type", "its normals have another type than their schema says"},
    {"not_defined", "it is not defined here, only spoken about"},
    {"not_own_layer", "it is written in another file, which is a scene of its own"},
    {"not_understood", "its network is of a kind that this version does not understand"},
    {"opacity_not_constant", "its opacity is not one constant value"},
    {"opaque", "it holds values that this version does not understand"},
    {"opaque_metadata", "it holds metadata that this version does not understand"},
    {"other_surroundings", "what holds it gives it other settings than its twins have"},
    {"overridden_nearer", "something nearer to the mesh says another value"},
    {"override_layer", "the scene only overrides another one"},
    {"pattern_matches_nothing", "the pattern matches nothing"},
    {"physics", "it takes part in physics"},
    {"read_by_others", "something else reads the primvar that would be written"},
    {"resets_transform", "it does not move with its parent"},
    {"several_opinions", "several places of the scene speak about it"},
    {"skel_primvar", "it belongs to skinning"},
    {"skinned", "it is skinned"},
    {"subdivided", "it is a subdivision surface"},
    {"subdivision_surface", "it is a subdivision surface"},
    {"subset_elements", "a subset counts neither faces nor points"},
    {"subset_not_understood", "it is bound to a subset that this version does not understand"},
    {"targeted", "a relationship or connection points at it"},
    {"targeted_inside", "something outside points into it"},
    {"textured", "its colour comes from a texture"},
    {"through_arc", "it is written elsewhere in the scene and composed here"},
    {"unloaded_payload", "its payload is not loaded"},
    {"unsupported_type", "its values have a type that this version does not compare"},
    {"varying_primvar", "a primvar of it varies over the surface"},
};

static_assert(std::is_sorted(std::begin(kReasons), std::end(kReasons)));

}  // namespace

std::string_view inWords(std::string_view reason) {
    const auto row =
        std::lower_bound(std::begin(kReasons), std::end(kReasons), reason,
                         [](const auto& known, std::string_view searched) { return known.first < searched; });
    return row != std::end(kReasons) && row->first == reason ? row->second : reason;
}

}  // namespace usdtune
