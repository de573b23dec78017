/// Zlib streams of shuffled bytes, as HDF5's filters shuffle + deflate read them; adler32.
///
/// ISA-L level 1, 0.4 to 1.2 GB/s a core; its streams are the same on every machine. What
/// does not shrink is kept as stored blocks, so every chunk carries its checksum.
#pragma once

#include "core/bytes.h"
#include "core/isa.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

/// What is done to the elements of a column before they are deflated.
struct spw_codec_kernels {
    /// Bytes to planes by significance: planes[b * count + i] = raw[i * width + b].
    void (*shuffle)(size_t count,
                    uint32_t width,
                    const uint8_t *restrict raw,
                    uint8_t *restrict planes);

    /// Rounds float32 values to the nearest with `dropped` (1 ... 23) low bits 0, ties to even;
    /// infinities and NaN stay what they are.
    void (*round)(size_t count, uint32_t dropped, uint8_t *values);
};

SPW_DECLARE_KERNELS(spw_codec_kernels);

/// Who deflates.
enum spw_codec {
    SPW_CODEC_FAST,   ///< ISA-L level 1
    SPW_CODEC_SMALL,  ///< libdeflate level 6
    SPW_CODEC_STORED, ///< no compression
};

/// Room for any stream of `size_bytes` raw bytes.
size_t spw_codec_bound(size_t size_bytes);

/// Scratch bytes that spw_codec_deflate() needs.
size_t spw_codec_scratch_bytes(void);

/// Deflates `raw` into `packed` (spw_codec_bound() bytes); never fails, never grows by
/// more than the headers of stored blocks. Returns the size of the stream.
/// Memory  `scratch` of spw_codec_scratch_bytes(), aligned to SPW_ALIGN
size_t spw_codec_deflate(enum spw_codec codec,
                         struct spw_bytes raw,
                         uint8_t *packed,
                         void *scratch);

/// Inflates a stream that must give exactly `size_bytes`. Errors: SPW_CORRUPT.
SPW_MUST_CHECK enum spw_status
spw_codec_inflate(struct spw_bytes packed, uint8_t *raw, size_t size_bytes);

/// adler32 continued over the bytes; begins with 1.
uint32_t spw_codec_adler32(uint32_t adler, struct spw_bytes bytes);
