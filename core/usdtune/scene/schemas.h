// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace usdtune {

/// Whether a prim of that type is a UsdGeomImageable (has visibility and purpose). Untyped prims are not. Types this
/// version does not know are taken to be, as a plug-in may define them so.
bool isImageableType(std::string_view typeName);

/// Whether a prim of that type is a UsdGeomXformable: on others, as on a Scope, transform ops mean nothing.
bool isXformableType(std::string_view typeName);

}  // namespace usdtune
