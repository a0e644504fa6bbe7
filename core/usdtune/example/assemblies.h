// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "usdtune/example/assembler.h"

namespace usdtune::example {

/// A group of parts that is repeated as a whole.
struct Assembly {
    void (*write)(Assembler&, const Place&) = nullptr;
    uint32_t meshes = 0;  ///< Mesh prims it writes, always the same number
    Place place;          ///< in its area
};

// Process equipment.
void pumpSkid(Assembler& plant, const Place& place);
void valveStation(Assembler& plant, const Place& place);
void switchedValve(Assembler& plant, const Place& place);  ///< with a variant set
void pipeRun(Assembler& plant, const Place& place);
void bakedRun(Assembler& plant, const Place& place);  ///< all transforms in the points
void rack(Assembler& plant, const Place& place);
void tank(Assembler& plant, const Place& place);
void pipeSupport(Assembler& plant, const Place& place);

// Things that an optimizer must treat with care.
void opaqueCabinet(Assembler& plant, const Place& place);
void glassCabinet(Assembler& plant, const Place& place);
void handedBrackets(Assembler& plant, const Place& place);
void nearPlates(Assembler& plant, const Place& place);
void importPallet(Assembler& plant, const Place& place);  ///< one mesh per flaw
void conveyor(Assembler& plant, const Place& place);
void operatorFigure(Assembler& plant, const Place& place);
void bellows(Assembler& plant, const Place& place);
void signPost(Assembler& plant, const Place& place);  ///< a textured mesh, and one with GeomSubsets

}  // namespace usdtune::example
