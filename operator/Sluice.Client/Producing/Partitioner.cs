namespace Sluice.Client.Producing;

/// <summary>Chooses the partition of a record that names none. Called by many threads at once.</summary>
/// <remarks>
/// Clients of other languages that write the same topic should choose alike, or records of one key land in several partitions:
/// <see cref="Murmur2"/> is what Java's producer does, <see cref="ConsistentRandom"/> what librdkafka does by default.
/// </remarks>
public abstract class Partitioner
{
    /// <summary>The answer of a partitioner that does not care: the record goes where the producer fills a batch now (KIP-794).</summary>
    public const int Any = -1;

    /// <summary>Java's default: murmur2 of the key; records without a key go where a batch is being filled.</summary>
    public static Partitioner Murmur2 { get; } = new Keyed(static key => (uint)Hashes.Murmur2(key) & int.MaxValue, KeyRule.NullIsAny);

    /// <summary>librdkafka's <c>murmur2_random</c>: murmur2 of the key; records without one anywhere at random.</summary>
    public static Partitioner Murmur2Random { get; } = new Keyed(static key => (uint)Hashes.Murmur2(key) & int.MaxValue, KeyRule.NullIsRandom);

    /// <summary>librdkafka's <c>consistent</c>: CRC-32 of the key; records without one all go to one partition.</summary>
    public static Partitioner Consistent { get; } = new Keyed(Hashes.Crc32, KeyRule.NullIsEmpty);

    /// <summary>librdkafka's <c>consistent_random</c>, its default: CRC-32 of the key; records with an empty key or none at random.</summary>
    public static Partitioner ConsistentRandom { get; } = new Keyed(Hashes.Crc32, KeyRule.EmptyIsRandom);

    /// <summary>librdkafka's <c>fnv1a</c>: FNV-1a of the key; records without one all go to one partition.</summary>
    public static Partitioner Fnv1a { get; } = new Keyed(Hashes.Fnv1a, KeyRule.NullIsEmpty);

    /// <summary>librdkafka's <c>fnv1a_random</c>: FNV-1a of the key; records without one at random.</summary>
    public static Partitioner Fnv1aRandom { get; } = new Keyed(Hashes.Fnv1a, KeyRule.NullIsRandom);

    /// <summary>Wherever a batch is being filled, whatever the key: the fewest and fullest batches (Java's UniformSticky).</summary>
    public static Partitioner Sticky { get; } = new StickyPartitioner();

    /// <summary>A partition at random for each record.</summary>
    public static Partitioner Random { get; } = new RandomPartitioner();

    /// <summary>One partition after the other, whatever the key. Each producer needs one of its own to begin at the beginning.</summary>
    public static Partitioner RoundRobin() => new RoundRobinPartitioner();

    /// <summary>The partition for a record.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="key">The key; empty also when there is none.</param>
    /// <param name="hasKey">Whether there is a key.</param>
    /// <param name="partitionCount">How many partitions the topic has now, at least one.</param>
    /// <returns>0 to <paramref name="partitionCount"/> less one, or <see cref="Any"/>.</returns>
    public abstract int Choose(string topic, ReadOnlySpan<byte> key, bool hasKey, int partitionCount);

    private enum KeyRule
    {
        NullIsAny,
        NullIsRandom,
        NullIsEmpty,
        EmptyIsRandom,
    }

    private delegate uint Hash(ReadOnlySpan<byte> key);

    private sealed class Keyed(Hash hash, KeyRule rule) : Partitioner
    {
        public override int Choose(string topic, ReadOnlySpan<byte> key, bool hasKey, int partitionCount)
        {
            if (!hasKey && rule == KeyRule.NullIsAny) return Any;
            bool random = rule == KeyRule.EmptyIsRandom ? key.Length == 0 : !hasKey && rule == KeyRule.NullIsRandom;
            return random ? System.Random.Shared.Next(partitionCount) : (int)(hash(key) % (uint)partitionCount);
        }
    }

    private sealed class StickyPartitioner : Partitioner
    {
        public override int Choose(string topic, ReadOnlySpan<byte> key, bool hasKey, int partitionCount) => Any;
    }

    private sealed class RandomPartitioner : Partitioner
    {
        public override int Choose(string topic, ReadOnlySpan<byte> key, bool hasKey, int partitionCount) => System.Random.Shared.Next(partitionCount);
    }

    private sealed class RoundRobinPartitioner : Partitioner
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Counter> _next = new(StringComparer.Ordinal);

        public override int Choose(string topic, ReadOnlySpan<byte> key, bool hasKey, int partitionCount) =>
            (int)((uint)(Interlocked.Increment(ref _next.GetOrAdd(topic, static _ => new Counter()).Value) - 1) % (uint)partitionCount);

        private sealed class Counter
        {
            public int Value;
        }
    }
}
