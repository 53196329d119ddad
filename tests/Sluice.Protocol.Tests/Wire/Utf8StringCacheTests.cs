using System.Text;
using Sluice.Protocol.Messages;
using Sluice.Protocol.Wire;

namespace Sluice.Protocol.Tests.Wire;

public sealed class Utf8StringCacheTests
{
    [Fact]
    public void A_name_seen_again_is_the_same_object()
    {
        var cache = new Utf8StringCache();
        byte[] bytes = new TopicRecord { Name = "orders-é" }.ToBytes(0);
        string first = Read(bytes, cache, out long charged);
        string again = Read(bytes, cache, out long chargedAgain);
        Assert.Equal("orders-é", first);
        Assert.Same(first, again);
        Assert.True(charged > 0);
        Assert.Equal(0, chargedAgain);
    }

    [Fact]
    public void A_full_cache_forgets_and_stays_right()
    {
        var cache = new Utf8StringCache(4);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 1000; i++)
            {
                string name = $"topic-{i}";
                Assert.Equal(name, Read(new TopicRecord { Name = name }.ToBytes(0), cache, out _));
            }
        }
    }

    [Fact]
    public void Long_texts_are_not_kept()
    {
        var cache = new Utf8StringCache(1);
        byte[] text = Encoding.UTF8.GetBytes(new string('x', 300));
        cache.Add(text, "x");
        Assert.False(cache.TryGet(text, out _));
    }

    [Fact]
    public void The_capacity_is_a_power_of_two()
    {
        Assert.Throws<ArgumentException>(() => new Utf8StringCache(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Utf8StringCache(0));
    }

    private static string Read(byte[] bytes, Utf8StringCache cache, out long charged)
    {
        var reader = new WireReader(bytes, 10_000, cache);
        var record = new TopicRecord();
        record.Read(ref reader, 0);
        charged = 10_000 - reader.Budget;
        return record.Name;
    }
}
