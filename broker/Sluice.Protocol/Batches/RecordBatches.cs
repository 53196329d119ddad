namespace Sluice.Protocol.Batches;

/// <summary>Walks through record batches that stand back to back.</summary>
public static class RecordBatches
{
    /// <summary>
    /// Enumerates the batches of <paramref name="bytes"/>. Stops at the first whose length or magic is wrong or whose end is
    /// missing, and tells why in <see cref="Enumerator.Error"/>; checks nothing else.
    /// </summary>
    public static Enumerator Split(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>The enumerator of <see cref="Split"/>; also says where it stopped.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _next;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _bytes = bytes;

        /// <summary>The batch at hand; its <see cref="RecordBatch.Bytes"/> end where it ends.</summary>
        public RecordBatch Current { get; private set; }

        /// <summary>Position of <see cref="Current"/> in the bytes.</summary>
        public int Position { get; private set; }

        /// <summary>Why the walk ended; <see cref="BatchError.None"/> when at the exact end of the bytes.</summary>
        public BatchError Error { get; private set; }

        /// <summary>Bytes of the whole batches seen so far.</summary>
        public readonly int Consumed => _next;

        /// <summary>Steps to the next batch.</summary>
        public bool MoveNext()
        {
            ReadOnlySpan<byte> rest = _bytes[_next..];
            if (rest.IsEmpty || Error != BatchError.None)
                return false;
            if (rest.Length < RecordBatch.HeaderSize)
            {
                Error = BatchError.Incomplete;
                return false;
            }
            var batch = new RecordBatch(rest);
            Error = batch.ValidateSize();
            if (Error != BatchError.None)
                return false;
            Current = new RecordBatch(rest[..batch.SizeInBytes]);
            Position = _next;
            _next += batch.SizeInBytes;
            return true;
        }

        /// <summary>Itself, so that foreach works.</summary>
        public readonly Enumerator GetEnumerator() => this;
    }
}
