using Sluice.Client.Consuming;
using Sluice.Protocol;
using Sluice.Protocol.Batches;
using Sluice.Protocol.Compression;

namespace Sluice.Client.Producing;

/// <summary>
/// Makes smaller batches of one that a broker finds too large: the topic's <c>max.message.bytes</c> is for a whole batch, which nobody
/// who sends single records has to know.
/// </summary>
internal static class BatchSplitter
{
    private static readonly DecompressionLimit Limit = new(int.MaxValue / 2);

    /// <summary>A record of the batch: when it was made, and where its key, value and headers lie.</summary>
    private readonly record struct Piece(long Timestamp, int At, int Length);

    /// <summary>Two batches or more, each about half as large, with the same records in the same order.</summary>
    /// <param name="batch">Finished; two records or more.</param>
    /// <param name="level">Level of the batch's codec; null for its default.</param>
    public static List<ProducerBatch> Split(ProducerBatch batch, int? level)
    {
        var whole = new RecordBatch(batch.Bytes.Span);
        byte[] body = Body(whole);
        List<Piece> pieces = Read(body, whole);
        long half = pieces.Sum(p => (long)p.Length) / 2;
        var parts = new List<ProducerBatch>();
        int reserved = batch.Reserved;
        for (int from = 0, to; from < pieces.Count; from = to)
        {
            long bytes = pieces[from].Length;
            for (to = from + 1; to < pieces.Count && bytes + pieces[to].Length <= half; to++) bytes += pieces[to].Length;
            // The memory that was taken for the whole is shared out, so that what is given back in the end is as much.
            int share = to == pieces.Count ? reserved : (int)Math.Min(reserved, bytes);
            reserved -= share;
            parts.Add(Part(batch, body, pieces[from..to], from, share));
            parts[^1].Finish(whole.Codec, level);
        }

        return parts;
    }

    private static byte[] Body(RecordBatch batch)
    {
        if (batch.Codec == CompressionCodec.None) return batch.Body.ToArray();
        using var output = new PooledBuffer();
        Codecs.Decompress(batch.Codec, batch.Body, output, Limit);
        return output.WrittenSpan.ToArray();
    }

    private static List<Piece> Read(byte[] body, RecordBatch batch)
    {
        var pieces = new List<Piece>(batch.RecordCount);
        int at = 0;
        while (at < body.Length)
        {
            // This producer wrote them: what does not parse was overwritten in memory, and must not be sent.
            if (!RecordDecoder.TryRead(body, ref at, body.Length, out long timestampDelta, out _, out RecordPlaces places))
                throw new KafkaException(ErrorCode.CorruptMessage, "the records of a batch do not parse any more before it is sent");
            int start = places.KeyAt - RecordEncoder.VarIntSize(places.KeyLength);
            pieces.Add(new Piece(batch.BaseTimestamp + timestampDelta, start, at - start));
        }

        return pieces;
    }

    private static ProducerBatch Part(ProducerBatch batch, byte[] body, List<Piece> pieces, int first, int reserved)
    {
        int size = RecordBatch.HeaderSize + pieces.Sum(p => RecordEncoder.PrefixSizeMax + p.Length);
        var part = new ProducerBatch(batch.Queue, batch.Queue.Memory.Rent(size), reserved, batch.CreatedAtMs, batch, first) { Failures = batch.Failures };
        foreach (Piece piece in pieces) part.AppendEncoded(body.AsSpan(piece.At, piece.Length), piece.Timestamp);
        return part;
    }
}
