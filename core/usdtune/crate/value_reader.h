// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/crate/byte_cursor.h"
#include "usdtune/crate/crate_file.h"
#include "usdtune/crate/list_op.h"
#include "usdtune/crate/value_rep.h"
#include "usdtune/scene/row_collector.h"

namespace usdtune::crate {

/// Turns the value reps of one file into Values that live as long as the Scene: arrays that lie uncompressed and
/// aligned in the file are borrowed from it, everything else is copied into the collector's memory.
/// Compressed arrays are only set up; `decodeArrays` fills them, in parallel.
/// Everything answers false after a complaint, which is then in `error()` and stays the first one.
class ValueReader {
public:
    ValueReader(const CrateFile& file, RowCollector& rows, uint64_t memoryBudget);

    /// A plain value (number, text, asset, tuple, or array of them). A path expression is opaque: its text, unquoted.
    bool readPlain(ValueRep rep, Value& out);
    /// Any value that metadata can have; what is not plain becomes one opaque text (see canonical_text.h).
    bool readMetadatum(ValueRep rep, Metadatum& out);
    /// Ascending times with their values.
    bool readTimeSamples(ValueRep rep, std::vector<TimeSample>& out, std::vector<Kind>& kinds);
    bool readTokenVector(ValueRep rep, std::vector<TokenId>& out);
    bool readTokenListOp(ValueRep rep, ListOp<TokenId>& out);
    bool readPathListOp(ValueRep rep, ListOp<uint32_t>& out);  ///< items are path indices
    /// Prim paths that references or payloads (a list op or a single payload) name inside this layer.
    bool readInternalArcs(ValueRep rep, std::vector<uint32_t>& out);
    /// The prim of this layer that a list op of one reference names, without a layer offset; kNoNode for anything else.
    bool readSoleInternalReference(ValueRep rep, uint32_t& out);

    bool decodeArrays(const Context& context);

    TokenId token(uint32_t index) const { return tokens_[index]; }
    TokenId pathText(uint32_t node);  ///< whole path
    TokenId pathWithoutVariants(uint32_t node);
    /// Takes bytes off the memory budget; false when it is used up.
    bool charge(uint64_t bytes);

    bool fail(std::string message);
    bool damaged(std::string_view what) { return fail("damaged crate file: " + std::string(what)); }
    bool unsupported(std::string_view what) { return fail("not supported: " + std::string(what)); }
    const std::string& error() const { return error_; }

private:
    struct ArrayJob {
        Kind kind;
        uint64_t position;  ///< behind the element count
        uint64_t count;
        void* out;
    };
    struct Reference {
        uint32_t asset = 0, path = 0;  ///< string, path
        double offset = 0.0, scale = 1.0;
    };

    ByteCursor cursor(ValueRep rep) const { return ByteCursor(file_.bytes, rep.payload()); }
    bool readScalar(ValueRep rep, Value& out);
    bool readArray(ValueRep rep, Value& out);
    bool readTextArray(ByteCursor in, Kind kind, uint64_t count, Value& out);
    bool textOf(Kind kind, uint32_t index, TokenId& out);
    bool copy(const void* data, size_t bytes, Value& out);
    bool decodeArray(const ArrayJob& job, std::vector<std::byte>& scratch) const;
    void* allocate(uint64_t bytes);

    bool readArcs(ValueRep rep, ListOp<Reference>& out);
    bool isInternal(const Reference& item, bool& out);
    bool readOpaque(ValueRep rep, Metadatum& out);
    bool appendValue(std::string& out, ValueRep rep, int depth);
    bool appendPlain(std::string& out, ValueRep rep);
    bool appendDictionary(std::string& out, ByteCursor& in, int depth);
    bool appendListOp(std::string& out, ValueRep rep);
    bool appendVector(std::string& out, ValueRep rep);
    bool appendPath(std::string& out, uint32_t index);
    bool appendString(std::string& out, uint32_t index);
    bool skipDictionary(ByteCursor& in);

    const CrateFile& file_;
    RowCollector& rows_;
    uint64_t budget_;
    std::string error_;
    std::vector<TokenId> tokens_;
    std::vector<TokenId> paths_;
    std::vector<ArrayJob> jobs_;
    std::unordered_map<uint64_t, Value> arrays_;    ///< compressed arrays by rep
    std::unordered_map<uint64_t, TokenId> opaque_;  ///< canonical texts by rep
};

}  // namespace usdtune::crate
