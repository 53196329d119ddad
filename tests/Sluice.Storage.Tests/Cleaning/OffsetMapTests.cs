using Sluice.Storage.Cleaning;

namespace Sluice.Storage.Tests.Cleaning;

public class OffsetMapTests
{
    [Fact]
    public void The_last_offset_of_each_key_is_found_up_to_the_last_slot()
    {
        const int Keys = 1000;
        var map = new OffsetMap(Keys * OffsetMap.EntrySize);
        Assert.Equal(Keys, map.Slots);
        for (int i = 0; i < 3 * Keys; i++)
            map.Put(BitConverter.GetBytes(i % Keys), i);
        Assert.Equal((Keys, 1.0, 3L * Keys - 1), (map.Count, map.Utilization, map.LatestOffset));
        for (int i = 0; i < Keys; i++)
            Assert.Equal(2 * Keys + i, map.Get(BitConverter.GetBytes(i)));
        Assert.Equal(-1, map.Get("absent"u8));
        Assert.Throws<InvalidOperationException>(() => map.Put("one more"u8, 1));
    }

    [Fact]
    public void Keys_may_be_empty_and_long()
    {
        var map = new OffsetMap(1000);
        map.Put([], 0);
        map.Put(new byte[100_000], 5);
        Assert.Equal((0L, 5L), (map.Get([]), map.Get(new byte[100_000])));
    }
}
