using System.Text;
using Sluice.Client.Producing;

namespace Sluice.Client.Tests.Producing;

/// <summary>Expected values come from the tests of Kafka (UtilsTest.testMurmur2), of librdkafka (rdfnv1a.c) and from zlib.</summary>
public sealed class PartitionerTests
{
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Murmur2_is_that_of_Java(string key, int expected) => Assert.Equal(expected, Hashes.Murmur2(Encoding.UTF8.GetBytes(key)));

    [Theory]
    [InlineData("kafka", 0xd33c4e1u)]
    [InlineData("giberish123456789", 0x77a58295u)]
    [InlineData("1234", 0x23bdd03u)]
    [InlineData("234", 0x2dea3cd2u)]
    [InlineData("34", 0x740fa83eu)]
    [InlineData("4", 0x310ca263u)]
    [InlineData("", 0x7ee3623bu)]
    public void Fnv1a_is_that_of_librdkafka(string key, uint expected) => Assert.Equal(expected, Hashes.Fnv1a(Encoding.UTF8.GetBytes(key)));

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xCBF43926u)]
    public void Crc32_is_that_of_zlib(string key, uint expected) => Assert.Equal(expected, Hashes.Crc32(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void Javas_partition_is_the_positive_hash_modulo_the_count()
    {
        byte[] key = Encoding.UTF8.GetBytes("21");
        Assert.Equal((-973932308 & int.MaxValue) % 7, Partitioner.Murmur2.Choose("t", key, true, 7));
        Assert.Equal(Partitioner.Any, Partitioner.Murmur2.Choose("t", default, false, 7));
    }

    [Fact]
    public void Librdkafkas_consistent_puts_records_without_a_key_into_one_partition_and_consistent_random_does_not()
    {
        Assert.Equal(0, Partitioner.Consistent.Choose("t", default, false, 5));
        Assert.Equal((int)(0xCBF43926u % 5), Partitioner.ConsistentRandom.Choose("t", "123456789"u8, true, 5));
        Assert.True(Enumerable.Range(0, 200).Select(_ => Partitioner.ConsistentRandom.Choose("t", default, true, 5)).Distinct().Count() > 1);
        Assert.True(Enumerable.Range(0, 200).Select(_ => Partitioner.Murmur2Random.Choose("t", default, false, 5)).Distinct().Count() > 1);
    }

    [Fact]
    public void Round_robin_goes_through_the_partitions_of_each_topic()
    {
        Partitioner partitioner = Partitioner.RoundRobin();
        Assert.Equal([0, 1, 2, 0, 1], Enumerable.Range(0, 5).Select(_ => partitioner.Choose("a", "k"u8, true, 3)));
        Assert.Equal(0, partitioner.Choose("b", default, false, 3));
    }
}
