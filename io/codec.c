#include "io/codec.h"

#include "core/arena.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <assert.h>
#include <string.h>

enum { STORED_BLOCK_BYTES = 65535, STORED_HEADER_BYTES = 5, ZLIB_FRAME_BYTES = 6 };

/* ISA-L's state and its token buffer. */
struct scratch {
    struct isal_zstream stream;
    _Alignas(SPW_ALIGN) uint8_t level_buffer[ISAL_DEF_LVL1_DEFAULT];
};

static size_t stored_bytes(size_t raw_bytes)
{
    const size_t blocks = raw_bytes ? (raw_bytes - 1) / STORED_BLOCK_BYTES + 1 : 1;
    return raw_bytes + blocks * STORED_HEADER_BYTES + ZLIB_FRAME_BYTES;
}

size_t spw_codec_bound(size_t size_bytes)
{
    return stored_bytes(size_bytes) + SPW_ALIGN;
}

size_t spw_codec_scratch_bytes(void)
{
    return sizeof(struct scratch);
}

/* RFC 1950, RFC 1951 3.2.4: header, blocks of type 0, big-endian adler32. */
static size_t store(struct spw_bytes raw, uint8_t *packed)
{
    uint8_t *out = packed;
    *out++ = 0x78;
    *out++ = 0x01;
    size_t at = 0;
    do {
        const struct spw_bytes block = spw_bytes_from(raw, at, STORED_BLOCK_BYTES);
        at += block.size;
        *out++ = at == raw.size; /* last block? */
        spw_store_u16(out, (uint16_t)block.size);
        spw_store_u16(out + 2, (uint16_t)~block.size);
        if (block.size) memcpy(out + 4, block.data, block.size);
        out += 4 + block.size;
    } while (at < raw.size);
    spw_store_u32(out, __builtin_bswap32(spw_codec_adler32(1, raw)));
    return (size_t)(out + 4 - packed);
}

/* 0 when it does not fit into `limit` bytes. */
static size_t
deflate_fast(struct spw_bytes raw, uint8_t *packed, size_t limit, void *memory)
{
    struct scratch *scratch = memory;
    struct isal_zstream *stream = &scratch->stream;
    isal_deflate_stateless_init(stream);
    stream->level = 1;
    stream->level_buf = scratch->level_buffer;
    stream->level_buf_size = sizeof scratch->level_buffer;
    stream->gzip_flag = IGZIP_ZLIB;
    stream->end_of_stream = 1;
    stream->flush = NO_FLUSH;
    stream->next_in = (uint8_t *)(uintptr_t)raw.data;
    stream->avail_in = (uint32_t)raw.size;
    stream->next_out = packed;
    stream->avail_out = (uint32_t)limit;
    return isal_deflate_stateless(stream) == COMP_OK ? stream->total_out : 0;
}

static size_t deflate_small(struct spw_bytes raw, uint8_t *packed, size_t limit)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    if (!compressor) return 0;
    const size_t size =
        libdeflate_zlib_compress(compressor, raw.data, raw.size, packed, limit);
    libdeflate_free_compressor(compressor);
    return size;
}

size_t spw_codec_deflate(enum spw_codec codec,
                         struct spw_bytes raw,
                         uint8_t *packed,
                         void *scratch)
{
    assert(raw.size <= UINT32_MAX / 2);
    const size_t stored = stored_bytes(raw.size);
    size_t size = 0;
    if (codec == SPW_CODEC_FAST) size = deflate_fast(raw, packed, stored, scratch);
    if (codec == SPW_CODEC_SMALL) size = deflate_small(raw, packed, stored);
    return size && size < stored ? size : store(raw, packed);
}

enum spw_status spw_codec_inflate(struct spw_bytes packed, uint8_t *raw, size_t size_bytes)
{
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor) return SPW_FAIL(SPW_RETRY, "out of memory: inflating");
    const enum libdeflate_result result = libdeflate_zlib_decompress(
        decompressor, packed.data, packed.size, raw, size_bytes, NULL);
    libdeflate_free_decompressor(decompressor);
    if (result == LIBDEFLATE_SUCCESS) return SPW_OK;
    return SPW_FAIL(SPW_CORRUPT, "zlib stream of %zu bytes does not give %zu bytes",
                    packed.size, size_bytes);
}

uint32_t spw_codec_adler32(uint32_t adler, struct spw_bytes bytes)
{
    return libdeflate_adler32(adler, bytes.data, bytes.size);
}
