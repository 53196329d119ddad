// The codecs that kafkajs leaves to its users, in the framings that Kafka's other clients write.
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import snappy from 'snappy'

const { CompressionTypes, CompressionCodecs } = kafkajs
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

/** Java's clients write blocks, each with its length before it, after a header of 16 bytes. */
async function uncompressSnappy (data) {
  if (!data.subarray(0, xerial.length).equals(xerial)) return snappy.uncompress(data)
  const blocks = []
  for (let at = 16; at < data.length; at += 4 + data.readInt32BE(at)) blocks.push(await snappy.uncompress(data.subarray(at + 4, at + 4 + data.readInt32BE(at))))
  return Buffer.concat(blocks)
}

export async function installCodecs () {
  CompressionCodecs[CompressionTypes.Snappy] = () => ({ compress: e => snappy.compress(e.buffer), decompress: uncompressSnappy })
  CompressionCodecs[CompressionTypes.LZ4] = () => ({ compress: e => lz4.compressFrame(e.buffer), decompress: data => lz4.decompressFrame(data) })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: async e => zlib.zstdCompressSync(e.buffer), decompress: async data => zlib.zstdDecompressSync(data) })
}
