// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/shape.h"

namespace usdtune::shapes {

/// A quad, the same quad started at another corner, its back side, and a quad that only shares the set of points.
inline Shape duplicatedFaces() {
    return {"duplicated_faces",
            {{{0, 0, 0}}, {{1, 0, 0}}, {{1, 1, 0}}, {{0, 1, 0}}},
            {4, 4, 4, 4},
            {0, 1, 2, 3, 2, 3, 0, 1, 3, 2, 1, 0, 0, 2, 1, 3}};
}

}  // namespace usdtune::shapes
